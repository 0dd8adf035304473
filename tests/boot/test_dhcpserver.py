"""Messages of RFC 2131 section 4.3 through the first door, against one lease table."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from pxectl.boot.binding import Binding, State
from pxectl.boot.dhcpserver import QUARANTINE
from pxectl.boot.events import Conflicted, Released
from pxectl.boot.leasetable import LeaseTable
from pxectl.boot.machine import Netboot
from pxectl.boot.rules import Action, Rule
from pxectl.boot.site import Mode
from pxectl.boot.subnet import Subnet
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.iana import MessageType
from pxectl.wire.options import Option
from tests.builders import (
    ADDRESS,
    FOREIGN,
    MAC1,
    NETWORK,
    NOW,
    SERVER,
    STRANGER,
    ask,
    discover,
    machine,
    plain_discover,
    site,
)

A, B, C = (IPv4Address(f"10.77.0.{n}") for n in (100, 101, 102))
MAC2 = type(MAC1).parse("52:54:00:77:00:02")
POOLED = Subnet(NETWORK, ((A, C),), 3600)
FAR = Subnet(IPv4Network("10.88.0.0/24"), ((IPv4Address("10.88.0.50"),) * 2,))
SITE = site(Mode.SERVER, subnets=(POOLED, FAR))


def message(kind, mac=STRANGER, *, wants=None, server=None, **changes):
    """A plain system's message."""
    packet = plain_discover(mac)
    options = dict(packet.options) | {Option.MESSAGE_TYPE: bytes((kind,))}
    if wants is not None:
        options[Option.REQUESTED_ADDRESS] = wants.packed
    if server is not None:
        options[Option.SERVER_IDENTIFIER] = server.packed
    options |= changes.pop("options", {})
    return replace(packet, options=options, **changes)


def lease(address, mac=STRANGER, state=State.LEASED, expires=NOW + 1000, **changes):
    return Binding(address, mac, state, NOW - 100, expires, **changes)


def said(response):
    """`OFFER 10.77.0.100`, `NAK`, or nothing."""
    if not response.payload:
        return ""
    packet = DHCPPacket.parse(response.payload)
    given = "" if packet.message_type is MessageType.NAK else f" {packet.yiaddr}"
    return packet.message_type.name + given


def got(packet, *rows, site_=SITE, **how):
    return said(ask(packet, site_, leases=LeaseTable(rows), **how))


DISCOVER, REQUEST = MessageType.DISCOVER, MessageType.REQUEST


@pytest.mark.parametrize(
    ("packet", "rows", "expected"),
    [
        (message(DISCOVER), [], f"OFFER {A}"),
        (message(DISCOVER, MAC1), [], f"OFFER {ADDRESS}"),
        (message(DISCOVER, wants=C), [], f"OFFER {C}"),
        (message(DISCOVER, wants=C), [lease(C, MAC2)], f"OFFER {A}"),
        (message(DISCOVER, wants=C), [lease(C, MAC2, expires=NOW)], f"OFFER {C}"),
        (message(DISCOVER, wants=IPv4Address("10.77.0.7")), [], f"OFFER {A}"),
        (message(DISCOVER, wants=C), [lease(B)], f"OFFER {B}"),
        (message(DISCOVER), [lease(B, expires=NOW - 9)], f"OFFER {B}"),
        (message(DISCOVER), [lease(B, state=State.RELEASED)], f"OFFER {B}"),
        (message(DISCOVER), [lease(B, state=State.QUARANTINED)], f"OFFER {A}"),
        (message(DISCOVER), [lease(A, MAC2), lease(B, MAC2)], f"OFFER {C}"),
        (message(DISCOVER), [lease(A, MAC2, expires=NOW - 1), lease(B, MAC2, expires=NOW - 2),
                             lease(C, MAC2)], f"OFFER {B}"),
        (message(DISCOVER), [lease(A, MAC2), lease(B, MAC2), lease(C, MAC2)], ""),
        (message(DISCOVER), [lease(IPv4Address("10.88.0.50"))], f"OFFER {A}"),
        (message(DISCOVER, giaddr=IPv4Address("10.88.0.1")), [lease(B)], "OFFER 10.88.0.50"),
        (message(DISCOVER, giaddr=IPv4Address("192.0.2.1")), [], ""),
        (message(DISCOVER, MAC1), [lease(ADDRESS, MAC2)], f"OFFER {A}"),
        (message(DISCOVER, MAC1), [lease(ADDRESS, MAC1, State.QUARANTINED)], f"OFFER {A}"),
    ],
    ids=[
        "first of the pool", "reservation", "what it asks for", "not what another holds",
        "what another held", "nothing outside of the pool", "its own before what it asks for",
        "its own of before", "its own that it released", "not what it declined", "what is left",
        "who rests longest", "full pool", "only of this network", "of the relay's network",
        "unknown relay", "reservation that somebody holds", "reservation in quarantine",
    ],
)  # fmt: skip
def test_what_is_offered(packet, rows, expected):
    assert got(packet, *rows) == expected


