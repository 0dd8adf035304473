import asyncio
import contextlib
import os
import resource
import shutil
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address
from random import Random

import pytest
import tftpy

from pxectl.boot.answer import File, Refusal, Routed, Text
from pxectl.boot.arrival import Protocol
from pxectl.boot.client import Client
from pxectl.boot.events import Dropped, Requested, Transferred
from pxectl.mac import MAC
from pxectl.net.tftp import TFTPListener
from pxectl.wire.tftp import ACK, DATA, ERROR, OACK, RRQ, WRQ, ErrorCode, parse

LOCALHOST = IPv4Address("127.0.0.1")
BOB = Client(MAC.parse("52:54:00:12:34:56"))
BIG = Random(1).randbytes(1 << 20)


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "small").write_bytes(b"NBP")
    (root / "big").write_bytes(BIG)
    (root / "link").symlink_to("../secret")
    (tmp_path / "secret").write_bytes(b"secret")
    return root


def routed(asked, answer):
    status = answer.status if isinstance(answer, Refusal) else 200
    return Routed(
        answer, Requested(Protocol.TFTP, asked.peer, asked.path, BOB, status=status, what="file")
    )


def files_of(root):
    """A core that trusts every path, so that nothing but the listener confines it."""
    return lambda asked: routed(asked, File(str(root), asked.path))


@dataclass
class Server:
    listener: TFTPListener
    port: int
    events: "Events"
    asked: list

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    async def event(self, kind, count=1):
        async with asyncio.timeout(10):
            while len(self.of(kind)) < count:
                self.events.more.clear()
                await self.events.more.wait()
        return self.of(kind)[-1]


class Events(list):
    def __init__(self):
        super().__init__()
        self.more = asyncio.Event()

    def emit(self, event):
        self.append(event)
        self.more.set()


@contextlib.asynccontextmanager
async def serving(answer, host="127.0.0.1", **options):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, 0))
    port = sock.getsockname()[1]
    events, asked = Events(), []

    def noting(question):
        asked.append(question)
        return answer(question)

    server = Server(TFTPListener(sock, noting, events.emit, **options), port, events, asked)
    try:
        yield server
    finally:
        await server.listener.close(0)


class Peer:
    """One client socket, without a mind of its own."""

    def __init__(self, port, host="127.0.0.1"):
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self.sock.setblocking(False)
        self.sock.bind(("127.0.0.1", 0))
        self.server = (host, port)
        self.tid = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def ask(self, packet):
        self.sock.sendto(bytes(packet), self.server)

    def say(self, packet):
        self.sock.sendto(bytes(packet), self.tid)

    async def hear(self, seconds=5.0):
        async with asyncio.timeout(seconds):
            loop = asyncio.get_running_loop()
            data, self.tid = await loop.sock_recvfrom(self.sock, 70_000)
        return parse(data)

    async def read(self, name, **options):
        """A whole file; acknowledges each window."""
        self.ask(RRQ(name, "octet", {k: str(v) for k, v in options.items()}))
        packet, received, expected, count = await self.hear(), b"", 1, 0
        blksize, window = 512, 1
        if isinstance(packet, OACK):
            blksize = int(packet.options.get("blksize", 512))
            window = int(packet.options.get("windowsize", 1))
            self.say(ACK(0))
            packet = await self.hear()
        while isinstance(packet, DATA):
            if packet.block == expected & 0xFFFF:
                received, expected, count = received + packet.data, expected + 1, count + 1
                is_last = len(packet.data) < blksize
                if count == window or is_last:
                    self.say(ACK(packet.block))
                    count = 0
                if is_last:
                    return received
            packet = await self.hear()
        raise AssertionError(packet)


async def one_answer(server, packet):
    with Peer(server.port) as peer:
        peer.ask(packet)
        return await peer.hear()


# --- clients that were not written here


