"""What the kernel knows of a neighbour; between two hosts: tests/lab/test_newcomer.py."""

import subprocess
import sys
from ipaddress import IPv4Address

import pytest

from pxectl.net.neighbours import neighbour
from tests.cli.test_running import _may_unshare

SCRIPT = """
import socket
from ipaddress import IPv4Address
from pxectl.net.neighbours import neighbour
print(neighbour(IPv4Address("10.77.0.9"), "d0"), neighbour(IPv4Address("10.77.0.8"), "d0"))
"""


def test_loopback_and_strangers_have_no_entry():
    assert neighbour(IPv4Address("127.0.0.1"), "lo") is None
    assert neighbour(IPv4Address("192.0.2.1"), "no-such-interface-at-all") is None
    assert neighbour(IPv4Address("0.0.0.0"), "") is None


@pytest.mark.skipif(not _may_unshare(), reason="a network namespace is not to be had")
def test_an_entry_of_the_interface_is_found():
    made = (
        "ip link add d0 type veth peer name d1 && ip addr add 10.77.0.1/24 dev d0 && "
        "ip link set d0 up && "
        "ip neigh add 10.77.0.9 lladdr 52:54:00:77:00:01 dev d0 && exec "
    )
    argv = ["unshare", "-rn", "sh", "-c", made + '"$@"', "sh", sys.executable, "-c", SCRIPT]
    run = subprocess.run(argv, capture_output=True, text=True)

    assert (run.stdout, run.stderr) == ("52:54:00:77:00:01 None\n", "")
