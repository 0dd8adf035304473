"""What packets on a wire say of machines' boots, as the same timelines that `serve` keeps.

Blocks of files are not seen: a file counts as loaded when the machine goes on to what comes after
it, or when its HTTP response has begun.
"""

import re
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import replace

from pxectl.boot.client import Client
from pxectl.boot.habit import does_without
from pxectl.boot.overheard import Offering, bootfile_of, offering_of
from pxectl.boot.timeline.diagnosis import Verdict, diagnose
from pxectl.boot.timeline.mark import FILES, Mark, State, Step
from pxectl.boot.timeline.timeline import Timeline
from pxectl.boot.timeline.timelines import REMEMBERED, begins_anew
from pxectl.boot.urls import BOOTED
from pxectl.wire import tftp
from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import BOOT_SERVER_PORT, MessageType, Op
from pxectl.wire.sighting import HTTPRequest, HTTPResponse, Sighting

_NAMES = (
    (re.compile(r"\.ipxe$|grub\.cfg|pxelinux\.cfg/"), Step.SCRIPT),
    (re.compile(r"\.(efi|kpxe|pxe|0)$|shim|grubx64|bootcode\.bin"), Step.NBP),
    (re.compile(r"initr|rootfs|\.(gz|xz|img|cpio)$"), Step.INITRD),
    (re.compile(r"vmlinu|linux|kernel|bzimage", re.IGNORECASE), Step.KERNEL),
)
_STATUS = {403: State.REFUSED, 404: State.MISSING, 416: State.RANGE}
_OFFERS = {
    Offering.ADDRESS: State.FOREIGN, Offering.BARE: State.BARE, Offering.BOOT: State.PLAIN,
}  # fmt: skip
_ASKS = {MessageType.DISCOVER: Step.DISCOVER, MessageType.REQUEST: Step.REQUEST}
_GIVES = {MessageType.OFFER: Step.OFFER, MessageType.ACK: Step.ACK, MessageType.NAK: Step.NAK}


