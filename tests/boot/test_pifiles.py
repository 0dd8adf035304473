"""Raspberry Pi 3, 4 and 5 from their DISCOVER to their kernel, as captures and logs show them.

The sequences: raspberrypi/documentation `bootmodes/net.md`, raspberrypi/firmware#1605 and 1012
(Pi 3); a dnsmasq log of a Pi 4 with the firmware of 2020 and rpi-eeprom#82, its REQUEST; 563
(Pi 5); netboot.md 2.6 and 3.1.
"""

from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.answer import File, Refusal, Text
from pxectl.boot.arrival import Asked, Protocol
from pxectl.boot.client import Firmware
from pxectl.boot.leasetable import LeaseTable
from pxectl.boot.machine import Netboot
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Quirks
from pxectl.boot.route import route
from pxectl.boot.rules import Action, Rule
from pxectl.boot.site import Claims, Mode
from pxectl.boot.visits import Visits
from pxectl.mac import MAC
from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import MessageType
from pxectl.wire.options import Option
from tests.builders import (
    ADDRESS,
    DEBIAN,
    MAC1,
    NOW,
    PIS,
    SERVER,
    ask,
    discover,
    machine,
    request,
    site,
)

WORDS = b"\x06\x01\x03\x0a\x04\x00PXE\x09\x14\x00\x00\x11Raspberry Pi Boot\xff"
"""Option 43 of the reply in `bootmodes/net.md`."""
RELAY = IPv4Address("10.77.9.1")


@dataclass(frozen=True)
class Model:
    """One Raspberry Pi, and what it asks for over TFTP, in this order."""

    name: str
    mac: MAC
    serial: str
    files: tuple[str, ...]
    """`S/` stands for its serial number; what is marked `!` is not in the folder."""
    guid: str
    wants: tuple[int, ...]

    @property
    def machine(self):
        return machine(name=self.name, macs=(self.mac,), profile="pis", serial=f"1000{self.serial}")


PXE = tuple(range(128, 136))
PI3 = Model(
    "rpi3", MAC.parse("b8:27:eb:6c:4c:16"), "b66c4c16",
    ("bootcode.bin", "!bootsig.bin", "S/start.elf", "!S/autoboot.txt", "S/config.txt",
     "!S/recovery.elf", "S/fixup.dat", "!S/dt-blob.bin", "!S/bootcfg.txt",
     "S/bcm2710-rpi-3-b-plus.dtb", "!S/overlays/overlay_map.dtb", "S/cmdline.txt",
     "!S/armstub8-32.bin", "S/kernel7.img"),
    "00" + "44" * 16, (43, 60, 67, *PXE, 66),
)  # fmt: skip
PI4 = Model(
    "rpi4", MAC.parse("dc:a6:32:2e:f8:ed"), "5b154510",
    ("S/start4.elf", "S/config.txt", "!S/vl805.sig", "!S/pieeprom.sig", "!S/recover4.elf",
     "!S/recovery.elf", "S/fixup4.dat", "!S/dt-blob.bin", "!S/bootcfg.txt", "S/initramfs8",
     "S/bcm2711-rpi-4-b.dtb", "!S/overlays/overlay_map.dtb", "S/overlays/vc4-kms-v3d.dtbo",
     "S/cmdline.txt", "!S/armstub8-gic.bin", "S/kernel8.img"),
    "00 52506934 1131c000 322ef8ed 1045155b", (1, 3, 43, 60, 66, 67, *PXE),
)  # fmt: skip
PI5 = Model(
    "rpi5", MAC.parse("d8:3a:dd:98:09:77"), "be512421",
    ("!S/autoboot.txt", "S/config.txt", "!S/pieeprom.sig", "!S/recovery.bin", "S/initramfs_2712",
     "S/bcm2712-rpi-5-b.dtb", "S/overlays/bcm2712d0.dtbo", "S/cmdline.txt", "S/kernel_2712.img"),
    "00 52506935 7041d000 dd980977 212451be", (1, 3, 43, 60, 66, 67, *PXE),
)  # fmt: skip
MODELS = (PI3, PI4, PI5)
MACHINES = tuple(model.machine for model in MODELS)


