"""What a person looks at in the live view, and what keys change of it."""

from dataclasses import dataclass, field

from pxectl.boot.timeline.timeline import Timeline
from pxectl.ui.inside import Inside
from pxectl.ui.keys import (
    ADD,
    BACKSPACE,
    DOWN,
    ENTER,
    ESCAPE,
    FILTER,
    HELP,
    LEASES,
    PAUSE,
    UP,
)

_LONGEST_FILTER = 40


@dataclass(slots=True)
class Looking:
    """Mutable; the view owns it."""

    filter: str = ""
    is_typing: bool = False
    """Keys go into the filter."""
    is_paused: bool = False
    selected: str = ""
    """Who; empty: nobody."""
    is_open: bool = False
    """The selected machine's steps are shown, not the table."""
    shows_leases: bool = False
    shows_help: bool = False
    adding: str = ""
    """The MAC that a profile is being chosen for."""
    profiles: tuple[str, ...] = field(default=())
    """Those that it is chosen from."""

    def sees(self, line: Timeline) -> bool:
        """True if the filter lets it through."""
        return not self.filter or self.filter in f"{line.who} {line.machine.lower()}"

    def press(self, key: str, lines: list[Timeline], inside: Inside) -> bool:
        """Take in a key; false if it is none of these.

        Args:
            key: a character, a name of `ui/keys.py`, or what was pasted.
            lines: the machines that the filter lets through, in the order of the table.
            inside: what is asked for.
        """
        if self.is_typing:
            self._type(key)
        elif self.adding:
            self._choose(key, inside)
        elif key == FILTER:
            self.is_typing, self.filter = True, ""
        elif key == PAUSE:
            self.is_paused = not self.is_paused
        elif key == LEASES:
            self.shows_leases = not self.shows_leases
        elif key == HELP:
            self.shows_help = not self.shows_help
        elif key in (UP, DOWN):
            self._move(1 if key == DOWN else -1, lines)
        elif key == ENTER:
            self.selected = self.selected or (lines[0].who if lines else "")
            self.is_open = bool(self.selected) and not self.is_open
        elif key == ESCAPE:
            self._leave()
        elif key == ADD:
            self._add(lines, inside)
        else:
            return False
        return True

    def _type(self, key: str) -> None:
        if key == ENTER:
            self.is_typing = False
        elif key == ESCAPE:
            self.is_typing, self.filter = False, ""
        elif key == BACKSPACE:
            self.filter = self.filter[:-1]
        elif key.isprintable() and not key.startswith("<"):
            self.filter = (self.filter + key.strip().lower())[:_LONGEST_FILTER]

    def _move(self, step: int, lines: list[Timeline]) -> None:
        """Rows change places all the time: the selection stays with its machine."""
        names = [line.who for line in lines]
        if not names:
            return
        if self.selected in names:
            at = min(max(names.index(self.selected) + step, 0), len(names) - 1)
        else:
            at = 0
        self.selected = names[at]

    def _leave(self) -> None:
        """One step back."""
        if self.is_open:
            self.is_open = False
        elif self.selected:
            self.selected = ""
        else:
            self.filter = ""

    def _add(self, lines: list[Timeline], inside: Inside) -> None:
        """The selected machine, or the one that was denied last, if it is not known."""
        waiting = [line.who for line in lines if is_waiting(line)]
        who = self.selected if self.selected in waiting else next(iter(waiting), "")
        if not who or (self.selected and self.selected != who):
            return
        profiles = inside.profiles()[:9]
        if profiles:
            self.adding, self.profiles, self.selected = who, profiles, who
        else:
            inside.add(who, "")

    def _choose(self, key: str, inside: Inside) -> None:
        who, self.adding = self.adding, ""
        if key.isdigit() and len(key) == 1 and 0 < int(key) <= len(self.profiles):
            inside.add(who, self.profiles[int(key) - 1])


def is_waiting(line: Timeline) -> bool:
    """True for a machine that nobody knows and that would boot."""
    return line.outcome == "denied" and not line.machine and line.client is not None