def test_tftpy_reads_with_and_without_options(root, tmp_path):
    async def play():
        async with serving(files_of(root)) as server:
            for options in ({}, {"blksize": 1428, "tsize": 0}, {"blksize": 8}):
                name = "small" if options.get("blksize") == 8 else "big"
                client = tftpy.TftpClient("127.0.0.1", server.port, options)
                await asyncio.to_thread(client.download, name, str(tmp_path / "got"), timeout=5)
                assert (tmp_path / "got").read_bytes() == (root / name).read_bytes()
            assert [e.outcome for e in server.of(Transferred)][:2] == ["done", "done"]

    asyncio.run(play())


async def run(*command):
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(20):
        output, _ = await process.communicate()
    return process.returncode, output.decode(errors="replace")


def program(name):
    path = shutil.which(name)
    assert path is not None, f"install {name}: tests/run does"
    return path


@pytest.mark.parametrize(
    "options",
    [[], ["blksize 1428"], ["blksize 1428", "windowsize 16"], ["windowsize 4", "tsize 0"]],
)
def test_atftp_reads_with_and_without_options(root, tmp_path, options):
    async def play():
        async with serving(files_of(root)) as server:
            flags = [flag for option in options for flag in ("--option", option)]
            got = str(tmp_path / "got")
            code, output = await run(
                program("atftp"),
                *flags,
                "-g",
                "-r",
                "big",
                "-l",
                got,
                "127.0.0.1",
                str(server.port),
            )
            assert (code, (tmp_path / "got").read_bytes() == BIG) == (0, True), output
            event = await server.event(Transferred)
            assert (event.outcome, event.sent) == ("done", len(BIG))
            window = next((o.split()[1] for o in options if o.startswith("windowsize")), "1")
            assert f"windowsize {window}" in event.detail

    asyncio.run(play())


def test_tftp_hpa_reads(root, tmp_path):
    async def play():
        async with serving(files_of(root)) as server:
            got = str(tmp_path / "got")
            where = ("127.0.0.1", str(server.port))
            code, output = await run(
                program("tftp"), "-m", "binary", *where, "-c", "get", "big", got
            )
            assert (code, (tmp_path / "got").read_bytes() == BIG) == (0, True), output

    asyncio.run(play())


# --- reading


@pytest.mark.parametrize("size", [0, 1, 1467, 1468, 1468 * 4, 1468 * 100 + 1])
@pytest.mark.parametrize(
    "options", [{}, {"blksize": 1468}, {"blksize": 1468, "windowsize": 4}, {"windowsize": 64}]
)
def test_files_of_every_size_arrive_whole(root, size, options):
    (root / "file").write_bytes(BIG[:size])

    async def play():
        async with serving(files_of(root)) as server:
            with Peer(server.port) as peer:
                assert await peer.read("file", **options) == BIG[:size]
            event = await server.event(Transferred)
            assert (event.size, event.sent, event.outcome) == (size, size, "done")

    asyncio.run(play())


def test_a_window_is_sent_before_its_first_ack(root):
    async def play():
        async with serving(files_of(root)) as server:
            with Peer(server.port) as peer:
                peer.ask(RRQ("big", "octet", {"windowsize": "4"}))
                assert await peer.hear() == OACK({"windowsize": "4"})
                peer.say(ACK(0))
                blocks = [(await peer.hear()).block for _ in range(4)]
                peer.say(ACK(2))  # a gap
                again = [(await peer.hear()).block for _ in range(4)]
                peer.say(ERROR(ErrorCode.NOT_DEFINED, "enough"))
            assert (blocks, again) == ([1, 2, 3, 4], [3, 4, 5, 6])

    asyncio.run(play())


def test_many_read_at_once(root):
    async def play():
        async with serving(files_of(root)) as server:
            peers = [Peer(server.port) for _ in range(30)]
            reads = (peer.read("big", blksize=8192, windowsize=4) for peer in peers)
            assert all(got == BIG for got in await asyncio.gather(*reads))
            for peer in peers:
                peer.sock.close()
            await server.event(Transferred, 30)
            assert server.listener.running == 0

    asyncio.run(play())


def test_a_text_is_served_like_a_file():
    async def play():
        async with serving(lambda asked: routed(asked, Text(b"#!ipxe\n" * 300))) as server:
            with Peer(server.port) as peer:
                assert await peer.read("boot.ipxe", tsize=0) == b"#!ipxe\n" * 300

    asyncio.run(play())


