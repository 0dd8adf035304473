"""Raspberry Pi 3, 4 and 5 against a running `serve`: their packets over the lab's wire, and their
files by other people's TFTP clients, as the only DHCP server and beside dnsmasq.
"""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import MessageType
from tests.lab.foreign import start_dhcpd
from tests.lab.network import Network, address, run
from tests.lab.raspberry import PI_3, PI_4, PI_5, Pi, get
from tests.lab.replaying import become
from tests.lab.serve import Serve

pytestmark = [pytest.mark.lab, pytest.mark.timeout(180)]

SRV = address("srv")
OPTION_43 = b"\x06\x01\x03\x0a\x04\x00PXE\x09\x14\x00\x00\x11Raspberry Pi Boot\xff"
SITE = """
[[subnet]]
network = "10.77.0.0/24"
[subnet.options]
router = "10.77.0.1"

[profile.pis]
rpi = "rpi/bookworm"
config_txt = "config.txt"
cmdline = ["console=serial0,115200", "root=/dev/nfs", "nfsroot=10.77.0.1:/srv/{{ machine.name }}"]
"""
CONFIG = "# {{ machine.name }}, {{ vars.place }}\n[all]\narm_64bit=1\n"
FIRST = {3: "start.elf", 4: "start4.elf", 5: "config.txt"}
KERNELS = {3: "kernel7.img", 4: "kernel8.img", 5: "kernel_2712.img"}
NOT_THERE = ("bootsig.bin", "recovery.elf", "pieeprom.sig", "overlays/overlay_map.dtb")
BINARIES = {
    name: Random(name).randbytes(size)
    for name, size in (
        ("bootcode.bin", 52_476), ("start.elf", 300_000), ("start4.elf", 200_512),
        ("kernel7.img", 600_001), ("kernel8.img", 700_416), ("kernel_2712.img", 800_000),
        ("overlays/vc4-kms-v3d.dtbo", 3_000), ("boot.img", 900_000), ("boot.sig", 300),
    )
}  # fmt: skip
PIS = {f"rpi{pi.model}": pi for pi in (PI_3, PI_4, PI_5)}
STRANGER = Pi(4, "dc:a6:32:00:00:99", "00000099", PI_4.guid, PI_4.wants, 0x01020304)


@pytest.fixture(scope="module")
def site(folder: Path) -> Path:
    site = folder / "site"
    for name, octets in BINARIES.items():
        path = site / "files/rpi/bookworm" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
    (site / "hardware").mkdir()
    (site / "templates").mkdir()
    (site / "templates/config.txt").write_text(CONFIG)
    (site / "pxectl.toml").write_text(SITE)
    for name, pi in PIS.items():
        (site / f"hardware/{name}.toml").write_text(
            f'mac = ["{pi.mac}"]\nprofile = "pis"\nserial = "10000000{pi.serial}"\n'
            f'address = "10.77.0.{30 + pi.model}"\n[vars]\nplace = "rack {pi.model}"\n'
        )
    return site


@pytest.fixture(scope="module", params=["server", "proxy"])
def serve(
    request: pytest.FixtureRequest, network: Network, folder: Path, site: Path
) -> Iterator[Serve]:
    if request.param == "proxy":
        start_dhcpd(network, folder)
    argv = ("--site", str(site), "--interface", "eth0", "--dhcp", request.param)
    with Serve(network, folder, *argv) as serve:
        yield serve


@pytest.fixture
def is_server(request: pytest.FixtureRequest) -> bool:
    """Whether pxectl is the only DHCP server."""
    return "server" in request.node.callspec.id


def power_on(network: Network, pi: Pi) -> None:
    """Make `cli` a board that has no address yet."""
    at = ("ip", "-n", network.namespace("cli"))
    run(*at, "addr", "flush", "dev", "eth0")
    run(*at, "link", "set", "eth0", "address", pi.mac)


def leased(network: Network, pi: Pi, *, is_server: bool) -> list[DHCPPacket]:
    """Its DHCP exchange, checked field by field; every reply."""
    offers = pi.ask(network, pi.discover(), 2.0)
    [ours] = [one for one in offers if str(one.frame.source) == SRV]
    others = [one.packet for one in offers if str(one.frame.source) != SRV]
    packet = ours.packet

    assert packet.message_type is MessageType.OFFER
    assert (packet.op, packet.xid, packet.chaddr.hex(":")) == (2, pi.xid, pi.mac)
    assert (ours.frame.source_port, ours.frame.destination_port) == (67, 68)
    assert str(packet.siaddr) == SRV
    assert packet.options[54] == packet.siaddr.packed
    assert packet.options[60] == b"PXEClient"
    assert packet.options[43] == OPTION_43
    assert packet.options[66] == SRV.encode()
    assert packet.options[97] == pi.guid
    assert ours.after > 0.9 if pi.model == 3 else ours.after < 0.9
    if is_server:
        assert not others
        assert str(packet.yiaddr) == f"10.77.0.{30 + pi.model}"
        assert (packet.options[1], packet.options[3]) == (b"\xff\xff\xff\0", bytes((10, 77, 0, 1)))
        assert {51, 58, 59} <= packet.options.keys()
    else:
        assert packet.yiaddr == UNSPECIFIED
        assert sorted(packet.options) == [43, 53, 54, 60, 66, 97]
        assert str(ours.frame.destination) == "255.255.255.255"
    replies = [packet, *others]
    if pi.model == 3:  # it takes the offer for its address, and asks no further (firmware#1699)
        return replies
    offer = packet if is_server else others[0]
    return replies + acknowledged(network, pi, offer, is_server=is_server)


