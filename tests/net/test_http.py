import asyncio
import os
import socket
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv4Network

import httpx
import pytest

from pxectl.boot.events import Dropped, Requested, Transferred
from pxectl.boot.route import route
from pxectl.boot.token import make_token
from pxectl.boot.visits import Visits
from pxectl.net.http import HTTPListener
from pxectl.net.interfaces import Interface
from tests.builders import MAC1, NOW, site

LOOPBACK = Interface(
    "lo", 1, None, IPv4Address("127.0.0.1"), IPv4Network("127.0.0.0/8"), physical=False
)
TOKEN = make_token(site().secret, MAC1, NOW)
KERNEL = bytes(range(256)) * 5000


@pytest.fixture
def files(tmp_path):
    (tmp_path / "files/debian").mkdir(parents=True)
    (tmp_path / "files/debian/linux").write_bytes(KERNEL)
    (tmp_path / "files/empty").write_bytes(b"")
    (tmp_path / "files/uki.efi").write_bytes(b"MZ")
    (tmp_path / "secret").write_text("secret")
    return tmp_path / "files"


@asynccontextmanager
async def listening(files, events):
    sock = socket.create_server(("127.0.0.1", 0))
    site_ = site(files=str(files))

    async def answer(asked):
        return route(asked, site_, Visits(), NOW)

    listener = HTTPListener(LOOPBACK, answer, events.append)
    await listener.start(sock)
    try:
        yield listener, sock.getsockname()[1]
    finally:
        await listener.close()


@asynccontextmanager
async def serving(files, events):
    async with listening(files, events) as (_, port):
        yield port


def ask(files, work):
    """Run `work(client)` against a listener; its result and the events."""
    events = []

    async def run():
        async with (
            serving(files, events) as port,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
        ):
            return await work(client)

    return asyncio.run(run()), events


def get(files, path, method="GET", **headers):
    return ask(files, lambda client: client.request(method, path, headers=headers))


def test_what_is_under_way_says_how_far_it_is(files):
    (files / "huge").write_bytes(b"x" * 40_000_000)
    request = f"GET /{TOKEN}/files/huge HTTP/1.1\r\nHost: x\r\n\r\n".encode()

    async def run():
        async with listening(files, []) as (listener, port):
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.setblocking(False)
                loop = asyncio.get_running_loop()
                await loop.sock_sendall(client, request)
                got = 0
                while got < 10_000_000:
                    got += len(await loop.sock_recv(client, 1 << 20))
                return list(listener.under_way())

    [one] = asyncio.run(run())

    assert (one.who, one.path, one.size) == (str(MAC1), f"/{TOKEN}/files/huge", 40_000_000)
    assert 0 < one.sent < one.size
    assert one.rate > 0
    assert one.left > 0


def test_file_arrives_whole_and_both_ends_of_it_are_told(files):
    response, events = get(files, f"/{TOKEN}/files/debian/linux")

    assert (response.status_code, response.content) == (200, KERNEL)
    assert [type(event) for event in events] == [Requested, Transferred]
    assert (events[0].what, events[1].outcome, events[1].sent) == ("kernel", "done", len(KERNEL))


def test_head_tells_the_exact_length(files):
    """EDK2 asks it first and needs the length (lab.md pitfalls 8)."""
    response, events = get(files, f"/{TOKEN}/files/debian/linux", "HEAD")

    assert response.headers["Content-Length"] == str(len(KERNEL))
    assert response.content == b""
    assert [type(event) for event in events] == [Requested]


@pytest.mark.parametrize(
    ("wanted", "part", "content_range"),
    [
        ("bytes=0-9", KERNEL[:10], f"bytes 0-9/{len(KERNEL)}"),
        ("bytes=1000-", KERNEL[1000:], f"bytes 1000-{len(KERNEL) - 1}/{len(KERNEL)}"),
        ("bytes=-5", KERNEL[-5:], f"bytes {len(KERNEL) - 5}-{len(KERNEL) - 1}/{len(KERNEL)}"),
    ],
)
def test_range_is_answered_with_the_total(files, wanted, part, content_range):
    """EDK2 resumes with it and compares the total (netboot.md 2.2)."""
    response, events = get(files, f"/{TOKEN}/files/debian/linux", Range=wanted)

    assert (response.status_code, response.content) == (206, part)
    assert events[-1].detail == wanted
    assert response.headers["Content-Range"] == content_range


@pytest.mark.parametrize("wanted", ["bytes=u-u", "bytes=9-1", "bytes=0-1,3-4", "pages=1-2"])
def test_a_range_that_makes_no_sense_is_ignored(files, wanted):
    """An old BIOS iPXE asks for `u-u` (netboot.md 2.9)."""
    response, _ = get(files, f"/{TOKEN}/files/debian/linux", Range=wanted)

    assert (response.status_code, response.content) == (200, KERNEL)


