from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.destination import BROADCAST
from pxectl.boot.events import Dropped, Replied, Unanswered
from pxectl.boot.machine import Netboot
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Deny, Quirks, Style
from pxectl.boot.respond import respond
from pxectl.boot.rules import Action, Rule
from pxectl.boot.site import NBP, Mode
from pxectl.boot.token import make_token
from pxectl.boot.visits import Visits
from pxectl.mac import MAC
from pxectl.wire.dhcp import BROADCAST_FLAG, UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import Arch, MessageType
from pxectl.wire.options import Option
from tests.builders import (
    ADDRESS,
    FOREIGN,
    MAC1,
    NOW,
    SERVER,
    STRANGER,
    arrival,
    discover,
    machine,
    plain_discover,
    request,
    site,
)
from tests.recordings import dhcp, udp

PROXY, DHCP = Mode.PROXY, Mode.SERVER
TOKEN = make_token(site().secret, MAC1, NOW)
SCRIPT_URL = f"http://10.77.0.1:8080/{TOKEN}/boot.ipxe"
SKIP = b"\x06\x01\x08\xff"
PI = MAC.parse("dc:a6:32:01:02:03")
RELAY = IPv4Address("10.77.0.254")
DENY = Rule("no", (), Action.DENY)
IGNORE = Rule("not mine", (), Action.IGNORE)
BINL = machine(quirks=Quirks(style=Style.BINL))


def ask(packet, site_, port=67, visits=None, **way_in):
    visits = Visits() if visits is None else visits
    return respond(packet.pack(), arrival(port, **way_in), site_, visits, NOW)


def reply_to(packet, site_, port=67, **way_in) -> DHCPPacket:
    """The reply as it goes over the wire."""
    response = ask(packet, site_, port, **way_in)
    assert response.payload, response.event
    return DHCPPacket.parse(response.payload)


def to_4011(kind="uefi-x64", port=4011, **changes):
    """What EDK2 and ROMs send to the boot server."""
    packet = request(kind, ciaddr=IPv4Address("10.77.0.130"), flags=0, **changes)
    return packet, {"peer": "10.77.0.130", "peer_port": port}


# ---- the matrix of netboot.md 2.1

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
    pi = machine(macs=(PI,))

    reply = reply_to(discover("rpi4", PI), site(PROXY, machines=(pi,)))

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


# ---- style = binl (school b) and port 4011


def test_binl_sends_firmware_to_the_boot_server():
    reply = reply_to(discover(), site(PROXY, machines=(BINL,)))

    assert reply.options[Option.VENDOR_CLASS] == b"PXEClient"
    assert Option.VENDOR_SPECIFIC not in reply.options
    assert reply.siaddr == SERVER
    assert reply.file == b""


def test_binl_does_not_concern_ipxe():
    assert reply_to(discover("ipxe"), site(PROXY, machines=(BINL,))).file.decode() == SCRIPT_URL


@pytest.mark.parametrize("mode", [PROXY, DHCP])
@pytest.mark.parametrize("source_port", [68, 4011], ids=["ROM", "EDK2"])
def test_boot_server_answers_to_where_it_was_asked_from(mode, source_port):
    packet, way_in = to_4011(port=source_port)

    response = ask(packet, site(mode, machines=(BINL,)), 4011, **way_in)
    reply = DHCPPacket.parse(response.payload)

    assert reply.message_type is MessageType.ACK
    assert reply.file.decode() == f"{TOKEN}/ipxe.efi"
    assert (reply.ciaddr, reply.siaddr) == (packet.ciaddr, SERVER)
    assert (str(response.destination.address), response.destination.port) == (
        "10.77.0.130", source_port,
    )  # fmt: skip


def test_boot_server_echoes_the_menu_item():
    """iPXE and menu ROMs ask with 43.71, xid 0 (lab.md pitfalls 6)."""
    packet, way_in = to_4011(
        "bios", 68, options={Option.VENDOR_SPECIFIC: b"\x47\x04\x80\0\0\0\xff"}
    )

    reply = reply_to(replace(packet, xid=0), site(PROXY), 4011, **way_in)

    assert reply.options[Option.VENDOR_SPECIFIC] == b"\x47\x04\x80\0\0\0\xff"
    assert (reply.xid, reply.yiaddr) == (0, packet.ciaddr)
    assert reply.file.decode() == f"{TOKEN}/undionly.kpxe"


