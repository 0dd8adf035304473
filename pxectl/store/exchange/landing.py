"""Drafts → machines of the site: each checked, named, and written or refused on its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pxectl.boot.machine import Machine
from pxectl.errors import ConfigError, RefusedError
from pxectl.store.enroll import Taken, add_machines
from pxectl.store.exchange.blocks import Shelf
from pxectl.store.exchange.carried import Carried
from pxectl.store.machines import SUFFIX, machine_of, safe_name


@dataclass(frozen=True, slots=True)
class Landed:
    """What became of one draft."""

    draft: Carried
    machine: Machine | None = None
    path: Path | None = None
    refused: ConfigError | RefusedError | None = None
    """Why it did not land; then there is no path."""


def land(drafts: Iterable[Carried], folder: Path, shelf: Shelf, *, dry: bool) -> list[Landed]:
    """Write one file a machine; what one is refused for keeps no other one out.

    Args:
        drafts: of one or more files.
        folder: `hardware/` of the site.
        shelf: gives names to profiles.
        dry: only look what would happen.

    Raises:
        HostError: the folder can not be written.
    """
    checked = [_checked(draft, shelf) for draft in drafts]
    machines = [one.machine for one in checked if one.machine]
    fates = iter(_rehearse(folder, machines) if dry else add_machines(folder, machines))
    return [_with_fate(one, next(fates)) if one.machine else one for one in checked]


def _checked(draft: Carried, shelf: Shelf) -> Landed:
    table = dict(draft.table)
    try:
        name = safe_name(draft.name)
        where = draft.where or name
        machine = machine_of(table, name, where)  # before the shelf gives its profile a name
        if draft.profile is not None:
            machine = machine_of(table | {"profile": shelf.name(draft.profile)}, name, where)
    except ConfigError as error:
        return Landed(draft, refused=_told(draft, error))
    return Landed(draft, machine)


def _with_fate(one: Landed, fate: Path | RefusedError) -> Landed:
    if isinstance(fate, RefusedError):
        return Landed(one.draft, refused=_told(one.draft, fate))
    return Landed(one.draft, one.machine, fate)


def _told(draft: Carried, error: ConfigError | RefusedError) -> ConfigError | RefusedError:
    """With this machine's place in front, where only another one is named."""
    where = draft.where or draft.name
    if error.message.startswith(where):
        return error
    return type(error)(f"{where}: {error.message}", hint=error.hint)


def _rehearse(folder: Path, machines: list[Machine]) -> list[Path | RefusedError]:
    """As `add_machines`, without a file."""
    taken = Taken(folder)
    fates: list[Path | RefusedError] = []
    for machine in machines:
        try:
            taken.refuse(machine)
        except RefusedError as error:
            fates.append(error)
        else:
            fates.append(folder / f"{machine.name}{SUFFIX}")
    return fates
