"""DHCP options as people read them: by name, with what 43, 77, 82, 93, 94, 97 and 175 hold."""

from collections.abc import Callable

from pxectl.errors import MalformedPacketError
from pxectl.ui.printable import printable
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.iana import IPXEFeature, MessageType, PXESuboption, RelaySuboption
from pxectl.wire.options import Option, parse_suboptions
from pxectl.wire.pxe import (
    PXE_CLIENT,
    parse_archs,
    parse_boot_servers,
    parse_menu,
    parse_user_class,
    parse_uuid,
)
from pxectl.wire.registry import meaning_of
from pxectl.wire.values import decode_option

NOT_FEATURES = frozenset((IPXEFeature.BUS_ID, IPXEFeature.VERSION, IPXEFeature.PRIORITY))


def readable_options(packet: DHCPPacket) -> list[tuple[int, str, str]]:
    """Code, IANA name and value of each option, in the order of the wire; safe to print."""
    is_pxe = packet.options.get(Option.VENDOR_CLASS, b"").startswith(PXE_CLIENT)
    return [
        (code, meaning_of(code).name, printable(_readable(code, value, is_pxe), 400))
        for code, value in packet.options.items()
        if 0 < code < 255
    ]


def _readable(code: int, value: bytes, is_pxe: bool) -> str:
    special = _SPECIAL.get(code)
    if code == Option.VENDOR_SPECIFIC and is_pxe:
        special = _pxe
    try:
        if special is not None:
            return special(value)
    except MalformedPacketError as error:
        return f"{value.hex(':')} (malformed: {error.message})"
    decoded = decode_option(code, value)
    return ", ".join(map(str, decoded)) if isinstance(decoded, list) else str(decoded)


def _message_type(value: bytes) -> str:
    return MessageType(value[0]).name if len(value) == 1 else value.hex(":")


def _archs(value: bytes) -> str:
    return ", ".join(f"{int(arch)} {arch.label}" for arch in parse_archs(value))


def _ndi(value: bytes) -> str:
    if len(value) == 3 and value[0] == 1:
        return f"UNDI {value[1]}.{value[2]}"
    return value.hex(":")


def _uuid(value: bytes) -> str:
    uuid = parse_uuid(value)
    return str(uuid) if uuid else value.hex(":")


def _user_class(value: bytes) -> str:
    return " ".join(parse_user_class(value))


def _pxe(value: bytes) -> str:
    parts = []
    for code, inner in parse_suboptions(value, "option 43").items():
        name = PXESuboption(code).name.lower().replace("_", "-")
        parts.append(f"{code} {name} {_pxe_value(code, inner)}")
    return "; ".join(parts)


def _pxe_value(code: int, value: bytes) -> str:
    if code == PXESuboption.DISCOVERY_CONTROL and len(value) == 1:
        return str(value[0])
    if code == PXESuboption.BOOT_MENU:
        return ", ".join(f"{item.type} {item.text!r}" for item in parse_menu(value))
    if code == PXESuboption.BOOT_SERVERS:
        servers = parse_boot_servers(value)
        return ", ".join(f"{type_} {' '.join(map(str, at))}" for type_, at in servers)
    if code == PXESuboption.MENU_PROMPT and value:
        return f"{value[0]} s {value[1:].decode('latin-1')!r}"
    return value.hex(":")


def _relay(value: bytes) -> str:
    parts = []
    for code, inner in parse_suboptions(value, "option 82").items():
        name = RelaySuboption(code).name.lower().replace("_", "-")
        text = inner.decode("latin-1")
        shown = text if text.isascii() and text.isprintable() else inner.hex(":")
        parts.append(f"{code} {name} {shown}")
    return "; ".join(parts)


def _ipxe(value: bytes) -> str:
    parts = []
    for code, inner in parse_suboptions(value, "option 175").items():
        name = IPXEFeature(code).name.lower().replace("_", "-")
        parts.append(f"{name} {inner.hex(':')}" if code in NOT_FEATURES else name)
    return " ".join(parts)


_SPECIAL: dict[int, Callable[[bytes], str]] = {
    Option.MESSAGE_TYPE: _message_type,
    Option.USER_CLASS: _user_class,
    Option.RELAY_AGENT_INFORMATION: _relay,
    Option.CLIENT_ARCH: _archs,
    Option.CLIENT_NDI: _ndi,
    Option.CLIENT_UUID: _uuid,
    Option.IPXE: _ipxe,
}
