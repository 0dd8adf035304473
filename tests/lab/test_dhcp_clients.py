"""Other people's DHCP clients get, renew, release and get again an address of a pool.

Each does so beside the server and behind two relays that were not written here either.

All run at the same time, each once. They renew when T1 has come, half of the shortest lease that a
subnet can have; that is what this file waits for.
"""

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lab.capture import Capture
from tests.lab.dhcpclients import CLIENTS, DhcpClient
from tests.lab.network import Network, address
from tests.lab.reading import Message, messages
from tests.lab.relay import RELAYS, Behind, Relay
from tests.lab.serve import PXECTL, Serve

pytestmark = [pytest.mark.lab]

LEASE = 30
BEHIND = {name: Behind(number) for number, name in enumerate(RELAYS)}
BRIDGES = {"direct": "br0"} | {name: behind.bridge for name, behind in BEHIND.items()}
POOLS = {"direct": "10.77.0"} | {name: behind.network for name, behind in BEHIND.items()}
ROUTERS = {"direct": address("srv")} | {name: behind.giaddr for name, behind in BEHIND.items()}
SITE = "".join(
    f"""
[[subnet]]
network = "{pool}.0/24"
pool = ["{pool}.100-{pool}.119"]
lease_time = {LEASE}
[subnet.options]
router = "{ROUTERS[way]}"
"""
    for way, pool in POOLS.items()
)
MACS = {
    (way, name): f"52:54:00:77:2{number}:{index:02x}"
    for number, way in enumerate(BRIDGES)
    for index, name in enumerate(CLIENTS)
}


@dataclass
class Visit:
    """What one client lived through."""

    mac: str
    first: str
    """The address that it got."""
    after_release: str
    """What its NIC had then."""
    again: str
    """The address that it got after it had released the first."""
    rows: list[dict[str, Any]]
    """What `pxectl leases` said when it was bound, had renewed and had released."""
    messages: list[Message]
    """All that it sent and was sent, where the server is."""

    def of(self, kind: str) -> list[Message]:
        return [message for message in self.messages if message.type == kind]


@pytest.fixture(scope="module")
def visits(network: Network, folder: Path) -> dict[tuple[str, str], Visit]:
    site = folder / "site"
    site.mkdir()
    (site / "pxectl.toml").write_text(SITE)
    argv = ("--site", str(site), "--interface", "eth0", "--dhcp", "server")
    clients: dict[tuple[str, str], DhcpClient] = {}
    with ExitStack() as stack:
        for number, name in enumerate(RELAYS):
            stack.callback(Relay(network, folder, name, number).close)
        for (way, name), mac in MACS.items():
            clients[way, name] = CLIENTS[name](network, folder, mac, BRIDGES[way])
            stack.callback(clients[way, name].close)
        capture = Capture(network, folder / "clients.pcap", "br0")
        with capture, Serve(network, folder, *argv) as serve:
            first = all_get_one(clients)
            bound = leases(network, site)
            wait_until(LEASE, lambda: all(acks(serve, mac) >= 2 for mac in MACS.values()))
            renewed = leases(network, site)
            for client in clients.values():
                client.release()
            left = {key: client.address for key, client in clients.items()}
            released = leases(network, site)
            again = all_get_one(clients)
    seen = messages(capture.path)
    return {
        key: Visit(
            mac,
            first[key],
            left[key],
            again[key],
            [bound[mac], renewed[mac], released[mac]],
            [message for message in seen if message.chaddr == mac],
        )
        for key, mac in MACS.items()
    }


def all_get_one(clients: dict[tuple[str, str], DhcpClient]) -> dict[tuple[str, str], str]:
    for client in clients.values():
        client.start()
    return {key: client.wait_for_address() for key, client in clients.items()}


def acks(serve: Serve, mac: str) -> int:
    return sum(e["mac"] == mac and e["reply"] == "ACK" for e in serve.events("replied"))


def leases(network: Network, site: Path) -> dict[str, dict[str, Any]]:
    """What `pxectl leases` says of each MAC."""
    done = network.run("srv", *PXECTL, "leases", "list", "--all", "--json", "--site", site)
    assert done.returncode == 0, done.stderr
    return {row["mac"]: row for row in json.loads(done.stdout)["leases"]}


def wait_until(seconds: float, holds: Callable[[], bool]) -> None:
    """Until it holds, or the time is over: what is missing then, a test says."""
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.2)


@pytest.fixture(params=MACS, ids=lambda key: f"{key[1]}-{key[0]}")
def key(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param


@pytest.fixture
def visit(key: tuple[str, str], visits: dict[tuple[str, str], Visit]) -> Visit:
    return visits[key]


def test_gets_an_address_of_the_pool(key: tuple[str, str], visit: Visit) -> None:
    network, _, host = visit.first.rpartition(".")

    assert network == POOLS[key[0]]
    assert 100 <= int(host) <= 119


def test_no_two_have_the_same(visits: dict[tuple[str, str], Visit]) -> None:
    assert len({visit.first for visit in visits.values()}) == len(MACS)


def test_renews_at_half_of_its_lease_straight_with_the_server(visit: Visit) -> None:
    """RFC 2131 section 4.3.2, RENEWING: unicast, ciaddr set, neither option 50 nor 54."""
    renewals = [m for m in visit.of("request") if m.ciaddr == visit.first]
    [bound, renewed, *_] = visit.of("ack")

    assert renewals[0].datagram.dst == address("srv")
    assert renewed.yiaddr == visit.first
    assert renewed.xid == renewals[0].xid
    assert renewed.options["lease_time"] == LEASE
    # dhclient takes three quarters of T1, and chance
    assert LEASE * 3 / 8 - 1 < renewed.datagram.time - bound.datagram.time < LEASE * 7 / 8
    assert renewed.datagram.dst == visit.first
    assert visit.of("nak") == []


def test_releases(visit: Visit) -> None:
    # dhcrelay hears what it forwards, and sends it on once more
    release = visit.of("release")[0]

    assert release.ciaddr == visit.first
    assert visit.after_release == ""


def test_lease_table_follows(visit: Visit) -> None:
    bound, renewed, released = visit.rows

    assert [row["state"] for row in visit.rows] == ["leased", "leased", "released"]
    assert {row["address"] for row in visit.rows} == {visit.first}
    assert bound["expires"] < renewed["expires"]
    assert released["since"] > renewed["since"]


def test_gets_the_same_address_again(visit: Visit) -> None:
    assert visit.again == visit.first
    assert visit.of("ack")[-1].yiaddr == visit.first
    assert visit.of("ack")[-1].datagram.time > visit.of("release")[0].datagram.time


@pytest.mark.parametrize("name", CLIENTS)
def test_relay_gets_its_option_82_back_as_the_last(
    name: str, visits: dict[tuple[str, str], Visit]
) -> None:
    """RFC 3046 section 2.2."""
    for kind in ("offer", "ack"):
        relayed = visits["dhcrelay", name].of(kind)[0]
        assert relayed.datagram.dst == ROUTERS["dhcrelay"]
        assert [*relayed.options.items()][-1] == ("relay_agent_information", b"\1\4eth1")
