"""One boot of one machine: its steps in the order in which they were seen."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address

from pxectl.boot.client import Client
from pxectl.boot.profile import Profile
from pxectl.boot.timeline.mark import FILES, Mark, State, Step

MOST = 64
"""Marks of one boot; an installer that fetches thousands of packages adds none beyond it."""
_REPEATED = 4
"""Marks from the end among which a repetition is looked for: DISCOVER, OFFER and a foreign pair."""


@dataclass(slots=True)
class Timeline:
    """One boot. Mutable; `Timelines` owns it."""

    who: str
    """MAC, or address of who asked for a file without a token."""
    began: float
    """Seconds since 1970; `heard` too."""
    heard: float = 0.0
    client: Client | None = None
    address: IPv4Address | None = None
    """Where it asks for files from, as far as a capture shows it."""
    machine: str = ""
    """Its name in the site; empty: it is not known."""
    profile: Profile | None = None
    is_proxied: bool = False
    """Another server is to give it an address."""
    unfit: str = ""
    """Why its firmware can not run what it was told to load."""
    unsigned: str = ""
    """Why it will not, if it enforces Secure Boot."""
    marks: list[Mark] = field(default_factory=list)
    outcome: str = ""
    """How it ended, as in `events.Ended`; empty: it is under way."""
    cause: str = ""
    """Why it stopped, for people."""
    mend: str = ""
    asked: dict[str, Step] = field(default_factory=dict)
    """What each path is that it asked for."""

    def add(self, mark: Mark) -> None:
        """Take in a step; what comes again in a row is counted, not listed."""
        self.heard = mark.at
        marks = self.marks
        for i in range(len(marks) - 1, max(-1, len(marks) - 1 - _REPEATED), -1):
            old = marks[i]
            if mark.repeats(old):
                marks[i] = replace(mark, at=old.at, times=old.times + 1, last=mark.at)
                return
            if old.step in FILES:
                break  # what came before a file is another round
        if len(marks) < MOST or mark.step not in FILES:
            marks.append(mark)
            if len(marks) > 2 * MOST:
                del marks[MOST]

    def settle(self, mark: Mark) -> None:
        """Take in how the last request for `mark.path` ended."""
        self.heard = mark.at
        for i in range(len(self.marks) - 1, -1, -1):
            old = self.marks[i]
            if old.path == mark.path and old.state in (State.ASKED, State.PROBED):
                self.marks[i] = replace(mark, at=old.at, times=old.times, last=mark.at)
                return
        self.add(mark)

    @property
    def telling(self) -> Mark | None:
        """The last step of the machine or of ours: what other servers said is not one."""
        return next((m for m in reversed(self.marks) if not m.is_foreign), None)

    @property
    def words(self) -> frozenset[str]:
        """Every word of its marks."""
        return frozenset(mark.word for mark in self.marks)

    def of(self, step: Step, *states: State) -> Iterator[Mark]:
        """The marks of a step in one of these states, in any if there are none."""
        return (m for m in self.marks if m.step is step and (not states or m.state in states))

    @property
    def has_files(self) -> bool:
        """True if it has asked for any."""
        return any(mark.step in FILES for mark in self.marks)

    @property
    def is_complete(self) -> bool:
        """True when nothing is left for pxectl to hand out (DESIGN.md 4: kernel, every initrd)."""
        profile = self.profile
        if profile is None:
            return False
        loaded = {m.path: m.step for m in self.marks if m.state is State.LOADED}
        steps = list(loaded.values())
        if profile.kernel:
            return Step.KERNEL in steps and steps.count(Step.INITRD) >= len(profile.initrd)
        if profile.rpi:
            return Step.KERNEL in steps
        return profile.is_program and Step.NBP in steps
