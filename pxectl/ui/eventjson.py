"""Each event as the keys of a JSON object (docs/json.md)."""

import time
from typing import Any, assert_never

from pxectl.boot.client import Client
from pxectl.boot.decide import Decision
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
from pxectl.boot.overheard import Overheard
from pxectl.boot.timeline.ended import Ended
from pxectl.ui.timelinejson import steps_of

LONGEST = 500  # characters of a text from the network
OfServe = Ready | Switched | Reloaded | Redecided | Warned | Told
"""What `serve` says of itself, not of a client."""


def utc(now: float) -> str:
    """Seconds since 1970 as every JSON of ours spells a moment: `2026-11-30T23:00:00.000Z`."""
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
    return f"{whole}.{int(now * 1000) % 1000:03d}Z"


def fields_of(event: Event) -> dict[str, Any]:
    """The event's own keys."""
    match event:
        case Replied():
            return _replied(event)
        case Unanswered():
            return _unanswered(event)
        case Released():
            return {**_client(event.client), "address": str(event.address)}
        case Conflicted():
            return {
                **_client(event.client),
                "address": str(event.address),
                "by": event.by or None,
                "seconds": event.seconds,
            }
        case PoolFull():
            return {**_client(event.client), "pool": event.pool}
        case Dropped():
            return {
                "protocol": event.protocol,
                "peer": event.peer,
                "interface": event.interface,
                "reason": _cut(event.reason),
                "hint": event.hint,
                "size": event.size,
            }
        case Requested():
            return _requested(event)
        case Looped():
            return _looped(event)
        case Transferred():
            return _transferred(event)
        case Mirrored():
            return _mirrored(event)
        case Overheard():
            return _overheard(event)
        case Ended():
            return _ended(event)
        case _:
            return _of_serve(event)


def _of_serve(event: OfServe) -> dict[str, Any]:
    match event:
        case Ready():
            return {"listeners": event.listeners, "ipxe": event.archs, "on": event.on}
        case Switched():
            return {
                "what": event.what,
                "to": event.to,
                "why": event.why,
                "listeners": event.listeners,
                "on": event.on,
            }
        case Reloaded():
            return {"changes": event.changes}
        case Redecided():
            return {
                "machine": event.machine or None,
                "before": _cut(event.before),
                "after": _cut(event.after),
                "changed": event.changed,
                "text": _cut(event.text),
            }
        case Warned():
            return {"message": _cut(event.message), "hint": event.hint}
        case Told():
            return {"message": _cut(event.message)}
        case _:
            assert_never(event)


def _replied(event: Replied) -> dict[str, Any]:
    return {
        **_client(event.client),
        "request": event.request.name,
        "reply": event.reply.name,
        "role": event.role,
        **_decision(event.decision),
        "address": str(event.address) if event.address else None,
        "bootfile": event.bootfile,
        "sent": event.sent,
        "problem": event.problem,
        "hint": event.hint,
        "warning": event.warning,
        "unsigned": event.unsigned,
        "unfit": event.unfit,
    }


def _unanswered(event: Unanswered) -> dict[str, Any]:
    return {
        **_client(event.client),
        "request": event.request.name if event.request is not None else None,
        "reason": _cut(event.reason),
        "hint": event.hint,
        **_decision(event.decision),
        "quiet": event.quiet,
    }


def _requested(event: Requested) -> dict[str, Any]:
    return {
        "protocol": event.protocol.value,
        "peer": str(event.peer),
        "mac": _mac(event.client),
        "path": _cut(event.path),
        "status": event.status,
        "what": event.what,
        "reason": _cut(event.reason),
        "hint": event.hint,
    }


def _looped(event: Looped) -> dict[str, Any]:
    return {
        **_client(event.client),
        "name": _cut(event.name),
        "times": event.times,
        "seconds": event.seconds,
    }


def _transferred(event: Transferred) -> dict[str, Any]:
    return {
        "protocol": event.protocol.value,
        "peer": str(event.peer),
        "mac": str(event.mac) if event.mac is not None else None,
        "path": _cut(event.path),
        "size": event.size,
        "sent": event.sent,
        "seconds": round(event.seconds, 3),
        "outcome": event.outcome,
        "detail": _cut(event.detail),
    }


def _mirrored(event: Mirrored) -> dict[str, Any]:
    return {
        "url": _cut(event.url),
        "outcome": event.outcome,
        "size": event.size,
        "seconds": round(event.seconds, 3),
        "detail": _cut(event.detail),
        "hint": event.hint,
    }


def _overheard(event: Overheard) -> dict[str, Any]:
    return {
        "mac": str(event.mac),
        "server": str(event.server),
        "reply": event.reply.name,
        "address": str(event.address) if event.address else None,
        "offering": event.offering.value,
        "bootfile": _cut(event.bootfile),
    }


def _ended(event: Ended) -> dict[str, Any]:
    return {
        **_client(event.client),
        "machine": event.machine or None,
        "profile": event.profile or None,
        "outcome": event.outcome,
        "cause": event.cause or None,
        "text": _cut(event.text),
        "hint": _cut(event.hint),
        "slow": event.slow,
        "began": utc(event.began),
        "ended": utc(event.ended),
        "steps": steps_of(event.steps),
    }


def _client(client: Client) -> dict[str, Any]:
    return {
        "mac": _mac(client),
        "arch": client.arch.label if client.arch is not None else None,
        "firmware": client.firmware.value if client.firmware else None,
        "vendor_class": _cut(client.vendor_class),
        "uuid": str(client.uuid) if client.uuid else None,
        "interface": client.interface,
        "relay": str(client.relay) if client.relay else None,
    }


def _decision(decision: Decision | None) -> dict[str, Any]:
    if decision is None:
        return {"machine": None, "action": None, "rule": None, "profile": None}
    return {
        "machine": decision.machine.name if decision.machine else None,
        "action": decision.action.value,
        "rule": decision.rule.name,
        "profile": decision.profile.name if decision.profile else None,
    }


def _mac(client: Client | None) -> str | None:
    return str(client.mac) if client is not None and client.mac is not None else None


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
