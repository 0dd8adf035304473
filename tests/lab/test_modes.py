"""`--dhcp auto` looks before it speaks, and a port that is taken is told with its holder."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.asking import discover, offered
from tests.lab.capture import Capture
from tests.lab.foreign import start_dhcpd
from tests.lab.network import Network, address, end
from tests.lab.reading import messages
from tests.lab.serve import PXECTL, Serve, make_site

pytestmark = [pytest.mark.lab]

MAC = "52:54:00:77:09:01"
SUBNET = '[[subnet]]\nnetwork = "10.77.0.0/24"\n'
MACHINE = f'mac = ["{MAC}"]\nprofile = "amd64"\naddress = "10.77.0.91"\n[vars]\ntoken = "x"\n'


@pytest.fixture
def network() -> Iterator[Network]:
    network = Network()
    yield network
    network.close()


def site_with(folder: Path, text: str = "") -> Path:
    site = make_site(folder / "site", text)
    (site / "hardware/n.toml").write_text(MACHINE)
    return site


def auto(network: Network, folder: Path, site: Path) -> Serve:
    return Serve(network, folder, "--site", str(site), "--interface", "eth0")


def test_beside_another_server_it_is_a_proxy(network: Network, tmp_path: Path) -> None:
    start_dhcpd(network, tmp_path)

    with auto(network, tmp_path, site_with(tmp_path, SUBNET)) as serve:
        offer = offered(network, address("srv"), discover(MAC))
        [told] = serve.events("told")

    assert told["message"] == "10.77.0.2 already answers DHCP here: running as proxyDHCP beside it"
    assert offer.yiaddr == "0.0.0.0"


def test_looking_leaves_no_lease_behind(network: Network, tmp_path: Path) -> None:
    start_dhcpd(network, tmp_path)
    site = site_with(tmp_path)
    with (
        Capture(network, tmp_path / "auto.pcap", "br0") as capture,
        auto(network, tmp_path, site),
    ):
        pass

    asked = [m.type for m in messages(capture.path) if m.datagram.dport == 67]
    assert asked == ["discover"]
    assert (tmp_path / "dhcpd.leases").read_text() == ""


def test_alone_with_a_subnet_it_is_the_server(network: Network, tmp_path: Path) -> None:
    with auto(network, tmp_path, site_with(tmp_path, SUBNET)):
        offer = offered(network, address("srv"), discover(MAC))

    assert offer.yiaddr == "10.77.0.91"


def test_alone_without_a_subnet_it_stays_a_proxy_and_warns(
    network: Network, tmp_path: Path
) -> None:
    with auto(network, tmp_path, site_with(tmp_path)) as serve:
        offer = offered(network, address("srv"), discover(MAC))
        messages = [event["message"] for event in serve.events("warned")]

    assert offer.yiaddr == "0.0.0.0"
    assert any("no `[[subnet]]` covers eth0" in message for message in messages)


def test_taken_port_names_the_process_and_what_to_do(network: Network, tmp_path: Path) -> None:
    dnsmasq = network.start(
        "srv", "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--pid-file=",
        "--user=root", "--dhcp-range=10.77.0.100,10.77.0.150",
        f"--dhcp-leasefile={tmp_path / 'leases'}", stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for line in dnsmasq.stderr:
        if "DHCP, IP range" in line:
            break
    try:
        done = network.run(
            "srv", *PXECTL, "serve", "--interface", "eth0", "--dhcp", "proxy", "--log", "plain",
            "--site", site_with(tmp_path),
        )  # fmt: skip
    finally:
        end(dnsmasq)
        dnsmasq.stderr.close()

    assert done.returncode == 2
    error, hint = done.stderr.splitlines()
    assert error.startswith("error: UDP port 67 on eth0 10.77.0.1/24 is taken by dnsmasq (pid ")
    assert hint == "hint: stop that, or `--dhcp off` serves without it"


def test_shadow_decides_and_sends_nothing(network: Network, tmp_path: Path) -> None:
    site = site_with(tmp_path, SUBNET)
    argv = ("--site", str(site), "--interface", "eth0", "--dhcp", "server", "--shadow")
    with Serve(network, tmp_path, *argv) as serve:
        offer = offered(network, address("srv"), discover(MAC), wait=0.5)
        [event] = serve.events("replied")

    assert offer is None
    assert (event["sent"], event["reply"], event["address"]) == (False, "OFFER", "10.77.0.91")
