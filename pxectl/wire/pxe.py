"""What PXE, iPXE and relay agents put into options: 43, 77, 82, 93, 94, 97, 175.

Sources: PXE 2.1, RFC 4578, RFC 3004, RFC 3046, netboot.md 2.3 and 2.5.
"""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address
from uuid import UUID

from pxectl.errors import MalformedPacketError
from pxectl.wire.iana import Arch, DiscoveryControl, PXESuboption
from pxectl.wire.options import pack_options

PXE_CLIENT, HTTP_CLIENT = b"PXEClient", b"HTTPClient"
"""How option 60 of firmware begins, and of what is meant for it (netboot.md 2.2)."""
LOCAL_BOOT = 0  # boot server type of a menu item: leave PXE, boot the disk


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A line of option 43 sub-option 9."""

    type: int
    """Boot server type, 16 bits; 0 is the local disk."""
    text: str


def pack_pxe(
    *,
    control: DiscoveryControl | None = None,
    menu: tuple[MenuItem, ...] = (),
    prompt: tuple[int, str] | None = None,
    boot_item: bytes = b"",
) -> bytes:
    """The value of option 43 for a `PXEClient`.

    Args:
        control: sub-option 6.
        menu: sub-option 9.
        prompt: sub-option 10: seconds (0: take the first item at once, 255: wait) and text.
        boot_item: sub-option 71 as the client sent it.
    """
    suboptions: dict[int, bytes] = {}
    if control is not None:
        suboptions[PXESuboption.DISCOVERY_CONTROL] = bytes((control,))
    if prompt is not None:
        suboptions[PXESuboption.MENU_PROMPT] = bytes((prompt[0],)) + prompt[1].encode("ascii")
    if menu:
        suboptions[PXESuboption.BOOT_MENU] = b"".join(
            item.type.to_bytes(2, "big") + bytes((len(text := item.text.encode("ascii")),)) + text
            for item in menu
        )
    if boot_item:
        suboptions[PXESuboption.BOOT_ITEM] = boot_item
    return pack_options(suboptions)


def parse_menu(value: bytes) -> tuple[MenuItem, ...]:
    """The lines of sub-option 9.

    Raises:
        MalformedPacketError: a text reaches beyond the end.
    """
    items, at = [], 0
    while at < len(value):
        stop = at + 3 + value[at + 2] if at + 3 <= len(value) else len(value) + 1
        if stop > len(value):
            raise MalformedPacketError("option 43: boot menu: an item reaches beyond the end")
        type_ = int.from_bytes(value[at : at + 2], "big")
        items.append(MenuItem(type_, value[at + 3 : stop].decode("latin-1")))
        at = stop
    return tuple(items)


def parse_boot_servers(value: bytes) -> tuple[tuple[int, tuple[IPv4Address, ...]], ...]:
    """Boot server type and addresses of each entry of sub-option 8.

    Raises:
        MalformedPacketError: an entry reaches beyond the end.
    """
    servers, at = [], 0
    while at < len(value):
        stop = at + 3 + 4 * value[at + 2] if at + 3 <= len(value) else len(value) + 1
        if stop > len(value):
            raise MalformedPacketError("option 43: boot servers: an entry reaches beyond the end")
        addresses = tuple(IPv4Address(value[i : i + 4]) for i in range(at + 3, stop, 4))
        servers.append((int.from_bytes(value[at : at + 2], "big"), addresses))
        at = stop
    return tuple(servers)


def parse_archs(value: bytes) -> tuple[Arch, ...]:
    """Option 93: a list (RFC 4578 2.1). An odd octet at the end is passed over.

    Read as far as one option holds: a client names a handful, and what a hostile one joins out of
    many options (RFC 3396) is not worth the time.
    """
    stop = min(len(value) - 1, 254)
    return tuple(Arch(int.from_bytes(value[at : at + 2], "big")) for at in range(0, stop, 2))


def parse_uuid(value: bytes) -> UUID | None:
    """Option 97, its first three fields little-endian as firmware sends them (RFC 4578 2.3).

    None for any other form: Raspberry Pi and some ROMs send what is no UUID (netboot.md 2.0).
    """
    if len(value) != 17 or value[0] != 0 or not any(value[1:]):
        return None
    return _uuid(value[1:])


@lru_cache(1024)  # each message of a boot says it again
def _uuid(value: bytes) -> UUID:
    return UUID(bytes_le=value)


def pack_uuid(uuid: UUID) -> bytes:
    """The value of option 97 for `uuid`."""
    return b"\0" + uuid.bytes_le


def parse_user_class(value: bytes) -> tuple[str, ...]:
    """Option 77, raw or with the lengths of RFC 3004.

    iPXE sends a bare `iPXE` (netboot.md 3.1, 17b), so the lengths only count if they fit exactly.
    """
    classes, at = [], 0
    while at < len(value):
        stop = at + 1 + value[at]
        if stop > len(value) or stop == at + 1:
            return (value.decode("latin-1"),)
        classes.append(value[at + 1 : stop].decode("latin-1"))
        at = stop
    return tuple(classes)
