"""What a Raspberry Pi's boot ROM or EEPROM says of itself, and the names that it asks for.

Sources: netboot.md 2.6 and 3.1, 11 to 13b; the captures in raspberrypi/documentation (`bootmodes/
net.md`) and in raspberrypi/rpi-eeprom 58, 87, 103 and 563; IEEE's registry.
"""

import re

from pxectl.mac import MAC
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.options import Option

OUIS = frozenset(
    bytes.fromhex(oui)
    for oui in ("28cdc1", "2ccf67", "3a3541", "88a29e", "b827eb", "d83add", "dca632", "e45f01")
)
PI_3 = bytes.fromhex("b827eb")
"""OUI of a Pi 3 and of those before it."""
ROM_XID = 0x26F30339
"""Of every packet of every Pi 3, and of the `bootcode.bin` that it loads."""
ROM_DELAY = 1.0
"""Seconds that a Pi 3 has to be left alone for before a reply (netboot.md 3.1, 11 and 13b)."""
_FOURCC = b"\0RPi"
"""How option 97 of a Pi 4 (`RPi4`) or 5 (`RPi5`) begins: board revision, last four octets of the
MAC and serial number follow, numbers little-endian."""
_OF_NO_BOARD = frozenset((b"DDDD", bytes(4), b"\xff\xff\xff\xff"))
"""Option 97 of a Pi 3, and of a Pi 4 with old firmware, is its serial number four times; of most
Pi 3 it is the first of these."""
_GUID = int(Option.CLIENT_UUID)
_SERIAL = re.compile(r"([0-9a-f]{8})/", re.IGNORECASE)
_KERNEL = re.compile(r"(?:kernel[^/]*\.img|vmlinu[xz][^/]*|Image(?:\.gz)?)")
CONFIG, CMDLINE = "config.txt", "cmdline.txt"
BY_HTTP = ("boot.img", "boot.sig")
"""What a Pi 4 or 5 asks for over HTTP (`BOOT_ORDER` 7), in the folder `HTTP_PATH`."""
_NEEDED = ("bootcode.bin", "start.elf", "start4.elf", CONFIG, CMDLINE, *BY_HTTP)


def is_raspberry_pi(packet: DHCPPacket) -> bool:
    """True for what a Raspberry Pi sends, whatever runs on it; its MAC may be an odd one."""
    if packet.chaddr[:3] in OUIS or packet.xid == ROM_XID:
        return True
    return packet.options.get(_GUID, b"").startswith(_FOURCC)


def serial_in(guid: bytes) -> str:
    """The last eight digits of the serial number as the firmware spells them, such as `5b154510`.

    Args:
        guid: option 97; empty: it has none.

    Returns:
        empty if it does not hold one.
    """
    if len(guid) != 17 or guid[0] != 0:
        return ""
    if guid.startswith(_FOURCC):
        return guid[:12:-1].hex()
    number = guid[1:5]
    if guid[1:] != number * 4 or number in _OF_NO_BOARD:
        return ""
    return number[::-1].hex()


def pack_guid(model: int, revision: int, mac: MAC, serial: str) -> bytes:
    """Option 97 as a Pi 4 or 5 sends it.

    Args:
        model: 4 or 5.
        revision: of the board, such as 0xC03111.
        mac: of its Ethernet.
        serial: eight hexadecimal digits.
    """
    board = revision.to_bytes(4, "little")
    return b"%s%d%s%s%s" % (_FOURCC, model, board, mac[2:], bytes.fromhex(serial)[::-1])


def split_serial(path: str) -> tuple[str, str]:
    """The serial number in front of a name, empty if there is none, and the name.

    Args:
        path: normalised; `5b154510/start4.elf`, `bootcode.bin`.
    """
    found = _SERIAL.match(path)
    return (found[1].lower(), path[found.end() :]) if found else ("", path)


def is_kernel(name: str) -> bool:
    """True for what is booted, by its name: `kernel8.img`, `kernel_2712.img`, `vmlinuz`."""
    return bool(_KERNEL.fullmatch(name))


def does_without(path: str) -> bool:
    """True for what it looks for by habit: dozens of names that mostly are not there."""
    return path.rpartition("/")[2] not in _NEEDED
