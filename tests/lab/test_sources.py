"""Machines that no file has boot from what others say of them: a Pixiecore API server, and
Tinkerbell Hardware. The services and the files' HTTP server are processes of their own."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.asking import discover, offered
from tests.lab.assets import ASSETS
from tests.lab.firmware import Firmware
from tests.lab.foreign import start_dhcpd
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network, address, end
from tests.lab.serve import Serve, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(420)]

BY_API, BY_OBJECT = "52:54:00:77:0a:01", "52:54:00:77:0a:02"
SLOW, QUICK, NOBODY = "52:54:00:77:0a:03", "52:54:00:77:0a:04", "52:54:00:77:0a:05"
API, FILES = 18090, 18091
SOURCES = f"""
[[source]]
type = "http"
url = "http://127.0.0.1:{API}"
timeout = "4s"
cache = "1s"

[[source]]
type = "tinkerbell"
path = "tinkerbell.yaml"
"""


def kernel_of(token: str) -> dict[str, Any]:
    base = f"http://{address('srv')}:{FILES}/amd64"
    cmdline = f"console=ttyS0 panic=5 netlab.token={token}"
    return {"kernel": f"{base}/linux", "initrd": [f"{base}/initrd.img"], "cmdline": cmdline}


def hardware() -> dict[str, Any]:
    """An object as Tinkerbell's own files have it."""
    osie = {
        "baseURL": f"http://{address('srv')}:{FILES}/amd64",
        "kernel": "linux",
        "initrd": "initrd.img",
        "kernelParams": ["console=ttyS0", "panic=5", "netlab.token=object"],
    }
    return {
        "apiVersion": "tinkerbell.org/v1alpha1",
        "kind": "Hardware",
        "metadata": {"name": "by-object"},
        "spec": {
            "interfaces": [
                {"dhcp": {"mac": BY_OBJECT}, "netboot": {"allowPXE": True, "osie": osie}}
            ]
        },
    }


class Service:
    """The API server in `srv`."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.start()

    def start(self) -> None:
        argv = (sys.executable, "-m", "tests.bootapi", "127.0.0.1", str(API))
        self._process = self._network.start("srv", *argv, stdout=subprocess.DEVNULL)
        listens = f"http://127.0.0.1:{API}/_asked"
        retry = ("--retry", "20", "--retry-delay", "1", "--retry-connrefused")
        done = self._network.run("srv", "curl", "-sS", *retry, listens)
        assert done.returncode == 0, done.stderr

    def set(self, **state: Any) -> None:
        url = f"http://127.0.0.1:{API}/_set"
        done = self._network.run("srv", "curl", "-sS", "--data", json.dumps(state), url)
        assert done.returncode == 0, done.stderr

    def end(self) -> None:
        end(self._process)


@pytest.fixture(scope="module")
def service(network: Network) -> Service:
    network.start(
        "srv", sys.executable, "-m", "http.server", str(FILES), "--directory", ASSETS,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    service = Service(network)
    known = {BY_API: "api", SLOW: "slow", QUICK: "quick"}
    service.set(machines={mac: kernel_of(token) for mac, token in known.items()})
    return service


@pytest.fixture(scope="module")
def serve(network: Network, folder: Path, service: Service) -> Iterator[Serve]:
    site = make_site(folder / "site", SOURCES)
    (site / "tinkerbell.yaml").write_text(json.dumps(hardware()))
    start_dhcpd(network, folder)
    with Serve(network, folder, "--site", str(site), "--dhcp", "proxy") as serve:
        yield serve


@pytest.fixture(scope="module")
def machines(network: Network, folder: Path, serve: Serve) -> dict[str, Machine]:
    made = {
        "api": Machine(network, Firmware.BIOS, BY_API, folder),
        "object": Machine(network, Firmware.BIOS, BY_OBJECT, folder),
    }
    run_all(list(made.values()))
    return made


@pytest.mark.parametrize("token", ["api", "object"])
def test_a_machine_that_only_others_know_boots_what_they_say(
    token: str, machines: dict[str, Machine], serve: Serve
) -> None:
    machine = machines[token]

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    assert f"netlab.token={token}" in machine.find(r"NETLAB-CMDLINE (.*)").split()


def test_a_slow_answer_delays_nobody_else(
    network: Network, service: Service, serve: Serve, machines: dict[str, Machine]
) -> None:
    service.set(slow={SLOW: 2})
    argv = network.argv("cli", sys.executable, "-c", SENDER, SLOW, QUICK)
    packets = (discover(SLOW) + discover(QUICK)).hex()

    said = subprocess.run(argv, input=packets, capture_output=True, text=True, check=True).stdout

    after = {mac: float(seconds) for mac, seconds in map(str.split, said.splitlines())}
    assert after[QUICK] < 1 < after[SLOW]


# two DISCOVERs at once, of one length; when each is answered by `srv`
SENDER = f"""
import socket, sys, time
data = bytes.fromhex(sys.stdin.read())
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
s.bind(("", 68))
s.settimeout(6)
began = time.monotonic()
for part in (data[:len(data) // 2], data[len(data) // 2:]):
    s.sendto(part, ("255.255.255.255", 67))
waiting = set(sys.argv[1:])
while waiting:
    reply, (peer, _) = s.recvfrom(4096)
    mac = reply[28:34].hex(":")
    if peer == {address("srv")!r} and mac in waiting:
        waiting.remove(mac)
        print(mac, time.monotonic() - began)
"""


def test_while_the_service_is_away_its_last_answer_holds_and_its_age_is_told(
    network: Network, service: Service, serve: Serve, machines: dict[str, Machine]
) -> None:
    service.end()
    time.sleep(1.2)  # the answer is fresh for a second

    assert offered(network, address("srv"), discover(BY_API)) is not None
    assert offered(network, address("srv"), discover(NOBODY)) is None
    told = [event["message"] for event in serve.events("warned")]
    assert any(f"{BY_API} is decided by its answer of" in message for message in told), told

    service.start()
    service.set(machines={NOBODY: kernel_of("new")}, slow={})
    time.sleep(2.2)  # for so long "not known" is believed
    assert offered(network, address("srv"), discover(NOBODY)) is not None
