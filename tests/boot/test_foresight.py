from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from pxectl.boot.answer import Fetched
from pxectl.boot.check import Check
from pxectl.boot.foresight import foreseen
from pxectl.boot.machine import Netboot
from pxectl.boot.profile import Profile
from pxectl.boot.rehearse import Standpoint
from pxectl.boot.site import Mirroring
from pxectl.mac import MAC
from pxectl.store.recipes import find_recipe
from pxectl.wire.iana import Arch
from tests.builders import NOW, machine, site

HERE = Standpoint("eth0", IPv4Address("10.77.0.1"), IPv4Network("10.77.0.0/24"))
ELSEWHERE = Profile(
    "debian",
    kernel="https://x/linux",
    initrd=("https://x/initrd.gz", "here.img"),
    checks={"linux": Check("0")},
)


def urls(*profiles, machines=None, **changes):
    site_ = replace(site(profiles=profiles, machines=machines), **changes)
    return [one.url for one in foreseen(site_, HERE, NOW)]


def test_what_machines_will_ask_for_is_known_with_its_checks():
    assert foreseen(site(profiles=(ELSEWHERE,)), HERE, NOW) == (
        Fetched("https://x/initrd.gz"),
        Fetched("https://x/linux", Check("0")),
    )


@pytest.mark.parametrize(
    ("profile", "wanted"),
    [
        (Profile("debian", kernel="here"), []),
        (Profile("debian", chain="https://x/menu.ipxe"), []),
        (Profile("debian", kernel="https://x/${buildarch}/linux"), []),
        (Profile("debian", nbp={Arch.X64_UEFI: "https://x/u.efi"}), ["https://x/u.efi"]),
        (Profile("debian", iso="https://x/u.iso"), ["https://x/u.iso"]),
        (Profile("debian", kernel="https://x/u.iso:/casper/vmlinuz"), ["https://x/u.iso"]),
        (Profile("debian", kernel="https://x/l", cmdline=("{{ vars.nothing }}",)), []),
    ],
)
def test_only_what_comes_by_way_of_the_mirror_is_foreseen(profile, wanted):
    assert urls(profile) == wanted


def test_a_recipe_is_rendered_for_it():
    recipe = find_recipe("proxmox", "t")
    profile = Profile("debian", recipe=recipe, settings={"mirror": "https://x/pve"})

    assert "https://x/pve/linux26" in urls(profile)


def test_what_no_machine_boots_is_not_fetched():
    assert urls(ELSEWHERE, machines=()) == []
    assert urls(ELSEWHERE, machines=(machine(netboot=Netboot.NEVER),)) == []


def test_with_the_mirror_off_nothing_is_foreseen():
    assert urls(ELSEWHERE, mirroring=Mirroring(enabled=False)) == []


def test_a_thousand_machines_of_one_profile_are_one_script():
    many = tuple(
        replace(
            machine(), name=str(n), macs=(MAC.parse(f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}"),)
        )
        for n in range(1000)
    )

    assert urls(ELSEWHERE, machines=many) == ["https://x/initrd.gz", "https://x/linux"]
