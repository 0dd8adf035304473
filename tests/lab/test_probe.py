"""`pxectl probe` from an ordinary host, against pxectl, dnsmasq and servers that are broken."""

import json
import re
import subprocess
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest

from tests.lab.assets import ASSETS
from tests.lab.foreign import start_dhcpd
from tests.lab.network import Network, address, end
from tests.lab.serve import PXECTL, Serve, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(180)]

SRV, DHCPD = address("srv"), address("dhcpd")
SITE = """
[[subnet]]
network = "10.77.0.0/24"
pool = ["10.77.0.100-10.77.0.199"]
[[rule]]
name = "all"
match = { arch = ["x86-bios", "x64-uefi", "x64-uefi-http", "arm64-uefi"] }
action = "boot"
profile = "plain"
[profile.plain]
kernel = "amd64/linux"
initrd = ["amd64/initrd.img"]
"""


def probe(network: Network, *argv: str, host: str = "cli") -> tuple[int, dict[str, Any]]:
    done = network.run(host, *PXECTL, "probe", "-i", "eth0", "--json", *argv, timeout=60)
    assert not done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)


def names(told: dict[str, Any]) -> list[str]:
    return [step["step"] for step in told["steps"]]


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


DHCP = ["DISCOVER", "OFFER", "REQUEST", "ACK"]
IPXE = [f"iPXE {step}" for step in DHCP]
FILES = ["script", "script", "kernel", "initrd"]  # one line is left out: that it has booted


def test_pxectl_as_the_dhcp_server(network: Network, site: Path, tmp_path: Path) -> None:
    argv = ("--site", str(site), "--interface", "eth0", "--dhcp", "server")
    with Serve(network, tmp_path, *argv) as serve:
        code, told = probe(network)
        here = probe(network, host="srv")  # on the host that serves
        all_code, matrix = probe(network, "--all-clients")
        storm_code, storm = probe(network, "--storm", "50", "--duration", "3s")
        asked = [e for e in serve.events("requested") if e["what"] == "booted"]
        leases = network.run("srv", *PXECTL, "leases", "list", "--json", "--site", site)

    assert (code, told["boots"]) == (0, True)
    assert sorted(names(told)) == sorted([*DHCP, "NBP", *IPXE, *FILES])
    kernel = next(step for step in told["steps"] if step["step"] == "kernel")
    assert kernel["size"] == (ASSETS / "amd64/linux").stat().st_size
    assert here[0] == 0, here
    boots = {one["client"] for one in matrix["clients"] if one["boots"]}
    assert boots >= {"bios", "uefi-x64", "uefi-http", "uefi-arm64", "ipxe", "ipxe-bios"}
    assert (all_code, "rpi4" in boots) == (1, False)
    assert (storm_code, storm["lost"]) == (0, 0)
    assert storm["exchanges"] >= 100
    assert 0 < storm["latency"]["p50"] <= storm["latency"]["max"]
    assert asked == []  # nobody is taken for booted
    assert json.loads(leases.stdout)["leases"] == []  # and no lease is left


@pytest.mark.parametrize("style", ["bypass", "binl"])
def test_pxectl_beside_dnsmasq(network: Network, site: Path, tmp_path: Path, style: str) -> None:
    start_dhcpd(network, tmp_path)
    config = site / "pxectl.toml"
    config.write_text(
        config.read_text().replace(
            'name = "all"', f'name = "all"\nquirks = {{ style = "{style}" }}'
        )
    )
    with Serve(network, tmp_path, "--site", str(site), "-i", "eth0", "--dhcp", "proxy"):
        code, told = probe(network)

    assert (code, told["text"].startswith("would boot")) == (0, True), told
    assert ("4011" in names(told)) is (style == "binl")
    assert names(told).count("OFFER") == 2
    assert not (tmp_path / "dhcpd.leases").read_text().strip()


def boot_files(folder: Path) -> Path:
    """A TFTP folder with an iPXE of its own and a script for it."""
    root = folder / "tftp"
    root.mkdir()
    for name in ("ipxe.efi", "undionly.kpxe"):
        [binary] = (ASSETS / "ipxe").rglob(name)
        (root / name).write_bytes(binary.read_bytes())
    (root / "boot.ipxe").write_text("#!ipxe\nkernel linux quiet\ninitrd initrd.img\nboot\n")
    (root / "linux").write_bytes(b"k" * 3_000_000)
    (root / "initrd.img").write_bytes(b"i" * 1_000_000)
    return root


def as_server(root: Path) -> tuple[str, ...]:
    return (
        "--enable-tftp", f"--tftp-root={root}", "--dhcp-match=set:ipxe,175",
        "--dhcp-match=set:bios,option:client-arch,0", "--dhcp-boot=tag:!ipxe,tag:!bios,ipxe.efi",
        "--dhcp-boot=tag:!ipxe,tag:bios,undionly.kpxe",
        f"--dhcp-boot=tag:ipxe,tftp://{DHCPD}/boot.ipxe",
    )  # fmt: skip


@pytest.mark.parametrize("client", ["uefi-x64", "bios", "ipxe"])
def test_dnsmasq_as_the_dhcp_server(network: Network, tmp_path: Path, client: str) -> None:
    start_dhcpd(network, tmp_path, *as_server(boot_files(tmp_path)))

    code, told = probe(network, "--client", client)

    assert (code, told["boots"]) == (0, True), told
    sizes = {step["step"]: step["size"] for step in told["steps"] if step["size"]}
    assert (sizes["kernel"], sizes["initrd"]) == (3_000_000, 1_000_000)