def test_the_core_is_told_who_asks_for_what_where(root):
    async def play():
        async with serving(files_of(root), host="0.0.0.0") as server:
            with Peer(server.port, "127.0.0.7") as peer:
                assert await peer.read("small") == b"NBP"
                assert peer.tid[0] == "127.0.0.7"  # netboot.md 2.8: from where it was asked
            (asked,) = server.asked
            assert (asked.protocol, asked.path) == (Protocol.TFTP, "small")
            assert (asked.peer, asked.interface) == (LOCALHOST, "lo")
            assert asked.address == IPv4Address("127.0.0.7")

    asyncio.run(play())


def test_events_of_a_read(root):
    async def play():
        async with serving(files_of(root)) as server:
            with Peer(server.port) as peer:
                await peer.read("small", blksize=1468)
            await server.event(Transferred)
            requested, transferred = server.events
            assert (requested.path, requested.status) == ("small", 200)
            assert transferred.mac == BOB.mac
            assert transferred.detail == "blksize 1468, windowsize 1"
            assert 0 < transferred.seconds < 10

    asyncio.run(play())


def test_what_is_under_way_says_how_far_it_is(root):
    (root / "small").write_bytes(b"x" * 1000)

    async def play():
        async with serving(files_of(root)) as server:
            with Peer(server.port) as peer:
                peer.ask(RRQ("small", "octet", {}))
                await peer.hear()
                before = list(server.listener.under_way())
                peer.say(ACK(1))
                await peer.hear()
                after = list(server.listener.under_way())
                peer.say(ACK(2))
                await server.event(Transferred)
            return before, after, list(server.listener.under_way())

    [before], [after], none = asyncio.run(play())

    assert (before.who, before.path, before.size) == (str(BOB.mac), "small", 1000)
    assert (before.sent, after.sent, none) == (0, 512, [])
    assert before.left is None
    assert after.left > 0


def test_silence_sends_the_block_again(root):
    async def play():
        async with serving(files_of(root)) as server:
            with Peer(server.port) as peer:
                peer.ask(RRQ("small"))
                assert await peer.hear() == await peer.hear() == DATA(1, b"NBP")
                peer.say(ACK(1))
            assert "1 sent again" in (await server.event(Transferred)).detail

    asyncio.run(play())


# --- refusing


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, ErrorCode.ACCESS_VIOLATION),
        (404, ErrorCode.FILE_NOT_FOUND),
        (500, ErrorCode.NOT_DEFINED),
    ],
)
def test_refusals_of_the_core_become_errors(status, code):
    async def play():
        answer = Refusal(status, "denied by \u201enight\u201c")
        async with serving(lambda asked: routed(asked, answer)) as server:
            assert await one_answer(server, RRQ("x")) == ERROR(code, "denied by ?night?")
            assert [e.status for e in server.events] == [status]

    asyncio.run(play())


def test_a_missing_file_is_not_found(root):
    async def play():
        async with serving(files_of(root)) as server:
            answer = await one_answer(server, RRQ("nothing"))
            assert answer == ERROR(ErrorCode.FILE_NOT_FOUND, "no such file")
            (event,) = server.events
            assert (event.status, event.reason) == (404, "no such file")

    asyncio.run(play())


@pytest.mark.parametrize(
    "name",
    ["../secret", "..\\secret", "\\..\\secret", "/etc/passwd", "//etc/passwd", "link", ".", "/",
     "a/../../secret", "small/../../secret", "%2e%2e/secret", "....//secret", "\xff\xfe",
     "\x1b[2J", "a" * 5000],
)  # fmt: skip
def test_no_path_leaves_the_root(root, name):
    async def play():
        async with serving(files_of(root)) as server:
            answer = await one_answer(server, RRQ(name))
            assert isinstance(answer, ERROR)
            assert answer.code in {ErrorCode.ACCESS_VIOLATION, ErrorCode.FILE_NOT_FOUND}
            (event,) = server.events
            assert event.status in {403, 404}

    asyncio.run(play())


