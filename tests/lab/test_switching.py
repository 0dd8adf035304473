"""Turning listeners off and on while `serve` runs breaks no boot and loses no lease."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.lab.dhcpclients import Dhclient
from tests.lab.firmware import Firmware
from tests.lab.machine import Machine
from tests.lab.network import Network, address, run
from tests.lab.serve import PXECTL, Serve, add_machine, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(420)]

MAC, CLIENT = "52:54:00:77:0b:01", "52:54:00:77:0b:02"
SITE = """
[[subnet]]
network = "10.77.0.0/24"
pool = ["10.77.0.100-10.77.0.109"]
lease_time = 30
"""
SLOW = "10mbit"
"""The kernel then takes ten seconds, in which there is time to turn switches."""


def ctl(network: Network, site: Path, *argv: str) -> str:
    done = network.run("srv", *PXECTL, "ctl", *argv, "--site", site)
    assert done.returncode == 0, done.stderr
    return done.stdout


def status(network: Network, site: Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(ctl(network, site, "status", "--json"))
    return answer


def wait_for(holds: Callable[[], Any], what: str, seconds: float = 120) -> Any:
    until = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < until, f"no {what}"
        time.sleep(0.02)
    return found


def test_a_machine_in_the_middle_of_its_kernel_boots_on(network: Network, tmp_path: Path) -> None:
    site = make_site(tmp_path / "site", SITE)
    add_machine(site, "m", MAC, Firmware.BIOS, 'address = "10.77.0.21"')
    machine = Machine(network, Firmware.BIOS, MAC, tmp_path)
    with Serve(network, tmp_path, "--site", str(site), "--dhcp", "server") as serve:
        machine.start()
        slow = ("tbf", "rate", SLOW, "burst", "32kb", "latency", "50ms")
        tc = ("tc", "-n", network.namespace("sw"), "qdisc", "add", "dev", machine.name, "root")
        run(*tc, *slow)
        try:
            wait_for(
                lambda: [e for e in serve.events("requested") if e["what"] == "kernel"],
                "request for the kernel",
            )
            for what in ("http", "tftp", "dhcp"):
                ctl(network, site, "disable", what)
            during = status(network, site)
            refused = network.run("cli", "curl", "-s", f"http://{address('srv')}:8080/")
            for what in ("http", "tftp", "dhcp"):
                ctl(network, site, "enable", what)
            under_way = [e for e in serve.events("transferred") if "linux" in e["path"]] == []
            wait_for(machine.poll, "end of its boot")
        finally:
            machine.stop()

        assert under_way, "the kernel was there before the switches were turned"
        assert not any(one["on"] for one in during["listeners"].values())
        assert during["listeners"]["http"]["transfers"] == 1
        assert refused.returncode == 7  # curl: connection refused
        assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"


def test_a_lease_outlives_the_time_in_which_dhcp_is_off(network: Network, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "pxectl.toml").write_text(SITE)
    client = Dhclient(network, tmp_path, CLIENT)
    argv = ("--site", str(site), "--interface", "eth0", "--dhcp", "server")
    with Serve(network, tmp_path, *argv) as serve:
        try:
            client.start()
            got = client.wait_for_address()
            for what in ("proxy", "dhcp"):
                ctl(network, site, "enable", what)
            ctl(network, site, "disable", "dhcp")
            off = status(network, site)
            ctl(network, site, "enable", "dhcp")
            on = status(network, site)

            def renewed() -> bool:
                acks = [e for e in serve.events("replied") if e["reply"] == "ACK"]
                return [e["address"] for e in acks] == [got, got]

            wait_for(renewed, "second ACK", seconds=25)
        finally:
            client.close()

        assert (off["mode"], on["mode"]) == ("off", "server")
        assert on["leases"] == 1