@pytest.mark.parametrize(
    ("packet", "rows", "expected"),
    [
        (message(REQUEST, wants=A, server=SERVER), [], f"ACK {A}"),
        (message(REQUEST, wants=A, server=SERVER), [lease(A, MAC2)], "NAK"),
        (message(REQUEST, wants=ADDRESS, server=SERVER), [], "NAK"),
        (message(REQUEST, wants=A, server=FOREIGN), [lease(A)], ""),
        (message(REQUEST, MAC1, wants=ADDRESS, server=SERVER), [], f"ACK {ADDRESS}"),
        (message(REQUEST, MAC1, wants=A, server=SERVER), [lease(A, MAC1)], "NAK"),
        (message(REQUEST, wants=A), [lease(A)], f"ACK {A}"),
        (message(REQUEST, wants=A), [lease(A, expires=NOW - 5)], f"ACK {A}"),
        (message(REQUEST, wants=A), [], ""),
        (message(REQUEST, wants=A), [lease(A, MAC2)], ""),
        (message(REQUEST, wants=B), [lease(A)], "NAK"),
        (message(REQUEST, wants=IPv4Address("10.99.0.1")), [], "NAK"),
        (message(REQUEST, wants=IPv4Address("10.99.0.1")), [lease(A)], "NAK"),
        (message(REQUEST, ciaddr=A), [lease(A)], f"ACK {A}"),
        (message(REQUEST, ciaddr=A), [], ""),
        (message(REQUEST, ciaddr=A), [lease(A, MAC2)], ""),
        (message(REQUEST, ciaddr=IPv4Address("10.77.0.200")),
         [lease(IPv4Address("10.77.0.200"))], "NAK"),
        (message(REQUEST, ciaddr=IPv4Address("10.88.0.50")), [lease(IPv4Address("10.88.0.50"))],
         "ACK 10.88.0.50"),
        (message(REQUEST, ciaddr=ADDRESS), [lease(ADDRESS)], "NAK"),
    ],
    ids=[
        "selecting", "selecting what another holds", "selecting a reservation of another",
        "selecting another server", "selecting its reservation", "its reservation is elsewhere",
        "init-reboot", "init-reboot after the end", "init-reboot, not known: silence",
        "init-reboot, another's: silence", "init-reboot, we know better", "wrong network",
        "wrong network, known", "renewing", "renewing, not known: silence",
        "renewing another's: silence", "renewing what left the pool", "renewing past the relay",
        "renewing what is now reserved for another",
    ],
)  # fmt: skip
def test_what_a_request_gets(packet, rows, expected):
    assert got(packet, *rows) == expected


def test_an_acknowledged_address_is_a_change_of_the_table():
    leases = LeaseTable()
    offer = ask(message(DISCOVER), SITE, leases=leases)
    assert (offer.change, offer.probe, len(leases)) == (None, A, 0)

    hostname = {Option.HOST_NAME: b"box"}
    ack = ask(message(REQUEST, wants=A, server=SERVER, options=hostname), SITE, leases=leases)

    assert ack.change.before is None
    assert ack.change.after == Binding(A, STRANGER, State.LEASED, NOW, NOW + 3600, "box")
    assert leases.row(A) == ack.change.after
    assert ack.probe is None
    assert ask(message(DISCOVER), SITE, leases=leases).probe is None