def test_writing_is_refused(root):
    async def play():
        async with serving(files_of(root)) as server:
            answer = await one_answer(server, WRQ("small"))
            assert answer == ERROR(ErrorCode.ACCESS_VIOLATION, "this server is read-only")
            assert server.of(Dropped)[0].reason == "WRQ small: this server is read-only"

    asyncio.run(play())


def test_netascii_is_refused_with_the_way_out(root):
    async def play():
        async with serving(files_of(root)) as server:
            answer = await one_answer(server, RRQ("small", "netascii"))
            assert answer.code is ErrorCode.ILLEGAL_OPERATION
            assert "ask for octet" in answer.message
            assert "ask for octet" in server.of(Dropped)[0].reason

    asyncio.run(play())


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (b"", "TFTP: 0 octets are too few for a packet"),
        (b"\0\1", "TFTP: 2 octets are too few for a packet"),
        (b"\0\1no NUL", "RRQ: file name has no NUL"),
        (b"\0\1x\0octet", "RRQ: mode has no NUL"),
        (b"\0\1\0octet\0", "RRQ: file name is empty"),
        (b"\0\x63what", "TFTP: opcode 99 is unknown"),
        (b"\xff" * 60_000, "TFTP: opcode 65535 is unknown"),
        (b"\0\4\0\1", "ACK: belongs to no transfer, this port takes requests"),
        (b"\0\5\0\1x\0", "ERROR: belongs to no transfer, this port takes requests"),
    ],
)
def test_a_malformed_datagram_is_dropped_in_one_line_and_the_next_is_served(root, datagram, reason):
    async def play():
        async with serving(files_of(root)) as server:
            with Peer(server.port) as peer:
                peer.ask(datagram)
                event = await server.event(Dropped)
                assert event == Dropped("tftp", "127.0.0.1", "lo", reason, len(datagram))
                assert await peer.read("small") == b"NBP"

    asyncio.run(play())


def test_a_broadcast_request_gets_no_answer(root):
    async def play():
        async with serving(files_of(root), host="0.0.0.0") as server:
            with Peer(server.port, "127.255.255.255") as peer:
                peer.ask(RRQ("small"))
                event = await server.event(Dropped)
                assert event.reason == "TFTP: sent to a broadcast address"
                assert server.asked == []

    asyncio.run(play())


# --- trouble on the way


def test_a_size_probe_is_no_failure(root):
    async def play():
        async with serving(files_of(root)) as server:
            with Peer(server.port) as peer:
                options = {"tsize": "0", "blksize": "1468", "windowsize": "4"}
                peer.ask(RRQ("big", "octet", options))  # as EDK2 (lab.md)
                assert (await peer.hear()).options["tsize"] == str(len(BIG))
                peer.say(ERROR(ErrorCode.OPTION_NEGOTIATION, "User aborted the transfer"))
                assert (await server.event(Transferred)).outcome == "size probe"

    asyncio.run(play())


def test_the_client_s_own_words_are_kept(root):
    async def play():
        async with serving(files_of(root)) as server:
            with Peer(server.port) as peer:
                peer.ask(RRQ("big"))
                await peer.hear()
                peer.say(ERROR(ErrorCode.DISK_FULL, "full"))
                event = await server.event(Transferred)
                assert (event.outcome, event.detail) == ("aborted", "ERROR 3: full")

    asyncio.run(play())


def test_a_stranger_is_sent_away_and_the_transfer_goes_on(root):
    async def play():
        async with serving(files_of(root)) as server:
            with Peer(server.port) as peer, Peer(server.port) as stranger:
                peer.ask(RRQ("big"))
                assert (await peer.hear()).block == 1
                stranger.tid = peer.tid
                stranger.say(ERROR(ErrorCode.NOT_DEFINED, "stop"))  # gets no answer
                stranger.say(ACK(1))
                assert (await stranger.hear()).code is ErrorCode.UNKNOWN_TID
                peer.sock.sendto(b"?", peer.tid)  # neither do broken packets disturb
                peer.say(ACK(1))
                assert (await peer.hear()).block == 2
                assert server.listener.running == 1

    asyncio.run(play())


