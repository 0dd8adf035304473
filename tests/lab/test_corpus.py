"""Malformed datagrams and paths that lead elsewhere, sent to a running `serve`."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pxectl.boot.token import make_token
from pxectl.mac import MAC
from tests import corpus
from tests.builders import MAC1
from tests.lab.asking import discover, offered
from tests.lab.firmware import Firmware
from tests.lab.network import Network, address
from tests.lab.serve import Serve, add_machine, make_site

pytestmark = [pytest.mark.lab]

CHADDR = str(MAC1)
SERVER = address("srv")
SEND = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(0.3)
s.sendto(sys.stdin.buffer.read(), (sys.argv[1], int(sys.argv[2])))
try:
    print(s.recvfrom(65535)[0].hex())
except TimeoutError:
    pass
"""
GET = """
import socket, sys
s = socket.create_connection((sys.argv[1], 8080), timeout=5)
s.sendall(sys.stdin.buffer.read())
print(s.recv(65535).hex())
"""


@pytest.fixture(scope="module")
def serve(network: Network, folder: Path) -> Iterator[Serve]:
    site = make_site(folder / "site")
    add_machine(site, "corpus", CHADDR, Firmware.UEFI)
    argv = ("--site", str(site), "--interface", "eth0", "--dhcp", "proxy")
    with Serve(network, folder, *argv) as serve:
        yield serve


@pytest.fixture
def still_serves(network: Network, serve: Serve) -> Iterator[None]:
    """Whatever was sent, the next machine is answered."""
    yield
    assert serve.running
    assert offered(network, SERVER, discover(CHADDR), wait=0.4) is not None


def token(folder: Path) -> str:
    return make_token((folder / "site/state/secret").read_bytes(), MAC.parse(CHADDR), time.time())


def send(network: Network, data: bytes, port: int) -> bytes:
    argv = network.argv("cli", sys.executable, "-c", SEND, SERVER, str(port))
    said = subprocess.run(argv, input=data, capture_output=True, check=True).stdout
    return bytes.fromhex(said.decode())


def new_events(serve: Serve, before: int) -> list[dict]:
    until = time.monotonic() + 2
    while len(serve.events()) == before and time.monotonic() < until:
        time.sleep(0.02)
    return serve.events()[before:]


@pytest.mark.parametrize("name", [*corpus.DHCP, *corpus.TFTP])
@pytest.mark.usefixtures("still_serves")
def test_malformed_datagram_is_one_line_that_says_what_is_wrong(
    name: str, network: Network, serve: Serve
) -> None:
    row = (corpus.DHCP | corpus.TFTP)[name]
    before = len(serve.events())

    answer = send(network, row.data, row.port)

    [event] = new_events(serve, before)
    assert event["event"] == "dropped"
    assert row.says in event["reason"]
    assert answer[:2] in (b"", b"\0\x05")  # nothing, or TFTP's ERROR


@pytest.mark.parametrize("path", corpus.PATHS, ids=lambda path: ascii(path[:24]))
@pytest.mark.parametrize("prefix", ["", "TOKEN/", "TOKEN/files/"])
@pytest.mark.usefixtures("still_serves")
def test_no_path_leads_out_of_the_served_folders(
    path: str, prefix: str, network: Network, folder: Path, serve: Serve
) -> None:
    spelled = prefix.replace("TOKEN", token(folder)) + path
    before = len(serve.events())

    answer = send(network, b"\0\x01" + spelled.encode("latin-1") + b"\0octet\0", 69)

    [event] = new_events(serve, before)
    assert answer[:2] == b"\0\x05"
    assert b"root:" not in answer
    assert event["status"] in (403, 404)
    assert event["reason"]


@pytest.mark.parametrize("path", [p for p in corpus.PATHS if p.isprintable() and " " not in p])
@pytest.mark.parametrize("prefix", ["/", "/TOKEN/", "/TOKEN/files/"])
@pytest.mark.usefixtures("still_serves")
def test_no_url_leads_out_of_the_served_folders(
    path: str, prefix: str, network: Network, folder: Path, serve: Serve
) -> None:
    spelled = prefix.replace("TOKEN", token(folder)) + path
    argv = network.argv("cli", sys.executable, "-c", GET, SERVER)
    head = f"GET {spelled} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()

    said = subprocess.run(argv, input=head, capture_output=True, check=True).stdout

    answer = bytes.fromhex(said.decode())
    assert answer.split(b" ")[1] in (b"403", b"404", b"400")
    assert b"root:" not in answer


@pytest.mark.usefixtures("still_serves")
def test_name_with_a_nul_in_it_ends_there(network: Network, folder: Path, serve: Serve) -> None:
    name = f"{token(folder)}/ipxe.efi".encode()

    answer = send(network, b"\0\x01" + name + b"\0../../etc/passwd\0octet\0", 69)

    assert answer[:2] == b"\0\x05"  # what stands where the mode should is none
