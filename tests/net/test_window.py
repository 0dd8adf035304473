import socket
import sys

import pytest

from pxectl.net.window import WindowSender
from pxectl.wire.tftp import DATA, parse, segments

SO_NO_CHECK = 11


@pytest.fixture
def pair():
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
    ):
        for sock in (sender, receiver):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            sock.bind(("127.0.0.1", 0))
        receiver.settimeout(2)
        sender.setblocking(False)
        yield sender, receiver


def window(content, blksize, first=1):
    last = first + len(content) // blksize
    return segments(first, last, memoryview(content), blksize), last - first + 1


def received(receiver, count):
    packets = [parse(receiver.recv(70_000)) for _ in range(count)]
    receiver.setblocking(False)
    with pytest.raises(BlockingIOError):
        receiver.recv(70_000)
    return packets


@pytest.mark.parametrize(
    ("blksize", "blocks"),
    [(8, 1), (8, 2), (512, 16), (1468, 4), (1468, 64), (1468, 44), (8, 64), (8, 70), (32_000, 5),
     (65_464, 3)],
)  # fmt: skip
@pytest.mark.parametrize("rest", [0, 3])
def test_a_window_arrives_as_its_datagrams(pair, blksize, blocks, rest):
    sender, receiver = pair
    content = bytes(range(256)) * (blksize * blocks // 256 + 1)
    content = content[: blksize * (blocks - 1) + rest]
    parts, count = window(content, blksize, first=65_530)
    WindowSender(sender, receiver.getsockname(), blksize).send_window(parts)
    packets = received(receiver, count)
    assert [p.block for p in packets] == [n & 0xFFFF for n in range(65_530, 65_530 + blocks)]
    assert b"".join(p.data for p in packets) == content


@pytest.mark.skipif(sys.platform != "linux", reason="UDP_SEGMENT is Linux's")
def test_datagrams_go_singly_where_the_kernel_can_not_cut_them(pair):
    sender, receiver = pair
    sender.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)  # makes UDP_SEGMENT fail
    window_sender = WindowSender(sender, receiver.getsockname(), 512)
    content = bytes(512 * 15 + 7)
    parts, count = window(content, 512)
    window_sender.send_window(parts)
    assert not window_sender.is_segmenting
    assert received(receiver, count)[-1] == DATA(16, bytes(7))


def test_what_can_not_be_sent_is_lost_without_a_word(pair):
    sender, _ = pair
    WindowSender(sender, ("127.0.0.1", 0), 512).send(b"nowhere")
    WindowSender(sender, ("255.255.255.255", 9), 512).send_window([b"ab", b"cd"])
