import errno
import os
import socket
from ipaddress import IPv4Address, IPv4Network

import pytest

from pxectl.errors import HostError
from pxectl.net.interfaces import Interface
from pxectl.net.sockets import dhcp_socket, http_socket, refused, tftp_socket

LOOPBACK = Interface(
    "lo", 1, None, IPv4Address("127.0.0.1"), IPv4Network("127.0.0.0/8"), physical=False
)


def free_port(kind):
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (dhcp_socket, socket.SOCK_DGRAM),
        (tftp_socket, socket.SOCK_DGRAM),
        (http_socket, socket.SOCK_STREAM),
    ],
)
def test_taken_port_is_told_with_its_holder(make, kind):
    port = free_port(kind)
    with make(LOOPBACK, port) as first:
        assert not first.getblocking()
        with pytest.raises(HostError) as caught:
            make(LOOPBACK, port)

    assert f"port {port} on lo 127.0.0.1/8 is taken by" in caught.value.message
    assert f"(pid {os.getpid()})" in caught.value.message
    assert "stop that" in caught.value.hint


def test_missing_privilege_is_told_with_the_mend():
    error = refused(PermissionError(errno.EACCES, "denied"), "udp", 67, LOOPBACK)

    assert error.message == "UDP port 67 on lo 127.0.0.1/8 needs a privilege"
    assert "setcap cap_net_bind_service,cap_net_raw+ep" in error.hint


@pytest.mark.parametrize(
    ("port", "switch"), [(67, "--dhcp off"), (69, "--no-tftp"), (8080, "--no-http")]
)
def test_hint_names_the_switch_that_serves_without_it(port, switch):
    error = refused(OSError(errno.EADDRINUSE, "in use"), "udp", port, LOOPBACK)

    assert switch in error.hint
