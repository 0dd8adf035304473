"""The rows of netboot.md 2.1, one for each kind of client."""

from dataclasses import replace

import pytest

from pxectl.boot.machine import Netboot
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Deny, Quirks
from pxectl.boot.rules import Action, Rule
from pxectl.boot.site import NBP, Mode
from pxectl.mac import MAC
from pxectl.wire.dhcp import BROADCAST_FLAG, UNSPECIFIED
from pxectl.wire.iana import Arch, MessageType
from pxectl.wire.options import Option
from tests.builders import (
    ADDRESS,
    DEBIAN,
    PIS,
    SERVER,
    TOKEN,
    discover,
    machine,
    reply_to,
    request,
    site,
)

PROXY, DHCP = Mode.PROXY, Mode.SERVER
SCRIPT_URL = f"http://10.77.0.1:8080/{TOKEN}/boot.ipxe"
SKIP = b"\x06\x01\x08\xff"
PI = MAC.parse("dc:a6:32:01:02:03")


FIRST = [
    ("bios", f"{TOKEN}/undionly.kpxe", b"PXEClient", SKIP),
    ("uefi-x64", f"{TOKEN}/ipxe.efi", b"PXEClient", SKIP),
    ("uefi-arm64", f"{TOKEN}/ipxe-arm64.efi", b"PXEClient", SKIP),
    ("uefi-http", f"http://10.77.0.1:8080/{TOKEN}/ipxe.efi", b"HTTPClient", None),
    ("uefi-arm64-http", f"http://10.77.0.1:8080/{TOKEN}/ipxe-arm64.efi", b"HTTPClient", None),
    ("ipxe", SCRIPT_URL, b"PXEClient", SKIP),
    ("ipxe-bios", SCRIPT_URL, b"PXEClient", SKIP),
    ("u-boot", f"{TOKEN}/ipxe-arm64.efi", b"PXEClient", SKIP),
]


@pytest.mark.parametrize(("kind", "file", "vendor_class", "option_43"), FIRST)
def test_proxy_offers_boot_data_and_no_address(kind, file, vendor_class, option_43):
    packet = discover(kind)

    reply = reply_to(packet, site(PROXY))

    assert reply.message_type is MessageType.OFFER
    assert (reply.xid, reply.chaddr) == (packet.xid, packet.chaddr)
    assert reply.yiaddr == UNSPECIFIED
    assert reply.siaddr == SERVER  # iPXE ignores a proxy without it (lab.md pitfalls 1)
    assert reply.server_identifier == SERVER
    assert reply.file.decode() == file
    assert reply.options[Option.VENDOR_CLASS] == vendor_class
    assert reply.options.get(Option.VENDOR_SPECIFIC) == option_43
    assert reply.options[Option.CLIENT_UUID] == packet.options[Option.CLIENT_UUID]
    assert Option.LEASE_TIME not in reply.options
    assert reply.flags & BROADCAST_FLAG


@pytest.mark.parametrize(("kind", "file", "vendor_class", "option_43"), FIRST)
@pytest.mark.parametrize("message", [MessageType.OFFER, MessageType.ACK])
def test_server_gives_the_reservation_with_the_same_boot_data(
    kind, file, vendor_class, option_43, message
):
    if message is MessageType.OFFER:
        packet = discover(kind)
    else:
        packet = request(kind, options={
            Option.SERVER_IDENTIFIER: SERVER.packed, Option.REQUESTED_ADDRESS: ADDRESS.packed,
        })  # fmt: skip

    reply = reply_to(packet, site(DHCP))

    assert reply.message_type is message
    assert (reply.yiaddr, reply.siaddr) == (ADDRESS, SERVER)
    assert reply.file.decode() == file
    assert reply.options[Option.VENDOR_CLASS] == vendor_class
    assert reply.options.get(Option.VENDOR_SPECIFIC) == option_43
    assert reply.options[Option.SUBNET_MASK] == bytes((255, 255, 255, 0))
    assert reply.options[Option.ROUTER] == SERVER.packed
    assert reply.options[Option.LEASE_TIME] == (3600).to_bytes(4, "big")
    assert reply.options[Option.HOST_NAME] == b"node1"


def test_http_boot_gets_the_url_in_option_67():
    """EDK2 takes the URI from the OFFER (netboot.md 2.1)."""
    reply = reply_to(discover("uefi-http"), site(PROXY))

    assert reply.options[Option.BOOTFILE_NAME] == reply.file