def served(mode=Mode.SERVER, *rules, machines=MACHINES, profile=PIS, **changes):
    return site(mode, *rules, machines=machines, profiles=(profile, DEBIAN), **changes)


def tftp(path, site_, neighbour, visits=None, protocol=Protocol.TFTP, peer=ADDRESS):
    asked = Asked(protocol, path, peer, "eth0", SERVER, neighbour=neighbour)
    return route(asked, site_, visits if visits is not None else Visits(), NOW)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_discover_is_the_captured_one(model):
    packet = discover(model.name, model.mac)
    if model is not PI3:
        options = packet.options | {Option.CLIENT_UUID: bytes.fromhex(model.guid)}
        packet = replace(packet, options=options)

    assert packet.options == {
        Option.MESSAGE_TYPE: b"\1",
        Option.PARAMETER_REQUEST_LIST: packet.options[Option.PARAMETER_REQUEST_LIST],
        Option.CLIENT_ARCH: b"\0\0",
        Option.CLIENT_NDI: b"\1\2\1",
        Option.CLIENT_UUID: bytes.fromhex(model.guid),
        Option.VENDOR_CLASS: b"PXEClient:Arch:00000:UNDI:002001",
    }
    assert sorted(packet.options[Option.PARAMETER_REQUEST_LIST]) == sorted(model.wants)
    assert (packet.flags, packet.ciaddr) == (0, UNSPECIFIED)
    assert (packet.xid == 0x26F30339) is (model is PI3)


def from_wire(model, type_=MessageType.DISCOVER, without=(), **changes):
    """What a Pi sends; its REQUEST is for us."""
    options = {Option.CLIENT_UUID: bytes.fromhex(model.guid)}
    if type_ is MessageType.DISCOVER:
        packet = discover(model.name, model.mac, options=options, **changes)
    else:
        address = next(m.address for m in MACHINES if m.name == model.name)
        options |= {
            Option.SERVER_IDENTIFIER: SERVER.packed, Option.REQUESTED_ADDRESS: address.packed,
        }  # fmt: skip
        packet = request(model.name, model.mac, options=options, **changes)
    return replace(packet, options={k: v for k, v in packet.options.items() if k not in without})


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@pytest.mark.parametrize("type_", [MessageType.DISCOVER, MessageType.REQUEST])
def test_as_dhcp_server_every_field_is_what_it_needs(model, type_):
    packet = from_wire(model, type_)

    response = ask(packet, served())
    reply = DHCPPacket.parse(response.payload)

    assert (reply.xid, reply.chaddr, reply.flags) == (packet.xid, packet.chaddr, 0)
    assert (reply.yiaddr, reply.siaddr, reply.giaddr) == (ADDRESS, SERVER, UNSPECIFIED)
    assert reply.message_type is (
        MessageType.OFFER if type_ is MessageType.DISCOVER else MessageType.ACK
    )
    assert reply.options[Option.SERVER_IDENTIFIER] == SERVER.packed
    assert reply.options[Option.VENDOR_CLASS] == b"PXEClient"
    assert reply.options[Option.VENDOR_SPECIFIC] == WORDS
    assert reply.options[Option.TFTP_SERVER_NAME] == b"10.77.0.1"  # firmware#871: no NUL
    assert reply.options[Option.CLIENT_UUID] == bytes.fromhex(model.guid)
    # a Pi 3 asks for neither, and needs both (firmware#1001)
    assert reply.options[Option.SUBNET_MASK] == bytes((255, 255, 255, 0))
    assert reply.options[Option.ROUTER] == SERVER.packed
    assert Option.LEASE_TIME in reply.options
    assert reply.file == b"bootcode.bin"
    assert response.destination.how == "hardware"
    assert response.delay == (1.0 if model is PI3 else 0.0)
    assert not any(code in _codes(response.payload) for code in (0,))


