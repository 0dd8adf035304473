"""Transfers that are answered from the port that takes requests."""

import asyncio
import socket

import pytest
import tftpy

from pxectl.boot.events import Transferred
from pxectl.wire.tftp import ACK, DATA, ERROR, OACK, RRQ, WRQ, ErrorCode
from tests.net.test_tftp import BIG, Peer, files_of, program, root, run, serving

__all__ = ["root"]
CLIENTS = {
    "atftp": lambda port, got: (
        program("atftp"), "--option", "blksize 1428", "--option", "windowsize 16",
        "-g", "-r", "big", "-l", got, "127.0.0.1", port,
    ),
    "tftp-hpa": lambda port, got: (
        program("tftp"), "-m", "binary", "127.0.0.1", port, "-c", "get", "big", got
    ),
    "curl": lambda port, got: (
        program("curl"), "-sS", "-o", got, f"tftp://127.0.0.1:{port}/big"
    ),
}  # fmt: skip


def play(work, answer):
    async def main():
        async with serving(answer, single_port=True) as server, asyncio.timeout(30):
            return await work(server)

    return asyncio.run(main())


@pytest.mark.parametrize("name", CLIENTS)
def test_clients_read_whole_files(name, root, tmp_path):
    got = tmp_path / "got"

    async def work(server):
        return await run(*CLIENTS[name](str(server.port), str(got)))

    code, output = play(work, files_of(root))

    assert (code, got.read_bytes() == BIG) == (0, True), output


def test_tftpy_reads_whole_files(root, tmp_path):
    async def work(server):
        client = tftpy.TftpClient("127.0.0.1", server.port, {"blksize": 1428, "tsize": 0})
        await asyncio.to_thread(client.download, "big", str(tmp_path / "got"), timeout=5)

    play(work, files_of(root))

    assert (tmp_path / "got").read_bytes() == BIG


def test_twenty_at_once_are_kept_apart_and_answered_from_one_port(root):
    for number in range(20):
        (root / str(number)).write_bytes(BIG[number : 100_000 + number])

    async def one(server, number):
        with Peer(server.port) as peer:
            content = await peer.read(str(number), blksize=1400, windowsize=1 + number % 5)
            assert content == BIG[number : 100_000 + number]
            return peer.tid[1] == server.port

    async def work(server):
        return await asyncio.gather(*(one(server, number) for number in range(20)))

    assert all(play(work, files_of(root)))


def test_one_port_may_ask_for_one_file_after_the_other(root):
    async def work(server):
        with Peer(server.port) as peer:
            first = await peer.read("big", blksize=1400)
            peer.ask(RRQ("big", "octet", {}))  # and leaves it there
            assert isinstance(await peer.hear(), DATA)
            second = await peer.read("small", blksize=1400)
            await server.event(Transferred, 3)
            return first, second, sorted(e.outcome for e in server.of(Transferred))

    first, second, outcomes = play(work, files_of(root))

    assert (first, second) == (BIG, b"NBP")
    assert outcomes == ["aborted", "done", "done"]


@pytest.mark.parametrize(
    ("packet", "code"),
    [
        (RRQ("none", "octet", {}), ErrorCode.FILE_NOT_FOUND),
        (RRQ("../secret", "octet", {}), ErrorCode.ACCESS_VIOLATION),
        (WRQ("x", "octet", {}), ErrorCode.ACCESS_VIOLATION),
    ],
)
def test_refusals_come_from_that_port_too_and_others_are_served_after_them(root, packet, code):
    async def work(server):
        with Peer(server.port) as peer:
            peer.ask(packet)
            answer = await peer.hear()
            assert peer.tid[1] == server.port
        with Peer(server.port) as peer:
            assert await peer.read("small") == b"NBP"
        return answer

    answer = play(work, files_of(root))

    assert isinstance(answer, ERROR)
    assert answer.code == code


def test_no_stranger_ends_or_advances_a_transfer(root):
    async def work(server):
        with Peer(server.port) as peer, Peer(server.port) as stranger:
            peer.ask(RRQ("big", "octet", {"blksize": "1000"}))
            assert isinstance(await peer.hear(), OACK)
            for packet in (ACK(0), ACK(9), ERROR(ErrorCode.NOT_DEFINED, "no")):
                stranger.ask(packet)
            peer.say(ACK(0))
            return await peer.hear()

    assert play(work, files_of(root)).block == 1


def test_paused_it_ends_what_runs_and_takes_nothing_new_and_resumed_it_does(root):
    (root / "file").write_bytes(BIG[:4000])

    async def work(server):
        with Peer(server.port) as peer, Peer(server.port) as late:
            peer.ask(RRQ("file", "octet", {"blksize": "1000"}))
            assert isinstance(await peer.hear(), OACK)
            server.listener.pause()
            kept = server.listener.keeps_port
            late.ask(RRQ("small", "octet", {}))
            received = b""
            for block in range(5):
                peer.say(ACK(block))
                received += (await peer.hear()).data
            with pytest.raises(TimeoutError):
                await late.hear(0.2)
            server.listener.resume(None)
            assert await late.read("small") == b"NBP"
            peer.say(ACK(5))
            await server.event(Transferred, 2)
            server.listener.pause()
            return kept, received, server.listener.keeps_port

    kept, received, still = play(work, files_of(root))

    assert (kept, received, still) == (True, BIG[:4000], False)


def test_its_port_is_free_when_the_last_transfer_has_ended(root):
    async def work(server):
        with Peer(server.port) as peer:
            peer.ask(RRQ("small", "octet", {}))
            assert isinstance(await peer.hear(), DATA)
            server.listener.pause()
            peer.say(ACK(1))
            await server.event(Transferred)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", server.port))

    play(work, files_of(root))
