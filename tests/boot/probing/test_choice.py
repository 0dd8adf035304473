from ipaddress import IPv4Address

import pytest

from pxectl.boot.kinds import KINDS
from pxectl.boot.probing.choice import choose
from pxectl.boot.probing.offer import Offer
from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.options import Option
from tests.builders import ADDRESS, MAC1

ONE, TWO = IPv4Address("10.77.0.2"), IPv4Address("10.77.0.1")
PXE10 = b"\x06\x01\x08\xff"
MENU = b"\x09\x04\x00\x01\x01x\xff"


def offer(server=ONE, address=ADDRESS, vendor=b"", pxe=b"", file=b"", more=None):
    options = {53: b"\2", 54: server.packed} | (more or {})
    if vendor:
        options[Option.VENDOR_CLASS] = vendor
    if pxe:
        options[Option.VENDOR_SPECIFIC] = pxe
    packet = DHCPPacket(2, 1, MAC1, yiaddr=address, file=file, options=options)
    return Offer(packet, server, 67, 0.1)


PLAIN = offer()
NAMED = offer(file=b"x.efi")
BARE = offer(vendor=b"PXEClient")
WHOLE = offer(vendor=b"PXEClient", pxe=PXE10, file=b"x.efi")
PROXY = offer(TWO, UNSPECIFIED, b"PXEClient", PXE10, b"y.efi")
BINL = offer(TWO, UNSPECIFIED, b"PXEClient")
MENUS = offer(TWO, UNSPECIFIED, b"PXEClient", MENU, b"y.efi")
URL = offer(vendor=b"HTTPClient", file=b"http://x/y.efi")
PROXY_URL = offer(TWO, UNSPECIFIED, b"HTTPClient", file=b"http://x/y.efi")
FIRST = offer(TWO, more={Option.IPXE: b"\x01\x01\x05"}, file=b"z")


@pytest.mark.parametrize(
    ("kind", "offers", "address", "boot", "asks"),
    [
        ("uefi-x64", [], None, None, False),
        ("uefi-x64", [PLAIN], PLAIN, None, False),
        ("uefi-x64", [PROXY], None, None, False),
        ("uefi-x64", [PLAIN, NAMED], NAMED, NAMED, False),
        ("uefi-x64", [PLAIN, PROXY], PLAIN, PROXY, False),
        ("uefi-x64", [PROXY, NAMED], NAMED, PROXY, False),
        ("uefi-x64", [PLAIN, BINL], PLAIN, BINL, True),
        ("uefi-x64", [PLAIN, BINL, PROXY], PLAIN, PROXY, False),
        ("uefi-x64", [PLAIN, MENUS], PLAIN, MENUS, True),
        ("uefi-x64", [PROXY, BARE], BARE, BARE, True),  # netboot.md 2.2, 3 (i)
        ("uefi-x64", [PLAIN, PROXY, BARE], PLAIN, PROXY, False),
        ("uefi-x64", [PROXY, WHOLE], WHOLE, WHOLE, False),
        ("bios", [PLAIN, PROXY], PLAIN, PROXY, False),
        ("uefi-http", [PLAIN, PROXY], PLAIN, None, False),
        ("uefi-http", [PLAIN, URL], URL, URL, False),
        ("uefi-http", [PLAIN, PROXY_URL], PLAIN, PROXY_URL, False),
        ("uefi-http", [PROXY_URL], None, None, False),
        ("ipxe", [NAMED], NAMED, NAMED, False),
        ("ipxe", [PLAIN], PLAIN, None, False),
        ("ipxe", [PLAIN, PROXY], PLAIN, PROXY, False),
        ("ipxe", [PLAIN, BINL], PLAIN, BINL, True),
        ("ipxe", [NAMED, FIRST], FIRST, FIRST, False),
        ("ipxe", [PROXY], None, None, False),
    ],
)
def test_each_client_chooses_as_its_firmware_does(kind, offers, address, boot, asks):
    choice = choose(KINDS[kind], offers)

    assert choice.address is address
    assert choice.boot is boot
    assert choice.asks_4011 is asks
    assert bool(choice.why) is (boot is None)


@pytest.mark.parametrize(
    ("pxe", "server"),
    [
        (b"", ONE),
        (b"\x06\x01\x08\x08\x07\x00\x01\x01\x0a\x4d\x00\x09\xff", IPv4Address("10.77.0.9")),
        (b"\x06\x01\x00\x08\x07\x00\x01\x01\x0a\x4d\x00\x09\xff", ONE),
        (b"\x06\x01\x08\x08\x07\x00\x01\x09\x0a\x4d\x00\x09\xff", ONE),
        (b"\x06\x09", ONE),
    ],
)
def test_the_tftp_server_is_the_listed_one_where_43_says_so(pxe, server):
    assert offer(vendor=b"PXEClient", pxe=pxe).tftp_server == server
