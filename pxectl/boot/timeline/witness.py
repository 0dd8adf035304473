"""What the events of `serve` say of a machine's boot, as marks of its timeline."""

from pxectl.boot.arrival import Protocol
from pxectl.boot.events import (
    Looped,
    Replied,
    Requested,
    Transferred,
    Unanswered,
)
from pxectl.boot.habit import does_without
from pxectl.boot.overheard import Offering, Overheard
from pxectl.boot.profile import Profile
from pxectl.boot.rules import Action
from pxectl.boot.timeline.mark import Mark, State, Step
from pxectl.boot.timeline.timeline import Timeline
from pxectl.boot.urls import BOOTED
from pxectl.wire.iana import MessageType

REMEMBERED_PATHS = 64
_STEPS = {
    "nbp": Step.NBP,
    "loader": Step.NBP,
    "script": Step.SCRIPT,
    "kernel": Step.KERNEL,
    "initrd": Step.INITRD,
}
_TEXTS = frozenset(("script", "template"))
_ASKS = {MessageType.DISCOVER: Step.DISCOVER, MessageType.REQUEST: Step.REQUEST}
_GIVES = {MessageType.OFFER: Step.OFFER, MessageType.ACK: Step.ACK, MessageType.NAK: Step.NAK}
_NOT_BOOTED = {
    Action.DENY: Step.DENIED, Action.IGNORE: Step.IGNORED, Action.LOCAL: Step.LOCAL,
}  # fmt: skip
_OFFERINGS = {
    Offering.ADDRESS: State.FOREIGN,
    Offering.BOOT: State.FOREIGN_BOOT,
    Offering.BARE: State.BARE,
}
_STATUS = {403: State.REFUSED, 404: State.MISSING, 416: State.RANGE}


def replied(timeline: Timeline, event: Replied, now: float) -> None:
    """A DHCP message and its answer."""
    ipxe, decision = event.client.is_ipxe, event.decision
    timeline.profile = decision.profile
    timeline.is_proxied = event.role != "dhcp"
    timeline.unfit, timeline.unsigned = event.unfit, event.unsigned
    if event.role == "boot-server":
        timeline.add(Mark(now, Step.BOOT_SERVER, by_ipxe=ipxe))
        timeline.add(_told(event, Step.BOOT_SERVER, State.ANSWERED, now))
    else:
        asks = _ASKS.get(event.request, Step.REQUEST)
        waited = f"{event.secs} s" if event.secs else ""
        timeline.add(Mark(now, asks, by_ipxe=ipxe, detail=waited, seconds=float(event.secs)))
        timeline.add(_told(event, _GIVES.get(event.reply, Step.ACK), _given(event), now))
    ending = _NOT_BOOTED.get(decision.action)
    if ending is not None:
        timeline.add(Mark(now, ending, detail=decision.reason, hint=event.hint))


def _told(event: Replied, step: Step, state: State, now: float) -> Mark:
    parts = [str(event.address) if event.address else "", event.problem or event.bootfile]
    detail = "  ".join(filter(None, parts))
    return Mark(now, step, state, event.client.is_ipxe, detail, event.hint, event.bootfile)


def _given(event: Replied) -> State:
    if event.reply is MessageType.NAK or event.bootfile:
        return State.PLAIN
    if event.role == "proxy":
        return State.VIA_4011
    return State.NOTHING


def unanswered(timeline: Timeline, event: Unanswered, now: float) -> None:
    """A DHCP message that got none."""
    ipxe, decision = event.client.is_ipxe, event.decision
    asks = _ASKS.get(event.request) if event.request is not None else Step.DISCOVER
    if asks is None:
        timeline.heard = now  # a sign of life, no more
        return
    chose = State.FOREIGN if event.chose is not None else State.PLAIN
    if event.quiet and event.request is not MessageType.DISCOVER:
        timeline.add(Mark(now, asks, chose, ipxe, str(event.chose or "")))
        return
    timeline.add(Mark(now, asks, State.PLAIN, ipxe))
    if event.quiet:
        return
    if decision is not None:
        timeline.profile = decision.profile
    ending = _NOT_BOOTED.get(decision.action) if decision is not None else None
    if ending is None:
        ending = Step.NO_ADDRESS if event.reason.startswith("no address") else None
    if ending is None:
        timeline.add(Mark(now, Step.OFFER, State.NOTHING, ipxe, event.reason, event.hint))
    else:
        timeline.add(Mark(now, ending, detail=event.reason, hint=event.hint))


def overheard(timeline: Timeline, event: Overheard, now: float) -> None:
    """What another server told it."""
    step = _GIVES.get(event.reply, Step.ACK)
    parts = (f"by {event.server}", str(event.address or ""), event.bootfile)
    detail = "  ".join(filter(None, parts))
    timeline.add(Mark(now, step, _OFFERINGS[event.offering], detail=detail))


def looped(timeline: Timeline, event: Looped, now: float) -> None:
    """It goes round."""
    detail = f"{event.name} {event.times} times in {event.seconds:.0f} s"
    timeline.add(Mark(now, Step.LOOP, detail=detail, path=event.name))


def requested(timeline: Timeline, event: Requested, now: float) -> None:
    """A file was asked for."""
    timeline.heard = now
    if event.is_piece:
        return
    if event.what == BOOTED:
        timeline.add(Mark(now, Step.BOOTED))
        return
    if event.status != 200:
        if event.status != 404 or not does_without(event.path, event.client):
            step = _step_of(event.path, timeline.profile)
            state = _STATUS.get(event.status, State.FAILED)
            timeline.add(
                Mark(now, step, state, detail=event.reason, hint=event.hint, path=event.path)
            )
        return
    step = _STEPS.get(event.what, Step.FILE)
    is_text = event.what in _TEXTS and event.protocol is not Protocol.TFTP
    if len(timeline.asked) < REMEMBERED_PATHS:
        timeline.asked[event.path] = step
    state = State.LOADED if is_text else State.ASKED
    timeline.add(Mark(now, step, state, path=event.path))


def _step_of(path: str, profile: Profile | None) -> Step:
    """What a file is to the boot that can not have it, by its name."""
    if path.endswith((".ipxe", "grub.cfg")):
        return Step.SCRIPT
    if profile is None:
        return Step.FILE
    if profile.kernel and path.endswith(profile.kernel):
        return Step.KERNEL
    if any(path.endswith(name) for name in profile.initrd):
        return Step.INITRD
    return Step.NBP if any(path.endswith(name) for name in profile.nbp.values()) else Step.FILE


def transferred(timeline: Timeline, event: Transferred, now: float) -> None:
    """A transfer ended."""
    timeline.heard = now
    if event.is_piece:
        return
    step = timeline.asked.get(event.path, Step.FILE)
    timeline.settle(
        Mark(
            now,
            step,
            _came_to(event),
            detail=event.detail,
            path=event.path,
            size=event.size,
            sent=event.sent,
            seconds=event.seconds,
            blksize=event.blksize,
        )
    )


def _came_to(event: Transferred) -> State:
    match event.outcome:
        case "done":
            return State.LOADED
        case "size probe":
            return State.PROBED
        case "timed out" if not event.sent:
            return State.UNACKNOWLEDGED if event.is_agreed else State.SILENT
        case "aborted" if event.protocol is Protocol.TFTP:
            return State.ABORTED
        case _:
            return State.BROKEN