def test_boot_server_leaves_another_servers_request_alone():
    packet, way_in = to_4011(options={Option.SERVER_IDENTIFIER: FOREIGN.packed})

    assert not ask(packet, site(PROXY), 4011, **way_in).payload


def test_overrunning_option_43_is_dropped_with_a_reason():
    packet, way_in = to_4011(options={Option.VENDOR_SPECIFIC: b"\x47\xff\0"})

    event = ask(packet, site(PROXY), 4011, **way_in).event

    assert isinstance(event, Dropped)
    assert "option 43" in event.reason


# ---- what is never answered


@pytest.mark.parametrize(
    ("packet", "why"),
    [
        (plain_discover(), "it does not netboot"),
        (request(), "the DHCP server's to answer"),
        (request(options={Option.SERVER_IDENTIFIER: SERVER.packed}), "the DHCP server's to answer"),
        (discover(options={Option.MESSAGE_TYPE: b"\7"}), "the DHCP server's to answer"),
    ],
    ids=["no netboot", "request", "request that names us", "release"],
)
def test_proxy_says_nothing_but_offers_to_netboot_clients(packet, why):
    response = ask(packet, site(PROXY))

    assert not response.payload
    assert isinstance(response.event, Unanswered)
    assert response.event.quiet
    assert response.event.reason == why


def test_reply_of_another_server_is_no_request():
    offer = DHCPPacket(op=2, xid=1, chaddr=MAC1, options={Option.MESSAGE_TYPE: b"\2"})

    assert not ask(offer, site(DHCP)).payload


def test_server_never_acks_a_request_for_another():
    packet = request(options={Option.SERVER_IDENTIFIER: FOREIGN.packed})

    response = ask(packet, site(DHCP))

    assert not response.payload
    assert response.event.reason == "it chose 10.77.0.2"


@pytest.mark.parametrize("mode", [PROXY, DHCP])
def test_ignore_is_no_answer_at_all(mode):
    response = ask(discover(), site(mode, IGNORE))

    assert not response.payload
    assert response.event.reason == 'ignored by rule "not mine"'


def test_unknown_machine_is_denied_with_the_command_that_lets_it_in():
    event = ask(discover(mac=STRANGER), site(PROXY)).event

    assert isinstance(event, Unanswered)
    assert event.reason == "denied: unknown machine, no rule matches"
    assert event.hint == f"`pxectl hardware add {STRANGER} --profile NAME` lets it in"


def test_missing_binary_is_said_and_no_empty_name_handed_out():
    response = ask(discover("uefi-riscv64"), site(PROXY))

    assert not response.payload
    assert response.event.reason == "no iPXE binary for riscv64-uefi"


@pytest.mark.parametrize("kind", ["bios", "uefi-x64", "ipxe", "uefi-http"])
def test_denied_machine_gets_an_address_and_nothing_to_boot(kind):
    reply = reply_to(discover(kind), site(DHCP, DENY))

    assert reply.yiaddr == ADDRESS
    assert (reply.file, reply.sname, reply.siaddr) == (b"", b"", UNSPECIFIED)
    assert not {60, 43, 66, 67, 175} & set(reply.options)


@pytest.mark.parametrize("kind", ["bios", "uefi-x64", "ipxe", "uefi-http"])
def test_proxy_is_silent_to_a_denied_machine(kind):
    assert not ask(discover(kind), site(PROXY, DENY)).payload


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


# ---- the DHCP server (RFC 2131 section 4.3)


@pytest.mark.parametrize(
    ("changes", "options", "answer"),
    [
        ({}, {Option.SERVER_IDENTIFIER: SERVER.packed, Option.REQUESTED_ADDRESS: ADDRESS.packed}, "ACK"),
        ({}, {Option.REQUESTED_ADDRESS: ADDRESS.packed}, "ACK"),
        ({"ciaddr": ADDRESS}, {}, "ACK"),
        ({}, {Option.REQUESTED_ADDRESS: FOREIGN.packed}, "NAK"),
        ({"ciaddr": FOREIGN}, {}, "NAK"),
        ({}, {Option.SERVER_IDENTIFIER: SERVER.packed, Option.REQUESTED_ADDRESS: FOREIGN.packed}, "NAK"),
    ],
    ids=["selecting", "init-reboot", "renewing", "init-reboot elsewhere", "renewing elsewhere", "selecting wrong"],
)  # fmt: skip
def test_request_in_each_state(changes, options, answer):
    reply = reply_to(request(**changes, options=options), site(DHCP))

    assert reply.message_type is MessageType[answer]
    assert reply.yiaddr == (ADDRESS if answer == "ACK" else UNSPECIFIED)


