"""TFTP through NAT that knows nothing of TFTP, as the port mapping of a container is."""

from pathlib import Path

import pytest

from tests.lab.network import Network, address
from tests.lab.serve import Serve, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(120)]

SITE = '\n[serve]\nclaims = "any"\n[[rule]]\naction = "boot"\nprofile = "amd64"\n'
NAT = """
table ip lab {{
  chain in {{
    type nat hook prerouting priority dstnat;
    udp dport 69 dnat to {srv}
  }}
  chain out {{
    type nat hook postrouting priority srcnat;
    ip daddr {srv} masquerade
  }}
}}
"""
CURL = ("curl", "-sS", "--connect-timeout", "4", "--max-time", "25", "--tftp-blksize", "1400")


@pytest.fixture(scope="module")
def nat(network: Network, folder: Path) -> str:
    """The address of a host that forwards port 69 to pxectl's, and hides who asks."""
    rules = folder / "nat.nft"
    rules.write_text(NAT.format(srv=address("srv")))
    for argv in (("sysctl", "-qw", "net.ipv4.ip_forward=1"), ("nft", "-f", str(rules))):
        done = network.run("dhcpd", *argv)
        assert done.returncode == 0, done.stderr
    return address("dhcpd")


@pytest.mark.parametrize("single", [False, True], ids=["port of its own", "single port"])
def test_transfer_passes_nat_from_a_single_port_only(
    single: bool, network: Network, folder: Path, nat: str
) -> None:
    home = folder / f"single-{single}"
    home.mkdir()
    site = make_site(home / "site", SITE)
    flags = ("--tftp-single-port",) if single else ()
    argv = ("--site", str(site), "--dhcp", "off", *flags)
    got = home / "got"
    with Serve(network, home, *argv) as serve:
        done = network.run("cli", *CURL, "-o", got, f"tftp://{nat}/undionly.kpxe", timeout=40)
        story = f"{done.stderr}\n{serve.story()}"
        requests = serve.events("requested")

    assert {event["status"] for event in requests} == {200}, story
    whole = (site / "files/ipxe/undionly.kpxe").read_bytes()
    assert (done.returncode == 0) is single, story
    assert (got.exists() and got.read_bytes() == whole) is single, story
