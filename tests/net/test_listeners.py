"""Closed in the middle of a transfer, it ends whole; opened again, it takes requests at once."""

import asyncio
import socket
from random import Random

import httpx
import pytest

from pxectl.boot.answer import File, Routed
from pxectl.boot.arrival import Protocol
from pxectl.boot.events import Requested, Transferred
from pxectl.errors import HostError
from pxectl.net.listeners import Answers, Listeners
from pxectl.wire.tftp import ACK, DATA, RRQ
from tests.net.test_server import LOOPBACK
from tests.net.test_sockets import free_port
from tests.net.test_tftp import Peer

KERNEL = Random(2).randbytes(200_000)
BIG = 40 << 20
"""More than the buffers of a connection hold."""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "kernel").write_bytes(KERNEL)
    with (tmp_path / "big").open("wb") as file:
        file.truncate(BIG)
    return tmp_path


def listening(root, work):
    """Run `work(listeners, port)`; its result and the events."""
    events = []

    def tftp(asked):
        event = Requested(Protocol.TFTP, asked.peer, asked.path, None, status=200, what="file")
        return Routed(File(str(root), asked.path.strip("/")), event)

    async def http(asked):
        return tftp(asked)

    async def main():
        listeners = Listeners((LOOPBACK,), Answers(lambda *_: None, tftp, http), events.append)
        try:
            async with asyncio.timeout(30):
                return await work(listeners)
        finally:
            await listeners.close()

    return asyncio.run(main()), events


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


async def fetch(peer, name, between=None):
    """Read a file block by block; `between()` is called after the tenth."""
    peer.ask(RRQ(name, "octet"))
    parts = []
    while True:
        data = await peer.hear()
        assert isinstance(data, DATA)
        if data.block == len(parts) % 65536:
            continue  # on a busy host the server's timer may come before this client's ACK
        assert data.block == (len(parts) + 1) % 65536
        parts.append(bytes(data.data))
        if len(parts) == 10 and between is not None:
            between()
        peer.say(ACK(data.block))
        if len(data.data) < 512:
            return b"".join(parts)


def test_tftp_closed_in_the_middle_of_a_transfer_ends_it_whole_and_takes_no_other(root):
    port = free_port(socket.SOCK_DGRAM)

    async def work(listeners):
        listeners.open_tftp(port)
        with Peer(port) as first, Peer(port) as second, Peer(port) as third:
            whole = await fetch(first, "kernel", listeners.close_tftp)
            second.ask(RRQ("kernel", "octet"))
            with pytest.raises((TimeoutError, ConnectionRefusedError)):
                await second.hear(0.2)
            listeners.open_tftp(port)
            return whole, await fetch(third, "kernel")

    (whole, again), events = listening(root, work)

    assert whole == again == KERNEL
    assert [event.outcome for event in of(events, Transferred)] == ["done", "done"]


def test_tftp_opens_again_while_an_old_transfer_runs(root):
    port = free_port(socket.SOCK_DGRAM)

    async def work(listeners):
        listeners.open_tftp(port)

        def reopen():
            listeners.close_tftp()
            assert listeners.transfers()[0] >= 1
            listeners.open_tftp(port)

        with Peer(port) as first, Peer(port) as second:
            return await asyncio.gather(fetch(first, "kernel", reopen), fetch(second, "kernel"))

    whole, _ = listening(root, work)

    assert whole == [KERNEL, KERNEL]


def test_http_closed_in_the_middle_of_a_download_ends_it_whole_and_takes_no_other(root):
    port = free_port(socket.SOCK_STREAM)

    async def work(listeners):
        await listeners.open_http(port)
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url) as old, httpx.AsyncClient(base_url=url) as new:
            async with old.stream("GET", "/big") as response:
                size = 0
                async for part in response.aiter_raw():
                    if not size:
                        await listeners.close_http()
                        under_way = listeners.transfers()
                        with pytest.raises(httpx.ConnectError):
                            await new.get("/kernel")
                        await listeners.open_http(port)
                        again = await new.get("/kernel")
                    size += len(part)
            return under_way, size, again.content

    (under_way, size, again), events = listening(root, work)

    assert (under_way, size, again) == ((0, 1, 0), BIG, KERNEL)
    assert sorted(event.outcome for event in of(events, Transferred)) == ["done", "done"]


def test_an_idle_connection_is_let_go_of_when_http_closes(root):
    """A client that keeps one alive would go on fetching for as long as it likes."""
    port = free_port(socket.SOCK_STREAM)

    async def work(listeners):
        await listeners.open_http(port)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /kernel HTTP/1.1\r\nHost: x\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(len(KERNEL))
        await listeners.close_http()
        rest = await reader.read()
        writer.close()
        await writer.wait_closed()
        return head.split()[1], body, rest

    (status, body, rest), _ = listening(root, work)

    assert (status, body, rest) == (b"200", KERNEL, b"")


@pytest.mark.parametrize("what", ["tftp", "http"])
def test_a_port_that_is_taken_leaves_nothing_open_and_can_be_had_later(root, what):
    kind = socket.SOCK_DGRAM if what == "tftp" else socket.SOCK_STREAM
    port = free_port(kind)

    async def work(listeners):
        async def reopen():
            if what == "http":
                await listeners.open_http(port)
            else:
                listeners.open_tftp(port)

        with socket.socket(socket.AF_INET, kind) as taken:
            taken.bind(("127.0.0.1", port))
            if what == "http":
                taken.listen()
            with pytest.raises(HostError, match=f"port {port} on lo .* is taken"):
                await reopen()
        await reopen()

    listening(root, work)
