"""HTTPS by real firmware, with the certificate that `pxectl cert make` makes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.conftest import keep
from tests.lab.firmware import Firmware
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network, address
from tests.lab.serve import PXECTL, Serve, add_machine, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(420)]

PXE, HTTP = "52:54:00:77:21:01", "52:54:00:77:21:02"
STRANGER = "52:54:00:77:21:03"
MACHINES = {
    "ipxe": (PXE, Firmware.UEFI),
    "http-boot": (HTTP, Firmware.UEFI_HTTP),
    "stranger": (STRANGER, Firmware.UEFI),
}
SITE = f"""
[serve]
https = "all"
advertise = "{address("srv")}"
[[subnet]]
network = "10.77.0.0/24"
pool = ["10.77.0.100-10.77.0.120"]
"""
# iPXE says that it does not trust, and firmware goes on to what comes next
REFUSED = r"Permission denied|Operation not permitted|Shell> |No bootable device"


@pytest.fixture(scope="module")
def site(network: Network, folder: Path) -> Path:
    site = make_site(folder / "site", SITE)
    for name, (mac, firmware) in MACHINES.items():
        add_machine(site, name, mac, firmware)
    made = network.run("srv", *PXECTL, "cert", "make", "--site", str(site))
    assert "RSA 2048" in made.stdout
    return site


@pytest.fixture(scope="module")
def serve(network: Network, folder: Path, site: Path) -> Iterator[Serve]:
    with Serve(network, folder, "--site", str(site), "--dhcp", "server") as serve:
        yield serve


@pytest.fixture(scope="module")
def machines(network: Network, folder: Path, site: Path, serve: Serve) -> dict[str, Machine]:
    """All of them, after they ran side by side; only the stranger was not told of the CA."""
    trusted = (("etc/edk2/https/cacerts", site / "tls/ca.esl"),)
    made = {
        name: Machine(
            network, firmware, mac, folder,
            settings=() if name == "stranger" else trusted,
            **({"until": REFUSED} if name == "stranger" else {}),
        )
        for name, (mac, firmware) in MACHINES.items()
    }  # fmt: skip
    run_all(list(made.values()))
    return made


def of(serve: Serve, kind: str, mac: str) -> list[dict[str, object]]:
    token = mac.replace(":", "-")
    return [event for event in serve.events(kind) if token in str(event.get("path"))]


@pytest.mark.parametrize("name", ["ipxe", "http-boot"])
def test_machine_that_trusts_the_ca_boots_over_https(
    name: str, machines: dict[str, Machine], serve: Serve
) -> None:
    machine = machines[name]

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    assert f"netlab.token={name}" in machine.find(r"NETLAB-CMDLINE (.*)").split()
    fetched = {
        str(event["what"]): event["protocol"]
        for event in of(serve, "requested", machine.mac)
        if event["status"] == 200
    }
    by = "https" if name == "http-boot" else "tftp"
    assert fetched == {
        "nbp": by, "script": "https", "kernel": "https", "initrd": "https", "booted": "https"
    }  # fmt: skip
    keep(machine.pcap, f"pxectl-{name}-https")


def test_machine_that_does_not_trust_it_gets_nothing_and_the_log_says_so(
    machines: dict[str, Machine], serve: Serve
) -> None:
    stranger = machines["stranger"]

    assert stranger.outcome == "done", f"{stranger.story()}\n{serve.story()}"
    assert "NETLAB" not in stranger.text()
    whats = [event["what"] for event in of(serve, "requested", STRANGER)]
    assert set(whats) == {"nbp"}
    refused = [event for event in serve.events("dropped") if event["protocol"] == "https"]
    assert refused
    assert {event["hint"] for event in refused} == {
        "`pxectl cert show` tells how clients come to trust it"
    }
