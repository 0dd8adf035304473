"""One event → one line as people read it: fixed columns, meaning without colour."""

from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from pxectl.boot.arrival import Protocol
from pxectl.boot.client import Client
from pxectl.boot.events import (
    Conflicted,
    Dropped,
    Event,
    Looped,
    Mirrored,
    PoolFull,
    Ready,
    Redecided,
    Released,
    Reloaded,
    Replied,
    Requested,
    Switched,
    Told,
    Transferred,
    Unanswered,
    Warned,
)
from pxectl.boot.habit import does_without
from pxectl.boot.overheard import Overheard
from pxectl.boot.telling import short_path, size_of
from pxectl.boot.timeline.ended import Ended
from pxectl.boot.urls import BOOTED
from pxectl.ui.printable import printable
from pxectl.wire.iana import MessageType

SWITCHES = {"dhcp": "DHCP", "proxy": "proxyDHCP", "tftp": "TFTP", "http": "HTTP", "https": "HTTPS"}
"""What people call what can be turned on and off."""


class Level(Enum):
    """How much it matters; colours follow it, nothing else does."""

    GOOD = "good"
    PLAIN = "plain"
    BAD = "bad"
    QUIET = "quiet"
    """Shown with `--verbose` only."""


@dataclass(frozen=True, slots=True)
class Line:
    """The columns of a line; all texts are safe to print."""

    verb: str
    """What came in: `DISCOVER`, `RRQ`, `GET`."""
    mac: str
    """Or the address, where the MAC is not known."""
    client: str
    text: str
    hint: str = ""
    level: Level = Level.PLAIN

    def __str__(self) -> str:
        if not self.mac:
            return f"{self.verb:<9} {self.text}"
        columns = f"{self.verb:<9} {self.mac:<17}  {self.client:<14}  {self.text}"
        return columns.rstrip()


def describe(event: Event) -> Line:
    """The line of an event."""
    match event:
        case Replied():
            return _replied(event)
        case Unanswered():
            return _unanswered(event)
        case Released():
            text = f"gave {event.address} back"
            return Line("RELEASE", _mac(event.client), event.client.label, text)
        case Conflicted():
            return _conflicted(event)
        case PoolFull():
            text = f"the pool {event.pool} is full: {_mac(event.client)} got no address"
            hint = "`pxectl leases` shows who has them; enlarge `pool`, or shorten `lease_time`"
            return Line("warning", "", "", text, hint, Level.BAD)
        case Dropped():
            what = printable(event.reason)
            size = f" ({event.size} octets)" if event.size else ""
            text = f"dropped: {what}{size}  via {event.interface}"
            hint = event.hint
            return Line(event.protocol.upper(), printable(event.peer), "-", text, hint, Level.BAD)
        case Requested():
            return _requested(event)
        case Looped():
            return _looped(event)
        case Transferred():
            return _transferred(event)
        case Mirrored():
            return _mirrored(event)
        case Overheard():
            given = f"{event.reply.name} {event.address or ''} by {event.server}".replace("  ", " ")
            text = printable(f"{given}: {event.offering.value}  {event.bootfile}".rstrip(), 300)
            return Line("overheard", str(event.mac), "-", text, "", Level.QUIET)
        case Ended():
            return _ended(event)
        case Ready():
            binaries = " ".join(event.archs) or "no architecture"
            listeners = "   ".join(event.listeners)
            return Line("ready", "", "", f"{listeners}   iPXE for {binaries}", "", Level.GOOD)
        case Switched():
            text = f"{SWITCHES[event.what]} {'on' if event.to else 'off'}, by {event.why}: "
            text += f"now {'   '.join(event.listeners) or 'nothing is served'}"
            return Line("switched", "", "", printable(text, 300), "", Level.GOOD)
        case Reloaded():
            return Line("reloaded", "", "", printable("; ".join(event.changes), 500))
        case Redecided():
            return Line("decides", "", "", printable(event.text, 500))
        case Warned():
            return Line(
                "warning", "", "", printable(event.message, 500), printable(event.hint), Level.BAD
            )
        case Told():
            return Line("note", "", "", printable(event.message, 500))
        case _:
            assert_never(event)


def _replied(event: Replied) -> Line:
    if event.reply is MessageType.NAK:
        text = printable(f"NAK  {event.problem}", 300)
        return Line(event.request.name, _mac(event.client), event.client.label, text)
    parts = [event.reply.name]
    if event.address is not None:
        parts.append(str(event.address))
    if event.bootfile:
        parts.append(short_path(event.bootfile))
    elif event.address is not None and event.client.netboots:
        parts.append("nothing to boot")
    machine = event.decision.machine
    # a system that asks for its address boots nothing: what it could boot would only puzzle
    why = event.decision.reason if event.client.netboots else machine.name if machine else ""
    parts += filter(None, (event.problem or why,))
    parts += [f"warning: {odd}" for odd in (event.warning, event.unfit, event.unsigned) if odd]
    if event.role == "boot-server":
        parts.append("on 4011")
    if not event.sent:
        parts.append("(shadow: not sent)")
    text = printable("  ".join(parts), 300)
    level = Level.GOOD if event.bootfile else Level.PLAIN
    hint = printable(event.hint, 300)
    return Line(event.request.name, _mac(event.client), event.client.label, text, hint, level)


