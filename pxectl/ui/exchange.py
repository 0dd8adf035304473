"""What a person reads of an import or an export."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pxectl.boot.machine import Machine, Netboot
from pxectl.ui.printable import printable

_NAMED = 3
"""Machines that a note names; of more it tells how many."""
_NOTES = 40
_WIDEST = 400

Notes = Sequence[tuple[str, str]]
"""Machine, empty for what is about none, and what was not carried over."""


def grouped(notes: Notes) -> Mapping[str, list[str]]:
    """What was not carried over → of which machines."""
    groups: dict[str, list[str]] = {}
    for machine, what in notes:
        named = groups.setdefault(what, [])
        if machine:
            named.append(machine)
    return groups


def note_lines(notes: Notes) -> Iterator[str]:
    """A line for each different note, and one for those that were too many to show."""
    groups = grouped(notes)
    for what, machines in list(groups.items())[:_NOTES]:
        named = ", ".join(machines[:_NAMED])
        if len(machines) > _NAMED:
            named += f" and {len(machines) - _NAMED} more"
        yield printable(f"note: {what} ({named})" if named else f"note: {what}", _WIDEST)
    if len(groups) > _NOTES:
        yield f"note: {len(groups) - _NOTES} more kinds of notes, which --json tells"


def summary(added: int, refused: int, lost: int, *, dry: bool) -> str:
    """The last line of an import."""
    did = "would import" if dry else "imported"
    things = "thing" if lost == 1 else "things"
    return f"{did} {added}, refused {refused}, {lost} {things} not carried over"


def wanted_profiles(blocks: Iterable[tuple[str, str, str]]) -> str:
    """What to add to the site, ready to be pasted.

    Args:
        blocks: of each profile its TOML, the template's name (empty: it needs none) and its text.
    """
    said = []
    for toml, template, text in blocks:
        said.append(f"\nadd to pxectl.toml:\n\n{_safe(toml)}")
        if template:
            said.append(f"\nand put into templates/{template}:\n\n{_safe(text)}")
    return "".join(said)


def _safe(text: str) -> str:
    """Others wrote it, and it is shown as it is to be pasted: nothing is cut."""
    lines = text.expandtabs(4).splitlines()
    return "".join(f"{printable(line, 10 * len(line) + 1)}\n" for line in lines)


def hints(machines: Iterable[Machine]) -> Iterator[str]:
    """What is left to do before those that were imported boot."""
    idle = [m.name for m in machines if not m.profile and m.netboot is not Netboot.NEVER]
    if idle:
        some = idle[0] if len(idle) == 1 else f"{len(idle)} of them"
        yield (
            f"hint: {some} will boot only if a rule names a profile; "
            f"`pxectl hardware set {idle[0]} --profile NAME` gives it one"
        )