def _codes(payload):
    """The tags in front of END, as they come (rpi-eeprom#82: a pad among them breaks a Pi 4)."""
    at, codes = 240, []
    while payload[at] != 255:
        codes.append(payload[at])
        at += 1 if payload[at] == 0 else 2 + payload[at + 1]
    return codes


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_beside_another_dhcp_server_the_offer_is_dnsmasqs(model):
    response = ask(from_wire(model), served(Mode.PROXY))
    reply = DHCPPacket.parse(response.payload)

    assert reply.message_type is MessageType.OFFER
    assert (reply.yiaddr, reply.siaddr) == (UNSPECIFIED, SERVER)
    assert {code: reply.options[code] for code in (53, 54, 60, 66, 97, 43)} == {
        53: b"\2",
        54: SERVER.packed,
        60: b"PXEClient",
        66: b"10.77.0.1",
        97: bytes.fromhex(model.guid),
        43: WORDS,
    }
    assert set(reply.options) == {53, 54, 60, 66, 97, 43}
    assert 0 not in _codes(response.payload)
    assert response.destination.how == "broadcast"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@pytest.mark.parametrize("mode", [Mode.PROXY, Mode.SERVER])
def test_a_relayed_one_is_answered_through_its_relay(model, mode):
    packet = from_wire(model)
    options = packet.options | {Option.RELAY_AGENT_INFORMATION: b"\1\4eth7"}
    packet = replace(packet, giaddr=RELAY, options=options)
    network = replace(site().subnets[0], network=IPv4Network("10.77.9.0/24"))
    away = replace(model.machine, address=IPv4Address("10.77.9.21"))

    response = ask(packet, served(mode, machines=(away,), subnets=(network,)))
    reply = DHCPPacket.parse(response.payload)

    assert (response.destination.address, response.destination.port) == (RELAY, 67)
    assert reply.giaddr == RELAY
    assert list(reply.options)[-1] == Option.RELAY_AGENT_INFORMATION
    assert reply.options[Option.VENDOR_SPECIFIC] == WORDS
    assert reply.siaddr == SERVER


@pytest.mark.parametrize(
    "left_out", [(Option.VENDOR_CLASS,), (60, 93, 94, 97)], ids=["no 60", "nothing of PXE"]
)
def test_a_request_without_what_the_discover_said_gets_the_same(left_out):
    """Pi 4 with the firmware of 2020 (rpi-eeprom#82)."""
    visits, leases = Visits(), LeaseTable()
    odd = MAC1  # so that the MAC does not tell it either
    site_ = served(machines=(replace(PI4.machine, macs=(odd,)),))
    first = discover("rpi4", odd)
    options = {Option.SERVER_IDENTIFIER: SERVER.packed, Option.REQUESTED_ADDRESS: ADDRESS.packed}
    second = request("rpi4", odd, options=options)
    second = replace(second, options={k: v for k, v in second.options.items() if k not in left_out})

    ask(first, site_, visits=visits, leases=leases)
    reply = DHCPPacket.parse(ask(second, site_, visits=visits, leases=leases).payload)
    late = ask(second, site_, visits=visits, leases=leases, now=NOW + 300)
    other = ask(replace(second, xid=7), site_, visits=visits, leases=leases, now=NOW + 1)

    assert reply.message_type is MessageType.ACK
    assert reply.options[Option.VENDOR_SPECIFIC] == WORDS
    if len(left_out) > 1:
        for response in (late, other):  # its system, perhaps
            assert Option.VENDOR_SPECIFIC not in DHCPPacket.parse(response.payload).options


