"""Beside another DHCP server pxectl is never the second one by accident: before, and while."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.asking import discover, offered, udhcpc
from tests.lab.foreign import start_dhcpd
from tests.lab.network import Network, address
from tests.lab.serve import PXECTL, Serve

pytestmark = [pytest.mark.lab]

MAC = "52:54:00:77:0a:01"
SITE = """
[[subnet]]
network = "10.77.0.0/24"
"""
MACHINE = f'mac = ["{MAC}"]\naddress = "10.77.0.91"\n'
FOREIGN = address("dhcpd")


@pytest.fixture
def network() -> Iterator[Network]:
    network = Network()
    yield network
    network.close()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A subnet, and one machine that is given an address."""
    site = tmp_path / "site"
    (site / "hardware").mkdir(parents=True)
    (site / "pxectl.toml").write_text(SITE)
    (site / "hardware/n.toml").write_text(MACHINE)
    return site


def serving(network: Network, tmp_path: Path, site: Path, *argv: str) -> Serve:
    return Serve(network, tmp_path, "--site", str(site), "--interface", "eth0", *argv)


def ctl(network: Network, site: Path, *argv: str) -> Any:
    return network.run("srv", *PXECTL, "ctl", *argv, "--site", site)


def mode(network: Network, site: Path) -> str:
    return str(json.loads(ctl(network, site, "status", "--json").stdout)["mode"])


def wait_for(serve: Serve, kind: str, text: str, seconds: float = 5) -> dict[str, Any]:
    """The first event of a kind that says `text`."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for event in serve.events(kind):
            if text in json.dumps(event):
                return event
        time.sleep(0.02)
    raise AssertionError(f"no {kind} with {text!r}: {serve.story()}")


def test_as_a_server_it_refuses_to_start(network: Network, tmp_path: Path, site: Path) -> None:
    start_dhcpd(network, tmp_path)

    argv = ("serve", "--interface", "eth0", "--dhcp", "server", "--log", "plain", "--site", site)
    done = network.run("srv", *PXECTL, *argv)

    assert done.returncode == 2
    error, hint = done.stderr.splitlines()
    assert error == "error: 10.77.0.2 already leases addresses on eth0 10.77.0.1/24"
    assert "`--dhcp proxy`" in hint
    assert "`--force`" in hint


def test_forced_it_serves_and_reports_the_other(
    network: Network, tmp_path: Path, site: Path
) -> None:
    start_dhcpd(network, tmp_path)
    with serving(network, tmp_path, site, "--dhcp", "server", "--force") as serve:
        offer = offered(network, address("srv"), discover(MAC))
        offered(network, address("srv"), discover("52:54:00:77:0a:02"))
        told = wait_for(serve, "warned", "leases addresses, too")

        assert offer.yiaddr == "10.77.0.91"
        assert told["message"].startswith(
            f"10.77.0.2 ({network.mac('dhcpd')}) on eth0 leases addresses, too: it offered 10.77.0."
        )
        assert mode(network, site) == "server"
        told = [e for e in serve.events("warned") if "leases addresses, too" in e["message"]]
        assert len(told) == 1


def test_by_itself_it_steps_back_at_the_first_offer_of_another(
    network: Network, tmp_path: Path, site: Path
) -> None:
    with serving(network, tmp_path, site) as serve:
        assert mode(network, site) == "server"
        start_dhcpd(network, tmp_path)

        offered(network, FOREIGN, discover(MAC), wait=0.2)
        told = wait_for(serve, "warned", "stepping back to proxyDHCP", seconds=5)
        switched = wait_for(serve, "switched", "10.77.0.2 leases addresses", seconds=5)

        assert FOREIGN in told["message"]
        assert switched["on"] == ["proxy", "tftp", "http"]
        assert mode(network, site) == "proxy"
        assert offered(network, address("srv"), discover(MAC), wait=0.3) is None
        refused = ctl(network, site, "enable", "dhcp")
        assert refused.returncode == 1
        assert "10.77.0.2 already leases addresses on eth0" in refused.stderr


def test_an_offer_that_a_switch_hides_is_found_by_what_its_client_chose(
    network: Network, tmp_path: Path, site: Path
) -> None:
    with serving(network, tmp_path, site) as serve:
        start_dhcpd(network, tmp_path)

        # unicast to the client: nothing but its REQUEST comes by here
        assert udhcpc(network, tmp_path)["serverid"] == FOREIGN

        told = wait_for(serve, "warned", "stepping back to proxyDHCP")
        assert told["message"].startswith("10.77.0.2 on eth0 leases addresses, too: ")
        assert told["message"].endswith(
            f"{network.mac('cli')} chose it; stepping back to proxyDHCP"
        )
        wait_for(serve, "switched", "proxy")


def test_started_as_a_server_it_only_reports(network: Network, tmp_path: Path, site: Path) -> None:
    with serving(network, tmp_path, site, "--dhcp", "server") as serve:
        start_dhcpd(network, tmp_path)

        offered(network, FOREIGN, discover(MAC), wait=0.2)
        told = wait_for(serve, "warned", "leases addresses, too", seconds=5)

        assert "ctl enable proxy" in told["hint"]
        assert mode(network, site) == "server"


def test_beside_it_nothing_is_said_of_its_leases(
    network: Network, tmp_path: Path, site: Path
) -> None:
    start_dhcpd(network, tmp_path)
    with serving(network, tmp_path, site, "--dhcp", "proxy") as serve:
        offered(network, FOREIGN, discover(MAC), wait=0.5)

        assert not [e for e in serve.events("warned") if FOREIGN in e["message"]]
