"""How far each machine has come, told from the events: what the live view's table shows."""

from collections import OrderedDict
from dataclasses import dataclass, field

from pxectl.boot.client import Client
from pxectl.boot.decide import Decision
from pxectl.boot.events import Event, Looped, Replied, Requested, Transferred, Unanswered
from pxectl.boot.profile import Profile
from pxectl.boot.rules import Action
from pxectl.boot.telling import short_path, size_of
from pxectl.boot.urls import BOOTED
from pxectl.ui.lines import Level, describe
from pxectl.ui.printable import printable
from pxectl.wire.iana import MessageType

REMEMBERED = 1024
"""Machines; a flood of made-up MACs may not eat the host's memory."""
REMEMBERED_PATHS = 32
_NAMES = {"nbp": "NBP"}
_OUTCOMES = {Action.DENY: "denied", Action.IGNORE: "ignored", Action.LOCAL: "local"}


@dataclass(slots=True)
class Row:
    """One machine. All texts are safe to print."""

    who: str
    """Its MAC, or its address if it asked for a path without a token."""
    name: str = ""
    client: str = ""
    step: str = ""
    """`OFFER`, `4011`, `NBP`, `script`, `kernel`, `initrd`, `done`, `denied`, …"""
    detail: str = ""
    """Rate and size of what it fetched, or why it got nothing."""
    level: Level = Level.PLAIN
    at: float = 0.0
    """Its last sign of life, in the unit of the caller's clock."""
    profile: Profile | None = None
    asked: OrderedDict[str, str] = field(default_factory=OrderedDict)
    """What is behind each path that it asked for: `kernel`, `initrd`, …"""
    got: set[str] = field(default_factory=set)
    """Paths of the kernel and the initrds that it has fetched whole."""


class Progress:
    """The machines, the one that was heard last at the front. Mutable; one owner."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._rows: OrderedDict[str, Row] = OrderedDict()

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self) -> list[Row]:
        """The one that was heard last first."""
        return list(reversed(self._rows.values()))

    def note(self, event: Event, now: float) -> None:
        """Take in an event; what says nothing about a machine is passed over."""
        match event:
            case Replied():
                self._replied(event, now)
            case Unanswered():
                self._unanswered(event, now)
            case Requested():
                self._requested(event, now)
            case Looped():
                line = describe(event)
                _put(self._row(_who(event.client), now), "loop", line.text, line.level)
            case Transferred():
                self._transferred(event, now)
            case _:
                pass

    def _row(self, who: str, now: float) -> Row:
        row = self._rows.get(who)
        if row is None:
            row = self._rows[who] = Row(who)
            if len(self._rows) > self._remembered:
                self._rows.popitem(last=False)
        self._rows.move_to_end(who)
        row.at = now
        return row

    def _replied(self, event: Replied, now: float) -> None:
        if not event.client.netboots:
            return
        row = self._row(_who(event.client), now)
        _introduce(row, event.client, event.decision)
        if event.request is MessageType.DISCOVER:
            row.got.clear()  # it boots anew
        outcome = _OUTCOMES.get(event.decision.action)
        if event.problem or outcome:
            level = Level.PLAIN if outcome == "local" else Level.BAD
            _put(row, outcome or event.reply.name, event.problem or event.decision.reason, level)
        else:
            step = "4011" if event.role == "boot-server" else event.reply.name
            _put(row, step, short_path(event.bootfile))

    def _unanswered(self, event: Unanswered, now: float) -> None:
        if event.client.mac is None or not event.client.netboots:
            return
        if event.quiet:
            if _who(event.client) in self._rows:  # a sign of life, no more
                self._row(_who(event.client), now)
            return
        row = self._row(_who(event.client), now)
        _introduce(row, event.client, event.decision)
        outcome = _OUTCOMES.get(event.decision.action) if event.decision else None
        asked = event.request.name if event.request is not None else "BOOTP"
        _put(row, outcome or asked, event.reason, Level.BAD)

    def _requested(self, event: Requested, now: float) -> None:
        client = event.client
        row = self._row(_who(client) if client is not None else str(event.peer), now)
        if client is not None:
            _introduce(row, client, None)
        if event.what == BOOTED:
            _put(row, "done", row.detail, Level.GOOD)
        elif event.status == 200:
            row.asked[event.path] = event.what
            if len(row.asked) > REMEMBERED_PATHS:
                row.asked.popitem(last=False)
            _put(row, _NAMES.get(event.what, event.what), short_path(event.path))
        elif describe(event).level is not Level.QUIET:  # iPXE asks for autoexec.ipxe by habit
            step = "denied" if event.status == 403 else "missing"
            _put(row, step, event.reason or short_path(event.path), Level.BAD)

    def _transferred(self, event: Transferred, now: float) -> None:
        row = self._row(str(event.mac) if event.mac is not None else str(event.peer), now)
        what = row.asked.get(event.path, "")
        step = _NAMES.get(what, what) or row.step or "file"
        match event.outcome:
            case "done":
                _put(row, step, f"{size_of(event.sent)}{_rate(event)}")
                if what in ("kernel", "initrd") and len(row.got) < REMEMBERED_PATHS:
                    row.got.add(event.path)
                if _is_complete(row, what):
                    _put(row, "done", row.detail, Level.GOOD)
            case "size probe":  # EDK2 asks for the size, then for the file
                _put(row, step, f"is {size_of(event.size)}")
            case outcome:
                told = f"{step} after {size_of(event.sent)} of {size_of(event.size)}"
                _put(row, outcome, told, Level.BAD)


def _who(client: Client) -> str:
    return str(client.mac) if client.mac is not None else "-"


def _introduce(row: Row, client: Client, decision: Decision | None) -> None:
    row.client = printable(client.label)
    if decision is not None:
        row.name = printable(decision.machine.name) if decision.machine else ""
        row.profile = decision.profile


def _put(row: Row, step: str, detail: str, level: Level = Level.PLAIN) -> None:
    # the step has said it
    told = detail.removeprefix(step).lstrip(": ") if step in _OUTCOMES.values() else detail
    row.step, row.detail, row.level = step, printable(told), level


def _rate(event: Transferred) -> str:
    return f"  {size_of(round(event.sent / event.seconds))}/s" if event.seconds >= 0.001 else ""


def _is_complete(row: Row, what: str) -> bool:
    """True when nothing is left for pxectl to hand out (DESIGN.md 4: kernel and every initrd)."""
    profile = row.profile
    if profile is None:
        return False
    if profile.kernel:
        return len(row.got) > len(profile.initrd)
    if profile.rpi:
        return what == "kernel"
    return profile.is_program and what == "nbp"