def test_a_repeated_request_starts_no_second_transfer(root):
    async def play():
        async with serving(files_of(root)) as server:
            with Peer(server.port) as peer:
                for _ in range(3):
                    peer.ask(RRQ("big", "octet", {"blksize": "1024"}))
                assert isinstance(await peer.hear(), OACK)
                assert server.listener.running == 1
                peer.ask(RRQ("small"))  # but another file is another request
                while not isinstance(await peer.hear(), DATA):
                    pass
                assert server.listener.running == 2

    asyncio.run(play())


def test_too_many_transfers_are_put_off_in_clear_words(root):
    async def play():
        async with serving(files_of(root), transfers=1) as server:
            with Peer(server.port) as first, Peer(server.port) as second:
                first.ask(RRQ("big"))
                await first.hear()
                second.ask(RRQ("small"))
                event = await server.event(Dropped)
                assert (
                    event.reason
                    == "RRQ small: 1 transfers are running, the client has to ask again"
                )
                first.say(ERROR(ErrorCode.NOT_DEFINED))
                await server.event(Transferred)
                assert await second.read("small") == b"NBP"

    asyncio.run(play())


def test_a_file_that_shrinks_is_no_shorter_file(root):
    async def play():
        async with serving(files_of(root)) as server:
            with Peer(server.port) as peer:
                peer.ask(RRQ("big"))
                await peer.hear()
                (root / "big").write_bytes(b"")
                peer.say(ACK(1))
                assert await peer.hear() == ERROR(ErrorCode.NOT_DEFINED, "the file became shorter")
            assert (await server.event(Transferred)).outcome == "aborted"

    asyncio.run(play())


def test_without_descriptors_a_request_is_put_off_in_clear_words(root):
    async def play():
        async with serving(files_of(root)) as server:
            with Peer(server.port) as peer:
                soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
                spare = os.dup(0)  # the next free number: the limit goes there
                os.close(spare)
                resource.setrlimit(resource.RLIMIT_NOFILE, (spare, hard))
                try:
                    peer.ask(RRQ("small"))
                    event = await server.event(Dropped)
                finally:
                    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
                assert event.reason == "RRQ small: Too many open files"
                assert await peer.read("small") == b"NBP"

    asyncio.run(play())


def test_fewer_transfers_than_wanted_are_told(root):
    async def play():
        async with serving(files_of(root), transfers=1 << 40) as server:
            (event,) = server.events
            assert "TFTP transfers at once" in event.message

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        asyncio.run(play())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_core_that_fails_costs_one_request_and_no_descriptor(root):
    def failing(asked):
        if asked.path == "bad":
            raise ZeroDivisionError
        return files_of(root)(asked)

    async def play():
        told = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        async with serving(failing) as server:
            with Peer(server.port) as peer:
                peer.ask(RRQ("bad"))
                assert await peer.read("small") == b"NBP"
        assert isinstance(told[0]["exception"], ZeroDivisionError)

    asyncio.run(play())


# --- the end


def test_running_transfers_may_finish_after_close(root):
    async def play():
        async with serving(files_of(root)) as server:
            with Peer(server.port) as peer:
                peer.ask(RRQ("big", "octet", {"blksize": "65464"}))
                await peer.hear()
                closing = asyncio.create_task(server.listener.close(10))
                received = b""
                peer.say(ACK(0))
                while len(received) < len(BIG):
                    packet = await peer.hear()
                    received += packet.data
                    peer.say(ACK(packet.block))
                await closing
                assert received == BIG
                assert server.of(Transferred)[0].outcome == "done"

    asyncio.run(play())


def test_the_others_are_told_when_the_grace_is_over(root):
    async def play():
        async with serving(files_of(root)) as server:
            with Peer(server.port) as peer:
                peer.ask(RRQ("big"))
                await peer.hear()
                await server.listener.close(0.01)
                assert (await peer.hear()).message == "the server is shutting down"
            assert server.of(Transferred)[0].outcome == "aborted"
            assert server.listener.running == 0

    asyncio.run(play())
