"""Machines that a source lists, and how they stand beside the files of the site."""

from collections.abc import Iterable
from dataclasses import dataclass

from pxectl.boot.machine import Machine
from pxectl.errors import PxectlError
from pxectl.store.machines import Claim, claims


@dataclass(frozen=True, slots=True)
class Listed:
    """All machines of one source at one moment."""

    origin: str
    machines: tuple[Machine, ...] = ()
    notes: tuple[PxectlError, ...] = ()
    """What could not be read of it."""


def beside(
    files: tuple[Machine, ...], sources: Iterable[Listed]
) -> tuple[tuple[Machine, ...], tuple[PxectlError, ...]]:
    """The machines of the files, then those of each source that claim nothing of an earlier one.

    Args:
        files: machines of the site's own files: they win.
        sources: in their order.

    Returns:
        All that are in force, and what a person should know of the rest.
    """
    machines = list(files)
    notes: list[PxectlError] = []
    holders: dict[Claim, Machine] | None = None
    for source in sources:
        notes += source.notes
        for machine in source.machines:
            if holders is None:  # only a site that has such a source pays for it
                holders = {claim: file for file in files for claim in claims(file)}
            taken = next((claim for claim in claims(machine) if claim in holders), None)
            if taken is not None:
                notes.append(_taken(machine, taken, holders[taken]))
                continue
            holders.update(dict.fromkeys(claims(machine), machine))
            machines.append(machine)
    return tuple(machines), tuple(notes)


def _taken(machine: Machine, claim: Claim, holder: Machine) -> PxectlError:
    key, value = claim
    by = holder.origin or "its file"
    return PxectlError(
        f"{machine.name} of {machine.origin} is left out: {key} {value} is {holder.name}'s by {by}",
        hint="each MAC, name, address and uuid is one machine's; files come first",
    )
