"""Files from a real `serve` on the loopback, as a client of each kind loads them."""

import asyncio
import socket
import threading

import pytest

from pxectl.errors import PxectlError
from pxectl.net.probe.fetching import fetch
from tests.serving import Serve

MAC = "52-54-00-77-00-01"
SIZES = {"empty": 0, "small": 100, "blocks": 1468 * 4, "large": 3_000_001}


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fetching")
    site = folder / "site"
    for name in ("hardware", "files"):
        (site / name).mkdir(parents=True)
    for name, size in SIZES.items():
        (site / "files" / name).write_bytes(b"i" * size)
    (site / "files/own.efi").write_bytes(b"MZ" + "iPXE".encode("utf-16-le"))
    (site / "pxectl.toml").write_text(
        '[serve]\nclaims = "any"\n[profile.p]\nkernel = "small"\n'
        '[[rule]]\naction = "boot"\nprofile = "p"\n'
    )
    (site / f"hardware/{MAC}.toml").write_text(f'mac = ["{MAC}"]\n')
    serve = Serve(site, folder / "out")
    yield serve
    assert serve.stop() == 0


def load(url, *, window=False, seconds=20.0):
    return asyncio.run(fetch(url, window=window, agent="iPXE/1.21.1", seconds=seconds))


def url(serve, scheme, name):
    port = serve.http_port if scheme == "http" else serve.tftp_port
    return f"{scheme}://127.0.0.1:{port}/{serve.token(MAC)}/files/{name}"


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize(("scheme", "window"), [("http", False), ("tftp", False), ("tftp", True)])
def test_a_file_of_any_size_arrives_whole(serve, scheme, window, name):
    got = load(url(serve, scheme, name), window=window)

    assert (got.size, got.head[:50]) == (SIZES[name], (b"i" * SIZES[name])[:50])
    assert not got.is_ipxe


def test_a_program_that_calls_itself_ipxe_is_one(serve):
    assert load(url(serve, "http", "own.efi")).is_ipxe


@pytest.mark.parametrize(
    ("scheme", "window", "words"),
    [
        ("http", False, "HTTP 404: no such file"),
        ("tftp", False, "TFTP ERROR 1 file not found"),
        ("tftp", True, "TFTP ERROR 1 file not found: no such file"),
    ],
)
def test_what_is_not_there_is_told_with_a_hint(serve, scheme, window, words):
    with pytest.raises(PxectlError, match=words) as caught:
        load(url(serve, scheme, "none"), window=window)

    assert caught.value.hint


def test_what_is_refused_is_told(serve):
    with pytest.raises(PxectlError, match="HTTP 403"):
        load(f"http://127.0.0.1:{serve.http_port}/{MAC}.aaaaaaaaaaaaaaaa/files/small")


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://127.0.0.1:1/x", "ConnectError"),
        ("nfs://127.0.0.1/x", "nfs: is not played by probe"),
    ],
)
def test_where_nobody_is_it_says_so(address, words):
    with pytest.raises(PxectlError, match=words):
        load(address)


def test_what_never_ends_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        with pytest.raises(PxectlError, match="takes longer than 1 s"):
            load(address, seconds=1.0)


def lossy(sock, drop):
    """A TFTP server of six blocks that loses what `drop` says, once each."""
    data, peer = sock.recvfrom(2048)
    assert data.startswith(b"\0\1")
    body = [b"b" * 512] * 5 + [b"e"]
    sock.sendto(b"\0\6windowsize\0" + b"4\0", peer)
    lost, done = set(), 0
    while done < len(body):
        answer, peer = sock.recvfrom(2048)
        done = int.from_bytes(answer[2:4], "big")
        for number in range(done + 1, min(done + 4, len(body)) + 1):
            if number in drop and number not in lost:
                lost.add(number)
                continue
            sock.sendto(b"\0\3" + number.to_bytes(2, "big") + body[number - 1], peer)


@pytest.mark.parametrize("drop", [{2}, {4}, {1, 6}])
def test_lost_blocks_of_a_window_are_asked_for_again(drop):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(10)
        server = threading.Thread(target=lossy, args=(sock, drop))
        server.start()
        got = load(f"tftp://127.0.0.1:{sock.getsockname()[1]}/x", window=True)
        server.join()

    assert got.size == 5 * 512 + 1
