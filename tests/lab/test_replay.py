"""A BIOS PXE ROM that is not iPXE, from recordings: no Debian package has such a ROM.

Each of its DHCP requests goes over the lab's wire to a running `serve`, and what it would then
fetch is fetched by other people's clients.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pxectl.wire.iana import MessageType
from pxectl.wire.options import Option
from tests.lab.assets import ASSETS
from tests.lab.firmware import Firmware
from tests.lab.network import Network, address
from tests.lab.replaying import Exchange, become, replay
from tests.lab.serve import Serve, add_machine, make_site

pytestmark = [pytest.mark.lab]

MAC, ADDRESS = "52:54:00:77:00:01", "10.77.0.130"
SKIP_DISCOVERY = b"\x06\x01\x08\xff"


@pytest.fixture(scope="module")
def site(network: Network, folder: Path) -> Path:
    become(network, MAC, ADDRESS)
    site = make_site(folder / "site")
    add_machine(site, "plain", MAC, Firmware.BIOS, f'address = "{ADDRESS}"')
    return site


@pytest.fixture
def proxy(network: Network, folder: Path, site: Path) -> Iterator[Serve]:
    with Serve(network, folder, "--site", str(site), "--interface", "eth0", "--dhcp", "proxy") as s:
        yield s


@pytest.fixture
def server(network: Network, folder: Path, site: Path) -> Iterator[Serve]:
    with Serve(
        network, folder, "--site", str(site), "--interface", "eth0", "--dhcp", "server"
    ) as s:
        yield s


def of_firmware(exchanges: list[Exchange]) -> list[Exchange]:
    """What the ROM itself asked: iPXE, which it loaded in the recording, has a user class."""
    return [
        e
        for e in exchanges
        if Option.USER_CLASS not in e.request.options and Option.CLIENT_ARCH in e.request.options
    ]


def of_ipxe(exchanges: list[Exchange]) -> list[Exchange]:
    return [e for e in exchanges if Option.USER_CLASS in e.request.options]


def fetched(network: Network, url: str, *options: str) -> bytes:
    """What curl, in `cli`, gets from a URL."""
    import subprocess

    argv = network.argv("cli", "curl", "--silent", "--fail", "--max-time", "20", *options, url)
    return subprocess.run(argv, capture_output=True, check=True).stdout


@pytest.mark.parametrize("name", ["bios-plain-proxy", "bios-plain4011-proxy"])
def test_plain_rom_is_led_to_its_kernel_beside_another_dhcp_server(
    network: Network, proxy: Serve, name: str
) -> None:
    exchanges = replay(network, name, MAC)

    first = of_firmware(exchanges)[0]
    assert first.reply.message_type is MessageType.OFFER
    assert (str(first.reply.yiaddr), str(first.reply.siaddr)) == ("0.0.0.0", address("srv"))
    assert first.reply.options[Option.VENDOR_SPECIFIC] == SKIP_DISCOVERY
    assert (first.heard[0].source_port, str(first.heard[0].destination)) == (67, "255.255.255.255")
    for exchange in exchanges:
        if (
            exchange.request.message_type is MessageType.REQUEST
            and exchange.asked.destination_port == 67
        ):
            assert exchange.heard == ()  # the DHCP server's alone
        if exchange.asked.destination_port == 4011:
            frame = exchange.heard[0]
            assert (frame.source_port, frame.destination_port) == (4011, 68)
            assert str(frame.destination) == ADDRESS
            assert exchange.reply.file == first.reply.file
            asked_43 = exchange.request.options.get(Option.VENDOR_SPECIFIC, SKIP_DISCOVERY)
            assert exchange.reply.options[Option.VENDOR_SPECIFIC] == asked_43
    check_loads(network, first.reply.file.decode(), of_ipxe(exchanges)[0].reply.file.decode())


@pytest.mark.parametrize("name", ["bios-plain-full", "bios-plain-fullpxe"])
def test_plain_rom_is_led_to_its_kernel_by_the_reservation(
    network: Network, server: Serve, name: str
) -> None:
    exchanges = replay(network, name, MAC)

    asked = of_firmware(exchanges)
    assert {e.reply.message_type for e in asked} == {MessageType.OFFER, MessageType.ACK}
    for exchange in asked:
        frame = exchange.heard[0]
        assert str(exchange.reply.yiaddr) == ADDRESS
        # it has no address yet and answers no ARP: the frame names its MAC
        assert (str(frame.destination), str(frame.destination_mac)) == (ADDRESS, MAC)
        assert frame.checksum_ok
        assert exchange.reply.options[Option.VENDOR_SPECIFIC] == SKIP_DISCOVERY
    check_loads(network, asked[0].reply.file.decode(), of_ipxe(exchanges)[0].reply.file.decode())


def check_loads(network: Network, nbp: str, script_url: str) -> None:
    """The NBP over TFTP as the ROM asks for it, the script and the kernel over HTTP."""
    binary = fetched(network, f"tftp://{address('srv')}/{nbp}", "--tftp-blksize", "1432")
    assert binary == (ASSETS / "ipxe/undionly.kpxe").read_bytes()
    script = fetched(network, script_url).decode()
    kernel = next(line for line in script.splitlines() if line.startswith("kernel "))
    assert "netlab.token=plain" in kernel.split()
    assert fetched(network, kernel.split()[1]) == (ASSETS / "amd64/linux").read_bytes()