def test_dnsmasq_as_a_proxy(network: Network, tmp_path: Path) -> None:
    start_dhcpd(network, tmp_path)
    root = boot_files(tmp_path)
    proxy = [
        "dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--port=0", "--bind-interfaces",
        "--user=root", "--pid-file=", "--interface=eth0", f"--dhcp-range={SRV},proxy",
        "--enable-tftp", f"--tftp-root={root}", "--dhcp-match=set:ipxe,175",
        "--pxe-service=tag:!ipxe,X86-64_EFI,boot,ipxe.efi",
        "--pxe-service=tag:!ipxe,x86PC,boot,undionly.kpxe",
        f"--dhcp-boot=tag:ipxe,tftp://{SRV}/boot.ipxe",
    ]  # fmt: skip
    with running(network, "srv", *proxy):
        code, told = probe(network)

    assert (code, told["boots"]) == (0, True), told
    assert names(told).count("OFFER") == 2


@contextmanager
def running(network: Network, host: str, *argv: str | Path) -> Iterator[None]:
    with TemporaryFile() as said:
        process = network.start(host, *argv, stdout=said, stderr=subprocess.STDOUT)
        try:
            for _ in range(200):
                time.sleep(0.05)
                said.seek(0)
                text = said.read()
                if b"started" in text or b"ready" in text:
                    break
            assert process.poll() is None, text
            yield
        finally:
            end(process)


def nft(network: Network, host: str, rule: str) -> None:
    for words in (
        "add table inet lab",
        "add chain inet lab in { type filter hook input priority 0 ; }",
        f"add rule inet lab in {rule}",
    ):
        done = network.run(host, "nft", *words.split())
        assert done.returncode == 0, done.stderr


BROKEN = {
    "nobody": ((), "", "no DHCP server answers"),
    "no boot file": ((), None, "an address and no boot data"),
    "bare option 60": (
        ("--dhcp-option-force=60,PXEClient",), None, "says option 60 PXEClient without option 43",
    ),
    "no TFTP server": ((f"--dhcp-boot=ipxe.efi,,{SRV}",), None, "TFTP"),
    "no such file": (("--dhcp-boot=none.efi", "--enable-tftp", "tftp"), None, "ERROR 1"),
    "a firewall before TFTP": (as_server, "udp dport 69 drop", "TFTP: no answer"),
    "no kernel": (as_server, "rm linux", "kernel"),
    "a loop": (("--dhcp-boot=ipxe.efi", "--enable-tftp", "tftp"), None, "a loop"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_server_is_told_with_its_mend(network: Network, tmp_path: Path, what: str) -> None:
    options, breaking, words = BROKEN[what]
    root = boot_files(tmp_path)
    if callable(options):
        options = options(root)
    options = tuple(f"--tftp-root={root}" if word == "tftp" else word for word in options)
    if breaking != "":
        start_dhcpd(network, tmp_path, *options)
    if breaking == "rm linux":
        (root / "linux").unlink()
    elif breaking:
        nft(network, "dhcpd", breaking)

    code, told = probe(network)

    assert (code, told["boots"]) == (1, False), told
    assert words in told["text"], told
    assert told["hint"]


ODD_SERVER = """
import socket, sys
from ipaddress import IPv4Address
from pxectl.wire.dhcp import DHCPPacket
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for option in (socket.SO_BROADCAST, socket.SO_REUSEADDR):
    sock.setsockopt(socket.SOL_SOCKET, option, 1)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
sock.bind(("", 67))
boot = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
boot.bind(("", 4011))
acks, at_4011 = sys.argv[1:]
own = IPv4Address("10.77.0.2")
print("ready", flush=True)
import select
while True:
    for ready in select.select([sock, boot], [], [])[0]:
        data, peer = ready.recvfrom(2048)
        asked = DHCPPacket.parse(data)
        kind = asked.options[53][0]
        options = {53: b"\\2" if kind == 1 else b"\\5", 54: own.packed, 51: b"\\0\\0\\1\\0"}
        if at_4011 == "67":
            options[60] = b"PXEClient"
        if kind == 3 and acks == "no" and ready is sock:
            continue
        reply = DHCPPacket(2, asked.xid, asked.chaddr, yiaddr=IPv4Address("10.77.0.150"),
                           file=b"x.efi" if ready is boot else b"", options=options)
        if ready is boot:
            sock.sendto(reply.pack(), peer)
        else:
            sock.sendto(reply.pack(), ("255.255.255.255", 68))
"""


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("no", ""), "offers 10.77.0.150 and never acknowledges it"),
        (("yes", "67"), "answers a request to port 4011 from port 67: firmware drops it"),
    ],
)
def test_an_odd_server_is_told(
    network: Network, tmp_path: Path, argv: tuple[str, str], words: str
) -> None:
    script = tmp_path / "odd.py"
    script.write_text(textwrap.dedent(ODD_SERVER))
    python = Path(PXECTL[0]).with_name("python")
    with running(network, "dhcpd", python, script, *argv):
        code, told = probe(network)

    assert code == 1
    assert words in told["text"], told


def test_on_a_terminal_it_reads_as_a_list_of_steps(network: Network, tmp_path: Path) -> None:
    start_dhcpd(network, tmp_path, *as_server(boot_files(tmp_path)))

    done = network.run("cli", *PXECTL, "probe", "-i", "eth0", timeout=60)

    *steps, verdict = done.stdout.splitlines()
    assert all(re.match(r" +\d+\.\d{3}  \S", line) for line in steps)
    assert verdict.startswith("yes: would boot: 4 files")
