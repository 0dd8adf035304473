from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from pxectl.boot.client import Firmware
from pxectl.boot.identify import identify
from pxectl.mac import MAC
from pxectl.wire.iana import Arch
from pxectl.wire.options import Option
from tests.builders import NETWORK, arrival, discover, plain_discover
from tests.recordings import dhcp

PI = MAC.parse("dc:a6:32:01:02:03")


def who(packet, relay_network=None):
    return identify(packet, arrival(), relay_network)


@pytest.mark.parametrize(
    ("kind", "firmware", "arch"),
    [
        ("bios", Firmware.BIOS, Arch.X86_BIOS),
        ("uefi-x64", Firmware.UEFI, Arch.X64_UEFI),
        ("uefi-arm64", Firmware.UEFI, Arch.ARM64_UEFI),
        ("uefi-http", Firmware.UEFI_HTTP, Arch.X64_UEFI_HTTP),
        ("ipxe", Firmware.IPXE, Arch.X64_UEFI),
        ("ipxe-bios", Firmware.IPXE, Arch.X86_BIOS),
        ("rpi5", Firmware.RPI, Arch.X86_BIOS),
        ("u-boot", Firmware.U_BOOT, Arch.ARM64_UBOOT),
    ],
)
def test_kinds_are_told_apart(kind, firmware, arch):
    client = who(discover(kind))

    assert (client.firmware, client.arch) == (firmware, arch)


@pytest.mark.parametrize(
    ("recording", "firmwares"),
    [
        ("bios-plain-proxy", ["x86-bios", "ipxe x86-bios", "-"]),
        ("bios-ipxe-proxy", ["ipxe x86-bios", "-"]),
        ("uefi-proxy", ["x64-uefi", "ipxe x64-uefi", "-"]),
        ("uefi-http-full", ["x64-uefi-http", "ipxe x64-uefi"]),
        ("arm64-proxy", ["arm64-uefi", "ipxe arm64-uefi", "-"]),
    ],
)
def test_stages_of_recorded_boots_are_told_apart(recording, firmwares):
    """After a proxy boot iPXE sends a bare `PXEClient`: only 77, 175 and 93 say what it is."""
    labels = [who(packet).label for packet in dhcp(recording) if packet.op == 1]

    assert list(dict.fromkeys(labels)) == firmwares


@pytest.mark.parametrize(
    ("option_93", "arch"),
    [
        (b"\0\7", Arch.X64_UEFI),
        (b"\0\x09", Arch.X64_UEFI),
        (b"\0\x11", Arch.X64_UEFI_HTTP),
        (b"\xff\xfe\0\x0b", Arch.ARM64_UEFI),
        (b"\xff\xfe", Arch(0xFFFE)),
        (b"\0\7\1", Arch.X64_UEFI),
        (b"", Arch.ARM64_UEFI),
    ],
    ids=["x64", "ebc", "ebc http", "unknown first", "only unknown", "odd length", "from option 60"],
)
def test_the_architecture_is_the_first_that_is_registered(option_93, arch):
    options = {
        Option.CLIENT_ARCH: option_93,
        Option.VENDOR_CLASS: b"PXEClient:Arch:00011:UNDI:003000",
    }

    assert who(discover(options=options)).arch == arch


def test_vendor_build_of_ipxe_without_user_class_is_ipxe():
    packet = discover("ipxe")
    options = {code: value for code, value in packet.options.items() if code != Option.USER_CLASS}

    assert who(replace(packet, options=options)).is_ipxe


@pytest.mark.parametrize("user_class", [b"iPXE", b"\x04iPXE"], ids=["raw", "RFC 3004"])
def test_user_class_is_read_raw_and_with_lengths(user_class):
    assert who(discover(options={Option.USER_CLASS: user_class})).is_ipxe


def test_raspberry_pi_is_known_by_its_oui_though_it_says_bios():
    assert who(discover("bios", PI)).firmware is Firmware.RPI


def test_raspberry_pi_under_uefi_firmware_is_uefi():
    assert who(discover("uefi-arm64", PI)).firmware is Firmware.UEFI


def test_client_without_option_60_but_with_93_netboots():
    packet = discover("bios")
    options = {c: value for c, value in packet.options.items() if c != Option.VENDOR_CLASS}

    assert who(replace(packet, options=options)).netboots


def test_operating_system_does_not_netboot():
    assert not who(plain_discover()).netboots


def test_relayed_client_is_of_the_relays_network():
    relay = IPv4Address("10.88.0.1")
    network = IPv4Network("10.88.0.0/24")
    options = {Option.RELAY_AGENT_INFORMATION: b"\1\4ge-1\2\3\0\1\2"}

    client = who(discover(giaddr=relay, options=options), network)

    assert (client.relay, client.subnet) == (relay, network)
    assert (client.circuit_id, client.remote_id) == ("ge-1", "00:01:02")


def test_direct_client_is_of_the_interfaces_network():
    assert who(discover()).subnet == NETWORK


def test_uuid_is_read_with_little_endian_fields():
    value = b"\0" + bytes.fromhex("33221100554477668899aabbccddeeff")

    client = who(discover(options={Option.CLIENT_UUID: value}))

    assert str(client.uuid) == "00112233-4455-6677-8899-aabbccddeeff"