def test_a_range_behind_the_end_can_not_be_had(files):
    response, _ = get(files, f"/{TOKEN}/files/debian/linux", Range=f"bytes={len(KERNEL)}-")

    assert (response.status_code, response.content) == (416, b"")
    assert response.headers["Content-Range"] == f"bytes */{len(KERNEL)}"


def test_a_file_that_has_changed_is_sent_whole_instead_of_the_rest(files):
    path = f"/{TOKEN}/files/debian/linux"
    before, _ = get(files, path)
    tag = {"Range": "bytes=5-", "If-Range": before.headers["ETag"]}
    same, _ = get(files, path, **tag)
    (files / "debian/linux").write_bytes(KERNEL[::-1])
    other, _ = get(files, path, **tag)

    assert (same.status_code, same.content) == (206, KERNEL[5:])
    assert (other.status_code, other.content) == (200, KERNEL[::-1])


def test_what_the_client_has_is_not_sent_again(files):
    path = f"/{TOKEN}/files/debian/linux"
    before, _ = get(files, path)
    by_tag, _ = get(files, path, **{"If-None-Match": before.headers["ETag"]})
    by_date, _ = get(files, path, **{"If-Modified-Since": before.headers["Last-Modified"]})

    assert (by_tag.status_code, by_tag.content) == (304, b"")
    assert by_date.status_code == 304


def test_a_file_that_shrinks_while_it_is_sent_is_cut(files):
    large = files / "debian/linux"
    large.write_bytes(bytes(50_000_000))

    async def shrink(client):
        async with client.stream("GET", f"/{TOKEN}/files/debian/linux") as response:
            os.truncate(large, 10_000_000)
            with pytest.raises(httpx.RemoteProtocolError):
                await response.aread()

    _, events = ask(files, shrink)

    assert (events[-1].outcome, events[-1].detail) == ("aborted", "the file became shorter")


def test_empty_file_is_a_file(files):
    response, _ = get(files, f"/{TOKEN}/files/empty")

    assert (response.status_code, response.headers["Content-Length"]) == (200, "0")


def test_efi_program_has_its_type(files):
    response, _ = get(files, f"/{TOKEN}/files/uki.efi")

    assert response.headers["Content-Type"] == "application/efi"


def test_script_is_a_text_with_a_length(files):
    response, events = get(files, f"/{TOKEN}/boot.ipxe")

    assert response.text.startswith("#!ipxe\n")
    assert int(response.headers["Content-Length"]) == len(response.content)
    assert events[0].what == "script"


def test_connection_is_kept(files):
    async def twice(client):
        ports = []
        for path in ("boot.ipxe", "files/empty"):
            async with client.stream("GET", f"/{TOKEN}/{path}") as response:
                ports.append(response.extensions["network_stream"].get_extra_info("client_addr"))
                await response.aread()
        return ports

    (first, second), _ = ask(files, twice)

    assert first == second


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/{TOKEN}/files/nothing", 404),
        (f"/{TOKEN}/files/debian", 404),
        (f"/{TOKEN}/files/../secret", 403),
        (f"/{TOKEN}/files/%2e%2e/secret", 403),
        (f"/{TOKEN}/files/%2e%2e%2fsecret", 403),
        (f"/{TOKEN}/files/..%5csecret", 403),
        (f"/{TOKEN}/files/a%00b", 404),
        ("/files/debian/linux", 403),
        ("//etc/passwd", 403),
        ("/", 403),
    ],
)
def test_everything_else_is_refused_without_a_redirect(files, path, status):
    async def raw(client):
        return await _raw(client.base_url.port, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")

    answer, events = ask(files, raw)

    assert answer.startswith(f"HTTP/1.1 {status}".encode())
    assert b"secret" not in answer.partition(b"\r\n\r\n")[2]
    assert events[-1].status == status
    assert events[-1].reason


@pytest.mark.parametrize(
    "request_",
    [
        "\x00\x01\x02\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9\r\n\r\n",
        "GET / HTTP/1.1\r\nbad\r\n\r\n",
    ],
    ids=repr,
)
def test_what_is_not_http_is_one_line_in_the_log(files, request_):
    async def raw(client):
        return await _raw(client.base_url.port, request_)

    _, events = ask(files, raw)

    assert [type(event) for event in events] == [Dropped]
    assert "\n" not in events[0].reason


def test_other_methods_are_not_served(files):
    response, events = get(files, f"/{TOKEN}/files/empty", "PUT")

    assert response.status_code == 405
    assert isinstance(events[0], Dropped)


def test_client_that_goes_away_is_an_aborted_transfer(files):
    (files / "debian/linux").write_bytes(b"\0" * 50_000_000)

    async def leave(client):
        reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
        writer.write(f"GET /{TOKEN}/files/debian/linux HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await reader.read(1000)
        writer.transport.abort()
        await asyncio.sleep(0.3)

    _, events = ask(files, leave)

    assert events[-1].outcome == "aborted"


async def _raw(port, request):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request.encode("latin-1"))
    answer = await asyncio.wait_for(reader.read(2000), 5)
    writer.close()
    return answer
