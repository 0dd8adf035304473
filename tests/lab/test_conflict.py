"""Addresses that hosts of the lab use, which pxectl does not know of, are never offered."""

import json
import sys
from pathlib import Path

import pytest

from tests.lab.network import Network, run
from tests.lab.serve import Serve

pytestmark = [pytest.mark.lab]

HOUSE = Path(__file__).parents[2]
# `dhcpd` and `cli` of the lab have fixed addresses in the middle of this pool
SITE = """
[[subnet]]
network = "10.77.0.0/24"
pool = ["10.77.0.2-10.77.0.9"]
"""


def probe(network: Network, *addresses: str) -> dict[str, object]:
    command = ("env", f"PYTHONPATH={HOUSE}", sys.executable, "-m", "tests.lab.probing")
    done = network.run("srv", *command, *addresses)
    assert done.returncode == 0, done.stderr
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_a_host_of_the_segment_is_found_by_arp(network: Network) -> None:
    found = probe(network, "10.77.0.2", "10.77.0.3", "10.77.0.200")["found"]

    macs = {network.mac("dhcpd"), network.mac("cli")}
    assert found == {
        "10.77.0.2": network.mac("dhcpd"),
        "10.77.0.3": network.mac("cli"),
        "10.77.0.200": "",
    }, macs


def test_a_host_behind_a_router_is_found_by_icmp(network: Network) -> None:
    run("ip", "-n", network.namespace("cli"), "addr", "add", "10.99.0.1/32", "dev", "lo")
    route = ("ip", "-n", network.namespace("srv"), "route", "add")
    run(*route, "10.99.0.0/24", "via", "10.77.0.3")

    found = probe(network, "10.99.0.1", "10.99.0.2", "10.98.0.1")["found"]

    assert found == {"10.99.0.1": "10.99.0.1", "10.99.0.2": "", "10.98.0.1": ""}


def test_many_are_asked_at_once_and_nobody_waits_for_them(network: Network) -> None:
    absent = [f"10.77.0.{n}" for n in range(100, 250)]

    result = probe(network, *absent, "10.77.0.3")

    assert result["found"] == dict.fromkeys(absent, "") | {"10.77.0.3": network.mac("cli")}
    print(f"{len(absent)} in {result['seconds']:.3f} s, a timer was {result['late']:.3f} s late")
    assert result["seconds"] < 2


def test_a_client_is_offered_what_nobody_else_uses(network: Network, folder: Path) -> None:
    (folder / "pxectl.toml").write_text(SITE)
    argv = ("--site", str(folder), "--dhcp", "server", "--no-tftp", "--no-http")
    with Serve(network, folder, *argv) as serve:
        udhcpc = ("busybox", "udhcpc", "-i", "eth0", "-n", "-q", "-f", "-t", "4", "-s", "/bin/true")
        client = network.run("cli", *udhcpc)

        assert "lease of 10.77.0.3 obtained" in client.stderr + client.stdout, serve.story()
        taken = {event["address"]: event["by"] for event in serve.events("conflict")}
    assert taken == {"10.77.0.2": network.mac("dhcpd")}
