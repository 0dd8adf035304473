from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from pxectl.boot.kinds import KINDS, kind_named, kind_of_claim
from pxectl.boot.machine import Netboot
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Quirks, Style
from pxectl.boot.rehearse import Standpoint, rehearse
from pxectl.boot.rules import Action, Rule
from pxectl.boot.site import Mode
from pxectl.boot.token import make_lasting_token
from pxectl.errors import PxectlError
from pxectl.wire.dhcp import DHCPPacket
from tests.builders import DEBIAN, MAC1, NETWORK, NOW, SERVER, STRANGER, machine, site

HERE = Standpoint("eth0", SERVER, NETWORK)
DENY = Rule("no", (), Action.DENY)


def play(name="uefi-x64", site_=None, mac=MAC1, here=HERE):
    kind = kind_named(name)
    return rehearse(kind.discover(mac), kind, here, site_ or site(), NOW)


def asks(result):
    return [step.asks for step in result.steps]


@pytest.mark.parametrize("name", ["bios", "uefi-x64", "uefi-arm64", "uefi-http", "ipxe", "u-boot"])
@pytest.mark.parametrize("mode", [Mode.PROXY, Mode.SERVER])
def test_a_boot_is_played_down_to_the_script(name, mode):
    result = play(name, site(mode))

    assert result.would_netboot
    assert result.script.startswith("#!ipxe\n")
    assert "/files/debian/linux" in result.script
    assert asks(result)[-1] == "iPXE's DISCOVER"


def test_binl_is_played_through_port_4011():
    binl = site(machines=(machine(quirks=Quirks(style=Style.BINL)),))

    result = play(site_=binl)

    assert asks(result) == ["DISCOVER", "REQUEST to 4011", "iPXE's DISCOVER"]
    assert "asks port 4011 next" in result.then


def test_a_denied_machine_would_not_netboot():
    result = play(site_=site(Mode.PROXY, DENY))

    assert not result.would_netboot
    assert result.script == ""
    assert "waits up to a minute" in result.then


def test_a_local_machine_would_not_netboot_but_leaves_at_once():
    result = play(site_=site(machines=(machine(netboot=Netboot.NEVER),)))

    assert not result.would_netboot
    assert "leaves PXE at once" in result.then


def test_a_missing_binary_would_not_netboot():
    result = play("uefi-riscv64")

    assert not result.would_netboot
    assert result.steps[0].response.event.reason == "no iPXE binary for riscv64-uefi"


def test_an_nbp_that_is_not_ipxe_has_no_second_stage():
    from pxectl.wire.iana import Arch

    uki = Profile("uki", nbp={Arch.X64_UEFI: "uki.efi"})
    result = play(site_=site(machines=(machine(profile="uki"),), profiles=(uki,)))

    assert (asks(result), result.script) == (["DISCOVER"], "")
    assert result.would_netboot
    assert result.then.endswith("; what comes then is up to that program")


@pytest.mark.parametrize("name", ["uefi-x64", "uefi-http"])
@pytest.mark.parametrize("style", [None, Style.BINL])
def test_behind_a_boot_loader_comes_what_grub_reads(name, style):
    from pxectl.wire.iana import Arch

    profile = replace(DEBIAN, nbp={Arch.X64_UEFI: "shim/shimx64.efi"})
    quirky = machine(quirks=Quirks(style=style))

    result = play(name, site(machines=(quirky,), profiles=(profile,)))

    device = "http,10.77.0.1:8080" if name == "uefi-http" else "tftp,10.77.0.1"
    assert result.script.startswith(f"linux '({device})/")
    assert ("has a network after HTTP boot" in result.then) is (name == "uefi-http")
    assert "asks the DHCP server's next-server for grub.cfg" in result.then or style is Style.BINL
    assert play("bios", site(profiles=(profile,))).script.startswith("#!ipxe")
    ours = play(name, site(Mode.SERVER, machines=(quirky,), profiles=(profile,)))
    assert "itself, asks for grub.cfg" in ours.then


def test_a_script_that_does_not_render_is_an_error_with_its_place():
    broken = Profile("p", script="menu.ipxe")
    site_ = site(
        machines=(machine(profile="p"),), profiles=(broken,),
        templates={"menu.ipxe": "#!ipxe\n{{ oops }}\n"},
    )  # fmt: skip

    with pytest.raises(PxectlError, match=r"menu\.ipxe, line 2: 'oops' is undefined"):
        play("ipxe", site_)


def test_a_host_without_a_usable_network_can_still_ask():
    here = Standpoint("-", IPv4Address("192.0.2.1"), IPv4Network("192.0.2.1/32"))

    assert play(here=here).would_netboot


def test_an_unknown_machine_is_decided_about_too():
    assert play(mac=STRANGER).decision.action is Action.DENY


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_sends_a_message_that_parses(kind):
    packet = kind.discover(MAC1)

    assert DHCPPacket.parse(packet.pack()) == packet


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        ("x86_64", "uefi-x64"), ("amd64", "uefi-x64"), ("aarch64", "uefi-arm64"), ("", "uefi-x64"),
        ("arm64-uefi", "uefi-arm64"), ("x86-bios", "bios"), ("z80", "uefi-x64"),
    ],
)  # fmt: skip
def test_a_claimed_architecture_names_a_kind(claim, name):
    assert kind_of_claim(claim).name == name


def test_unknown_kind_is_an_error_that_lists_them():
    with pytest.raises(PxectlError, match="no client `toaster`") as caught:
        kind_named("toaster")

    assert "uefi-x64" in caught.value.hint


def test_the_virtual_medium_of_its_bmc_is_told():
    rescue = Profile("debian", iso="media/rescue cd.iso")
    token = make_lasting_token(site().secret, MAC1)
    medium = f"http://10.77.0.1:8080/iso/{token}/rescue%20cd.iso"

    assert play(site_=site(profiles=(rescue,))).medium == medium
    assert play().medium == ""
