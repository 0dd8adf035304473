"""What a Raspberry Pi says of itself (netboot.md 2.6; captures in rpi-eeprom 58, 103, 563)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.raspberry import (
    does_without,
    is_kernel,
    is_raspberry_pi,
    pack_guid,
    serial_in,
    split_serial,
)
from pxectl.mac import MAC
from pxectl.wire.options import Option
from tests.builders import MAC1, discover

PI = MAC.parse("dc:a6:32:2e:f8:ed")


@pytest.mark.parametrize(
    ("guid", "serial"),
    [
        # dnsmasq's log of a Pi 4 that asks for 5b154510/start4.elf
        ("00 52506934 1131a000 322ef8ed 1045155b", "5b154510"),
        ("00 52506935 7041d000 dd980977 212451be", "be512421"),
        # firmware of 2020-03: the MAC is left out (rpi-eeprom#103)
        ("00 52506934 1131a000 00000000 1045155b", "5b154510"),
        # a Pi 3 that asks for b66c4c16/start.elf (firmware#1605)
        ("00" + "164c6cb6" * 4, "b66c4c16"),
        ("00" + "44444444" * 4, ""),
        ("00" + "00000000" * 4, ""),
        ("00" + "ffffffff" * 4, ""),
        ("01" + "164c6cb6" * 4, ""),
        ("00" + "164c6cb6" * 3, ""),
        ("00 00112233 44556677 8899aabb ccddeeff", ""),
        ("", ""),
    ],
)
def test_the_serial_number_stands_in_option_97(guid, serial):
    assert serial_in(bytes.fromhex(guid)) == serial


@given(st.sampled_from([4, 5]), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_option_97_is_written_as_it_is_read(model, revision, number):
    guid = pack_guid(model, revision, PI, f"{number:08x}")

    assert len(guid) == 17
    assert serial_in(guid) == f"{number:08x}"


@given(st.binary(max_size=40))
def test_any_option_97_can_be_looked_at(guid):
    assert len(serial_in(guid)) in (0, 8)


@pytest.mark.parametrize(
    ("packet", "is_pi"),
    [
        (discover("bios", MAC1), False),
        (discover("bios", PI), True),
        (discover("bios", MAC.parse("88:a2:9e:00:00:01")), True),
        (discover("bios", MAC1, xid=0x26F30339), True),
        (discover("rpi4", MAC1), True),
        (discover("rpi5", MAC1), True),
        (discover("bios", MAC1, options={Option.CLIENT_UUID: b"RPi4" * 4}), False),
    ],
)
def test_a_pi_is_known_by_its_mac_xid_or_option_97(packet, is_pi):
    assert is_raspberry_pi(packet) is is_pi


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("5b154510/start4.elf", ("5b154510", "start4.elf")),
        ("5B154510/overlays/a.dtbo", ("5b154510", "overlays/a.dtbo")),
        ("bootcode.bin", ("", "bootcode.bin")),
        ("overlays/a.dtbo", ("", "overlays/a.dtbo")),
        ("5b15451/start4.elf", ("", "5b15451/start4.elf")),
        ("5b154510", ("", "5b154510")),
        ("", ("", "")),
    ],
)
def test_a_serial_number_is_taken_off(path, expected):
    assert split_serial(path) == expected


@pytest.mark.parametrize(
    ("name", "kernel"),
    [
        ("kernel8.img", True), ("kernel_2712.img", True), ("kernel7l.img", True),
        ("vmlinuz", True), ("vmlinux-5.4.0-1038-raspi", True), ("Image", True),
        ("initramfs8", False), ("start4.elf", False), ("bcm2712-rpi-5-b.dtb", False),
    ],
)  # fmt: skip
def test_a_kernel_is_known_by_its_name(name, kernel):
    assert is_kernel(name) is kernel


@pytest.mark.parametrize(
    ("path", "without"),
    [
        ("bootsig.bin", True), ("5b154510/recovery.elf", True), ("pieeprom.sig", True),
        ("overlays/overlay_map.dtb", True), ("bootcode.bin", False), ("5b154510/start4.elf", False),
        ("config.txt", False), ("cmdline.txt", False),
    ],
)  # fmt: skip
def test_most_names_it_does_without(path, without):
    assert does_without(path) is without