def test_what_is_offered_to_one_is_not_offered_to_another():
    leases = LeaseTable()
    assert said(ask(message(DISCOVER), SITE, leases=leases)) == f"OFFER {A}"
    assert said(ask(message(DISCOVER, MAC2, wants=A), SITE, leases=leases)) == f"OFFER {B}"
    assert said(ask(message(DISCOVER), SITE, leases=leases)) == f"OFFER {A}"
    stolen = message(REQUEST, MAC2, wants=A, server=SERVER)
    assert said(ask(stolen, SITE, leases=leases)) == "NAK"


def test_who_chooses_another_server_leaves_its_offer_to_others():
    leases = LeaseTable()
    ask(message(DISCOVER), SITE, leases=leases)
    ask(message(REQUEST, wants=B, server=FOREIGN), SITE, leases=leases)
    assert leases.offers == 0


def test_firmware_gets_a_short_lease_of_the_pool_and_the_system_a_long_one():
    leases = LeaseTable()
    chosen = {
        Option.MESSAGE_TYPE: bytes((REQUEST,)),
        Option.REQUESTED_ADDRESS: A.packed,
        Option.SERVER_IDENTIFIER: SERVER.packed,
    }
    firmware = discover(mac=STRANGER, options=chosen)
    first = ask(firmware, SITE, leases=leases)
    assert (first.lease.seconds, first.change.after.firmware) == (300, True)

    assert said(ask(message(DISCOVER), SITE, leases=leases)) == f"OFFER {A}"
    second = ask(message(REQUEST, wants=A, server=SERVER), SITE, leases=leases)
    assert (second.lease.seconds, second.change.after.firmware) == (3600, False)


def test_times_are_in_the_reply():
    rule = Rule("long", (), Action.DENY, options={"address-time": 7200, "renewal-time": 60})
    site_ = site(Mode.SERVER, rule, subnets=(POOLED,))
    reply = DHCPPacket.parse(ask(message(DISCOVER), site_).payload)
    seconds = [int.from_bytes(reply.options[code], "big") for code in (51, 58, 59)]
    assert seconds == [7200, 60, 6300]


def test_a_decline_quarantines_and_the_next_offer_is_another():
    leases = LeaseTable([lease(A)])
    response = ask(message(MessageType.DECLINE, wants=A, server=SERVER), SITE, leases=leases)

    assert not response.payload
    assert isinstance(response.event, Conflicted)
    assert response.change.after.state is State.QUARANTINED
    assert said(ask(message(DISCOVER), SITE, leases=leases)) == f"OFFER {B}"
    others = [lease(B, MAC2, expires=NOW + 1e6), lease(C, MAC2, expires=NOW + 1e6)]
    for row in others:
        leases.put(row)
    assert said(ask(message(DISCOVER, MAC1, wants=A), SITE, leases=leases)) == f"OFFER {ADDRESS}"
    late = NOW + QUARANTINE + 61
    assert said(ask(message(DISCOVER), SITE, leases=leases, now=late)) == f"OFFER {A}"


@pytest.mark.parametrize(
    ("packet", "row"),
    [
        (message(MessageType.DECLINE, wants=A, server=SERVER), lease(A, MAC2)),
        (message(MessageType.DECLINE, server=SERVER), lease(A)),
        (message(MessageType.DECLINE, wants=A, server=FOREIGN), lease(A)),
        (message(MessageType.RELEASE, ciaddr=A, server=SERVER), lease(A, MAC2)),
        (message(MessageType.RELEASE, ciaddr=A, server=FOREIGN), lease(A)),
        (message(MessageType.RELEASE, ciaddr=A, server=SERVER), lease(A, expires=NOW)),
        (message(MessageType.RELEASE, ciaddr=A), lease(A, state=State.QUARANTINED)),
    ],
)
def test_nobody_gives_back_or_declines_what_is_anothers(packet, row):
    response = ask(packet, SITE, leases=LeaseTable([row]))
    assert response.change is None
    assert not response.payload
    assert response.event.quiet