def test_boards_with_the_same_xid_are_told_apart():
    visits = Visits()
    other = MAC.parse("b8:27:eb:00:00:09")
    site_ = served(
        Mode.PROXY, machines=(PI3.machine, machine(name="b", macs=(other,), profile="debian"))
    )

    ask(from_wire(PI3), site_, visits=visits)
    refused = ask(discover("rpi3", other), site_, visits=visits)

    assert not refused.payload
    assert "nothing for a Raspberry Pi" in refused.event.reason


@pytest.mark.parametrize(("quirk", "delay"), [(0.0, 0.0), (2.0, 2.0), (None, 1.0)])
def test_a_quirk_says_how_long_a_pi_3_waits(quirk, delay):
    pi = replace(PI3.machine, quirks=Quirks(reply_delay=quirk))

    assert ask(from_wire(PI3), served(machines=(pi,))).delay == delay


@pytest.mark.parametrize(
    ("changes", "firmware"),
    [
        ({Option.CLIENT_ARCH: b"\0\x29"}, Firmware.RPI),
        ({Option.VENDOR_CLASS: b"PXEClient:Arch:00041:UNDI:002001"}, Firmware.RPI),
        # its UEFI firmware, iPXE, U-Boot, and its own Linux
        ({Option.CLIENT_ARCH: b"\0\x0b", 60: b"PXEClient:Arch:00011:UNDI:003000"}, Firmware.UEFI),
        ({Option.USER_CLASS: b"iPXE"}, Firmware.IPXE),
        ({Option.CLIENT_ARCH: b"\0\x16", 60: b"U-Boot.armv8"}, Firmware.U_BOOT),
        ({Option.CLIENT_ARCH: None, 60: b"U-Boot.armv8"}, Firmware.U_BOOT),
        ({Option.CLIENT_ARCH: None, 60: b"dhcpcd-9.4.1:Linux-6.1:aarch64"}, None),
        ({93: None, 94: None, 97: None, 60: None}, None),
    ],
)
def test_what_runs_on_a_pi_is_told_by_what_it_sends(changes, firmware):
    packet = from_wire(PI4)
    options = {k: v for k, v in (packet.options | changes).items() if v is not None}

    event = ask(replace(packet, options=options), served()).event

    assert event.client.firmware is firmware


def test_never_a_program_for_a_pc():
    """93 = 0 is a BIOS' (firmware#1928)."""
    for model in MODELS:
        response = ask(
            from_wire(model), served(machines=(replace(model.machine, profile="debian"),))
        )
        assert b"undionly" not in response.payload
        assert b"Raspberry" not in response.payload
        assert "has nothing for a Raspberry Pi" in response.event.problem


@pytest.mark.parametrize("kind", ["bios", "uefi-x64", "uefi-arm64", "ipxe", "u-boot"])
def test_nothing_else_is_handed_a_pis_files(kind):
    response = ask(discover(kind), served(Mode.PROXY, machines=(machine(profile="pis"),)))

    if kind == "ipxe":
        assert response.payload  # its script says so
    else:
        assert "for the firmware of Raspberry Pis only" in response.event.reason


# ---- over TFTP


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
@pytest.mark.parametrize("prefix", ["serial", "mac", "root"])
@pytest.mark.parametrize("mode", [Mode.PROXY, Mode.SERVER])
def test_each_file_of_the_sequence_is_its_own(model, prefix, mode):
    visits = Visits()
    site_ = served(mode)
    ask(from_wire(model), site_, visits=visits)
    front = {"serial": f"{model.serial}/", "mac": f"{model.mac.dashed}/", "root": ""}[prefix]

    for spelled in model.files:
        name = spelled.removeprefix("!").removeprefix("S/")
        path = spelled.removeprefix("!").replace("S/", front)
        routed = tftp(path, site_, model.mac, visits)
        assert routed.answer == File("/srv/files", f"rpi/bookworm/{name}")
        assert (routed.event.status, routed.event.client.mac) == (200, model.mac)
        assert routed.event.what == ("kernel" if name.startswith("kernel") else "file")


