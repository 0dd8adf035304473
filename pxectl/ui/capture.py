"""Netboot packets as people read them, and as JSON."""

import time
from typing import Any, assert_never

from pxectl.boot.events import Event, Replied, Unanswered
from pxectl.ui.lines import describe
from pxectl.ui.options import readable_options
from pxectl.ui.printable import printable
from pxectl.wire import tftp
from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.sighting import HTTPRequest, HTTPResponse, Malformed, Message, Sighting

VERSION = 1
_INDENT = " " * 14


def as_text(sighting: Sighting, at: float, would: Event | None) -> str:
    """Lines for people: the packet, its options, faults, what pxectl would have answered.

    Args:
        sighting: the packet.
        at: when it was seen, seconds since 1970.
        would: what became of the same request in pxectl; None: it was none, or no site is known.
    """
    ends = (
        f"{sighting.source}:{sighting.source_port} → "
        f"{sighting.destination}:{sighting.destination_port}"
    )
    clock = f"{time.strftime('%H:%M:%S', time.localtime(at))}.{int(at * 1000) % 1000:03d}"
    verb, what = _headline(sighting.message)
    head = f"{clock}  {sighting.mac}  {verb:<9} {ends}"
    what = "  ".join(filter(None, (_kind(would), what)))
    lines = [f"{head}  {printable(what, 300)}".rstrip()]
    if isinstance(sighting.message, DHCPPacket):
        lines += _dhcp_lines(sighting.message)
    lines += [f"{_INDENT}fault: {printable(fault, 300)}" for fault in sighting.faults]
    if sighting.cut:
        lines.append(f"{_INDENT}cut short by the capture")
    if would is not None:
        lines.append(f"{_INDENT}pxectl: {_would(would)}")
    return "".join(f"{line}\n" for line in lines)


def _headline(message: Message) -> tuple[str, str]:
    """Verb and what stands behind the addresses."""
    match message:
        case DHCPPacket():
            type_ = message.message_type
            return (type_.name if type_ is not None else "BOOTP"), f"xid {message.xid:08x}"
        case tftp.RRQ() | tftp.WRQ():
            options = " ".join(f"{name} {value}" for name, value in message.options.items())
            return type(message).__name__, f"{message.filename} {message.mode} {options}"
        case tftp.OACK():
            return "OACK", " ".join(f"{name} {value}" for name, value in message.options.items())
        case tftp.ERROR():
            return "ERROR", f"{int(message.code)} {message.message}"
        case HTTPRequest():
            return message.method, f"{message.target}  {message.user_agent}"
        case HTTPResponse():
            return "HTTP", f"{message.status} {message.reason}"
        case Malformed():
            return message.protocol.upper(), f"malformed: {message.reason}"
        case _:
            assert_never(message)


def _dhcp_lines(packet: DHCPPacket) -> list[str]:
    fields = [
        f"{name} {value}"
        for name in ("ciaddr", "yiaddr", "siaddr", "giaddr")
        if (value := getattr(packet, name)) != UNSPECIFIED
    ]
    fields += [
        f"{name} {value.decode('latin-1')}"
        for name, value in (("sname", packet.sname), ("file", packet.file))
        if value
    ]
    if packet.secs:
        fields.append(f"secs {packet.secs}")
    if packet.wants_broadcast:
        fields.append("broadcast")
    lines = [f"{_INDENT}{printable('  '.join(fields), 400)}"] if fields else []
    options = readable_options(packet)
    width = max((len(name) for _, name, _ in options), default=0)
    return lines + [f"{_INDENT}{code:>3} {name:<{width}}  {value}" for code, name, value in options]


def _kind(would: Event | None) -> str:
    """What asks: `x64-uefi`; empty for what does not netboot, and for answers."""
    if isinstance(would, Replied | Unanswered) and would.client.netboots:
        return would.client.label
    return ""


def _would(event: Event) -> str:
    line = describe(event)
    if isinstance(event, Unanswered):
        return f"would not answer: {line.text}"
    return f"would answer {line.text}"


def as_fields(sighting: Sighting, at: float, would: Event | None) -> dict[str, Any]:
    """One packet for `--json` (docs/json.md)."""
    verb, what = _headline(sighting.message)
    record: dict[str, Any] = {
        "v": VERSION,
        "time": round(at, 6),
        "mac": str(sighting.mac),
        "source": f"{sighting.source}:{sighting.source_port}",
        "destination": f"{sighting.destination}:{sighting.destination_port}",
        "client": _kind(would) or None,
        "packet": verb,
        "text": printable(what, 500),
        "faults": [printable(fault, 500) for fault in sighting.faults],
        "cut": sighting.cut,
        "would": None,
    }
    if isinstance(sighting.message, DHCPPacket):
        record["dhcp"] = _dhcp_fields(sighting.message)
    if isinstance(would, Replied | Unanswered):
        replied = isinstance(would, Replied)
        record["would"] = {
            "reply": would.reply.name if isinstance(would, Replied) else None,
            "bootfile": would.bootfile if isinstance(would, Replied) else "",
            "reason": "" if replied else printable(getattr(would, "reason", ""), 500),
        }
    return record


def _dhcp_fields(packet: DHCPPacket) -> dict[str, Any]:
    return {
        "op": packet.op,
        "htype": packet.htype,
        "hops": packet.hops,
        "chaddr": packet.chaddr.hex(),
        "xid": packet.xid,
        "secs": packet.secs,
        "flags": packet.flags,
        "ciaddr": str(packet.ciaddr),
        "yiaddr": str(packet.yiaddr),
        "siaddr": str(packet.siaddr),
        "giaddr": str(packet.giaddr),
        "sname": printable(packet.sname.decode("latin-1")),
        "file": printable(packet.file.decode("latin-1")),
        "options": {
            str(code): {"name": name, "value": value, "hex": packet.options[code].hex()}
            for code, name, value in readable_options(packet)
        },
    }
