import asyncio
import socket
import ssl
from contextlib import asynccontextmanager

import httpx
import pytest

from pxectl.boot.arrival import Protocol
from pxectl.boot.events import Dropped, Requested, Transferred
from pxectl.boot.route import route
from pxectl.boot.visits import Visits
from pxectl.net.https import HTTPSListener
from pxectl.net.tls import make_context
from pxectl.store.authority import make
from tests.builders import NOW, site
from tests.certificates import NOW as MOMENT
from tests.certificates import certificate, key, pem, put
from tests.net.test_http import KERNEL, LOOPBACK, TOKEN

PATH = f"/{TOKEN}/files/debian/linux"


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    return make(tmp_path_factory.mktemp("site"), ("127.0.0.1", "localhost"), MOMENT).folder


@pytest.fixture
def files(tmp_path):
    (tmp_path / "files/debian").mkdir(parents=True)
    (tmp_path / "files/debian/linux").write_bytes(KERNEL)
    return tmp_path / "files"


def own(tls):
    return make_context(str(tls / "server.crt"), str(tls / "server.key"))


@asynccontextmanager
async def serving(files, certify, events):
    sock = socket.create_server(("127.0.0.1", 0))
    sock.setblocking(False)
    site_ = site(files=str(files))

    async def answer(asked):
        return route(asked, site_, Visits(), NOW)

    listener = HTTPSListener(LOOPBACK, answer, certify, events.append)
    await listener.start(sock)
    try:
        yield listener, sock.getsockname()[1]
    finally:
        await listener.close()


def run(files, certify, work):
    events = []

    async def main():
        async with asyncio.timeout(30), serving(files, certify, events) as (listener, port):
            return await work(listener, port)

    return asyncio.run(main()), events


def trusting(tls, **how):
    context = ssl.create_default_context(cafile=str(tls / "ca.crt"))
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    for name, value in how.items():
        setattr(context, name, value)
    return context


def get(port, context, **headers):
    async def ask():
        async with httpx.AsyncClient(verify=context) as client:
            return await client.get(f"https://127.0.0.1:{port}{PATH}", headers=headers)

    return ask()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_file_arrives_whole_by_tls(files, tls, version):
    client = trusting(tls, minimum_version=version, maximum_version=version)
    context = own(tls)
    response, events = run(files, lambda: context, lambda _, port: get(port, client))

    assert (response.status_code, response.content) == (200, KERNEL)
    assert [type(event) for event in events] == [Requested, Transferred]
    assert {event.protocol for event in events} == {Protocol.HTTPS}
    assert (events[1].outcome, events[1].sent) == ("done", len(KERNEL))


def test_ranges_are_served_as_over_http(files, tls):
    context = own(tls)
    response, _ = run(
        files, lambda: context, lambda _, port: get(port, trusting(tls), Range="bytes=1000-1999")
    )

    assert (response.status_code, response.content) == (206, KERNEL[1000:2000])


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_who_does_not_know_the_ca_is_told_in_one_line_with_the_mend(files, tls, version):
    stranger = ssl.create_default_context()
    stranger.minimum_version = stranger.maximum_version = version
    context = own(tls)

    async def ask(_, port):
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.to_thread(_greet, port, stranger)
        await asyncio.sleep(0.1)

    _, events = run(files, lambda: context, ask)
    [dropped] = events

    assert isinstance(dropped, Dropped)
    assert dropped.protocol == "https"
    assert "does not know the CA" in dropped.reason
    assert "cert show" in dropped.hint


def _greet(port, context):
    """httpx hangs up without the alert that curl and firmware send."""
    with socket.create_connection(("127.0.0.1", port)) as raw:
        context.wrap_socket(raw, server_hostname="127.0.0.1").close()


async def _speak(port, octets):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(octets)
    writer.write_eof()
    await reader.read()
    writer.close()
    await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "plain HTTP"),
        (b"", "without a word"),
        (b"\x16\x03\x01\x00\x05hello", "failed in TLS"),
        (b"\x00" * 64, "failed in TLS"),
    ],
)
def test_what_is_no_tls_is_dropped_with_a_reason(files, tls, octets, words):
    context = own(tls)
    _, events = run(files, lambda: context, lambda _, port: _speak(port, octets))

    assert [type(event) for event in events] == [Dropped]
    assert words in events[0].reason


def test_who_says_nothing_keeps_nobody_waiting(files, tls):
    context = own(tls)

    async def ask(_, port):
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        response = await get(port, trusting(tls))
        for _, writer in idle:
            writer.close()
        return response

    response, _ = run(files, lambda: context, ask)

    assert response.content == KERNEL


def test_certificate_of_the_moment_is_shown(files, tls, tmp_path):
    other = make_context(*map(str, put(tmp_path, certificate(key()), pem(key()))))
    shown = [own(tls), other]

    async def ask(_, port):
        return [
            await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", port))
            for _ in range(2)
        ]

    (first, second), _ = run(files, lambda: shown.pop(0), ask)

    assert first in (tls / "server.crt").read_text()
    assert second.encode() == certificate_of(tmp_path)


def certificate_of(folder):
    return (folder / "server.crt").read_bytes()


def test_paused_it_takes_no_connection_and_ends_what_is_under_way(files, tls):
    context = own(tls)

    async def ask(listener, port):
        async with (
            httpx.AsyncClient(verify=trusting(tls)) as client,
            client.stream("GET", f"https://127.0.0.1:{port}{PATH}") as response,
        ):
            await listener.pause()
            with pytest.raises(httpx.ConnectError):
                await get(port, trusting(tls))
            return await response.aread()

    content, events = run(files, lambda: context, ask)

    assert content == KERNEL
    assert events[-1].outcome == "done"