@pytest.mark.parametrize("path", ["config.txt", f"{PI4.serial}/config.txt", "bootcode.bin"])
def test_a_pi_with_an_address_of_its_own_needs_no_dhcp(path):
    """EEPROM's CLIENT_IP and TFTP_IP."""
    assert isinstance(tftp(path, served(Mode.OFF), PI4.mac).answer, File)


FULL = Profile(
    "pis", rpi="pi", config_txt="pi/config.txt", cmdline_txt="pi/cmdline.txt",
    cmdline=("ip=dhcp", "host={{ machine.name }}"),
)  # fmt: skip
TEXTS = {
    "pi/config.txt": "# {{ machine.name }} {{ client.serial }}\n[all]\narm_64bit=1\n",
    "pi/cmdline.txt": "console=serial0,115200\nroot=/dev/nfs\n",
}


@pytest.mark.parametrize(
    ("profile", "name", "text"),
    [
        (FULL, "config.txt", b"# rpi4 5b154510\n[all]\narm_64bit=1\n"),
        (
            FULL, "cmdline.txt",
            b"console=serial0,115200 root=/dev/nfs ip=dhcp host=rpi4 rule=1 own=rpi4\n",
        ),
        (
            replace(FULL, cmdline_txt=""), "cmdline.txt",
            b"ip=dhcp host=rpi4 rule=1 own=rpi4\n",
        ),
    ],
    ids=["config", "cmdline", "words alone"],
)  # fmt: skip
def test_texts_are_written_for_the_machine(profile, name, text):
    visits = Visits()
    pi = replace(PI4.machine, vars={"cmdline": "own={{ machine.name }}"})
    rule = Rule("pis", (), Action.BOOT, "pis", cmdline=("rule=1",))
    site_ = served(Mode.PROXY, rule, machines=(pi,), profile=profile, templates=TEXTS)
    ask(from_wire(PI4), site_, visits=visits)

    routed = tftp(f"{PI4.serial}/{name}", site_, PI4.mac, visits)

    assert routed.answer == Text(text)


def test_words_of_the_machine_come_behind_the_folders_command_line():
    pi = replace(PI4.machine, vars={"cmdline": "own=1"})
    routed = tftp("cmdline.txt", served(machines=(pi,)), PI4.mac)

    assert routed.answer.name == "rpi/bookworm/cmdline.txt"
    assert (
        routed.answer.edit(b"console=tty1 root=/dev/nfs\n") == b"console=tty1 root=/dev/nfs own=1\n"
    )
    assert routed.answer.edit(b"caf\xe9\r\nx") == b"caf\xe9 x own=1\n"


def test_a_text_that_does_not_render_says_why():
    site_ = served(profile=FULL, templates={"pi/config.txt": "{{ vars.missing.x }}"})

    routed = tftp("config.txt", site_, PI4.mac)

    assert routed.event.status == 500
    assert "pi/config.txt" in routed.event.reason


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("path", ["bootcode.bin", f"{PI4.serial}/start4.elf", "x/boot.img"])
def test_who_is_denied_gets_no_file(path, protocol):
    deny = Rule("no", (), Action.DENY)

    routed = tftp(path, served(Mode.PROXY, deny), PI4.mac, protocol=protocol)

    assert isinstance(routed.answer, Refusal)
    assert routed.event.status == 403


def test_an_unknown_pi_is_told_of_by_its_mac():
    routed = tftp("bootcode.bin", served(machines=()), PI4.mac)

    assert (routed.event.status, routed.event.client.mac) == (403, PI4.mac)
    assert f"pxectl hardware add {PI4.mac}" in routed.event.hint


OTHER = MAC.parse("dc:a6:32:00:00:99")


@pytest.mark.parametrize("path", [f"{PI4.serial}/config.txt", f"{PI4.mac.dashed}/config.txt"])
def test_nobody_gets_the_files_of_another(path):
    routed = tftp(path, served(), OTHER)

    assert routed.event.status == 403
    assert str(OTHER) in routed.event.reason