class Sighted:
    """The machines of a capture. Mutable; one owner."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._lines: OrderedDict[str, Timeline] = OrderedDict()
        self._xids: dict[str, int] = {}
        """Of what each machine has asked last: its system asks, too, and boots nothing by that."""
        self._ended: list[tuple[Timeline, Verdict | None]] = []

    def note(self, sighting: Sighting, client: Client | None, at: float) -> None:
        """Take in a packet.

        Args:
            sighting: it.
            client: who asks, of a DHCP request.
            at: seconds since 1970.
        """
        match sighting.message:
            case DHCPPacket() as packet if packet.op == Op.BOOTREQUEST:
                if client is not None and client.netboots:
                    self._asks(sighting, packet, client, at)
                elif (line := self._lines.get(str(sighting.mac))) is not None:
                    _system_asks(line, at)
            case DHCPPacket() as packet:
                line = self._lines.get(str(sighting.mac))
                if line is not None and self._xids.get(line.who) == packet.xid:
                    _answered(line, sighting, packet, at)
            case _:
                if (line := self._lines.get(str(sighting.mac))) is not None:
                    _file(line, sighting, at)

    def boots(self, now: float) -> Iterator[tuple[Timeline, Verdict | None]]:
        """Every boot with how it ended, None where that can not be told, in their order.

        Args:
            now: seconds since 1970: the end of the capture.
        """
        yield from self._ended
        for line in self._lines.values():
            yield line, diagnose(line, now - line.heard)

    def _asks(self, sighting: Sighting, packet: DHCPPacket, client: Client, at: float) -> None:
        who = str(sighting.mac)
        line = self._lines.get(who)
        asks = _ASKS.get(packet.message_type) if packet.message_type else Step.DISCOVER
        if line is not None and asks is Step.DISCOVER and begins_anew(line, client, at):
            del self._lines[who]
            if len(self._ended) < self._remembered:
                self._ended.append((line, diagnose(line, float("inf"))))
            line = None
        if line is None:
            line = self._lines[who] = Timeline(who, at, at)
            if len(self._lines) > self._remembered:
                oldest, _ = self._lines.popitem(last=False)
                self._xids.pop(oldest, None)
        line.client, self._xids[who] = client, packet.xid
        if client.is_ipxe:
            _went_on(line)
        if sighting.destination_port == BOOT_SERVER_PORT:
            line.add(Mark(at, Step.BOOT_SERVER, by_ipxe=client.is_ipxe))
        elif asks is not None:
            waited = f"{packet.secs} s" if packet.secs else ""
            line.add(Mark(at, asks, State.PLAIN, client.is_ipxe, waited, seconds=packet.secs))


def _system_asks(line: Timeline, at: float) -> None:
    """No firmware any more: what was loaded has come up."""
    is_loaded = any(True for _ in line.of(Step.KERNEL, State.ASKED, State.LOADED))
    if is_loaded and not any(True for _ in line.of(Step.BOOTED)):
        last = _last_asked(line)
        if last is not None:
            line.settle(replace(last, at=at, state=State.LOADED))
        line.add(Mark(at, Step.BOOTED, detail="its system asks for an address"))


def _answered(line: Timeline, sighting: Sighting, packet: DHCPPacket, at: float) -> None:
    step = _GIVES.get(packet.message_type) if packet.message_type else Step.OFFER
    if step is None:
        return
    ipxe = line.client is not None and line.client.is_ipxe
    path = bootfile_of(packet)
    given = str(packet.yiaddr) if packet.yiaddr != UNSPECIFIED else ""
    detail = "  ".join(
        filter(None, (f"by {packet.server_identifier or sighting.source}", given, path))
    )
    if sighting.source_port == BOOT_SERVER_PORT:
        line.add(Mark(at, Step.BOOT_SERVER, State.ANSWERED, ipxe, detail, path=path))
        return
    state = _OFFERS[offering_of(packet)]
    if state is State.PLAIN and not path and step is not Step.NAK:
        state = State.VIA_4011
    if step is not Step.NAK and state is State.PLAIN:
        line.is_proxied = not given
    line.add(Mark(at, step, State.PLAIN if step is Step.NAK else state, ipxe, detail, path=path))


def _file(line: Timeline, sighting: Sighting, at: float) -> None:
    line.heard = at
    match sighting.message:
        case tftp.RRQ(filename):
            line.address = sighting.source
            _asked(line, filename, at)
        case tftp.ERROR() as error:
            _failed(line, sighting, error, at)
        case HTTPRequest(_, target):
            _asked(line, target, at)
        case HTTPResponse(status, reason):
            last = _last_asked(line)
            if last is not None:
                good = 200 <= status < 300
                state = State.LOADED if good else _STATUS.get(status, State.FAILED)
                detail = "" if good else f"{status} {reason}"
                line.settle(replace(last, at=at, state=state, detail=detail))
        case _:
            pass


def _asked(line: Timeline, path: str, at: float) -> None:
    name = path.partition("?")[0]
    if name.rpartition("/")[2] == BOOTED:
        line.add(Mark(at, Step.BOOTED))
        return
    step = next((step for pattern, step in _NAMES if pattern.search(name)), Step.FILE)
    last = _last_asked(line)
    if last is not None and last.path != path:
        line.settle(replace(last, at=at, state=State.LOADED))
    if does_without(name, line.client):
        return
    line.asked[path] = step
    line.add(Mark(at, step, State.ASKED, path=path))


def _failed(line: Timeline, sighting: Sighting, error: tftp.ERROR, at: float) -> None:
    last = _last_asked(line)
    if last is None:
        return
    # servers answer from the port of requests, or from one of their own: whose packet it is, the
    # client's address tells, which it has kept since it asked
    by_client = sighting.source == line.address
    words = f"ERROR {int(error.code)} {error.message}".strip()
    if not by_client:
        state = State.MISSING if error.code == tftp.ErrorCode.FILE_NOT_FOUND else State.REFUSED
        line.settle(replace(last, at=at, state=state, detail=words))
    elif error.code in (tftp.ErrorCode.NOT_DEFINED, tftp.ErrorCode.OPTION_NEGOTIATION):
        line.settle(replace(last, at=at, state=State.PROBED))  # netboot.md 3.3, 34
    else:
        line.settle(replace(last, at=at, state=State.ABORTED, detail=words))


def _last_asked(line: Timeline) -> Mark | None:
    last = line.marks[-1] if line.marks else None
    return last if last is not None and last.step in FILES and last.state is State.ASKED else None


def _went_on(line: Timeline) -> None:
    last = _last_asked(line)
    if last is not None and last.step is Step.NBP:
        line.settle(replace(last, at=last.until, state=State.LOADED))
