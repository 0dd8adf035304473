"""`pxectl doctor` on hosts where something is wrong, and where nothing is; its mends mend."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.foreign import start_dhcpd
from tests.lab.network import Network, run
from tests.lab.serve import PXECTL, Serve, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(180)]

SITE = '[serve]\ndhcp = "proxy"\n'


@pytest.fixture
def network() -> Iterator[Network]:
    network = Network()
    try:
        yield network
    finally:
        network.close()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return make_site(tmp_path / "site", SITE)


def doctor(network: Network, site: Path, *before: str) -> tuple[int, dict[str, Any]]:
    argv = (*before, *PXECTL, "doctor", "-i", "eth0", "--site", site, "--json")
    done = network.run("srv", *argv, timeout=60)
    assert not done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def bad(told: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["check"], one["text"]) for one in told["checks"] if one["level"] == "bad"]


def mend_of(told: dict[str, Any], check: str) -> str:
    """The first command in the hint of a bad check."""
    hint = next(o["hint"] for o in told["checks"] if (o["check"], o["level"]) == (check, "bad"))
    found = re.search(r"`([^`]+)`", hint)
    assert found, hint
    return found[1]


def test_a_host_that_is_well_is_told_so(network: Network, site: Path, tmp_path: Path) -> None:
    start_dhcpd(network, tmp_path)

    code, told = doctor(network, site)

    assert (code, bad(told), told["bad"]) == (0, [], 0)
    names = {one["check"] for one in told["checks"]}
    assert names >= {"interface", "ports", "privileges", "mtu", "rp_filter", "firewall", "servers",
                     "advertise", "ipxe", "disk", "clock", "site"}  # fmt: skip
    assert any("pxectl can boot beside it" in one["text"] for one in told["checks"])


def test_it_is_told_on_a_terminal_in_a_line_each(network: Network, site: Path) -> None:
    done = network.run("srv", *PXECTL, "doctor", "-i", "eth0", "--site", site, timeout=60)

    assert done.returncode == 0, done.stdout
    assert re.search(r"^ok +ports +free on eth0: udp 67, udp 4011", done.stdout, re.MULTILINE)


def test_ports_that_serve_of_the_site_has_are_fine(
    network: Network, site: Path, tmp_path: Path
) -> None:
    with Serve(network, tmp_path, "--site", str(site), "-i", "eth0") as serve:
        code, told = doctor(network, site)

    assert (code, bad(told)) == (0, [])
    assert sum(f"(pid {serve.pid})" in one["text"] for one in told["checks"]) >= 3


def test_who_holds_a_port_is_named(network: Network, site: Path, tmp_path: Path) -> None:
    argv = ["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--enable-tftp",
            "--user=root", "--pid-file=", f"--tftp-root={tmp_path}"]  # fmt: skip
    with (tmp_path / "log").open("w") as log:
        network.start("srv", *argv, stdout=log, stderr=subprocess.STDOUT)
    for _ in range(100):
        if "started" in (tmp_path / "log").read_text():
            break
        run("sleep", "0.05")

    code, told = doctor(network, site)

    assert code == 1
    [(check, text)] = bad(told)
    assert check == "ports"
    assert re.search(r"UDP port 69 on eth0 .* is taken by dnsmasq \(pid \d+\)", text)


@pytest.mark.parametrize(
    "rules",
    [
        ["add chain inet lab in { type filter hook input priority 0 ; }",
         "add rule inet lab in udp dport 69 drop"],
        ["add chain inet lab in { type filter hook input priority 0 ; policy drop ; }",
         "add rule inet lab in ct state established,related accept",
         "add rule inet lab in udp dport { 67, 68, 4011 } accept",
         "add rule inet lab in tcp dport 8080 accept"],
    ],
    ids=["a rule", "policy"],
)  # fmt: skip
def test_what_the_firewall_drops_is_told_and_the_mend_mends_it(
    network: Network, site: Path, rules: list[str]
) -> None:
    for words in ("add table inet lab", *rules):
        assert network.run("srv", "nft", *words.split()).returncode == 0

    code, told = doctor(network, site)
    mended = network.run("srv", *shlex.split(mend_of(told, "firewall")))
    after = doctor(network, site)

    assert code == 1
    assert [text for _, text in bad(told)] == [
        f"udp 69 on eth0 is dropped by {'a rule' if len(rules) == 2 else 'its policy'} of in"
    ]
    assert mended.returncode == 0, mended.stderr
    assert (after[0], bad(after[1])) == (0, [])


def test_a_server_that_beats_every_proxy_is_told(
    network: Network, site: Path, tmp_path: Path
) -> None:
    start_dhcpd(network, tmp_path, "--dhcp-option-force=60,PXEClient")

    code, told = doctor(network, site)

    assert code == 1
    assert ("servers", True) in [(c, "option 60 PXEClient" in text) for c, text in bad(told)]


def test_a_small_mtu_is_told_and_mended(network: Network, site: Path) -> None:
    run("ip", "-n", network.namespace("srv"), "link", "set", "eth0", "mtu", "1280")

    code, told = doctor(network, site)
    assert network.run("srv", *shlex.split(mend_of(told, "mtu"))).returncode == 0

    assert code == 1
    assert bad(told) == [("mtu", "eth0: 1280, where machines send up to 1500 octets")]
    assert doctor(network, site)[0] == 0


def test_without_privileges_it_says_what_gives_them(network: Network, site: Path) -> None:
    for folder in (site, *site.parents):
        if folder.stat().st_uid == 0 and str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | 0o055)

    code, told = doctor(
        network, site, "setpriv", "--reuid=0", "--regid=0", "--clear-groups",
        "--bounding-set=-net_raw,-net_bind_service,-net_admin",
        "--inh-caps=-net_raw,-net_bind_service,-net_admin",
    )  # fmt: skip

    assert code == 1
    hints = [one["hint"] for one in told["checks"] if one["level"] == "bad"]
    assert any("setcap cap_net_bind_service,cap_net_raw+ep" in hint for hint in hints)
    assert {"ports", "privileges"} <= {check for check, _ in bad(told)}
    levels = {one["check"]: one["level"] for one in told["checks"]}
    assert levels["firewall"] == levels["servers"] == "unknown"


def test_a_broken_site_is_told(network: Network, site: Path) -> None:
    config = site / "pxectl.toml"
    config.write_text(config.read_text() + '\n[profile.x]\nkernel = "none"\n')
    (site / "hardware/x.toml").write_text('mac = ["52:54:00:77:00:01"]\nprofile = "x"\n')

    code, told = doctor(network, site)

    assert code == 1
    assert [check for check, _ in bad(told)] == ["site"]
