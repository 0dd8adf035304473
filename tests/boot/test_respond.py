from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.destination import BROADCAST
from pxectl.boot.events import Dropped, Replied, Unanswered
from pxectl.boot.memory import Memory
from pxectl.boot.quirks import Quirks, Style
from pxectl.boot.respond import respond
from pxectl.boot.rules import Action, Rule
from pxectl.boot.site import Mode
from pxectl.boot.visits import Visits
from pxectl.mac import MAC
from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import Arch, MessageType
from pxectl.wire.options import Option
from tests.builders import (
    ADDRESS,
    FOREIGN,
    MAC1,
    NOW,
    SERVER,
    STRANGER,
    TOKEN,
    arrival,
    ask,
    discover,
    machine,
    plain_discover,
    reply_to,
    request,
    site,
    to_4011,
)
from tests.recordings import dhcp, udp

PROXY, DHCP = Mode.PROXY, Mode.SERVER
SCRIPT_URL = f"http://10.77.0.1:8080/{TOKEN}/boot.ipxe"
SKIP = b"\x06\x01\x08\xff"
PI = MAC.parse("dc:a6:32:01:02:03")
RELAY = IPv4Address("10.77.0.254")
DENY = Rule("no", (), Action.DENY)
IGNORE = Rule("not mine", (), Action.IGNORE)
BINL = machine(quirks=Quirks(style=Style.BINL))


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


def test_missing_binary_leaves_a_machine_its_address_and_the_log_the_mend():
    event = ask(discover("uefi-riscv64"), site(DHCP)).event

    assert (event.address, event.bootfile) == (ADDRESS, "")
    assert event.problem == "no iPXE binary for riscv64-uefi"
    assert "pxectl ipxe" in event.hint


@pytest.mark.parametrize("kind", ["bios", "uefi-x64", "ipxe", "uefi-http"])
def test_denied_machine_gets_an_address_and_nothing_to_boot(kind):
    reply = reply_to(discover(kind), site(DHCP, DENY))

    assert reply.yiaddr == ADDRESS
    assert (reply.file, reply.sname, reply.siaddr) == (b"", b"", UNSPECIFIED)
    assert not {60, 43, 66, 67, 175} & set(reply.options)


@pytest.mark.parametrize("kind", ["bios", "uefi-x64", "ipxe", "uefi-http"])
def test_proxy_is_silent_to_a_denied_machine(kind):
    assert not ask(discover(kind), site(PROXY, DENY)).payload


# ---- the DHCP server (RFC 2131 section 4.3)


SELECTING = {
    Option.SERVER_IDENTIFIER: SERVER.packed,
    Option.REQUESTED_ADDRESS: ADDRESS.packed,
}
ELSEWHERE = {Option.REQUESTED_ADDRESS: FOREIGN.packed}


@pytest.mark.parametrize(
    ("changes", "options", "answer"),
    [
        ({}, SELECTING, "ACK"),
        ({}, {Option.REQUESTED_ADDRESS: ADDRESS.packed}, "ACK"),
        ({"ciaddr": ADDRESS}, {}, "ACK"),
        ({}, ELSEWHERE, "NAK"),
        ({"ciaddr": FOREIGN}, {}, "NAK"),
        ({}, SELECTING | ELSEWHERE, "NAK"),
    ],
    ids=[
        "selecting",
        "init-reboot",
        "renewing",
        "init-reboot elsewhere",
        "renewing elsewhere",
        "selecting another address",
    ],
)
def test_request_in_each_state(changes, options, answer):
    reply = reply_to(request(**changes, options=options), site(DHCP))

    assert reply.message_type is MessageType[answer]
    assert reply.yiaddr == (ADDRESS if answer == "ACK" else UNSPECIFIED)


def test_machine_without_a_reservation_gets_no_address():
    response = ask(discover(), site(DHCP, machines=(machine(address=None),)))

    assert not response.payload
    assert (
        response.event.reason == "no address: node1 has no `address`, and 10.77.0.0/24 has no pool"
    )


def test_operating_system_gets_its_address_without_boot_data():
    reply = reply_to(plain_discover(), site(DHCP))

    assert reply.yiaddr == ADDRESS
    assert not {60, 43, 66, 67, 175} & set(reply.options)


# ---- relays, shadows, several addresses


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


@pytest.mark.parametrize(
    ("kind", "claim", "warning"),
    [
        ("uefi-x64", "arm64", "arch is x64-uefi, its file says arm64"),
        ("uefi-arm64", "x86_64", "arch is arm64-uefi, its file says x86_64"),
        ("uefi-x64", "x86_64", ""),
        ("bios", "x86_64", ""),
        ("uefi-http", "x64-uefi", ""),
        ("ipxe-arm64", "aarch64", ""),
        ("uefi-x64", "", ""),
    ],
)
def test_another_architecture_than_the_file_says_is_a_warning(kind, claim, warning):
    claims = machine(arch=claim)

    assert ask(discover(kind), site(PROXY, machines=(claims,))).event.warning == warning


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
        bytes(octets[:cut]), arrival(datagram.destination_port), site(mode), Memory(), NOW
    )

    assert isinstance(response.event, Replied | Unanswered | Dropped)