def test_a_release_ends_the_lease_and_remembers_the_client():
    leases = LeaseTable([lease(A)])
    released = message(MessageType.RELEASE, ciaddr=A, server=SERVER)
    response = ask(released, SITE, leases=leases)

    assert isinstance(response.event, Released)
    assert (response.change.after.state, response.change.after.since) == (State.RELEASED, NOW)
    assert not leases.row(A).holds(NOW)
    assert said(ask(message(DISCOVER), SITE, leases=leases)) == f"OFFER {A}"


def test_an_inform_gets_options_and_no_address():
    site_ = site(Mode.SERVER, subnets=(replace(POOLED, options={"router": "10.77.0.1"}),))
    response = ask(message(MessageType.INFORM, ciaddr=IPv4Address("10.77.0.7")), site_)
    reply = DHCPPacket.parse(response.payload)
    assert said(response) == "ACK 0.0.0.0"
    assert reply.options[3] == SERVER.packed
    assert not {51, 58, 59} & set(reply.options)
    assert str(response.destination.address) == "10.77.0.7"


def test_a_machine_that_is_never_to_get_an_address_gets_none():
    never = site(Mode.SERVER, machines=(machine(dhcp=False),), subnets=(POOLED,))
    for packet in (message(DISCOVER, MAC1), message(REQUEST, MAC1, wants=A, server=SERVER)):
        response = ask(packet, never)
        assert not response.payload
        assert "`dhcp = false`" in response.event.reason


def test_a_full_pool_has_a_name():
    rows = [lease(address, MAC2) for address in (A, B, C)]
    response = ask(message(DISCOVER), SITE, leases=LeaseTable(rows))
    assert response.full == "10.77.0.100-10.77.0.102 of 10.77.0.0/24"
    assert "is full" in response.event.reason


def test_a_denied_machine_gets_an_address_and_an_ignored_one_nothing():
    deny = site(Mode.SERVER, Rule("d", (), Action.DENY), subnets=(POOLED,))
    ignore = site(Mode.SERVER, Rule("i", (), Action.IGNORE), subnets=(POOLED,))
    assert got(discover(mac=STRANGER), site_=deny) == f"OFFER {A}"
    assert got(discover(mac=STRANGER), site_=ignore) == ""
    never = site(Mode.SERVER, machines=(machine(netboot=Netboot.NEVER),), subnets=(POOLED,))
    assert got(discover(), site_=never) == f"OFFER {ADDRESS}"


TWO_NICS = site(Mode.SERVER, machines=(machine(macs=(MAC1, MAC2)),), subnets=(POOLED,))


@pytest.mark.parametrize(
    ("packet", "firmware", "expected"),
    [
        (message(DISCOVER, MAC2), False, f"OFFER {A}"),
        (message(DISCOVER, MAC2), True, f"OFFER {ADDRESS}"),
        (discover(mac=MAC2), False, f"OFFER {ADDRESS}"),
    ],
    ids=["both in the system", "it was in firmware", "it is in firmware"],
)
def test_two_nics_of_a_machine_never_have_its_address_at_once(packet, firmware, expected):
    row = lease(ADDRESS, MAC1, firmware=firmware)
    assert got(packet, row, site_=TWO_NICS) == expected


def test_who_holds_another_address_of_a_subnet_wider_than_the_interface_gets_a_nak():
    wide = replace(POOLED, network=IPv4Network("10.77.0.0/16"))
    holds = lease(IPv4Address("10.77.9.9"))

    assert got(message(REQUEST, wants=A), holds, site_=site(Mode.SERVER, subnets=(wide,))) == "NAK"


@pytest.mark.parametrize("server", [None, SERVER])
@pytest.mark.parametrize("wants", [None, IPv4Address(0)])
def test_a_request_for_no_address_is_no_reason_for_a_nak(server, wants):
    request = message(MessageType.REQUEST, server=server, wants=wants)

    assert got(request, lease(A)) == ""


def test_a_renewal_that_also_asks_for_no_address_is_renewed():
    renewal = message(MessageType.REQUEST, wants=IPv4Address(0), ciaddr=A)

    assert got(renewal, lease(A)) == f"ACK {A}"