def test_raspberry_pi_gets_its_words_and_a_dotted_quad():
    """netboot.md 2.6; its ROM has no names and ignores `file`."""
    pi = machine(macs=(PI,), profile="pis")

    reply = reply_to(discover("rpi4", PI), site(PROXY, machines=(pi,), profiles=(PIS,)))

    assert b"Raspberry Pi Boot" in reply.options[Option.VENDOR_SPECIFIC]
    assert reply.options[Option.TFTP_SERVER_NAME] == b"10.77.0.1"
    assert reply.options[Option.VENDOR_CLASS] == b"PXEClient"
    assert reply.siaddr == SERVER


def test_ipxe_is_told_not_to_wait_for_a_proxy():
    assert reply_to(discover("ipxe"), site(DHCP)).options[Option.IPXE] == b"\xb0\x01\x01"


def test_ipxe_without_http_gets_everything_over_tftp():
    packet = discover("ipxe", options={Option.IPXE: b"\x15\x01\x01"})

    assert reply_to(packet, site(PROXY)).file.decode() == f"tftp://10.77.0.1/{TOKEN}/boot.ipxe"


@pytest.mark.parametrize(
    ("wanted", "file"),
    [("snponly.efi", "snponly.efi"), ("grub/grubx64.efi", "files/grub/grubx64.efi")],
    ids=["a binary that was found", "a file of the site"],
)
def test_quirk_names_another_first_program(wanted, file):
    quirky = machine(quirks=Quirks(nbp=wanted))
    found = {"snponly.efi": NBP("snponly.efi", "/lib/ipxe/snponly.efi", "test", 1)}

    reply = reply_to(discover(), site(PROXY, machines=(quirky,), binaries=found))

    assert reply.file.decode() == f"{TOKEN}/{file}"


def test_profile_with_an_nbp_goes_straight_to_the_firmware():
    uki = Profile("uki", nbp={Arch.X64_UEFI: "uki-x64.efi"})
    with_uki = site(PROXY, machines=(machine(profile="uki"),), profiles=(uki,))

    assert reply_to(discover(), with_uki).file.decode() == f"{TOKEN}/files/uki-x64.efi"


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("uefi-x64", f"{TOKEN}/files/pxe.efi"),
        ("uefi-http", f"http://10.77.0.1:8080/{TOKEN}/files/http.efi"),
        ("uefi-arm64", f"{TOKEN}/files/arm.efi"),
        ("uefi-arm64-http", f"http://10.77.0.1:8080/{TOKEN}/files/arm.efi"),
        ("bios", f"{TOKEN}/undionly.kpxe"),
        ("ipxe", f"http://10.77.0.1:8080/{TOKEN}/boot.ipxe"),
    ],
)
def test_a_boot_loader_is_for_its_architectures_and_ipxe_for_all_others(kind, told):
    nbp = {
        Arch.X64_UEFI: "pxe.efi", Arch.X64_UEFI_HTTP: "http.efi", Arch.ARM64_UEFI: "arm.efi",
    }  # fmt: skip
    profile = replace(DEBIAN, nbp=nbp)

    assert reply_to(discover(kind), site(PROXY, profiles=(profile,))).file.decode() == told


# ---- leaving PXE


LEAVING = [
    (site(PROXY, machines=(machine(netboot=Netboot.NEVER),)), "local"),
    (site(PROXY, Rule("no", (), Action.DENY, quirks=Quirks(deny=Deny.FAST))), "deny fast"),
]


@pytest.mark.parametrize("site_", [row[0] for row in LEAVING], ids=[row[1] for row in LEAVING])
@pytest.mark.parametrize("kind", ["bios", "uefi-x64"])
def test_firmware_is_sent_to_its_disk_by_a_menu_of_one_line(site_, kind):
    reply = reply_to(discover(kind), site_)

    assert reply.file == b""
    assert b"\x09\x0d\0\0\x0alocal disk" in reply.options[Option.VENDOR_SPECIFIC]
    assert b"\x0a\x0b\0local disk" in reply.options[Option.VENDOR_SPECIFIC]


def test_ipxe_is_sent_to_its_disk_by_a_script():
    assert reply_to(discover("ipxe"), LEAVING[0][0]).file.decode() == SCRIPT_URL


def test_http_boot_is_sent_to_its_disk_by_a_file_that_is_not_there():
    reply = reply_to(discover("uefi-http"), LEAVING[0][0])

    assert reply.file.decode() == f"http://10.77.0.1:8080/{TOKEN}/local"