@pytest.mark.parametrize(
    ("path", "networks", "status"),
    [
        (f"{PI4.serial}/config.txt", ("10.77.9.0/24",), 200),
        (f"{PI4.mac.dashed}/config.txt", ("10.77.9.0/24",), 200),
        (f"{PI4.serial}/config.txt", (), 403),
        ("config.txt", ("10.77.9.0/24",), 403),
    ],
)
def test_behind_a_router_the_path_says_who_asks_where_that_is_believed(path, networks, status):
    claims = Claims(networks=tuple(map(IPv4Network, networks)))
    site_ = served(serving={"claims": claims})

    routed = tftp(path, site_, None, peer=IPv4Address("10.77.9.21"))

    assert routed.event.status == status


def test_behind_a_router_a_serial_number_that_dhcp_told_is_known():
    visits = Visits()
    claims = Claims(networks=(IPv4Network("10.77.9.0/24"),))
    nameless = replace(PI4.machine, serial="")
    site_ = served(machines=(nameless,), serving={"claims": claims})
    ask(from_wire(PI4), site_, visits=visits)
    path = f"{PI4.serial}/config.txt"

    assert tftp(path, site_, None, visits, peer=IPv4Address("10.77.9.21")).event.status == 200
    assert tftp(path, site_, None, peer=IPv4Address("10.77.9.21")).event.status == 403


def test_a_machine_that_is_no_pi_asks_as_before():
    """U-Boot, PXELINUX and people ask for names without a token, too."""
    visits = Visits()
    site_ = served(Mode.PROXY, machines=(machine(),))
    ask(discover("bios"), site_, visits=visits)

    routed = tftp("pxelinux.0", site_, MAC1, visits)

    assert routed.event.client.mac is None


@pytest.mark.parametrize("path", ["net_install/boot.img", "net_install/boot.sig", "boot.img"])
def test_its_http_boot_gets_the_image_of_its_folder(path):
    routed = tftp(path, served(Mode.PROXY), PI5.mac, protocol=Protocol.HTTP)

    assert (routed.answer.root, routed.answer.name) == (
        "/srv/files", f"rpi/bookworm/{path.rpartition('/')[2]}"
    )  # fmt: skip


@pytest.mark.parametrize("path", ["config.txt", f"{PI5.serial}/config.txt"])
def test_over_http_it_asks_for_nothing_else(path):
    assert tftp(path, served(Mode.PROXY), PI5.mac, protocol=Protocol.HTTP).event.status == 403


def test_once_goes_on_until_it_boots_anew():
    """Its system is not cut off when its kernel has been loaded, and `once` is over."""
    visits = Visits()
    pi = replace(PI4.machine, netboot=Netboot.ONCE)
    ask(from_wire(PI4), served(machines=(pi,)), visits=visits)
    assert tftp("kernel8.img", served(machines=(pi,)), PI4.mac, visits).event.what == "kernel"
    never = served(machines=(replace(pi, netboot=Netboot.NEVER),))

    assert tftp("initramfs8", never, PI4.mac, visits).event.status == 200
    ask(from_wire(PI4), never, visits=visits)
    assert tftp("initramfs8", never, PI4.mac, visits).event.status == 404


def test_a_boot_is_counted_with_its_kernel():
    visits = Visits()
    site_ = served()
    ask(from_wire(PI4), site_, visits=visits)

    for name in ("config.txt", "kernel8.img", "kernel8.img"):
        tftp(name, site_, PI4.mac, visits)

    assert site_.boots.of(ask(from_wire(PI4), site_).event.client, PI4.machine) == 1


@given(st.text(max_size=30), st.sampled_from([PI4.mac, MAC1, None]))
def test_whatever_is_asked_for_stays_in_the_folder(path, neighbour):
    answer = tftp(path, served(), neighbour).answer

    if isinstance(answer, File) and answer.name.startswith("rpi/"):
        assert answer.root == "/srv/files"
        assert ".." not in answer.name.split("/")