def acknowledged(
    network: Network, pi: Pi, offer: DHCPPacket, *, is_server: bool
) -> list[DHCPPacket]:
    heard = pi.ask(network, pi.request(offer), 1.0)
    [ack] = [one.packet for one in heard]  # beside dnsmasq the ACK is dnsmasq's alone

    assert ack.message_type is MessageType.ACK
    assert ack.yiaddr == offer.yiaddr
    if is_server:
        assert (ack.options[43], ack.options[66]) == (OPTION_43, SRV.encode())
        assert ack.options[60] == b"PXEClient"
    else:
        assert ack.options[54] == bytes(map(int, address("dhcpd").split(".")))
    return [ack]


@pytest.mark.parametrize("name", PIS)
def test_a_pi_boots_to_its_kernel(
    name: str, network: Network, serve: Serve, folder: Path, is_server: bool
) -> None:
    pi, into = PIS[name], folder / "got"
    power_on(network, pi)

    replies = leased(network, pi, is_server=is_server)
    server = pi.tftp_server(replies)
    own = next(reply.yiaddr for reply in replies if reply.yiaddr != UNSPECIFIED)
    become(network, pi.mac, str(own))

    assert str(server) == SRV
    if pi.model == 3:
        assert get(network, SRV, "bootcode.bin", into) == ""
        assert into.read_bytes() == BINARIES["bootcode.bin"]
    began = time.monotonic()
    for missing in NOT_THERE:
        assert "no such file" in get(network, SRV, f"{pi.serial}/{missing}", into)
    assert time.monotonic() - began < 5
    blksize = {3: 0, 4: 1024, 5: 1468}[pi.model]
    dashed = pi.mac.replace(":", "-")
    for front in (f"{pi.serial}/", f"{dashed}/", ""):
        words = f"console=serial0,115200 root=/dev/nfs nfsroot={SRV}:/srv/{name}\n"
        wanted = {
            "config.txt": f"# {name}, rack {pi.model}\n[all]\narm_64bit=1\n".encode(),
            "cmdline.txt": words.encode(),
            KERNELS[pi.model]: BINARIES[KERNELS[pi.model]],
            "overlays/vc4-kms-v3d.dtbo": BINARIES["overlays/vc4-kms-v3d.dtbo"],
        }  # fmt: skip
        wanted[FIRST[pi.model]] = wanted.get(FIRST[pi.model]) or BINARIES[FIRST[pi.model]]
        for file, octets in wanted.items():
            said = get(network, SRV, front + file, into, blksize=blksize)
            assert into.read_bytes() == octets, f"{front}{file}: {said}\n{serve.story()}"
    mine = [event for event in serve.events("requested") if event["mac"] == pi.mac]
    assert {event["status"] for event in mine} == {200, 404}
    assert "kernel" in {event["what"] for event in mine}


def test_its_http_boot_gets_image_and_signature(network: Network, serve: Serve) -> None:
    """`BOOT_ORDER` 7: EEPROM's HTTP_PATH is `net_install`."""
    become(network, PI_5.mac, f"10.77.0.{30 + PI_5.model}")

    for name in ("boot.img", "boot.sig"):
        url = f"http://{SRV}:8080/net_install/{name}"
        argv = network.argv("cli", "curl", "-s", "--fail", "--max-time", "20", url)
        assert subprocess.run(argv, capture_output=True, check=True).stdout == BINARIES[name]


def test_nobody_else_gets_its_files(network: Network, serve: Serve, folder: Path) -> None:
    power_on(network, STRANGER)
    offers = STRANGER.ask(network, STRANGER.discover(), 1.0)
    assert not [one for one in offers if str(one.frame.source) == SRV and 43 in one.packet.options]
    become(network, STRANGER.mac, "10.77.0.99")

    for path in (f"{PI_4.serial}/config.txt", "config.txt", "bootcode.bin", "kernel8.img"):
        assert get(network, SRV, path, folder / "got")
        assert not (folder / "got").exists() or not (folder / "got").read_bytes()

    refused = [event for event in serve.events("requested") if event["peer"] == "10.77.0.99"]
    assert [event["status"] for event in refused] == [403] * 4
    assert f"pxectl hardware add {STRANGER.mac}" in refused[-1]["hint"]