def _conflicted(event: Conflicted) -> Line:
    by = f"{event.by} uses it" if event.by else "it found another host there"
    minutes = f"nobody gets it for {event.seconds / 60:.0f} min"
    text = printable(f"{event.address} is taken: {by}; {minutes}", 300)
    verb = "conflict" if event.by else "DECLINE"
    hint = "a host with a fixed address in the pool? take it out of `pool`"
    return Line(verb, _mac(event.client), event.client.label, text, hint, Level.BAD)


def _unanswered(event: Unanswered) -> Line:
    verb = event.request.name if event.request is not None else "BOOTP"
    reason = printable(event.reason, 300)
    level = Level.QUIET if event.quiet else Level.BAD
    hint = "" if event.quiet else printable(event.hint, 300)
    return Line(verb, _mac(event.client), event.client.label, reason, hint, level)


def _requested(event: Requested) -> Line:
    verb = "RRQ" if event.protocol is Protocol.TFTP else "GET"
    client = event.client
    mac = str(client.mac) if client is not None and client.mac is not None else str(event.peer)
    label = client.label if client is not None else "-"
    name = short_path(event.path)
    if event.status == 200:
        text = "has loaded all, it boots" if event.what == BOOTED else f"{event.what}  {name}"
        level = Level.QUIET if event.is_piece else Level.PLAIN
        return Line(verb, mac, label, printable(text, 300), "", level)
    text = printable(f"{event.status}  {name}  {event.reason}", 300)
    quick = event.status == 404 and does_without(name, client)
    return Line(
        verb, mac, label, text, printable(event.hint, 300), Level.QUIET if quick else Level.BAD
    )


def _looped(event: Looped) -> Line:
    text = f"has loaded {short_path(event.name)} {event.times} times in {event.seconds:.0f} s: "
    text += "it gets a script that says so"
    hint = "does what it boots fail, or does another server answer it? `pxectl capture` shows"
    client = event.client
    return Line("loop", _mac(client), client.label, printable(text, 300), hint, Level.BAD)


def _transferred(event: Transferred) -> Line:
    verb = event.protocol.value.upper()
    mac = str(event.mac) if event.mac is not None else str(event.peer)
    rate = event.sent / event.seconds / 1e6 if event.seconds > 0 else 0.0
    parts = [event.outcome, short_path(event.path)]
    if event.outcome == "done":
        parts.append(f"{size_of(event.sent)} in {event.seconds:.1f} s  {rate:.1f} MB/s")
    elif event.outcome != "size probe":  # EDK2 asks for the size and hangs up: no failure
        parts.append(f"after {size_of(event.sent)} of {size_of(event.size)}")
    if event.detail:
        parts.append(event.detail)
    level = {"done": Level.GOOD, "size probe": Level.PLAIN}.get(event.outcome, Level.BAD)
    if event.is_piece and level is Level.GOOD:
        level = Level.QUIET
    return Line(verb, mac, "-", printable("  ".join(parts), 300), "", level)


def _mirrored(event: Mirrored) -> Line:
    size = f"{size_of(event.size)}" if event.size is not None else ""
    parts = [f"{event.outcome} {event.url}", size]
    level = {"fetched": Level.GOOD, "fetching": Level.PLAIN}.get(event.outcome, Level.BAD)
    if event.outcome == "fetched" and event.seconds > 0:
        rate = (event.size or 0) / event.seconds / 1e6
        parts[1] = f"{size} in {event.seconds:.1f} s  {rate:.1f} MB/s"
    elif level is Level.BAD:
        parts = [event.outcome]  # the detail names the URL
    text = "  ".join(part for part in (*parts, event.detail) if part)
    return Line("mirror", "", "", printable(text, 500), printable(event.hint), level)


_TOLD = frozenset(("loop", "no-address", "no-boot-data"))
"""Causes that the line before says already."""
_OUTCOMES = {"booted": Level.GOOD, "handed over": Level.PLAIN, "stopped": Level.BAD}


def _ended(event: Ended) -> Line:
    took = event.ended - event.began
    match event.outcome:
        case "booted":
            text = f"has booted {event.profile} in {took:.1f} s"
        case "handed over":
            text = f"went on by its script after {took:.1f} s: pxectl sees no more of it"
        case "stopped":
            text = event.text
        case _:
            text = event.outcome
    slow = f"  slow: {event.slow}" if event.slow else ""
    verb = "stopped" if event.outcome == "stopped" else "boot"
    level = _OUTCOMES.get(event.outcome, Level.QUIET)
    if event.cause in _TOLD:
        level = Level.QUIET
    hint = printable(event.hint, 300) if event.outcome == "stopped" else ""
    text = printable(f"{text}{slow}", 500)
    return Line(verb, _mac(event.client), event.client.label, text, hint, level)


def _mac(client: Client) -> str:
    return str(client.mac) if client.mac is not None else "-"
