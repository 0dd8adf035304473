"""What changes while `serve` runs is in force at once; every segment has its own address."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.lab import reading
from tests.lab.asking import discover, offered
from tests.lab.firmware import Firmware
from tests.lab.foreign import start_dhcpd
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network, address
from tests.lab.serve import PXECTL, Serve, add_machine, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(420)]

SEGMENTS = 2
KNOWN, LATE = "52:54:00:77:04:01", "52:54:00:77:04:02"
DENY = '\n[[rule]]\nname = "no more"\nmatch = { name = "known" }\naction = "deny"\n'


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    network = Network(SEGMENTS)
    yield network
    network.close()


@pytest.fixture(scope="module")
def site(folder: Path) -> Path:
    site = make_site(folder / "site")
    add_machine(site, "known", KNOWN, Firmware.BIOS)
    return site


@pytest.fixture(scope="module")
def serve(network: Network, folder: Path, site: Path) -> Iterator[Serve]:
    start_dhcpd(network, folder)
    interfaces = ("--interface", "eth0", "--interface", "eth1")
    with Serve(network, folder, "--site", str(site), *interfaces, "--dhcp", "proxy") as serve:
        yield serve


@pytest.fixture(scope="module")
def machines(network: Network, folder: Path, site: Path, serve: Serve) -> list[Machine]:
    """One on each segment; the second is added after `serve` became ready."""
    add = ("hardware", "add", LATE, "--name", "late", "--profile", "amd64", "--var", "token=late")
    added = network.run("srv", *PXECTL, *add, "--site", site)
    assert added.returncode == 0, added.stderr
    made = [
        Machine(network, Firmware.BIOS, mac, folder, segment=segment)
        for segment, mac in enumerate((KNOWN, LATE))
    ]
    run_all(made)
    return made


@pytest.mark.parametrize(("segment", "name"), [(0, "known"), (1, "late")])
def test_machine_boots_from_the_address_of_its_own_segment(
    segment: int, name: str, machines: list[Machine], serve: Serve
) -> None:
    machine = machines[segment]

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    assert f"netlab.token={name}" in machine.find(r"NETLAB-CMDLINE (.*)").split()
    assert machine.find(r"Next server: (\S+)") == address("srv", segment)
    for protocol in ("UDP", "TCP"):
        senders = {d.src for d in reading.datagrams(machine.pcap, protocol)}
        assert address("srv", segment) in senders
        assert address("srv", 1 - segment) not in senders


def test_machine_denied_while_serving_gets_nothing_more_of_what_it_was_told(
    network: Network, site: Path, serve: Serve, machines: list[Machine]
) -> None:
    """DHCP, TFTP and HTTP follow one decision: a path from before is of no use any more."""
    server, ask = address("srv"), discover(KNOWN)
    token = offered(network, server, ask).file.rstrip(b"\0").decode().split("/")[0]
    paths = [f"{token}/{name}" for name in ("ipxe.efi", "boot.ipxe", "files/amd64/linux")]
    before = [fetch(network, f"http://{server}:8080/{path}") for path in paths]
    before.append(fetch(network, f"tftp://{server}/{token}/ipxe.efi"))

    toml = site / "pxectl.toml"
    toml.write_text(toml.read_text() + DENY)

    assert wait_until(lambda: offered(network, server, ask, wait=0.5) is None)
    after = [fetch(network, f"http://{server}:8080/{path}") for path in paths]
    after.append(fetch(network, f"tftp://{server}/{token}/ipxe.efi"))
    assert before == ["200", "200", "200", "ok"]
    assert after == ["403", "403", "403", "refused"]


def fetch(network: Network, url: str) -> str:
    """HTTP's status, or how TFTP ended."""
    done = network.run("cli", "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", url)
    if url.startswith("http"):
        return done.stdout
    # curl: 69 is TFTP's "access violation"
    return {0: "ok", 69: "refused"}.get(done.returncode, f"curl {done.returncode}")


def wait_until(holds: Callable[[], bool], seconds: float = 5) -> bool:
    """Whether it comes to hold in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
    return False
