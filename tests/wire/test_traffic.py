from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.mac import MAC
from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.frame import udp_frame
from pxectl.wire.iana import MessageType
from pxectl.wire.options import Option
from pxectl.wire.sighting import HTTPRequest, HTTPResponse, Malformed
from pxectl.wire.tftp import OACK, RRQ
from pxectl.wire.traffic import Traffic
from tests.builders import FOREIGN, MAC1, SERVER, discover
from tests.recordings import DATA, frames

US = MAC(b"\2\0\0\0\0\1")
CLIENT = IPv4Address("10.77.0.130")
BROADCAST = IPv4Address("255.255.255.255")


def sent(payload, source=(MAC1, UNSPECIFIED, 68), to=(US, BROADCAST, 67)):
    return udp_frame(source, to, payload)


def offer(server=SERVER, yiaddr="0.0.0.0", port=67, **options):
    packet = replace(
        discover(), op=2, yiaddr=IPv4Address(yiaddr),
        options={53: bytes((MessageType.OFFER,)), 54: server.packed}
        | {int(code.removeprefix("o")): value for code, value in options.items()},
    )  # fmt: skip
    return sent(packet.pack(), (US, server, port), (MAC1, BROADCAST, 68))


def read(*data, **how):
    traffic = Traffic(**how)
    return [traffic.read(frame) for frame in data]


def test_dhcp_is_seen_with_the_clients_mac_both_ways():
    asked, answered = read(sent(discover().pack()), offer())

    assert isinstance(asked.message, DHCPPacket)
    assert asked.mac == answered.mac == MAC1
    assert (asked.source_port, asked.destination_port) == (68, 67)


@pytest.mark.parametrize(
    ("options", "yiaddr", "fault"),
    [
        ({"o60": b"PXEClient"}, "0.0.0.0", "nothing to boot"),
        ({"o60": b"PXEClient"}, "10.77.0.9", "nothing to boot"),
        ({"o60": b"PXEClient", "o67": b"x"}, "10.77.0.9", "takes no proxyDHCP's offer"),
        ({"o60": b"PXEClient", "o43": b"\x06\x09"}, "0.0.0.0", "option 43: option 6 claims 9"),
    ],
)
def test_what_breaks_firmware_is_a_fault(options, yiaddr, fault):
    [seen] = read(offer(yiaddr=yiaddr, **options))

    assert any(fault in text for text in seen.faults)


def test_a_whole_boot_offer_has_no_fault():
    [seen] = read(offer(o60=b"PXEClient", o43=b"\6\1\x08\xff", o67=b"ipxe.efi"))

    assert seen.faults == ()


def test_a_second_server_of_one_role_is_a_fault_and_a_proxy_beside_it_is_none():
    first, proxy, second = read(
        offer(FOREIGN, "10.77.0.9"), offer(SERVER), offer(IPv4Address("10.77.0.7"), "10.77.0.8")
    )

    assert first.faults == proxy.faults == ()
    assert second.faults == ("a second DHCP server answers: 10.77.0.7 beside 10.77.0.2",)


def test_an_answer_to_4011_from_another_port_is_a_fault():
    """iPXE throws it away (netboot.md 2.0)."""
    packet = discover(options={Option.MESSAGE_TYPE: b"\3"}, ciaddr=CLIENT)
    asked = sent(packet.pack(), (MAC1, CLIENT, 4011), (US, SERVER, 4011))

    _, answered = read(asked, offer())

    assert any("from port 67" in fault for fault in answered.faults)


def test_a_new_discover_with_the_xid_of_a_request_to_4011_is_answered_from_67():
    """iPXE's ROM asks 4011 and begins anew with one xid: bios-plain4011-proxy.pcap."""
    packet = discover(options={Option.MESSAGE_TYPE: b"\3"}, ciaddr=CLIENT)
    asked = sent(packet.pack(), (MAC1, CLIENT, 68), (US, SERVER, 4011))

    *_, answered = read(asked, sent(discover().pack()), offer())

    assert answered.faults == ()


@pytest.mark.parametrize("path", sorted(DATA.glob("*.pcap")), ids=lambda path: path.stem)
def test_recordings_of_boots_that_worked_show_no_fault(path):
    seen = [s for s in read(*frames(path.stem), http_ports=frozenset({80, 8080})) if s]

    assert seen
    assert [s.faults for s in seen if s.faults] == []
    assert not [s.message for s in seen if isinstance(s.message, Malformed)]


def test_the_control_packets_of_a_transfer_are_seen_and_its_blocks_are_not():
    request = sent(bytes(RRQ("x", "octet", {"tsize": "0"})), (MAC1, CLIENT, 2000), (US, SERVER, 69))
    answer = sent(bytes(OACK({"tsize": "9"})), (US, SERVER, 40000), (MAC1, CLIENT, 2000))
    block = sent(b"\0\3\0\1data", (US, SERVER, 40000), (MAC1, CLIENT, 2000))

    seen = read(request, answer, block, answer[:40])

    assert [type(s.message) if s else None for s in seen] == [RRQ, OACK, None, None]
    assert seen[1].mac == MAC1


def test_first_lines_of_http_are_seen():
    traffic = Traffic(http_ports=frozenset({8080}))
    messages = [s.message for data in frames("uefi-full") if (s := traffic.read(data))]

    requests = [m for m in messages if isinstance(m, HTTPRequest)]
    assert requests[0].target == "/boot.ipxe"
    assert requests[0].user_agent.startswith("iPXE/")
    assert HTTPResponse(200, "OK") in messages


@pytest.mark.parametrize(
    ("payload", "port", "protocol"), [(b"\1", 67, "dhcp"), (b"\0\1abc", 69, "tftp")]
)
def test_malformed_packets_are_shown_as_such(payload, port, protocol):
    [seen] = read(sent(payload, (MAC1, CLIENT, 1000), (US, SERVER, port)))

    assert isinstance(seen.message, Malformed)
    assert seen.message.protocol == protocol
    assert seen.message.reason


def test_a_frame_that_the_capture_cut_short_is_marked():
    whole = sent(discover().pack())
    seen = Traffic().read(whole[:300], len(whole))

    assert seen.cut
    assert isinstance(seen.message, DHCPPacket)


def test_memory_is_bounded():
    traffic = Traffic(remembered=5)
    for number in range(100):
        traffic.read(offer(SERVER))
        traffic.read(
            sent(bytes(RRQ("x", "octet", {})), (MAC1, CLIENT, 1000 + number), (US, SERVER, 69))
        )

    assert len(traffic._transfers) <= 5
    assert len(traffic._offers) <= 5


@given(st.data())
def test_no_octets_are_raised_over(data):
    octets = bytearray(data.draw(st.sampled_from(frames("uefi-proxy"))))
    for _ in range(data.draw(st.integers(0, 8))):
        octets[data.draw(st.integers(0, min(400, len(octets) - 1)))] = data.draw(
            st.integers(0, 255)
        )
    cut = bytes(octets[: data.draw(st.integers(0, len(octets)))])

    Traffic(http_ports=frozenset({8080})).read(cut, data.draw(st.sampled_from([0, len(octets)])))