def test_nak_through_a_relay_asks_it_to_broadcast():
    packet = request(giaddr=RELAY, flags=0, options={Option.REQUESTED_ADDRESS: FOREIGN.packed})

    response = ask(packet, site(DHCP))

    assert DHCPPacket.parse(response.payload).flags & BROADCAST_FLAG
    assert response.destination.address == RELAY


def test_machine_without_a_reservation_gets_no_address():
    response = ask(discover(), site(DHCP, machines=(machine(address=None),)))

    assert not response.payload
    assert response.event.reason == "no address: node1 has no `address`"


def test_inform_gets_options_and_no_address():
    packet = discover(ciaddr=ADDRESS, options={Option.MESSAGE_TYPE: bytes((MessageType.INFORM,))})

    reply = reply_to(packet, site(DHCP))

    assert reply.message_type is MessageType.ACK
    assert (reply.yiaddr, reply.ciaddr) == (UNSPECIFIED, ADDRESS)
    assert Option.LEASE_TIME not in reply.options


def test_operating_system_gets_its_address_without_boot_data():
    reply = reply_to(plain_discover(), site(DHCP))

    assert reply.yiaddr == ADDRESS
    assert not {60, 43, 66, 67, 175} & set(reply.options)


# ---- relays, shadows, several addresses


def test_option_82_comes_back_last_and_octet_by_octet():
    value = b"\x01\x04ge-1\x02\x06\0\1\2\3\4\5\x97\x01\x00"
    packet = discover(giaddr=RELAY, options={Option.RELAY_AGENT_INFORMATION: value})

    response = ask(packet, site(DHCP))
    reply = DHCPPacket.parse(response.payload)

    assert list(reply.options)[-1] == Option.RELAY_AGENT_INFORMATION
    assert reply.options[Option.RELAY_AGENT_INFORMATION] == value
    assert (reply.giaddr, response.destination.address) == (RELAY, RELAY)


def test_client_without_address_is_reached_by_its_mac():
    to = ask(discover("bios"), site(DHCP)).destination

    assert (to.address, to.hardware) == (ADDRESS, MAC1)


def test_proxy_offer_is_broadcast():
    assert ask(discover("bios"), site(PROXY)).destination.address == BROADCAST


def test_advertised_address_stands_in_reply_and_urls():
    elsewhere = IPv4Address("10.77.0.9")

    reply = reply_to(discover("ipxe"), site(PROXY, serving={"advertise": elsewhere}))

    assert reply.server_identifier == elsewhere
    assert reply.file.startswith(b"http://10.77.0.9:8080/")


def test_reply_delay_of_a_machine_is_passed_on():
    slow = machine(quirks=Quirks(reply_delay=1.5))

    assert ask(discover(), site(PROXY, machines=(slow,))).delay == 1.5


def test_who_netboots_is_remembered_and_who_does_not_is_not():
    visits = Visits()
    ask(plain_discover(), site(PROXY), visits=visits)
    assert len(visits) == 0

    ask(discover(), site(PROXY), visits=visits)

    assert visits.client(MAC1).arch is Arch.X64_UEFI


# ---- recordings and noise


@pytest.mark.parametrize(
    "name",
    ["bios-plain-proxy", "bios-plain4011-proxy", "bios-ipxe-proxy", "uefi-proxy", "arm64-proxy"],
)
def test_every_netboot_discover_of_recorded_firmware_is_offered_something(name):
    offered = [
        response.event
        for packet in dhcp(name)
        if packet.op == 1 and packet.message_type is MessageType.DISCOVER
        if (response := ask(packet, site(PROXY))).payload
    ]

    assert len(offered) >= 1
    assert all(isinstance(event, Replied) and event.bootfile for event in offered)


@given(st.data())
def test_mutated_requests_are_answered_or_dropped_never_raise(data):
    packets = [d for d in udp("uefi-proxy") if d.destination_port in (67, 4011)]
    datagram = data.draw(st.sampled_from(packets))
    octets = bytearray(datagram.payload)
    for _ in range(data.draw(st.integers(0, 8))):
        at = data.draw(st.integers(0, len(octets) - 1))
        octets[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(octets)))
    mode = data.draw(st.sampled_from([PROXY, DHCP]))

    response = respond(
        bytes(octets[:cut]), arrival(datagram.destination_port), site(mode), Visits(), NOW
    )

    assert isinstance(response.event, Replied | Unanswered | Dropped)
