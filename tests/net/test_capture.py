import os
import socket
import threading

import pytest

from pxectl.errors import HostError, PxectlError
from pxectl.net.capture import Captured, Writer, listen, read_file
from tests.recordings import DATA, frames


def test_a_file_gives_its_frames():
    captured = list(read_file(DATA / "uefi-proxy.pcap"))

    assert tuple(frame.data for frame in captured) == frames("uefi-proxy")
    assert captured[0].time > 1_700_000_000
    assert captured[-1].time - captured[0].time < 60


def test_what_is_written_is_read_by_others_too(tmp_path):
    from scapy.utils import RawPcapReader

    path = tmp_path / "out.pcap"
    frame = Captured(1_800_000_000.25, frames("uefi-proxy")[0], 4000)
    with Writer(path) as writer:
        writer.write(frame)
        assert list(read_file(path)) == [frame]  # it is there at once

    with RawPcapReader(str(path)) as reader:
        [(data, meta)] = list(reader)
    assert (data, meta.sec, meta.usec, meta.wirelen) == (
        frame.data, 1_800_000_000, 250_000, 4000,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        (b"", "is no capture that can be read"),
        (b"this is no capture at all, whatever its name says", "is no capture that can be read"),
    ],
)
def test_what_is_no_capture_is_told_with_its_name(tmp_path, content, message):
    path = tmp_path / "x.pcap"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(PxectlError, match=message) as caught:
        list(read_file(path))

    assert str(path) in caught.value.message
    assert caught.value.hint


def test_a_capture_of_another_link_is_refused(tmp_path):
    path = tmp_path / "cooked.pcap"
    data = bytearray((DATA / "uefi-proxy.pcap").read_bytes())
    data[20:24] = (113).to_bytes(4, "little")
    path.write_bytes(data)

    with pytest.raises(PxectlError, match="link type 113, not Ethernet"):
        list(read_file(path))


def test_a_file_that_can_not_be_written_is_told(tmp_path):
    with pytest.raises(PxectlError, match="No such file"):
        Writer(tmp_path / "no" / "where.pcap")


def test_an_interface_that_is_not_there_is_told():
    with pytest.raises(HostError, match="nope"):
        next(listen("nope"))


def test_a_file_that_ends_within_a_frame_gives_what_is_whole_and_tells(tmp_path, caplog):
    path = tmp_path / "cut.pcap"
    path.write_bytes((DATA / "uefi-proxy.pcap").read_bytes()[:1000])
    reader = read_file(path)
    whole = [next(reader), next(reader)]

    with pytest.raises(PxectlError, match=r"ends within a frame: \d+ octets are claimed"):
        next(reader)

    assert tuple(frame.data for frame in whole) == frames("uefi-proxy")[:2]
    assert not caplog.records


def test_a_size_that_can_not_be_is_told(tmp_path):
    path = tmp_path / "odd.pcap"
    data = bytearray((DATA / "uefi-proxy.pcap").read_bytes())
    data[32:36] = b"\xff\xff\xff\x7f"
    path.write_bytes(data)

    with pytest.raises(PxectlError, match="2147483647 octets are claimed"):
        list(read_file(path))


@pytest.mark.parametrize("filtered", [True, False])
@pytest.mark.skipif(os.geteuid() != 0, reason="packet sockets need root")
def test_netboot_frames_of_an_interface_arrive(filtered, monkeypatch):
    payload = b"seen by the capture"
    if not filtered:
        monkeypatch.setattr("pxectl.net.capture.FILTER", "no filter that compiles")

    def talk():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for _ in range(20):
                sock.sendto(b"\0\3\0\1a block", ("127.0.0.1", 9))
                sock.sendto(payload, ("127.0.0.1", 68))

    timer = threading.Timer(0.2, talk)
    frames_of_loopback = listen("lo")
    timer.start()
    blocks = 0
    for frame in frames_of_loopback:
        blocks += b"a block" in frame.data
        if payload in frame.data:
            break
    frames_of_loopback.close()
    timer.join()

    assert frame.wire_size == len(frame.data)
    assert (blocks == 0) is filtered
