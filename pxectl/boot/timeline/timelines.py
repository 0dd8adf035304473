"""The boots of all machines: fed with events, asked who has stopped."""

from collections import OrderedDict
from collections.abc import Iterator
from math import inf

from pxectl.boot.client import Client
from pxectl.boot.events import (
    Event,
    Looped,
    Replied,
    Requested,
    Transferred,
    Unanswered,
)
from pxectl.boot.overheard import Overheard
from pxectl.boot.timeline import witness
from pxectl.boot.timeline.causes import CAUSES
from pxectl.boot.timeline.diagnosis import Verdict, diagnose, slow_link
from pxectl.boot.timeline.ended import Ended
from pxectl.boot.timeline.mark import Step
from pxectl.boot.timeline.timeline import Timeline
from pxectl.mac import MAC
from pxectl.wire.iana import MessageType

REMEMBERED = 1024
"""Machines; a flood of made-up MACs may not eat the host's memory."""
ANOTHER = 120.0
"""Seconds of silence after which a DISCOVER is another boot: ROMs give up after 60."""
AGAIN = 4.0
"""Seconds between two looks at a boot that is under way."""
_AT_ONCE = frozenset(word for row in CAUSES if row.silence == 0 for word in row.last)


class Timelines:
    """The machines, the one that was heard last at the end. Mutable; one owner."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._lines: OrderedDict[str, Timeline] = OrderedDict()
        self._looked: dict[str, float] = {}
        self._told: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[Timeline]:
        """The one that was heard last first."""
        return reversed(self._lines.values())

    def get(self, who: str) -> Timeline | None:
        """The present boot of a machine, by its MAC as text."""
        return self._lines.get(who)

    def note(self, event: Event, now: float) -> tuple[Ended, ...]:
        """Take in an event; what says nothing about a boot is passed over.

        Args:
            event: in the order in which it happened.
            now: seconds since 1970.

        Returns:
            Boots that have ended by it.
        """
        match event:
            case Replied() | Unanswered() if event.client.netboots and event.client.mac:
                return self._dhcp(event, now)
            case Requested():
                line = self._line(event.who, event.client, now)
                witness.requested(line, event, now)
            case Transferred():
                line = self._line(str(event.mac or event.peer), None, now)
                witness.transferred(line, event, now)
            case Looped():
                line = self._line(_name(event.client.mac), event.client, now)
                witness.looped(line, event, now)
            case Overheard():
                heard = self._lines.get(str(event.mac))
                if heard is not None:
                    witness.overheard(heard, event, now)
                return ()
            case _:
                return ()
        return self._at_once(line)

    def tick(self, now: float) -> tuple[Ended, ...]:
        """Boots that have stopped without a word, told once each.

        Args:
            now: seconds since 1970; to be called every second or so.
        """
        ended: list[Ended] = []
        for who, line in self._lines.items():
            silence = now - line.heard
            if line.outcome or silence < AGAIN or now < self._looked.get(who, 0.0) + AGAIN:
                continue
            self._looked[who] = now
            ended += self._end(line, diagnose(line, silence))
        return tuple(ended)

    def _dhcp(self, event: Replied | Unanswered, now: float) -> tuple[Ended, ...]:
        before: tuple[Ended, ...] = ()
        who = _name(event.client.mac)
        line = self._lines.get(who)
        if isinstance(event, Unanswered) and event.quiet and line is None:
            return ()  # another server's client
        is_discover = event.request in (MessageType.DISCOVER, None)
        if line is not None and is_discover and begins_anew(line, event.client, now):
            before = self._end(line, None if line.outcome else diagnose(line, inf))
            self._forget(who)
        line = self._line(who, event.client, now)
        if event.decision is not None and event.decision.machine is not None:
            line.machine = event.decision.machine.name
        if isinstance(event, Replied):
            witness.replied(line, event, now)
        else:
            witness.unanswered(line, event, now)
        return before + self._at_once(line)

    def _line(self, who: str, client: Client | None, now: float) -> Timeline:
        line = self._lines.get(who)
        if line is None:
            line = self._lines[who] = Timeline(who, now, now)
            if len(self._lines) > self._remembered:
                self._forget(next(iter(self._lines)))
        self._lines.move_to_end(who)
        if client is not None:
            line.client = client
        return line

    def _forget(self, who: str) -> None:
        for kept in (self._lines, self._looked, self._told):
            kept.pop(who, None)

    def _at_once(self, line: Timeline) -> tuple[Ended, ...]:
        """What needs no silence to be told; what had stopped has gone on."""
        last = line.telling
        if last is None:
            return ()
        if line.outcome in ("", "stopped"):
            line.outcome = ""
            if last.word in _AT_ONCE:
                return self._end(line, diagnose(line, 0.0))
        elif line.outcome != "booted" and last.step is Step.BOOTED:
            line.outcome = ""
            return self._end(line, diagnose(line, 0.0))
        return ()

    def _end(self, line: Timeline, verdict: Verdict | None) -> tuple[Ended, ...]:
        if verdict is None:
            return ()
        line.outcome, line.cause, line.mend = verdict.outcome, verdict.text, verdict.hint
        told = self._told.setdefault(line.who, set())
        key = verdict.cause or verdict.outcome
        if key in told or line.client is None or line.client.mac is None:
            return ()
        told.add(key)
        profile = line.profile.name if line.profile is not None else ""
        return (
            Ended(
                line.client, line.machine, profile, verdict.outcome, verdict.cause, verdict.text,
                verdict.hint, line.began, line.heard, tuple(line.marks), slow_link(line),
            ),
        )  # fmt: skip


def begins_anew(line: Timeline, client: Client, now: float) -> bool:
    """True if a DISCOVER is the first one of another boot.

    Args:
        line: the boot until now.
        client: who asks.
        now: seconds since 1970.
    """
    if now - line.heard > ANOTHER:
        return True
    if client.is_ipxe:
        return any(m.step in (Step.SCRIPT, Step.KERNEL, Step.BOOTED) for m in line.marks)
    # EDK2 that gives PXE up goes on with HTTP boot, at once
    before = line.client
    is_other = before is not None and before.firmware is not client.firmware
    return line.has_files or (is_other and before is not None and not before.is_ipxe)


def _name(mac: MAC | None) -> str:
    return str(mac) if mac is not None else "-"
