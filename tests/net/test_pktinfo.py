import socket
from ipaddress import IPv4Address

import pytest

from pxectl.net.pktinfo import ROOM, Way, enable, mtu_of, way_in


@pytest.mark.parametrize(
    ("target", "address", "is_unicast"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.9", "127.0.0.9", True),
        ("127.255.255.255", "127.0.0.1", False),
    ],
)
def test_way_of_a_datagram(target, address, is_unicast):
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("0.0.0.0", 0))
        enable(receiver, 1 << 20)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sender.sendto(b"x", (target, receiver.getsockname()[1]))
        receiver.settimeout(2)
        _, ancillary, _, _ = receiver.recvmsg(10, ROOM)
        assert way_in(ancillary) == Way("lo", IPv4Address(address), is_unicast)


def test_no_word_of_the_way():
    assert way_in([]) is None
    assert way_in([(1, 2, b"abc"), (socket.IPPROTO_IP, 8, b"short")]) is None


def test_an_interface_that_went_away_has_no_name():
    gone = (2**31 - 1).to_bytes(4, "little") + bytes((10, 0, 0, 1)) * 2
    way = way_in([(socket.IPPROTO_IP, 8, gone)])
    assert way is None or way.interface == ""


def test_mtu():
    assert mtu_of("lo") == 65_536
    assert mtu_of("there-is-none") == 1500
    assert mtu_of("../../etc") == 1500
