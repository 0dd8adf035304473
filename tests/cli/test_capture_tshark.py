"""`pxectl capture` against tshark, field by field, and with captures that are garbage."""

import json
import shutil
import struct
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pxectl.cli.main import app
from pxectl.errors import PxectlError
from tests.recordings import DATA

RECORDINGS = sorted(DATA.rglob("*.pcap"))
HEADER = {
    "op": "dhcp.type", "htype": "dhcp.hw.type", "hops": "dhcp.hops", "xid": "dhcp.id",
    "secs": "dhcp.secs", "flags": "dhcp.flags",
}  # fmt: skip
ADDRESSES = {
    "ciaddr": "dhcp.ip.client", "yiaddr": "dhcp.ip.your", "siaddr": "dhcp.ip.server",
    "giaddr": "dhcp.ip.relay",
}  # fmt: skip
TEXTS = {"sname": "dhcp.server", "file": "dhcp.file"}


def tshark(*argv):
    done = subprocess.run(["tshark", *map(str, argv)], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout


def judged(recording):
    """What tshark makes of each DHCP packet, in our words."""
    found = ET.fromstring(tshark("-r", recording, "-Y", "dhcp", "-T", "pdml"))
    return [_judged(packet.find("proto[@name='dhcp']")) for packet in found.iter("packet")]


def _judged(proto):
    value = {f.get("name"): f.get("value") for f in proto.findall("field")}
    told = {ours: int(value[theirs], 16) for ours, theirs in HEADER.items()}
    told["chaddr"] = value["dhcp.hw.mac_addr"]
    for ours, theirs in ADDRESSES.items():
        told[ours] = ".".join(map(str, bytes.fromhex(value[theirs])))
    for ours, theirs in TEXTS.items():
        told[ours] = bytes.fromhex(value[theirs]).split(b"\0")[0].decode("latin-1")
    options = {}
    for field in proto.findall("field[@name='dhcp.option.type']"):
        code = field.get("show")
        if code in ("0", "255"):
            continue
        octets = field.find("field[@name='dhcp.option.value']")
        options[code] = options.get(code, "") + (octets.get("value") if octets is not None else "")
    return told | {"options": options}


def captured(recording):
    result = CliRunner().invoke(app, ["capture", "-r", str(recording), "--json"])
    assert result.exit_code == 0, result.output
    packets = [json.loads(line) for line in result.stdout.splitlines()]
    told = [packet["dhcp"] for packet in packets if "dhcp" in packet]
    for one in told:
        one["options"] = {code: option["hex"] for code, option in one["options"].items()}
    return told


@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark (`tests/run` installs it)")
@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_every_dhcp_packet_is_read_as_tshark_reads_it(recording):
    expected, told = judged(recording), captured(recording)

    assert expected
    assert told == expected


@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark (`tests/run` installs it)")
def test_what_is_written_opens_in_wireshark(tmp_path):
    kept = tmp_path / "kept.pcap"
    argv = ["capture", "-r", str(RECORDINGS[-1]), "-w", str(kept), "--count", "5"]
    assert CliRunner().invoke(app, argv).exit_code == 0

    numbers = tshark("-r", kept, "-T", "fields", "-e", "frame.number").split()

    assert numbers == ["1", "2", "3", "4", "5"]


def read(path):
    """Its exit and how many packets were shown before it; errors of ours are allowed."""
    result = CliRunner().invoke(app, ["capture", "-r", str(path), "--json"])
    assert result.exception is None or isinstance(result.exception, PxectlError | SystemExit)
    return result, len(result.stdout.splitlines())


OCTETS = Path(RECORDINGS[-1]).read_bytes()[:20_000]


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(st.integers(24, len(OCTETS) - 1), st.integers(0, 255)), max_size=40))
def test_garbage_in_a_capture_ends_in_no_traceback(tmp_path, changes):
    broken = bytearray(OCTETS)
    for at, octet in changes:
        broken[at] = octet
    (tmp_path / "broken.pcap").write_bytes(broken)

    read(tmp_path / "broken.pcap")


def frames(*payloads):
    """A capture of these frames."""
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return head + b"".join(
        struct.pack("<IIII", 1_800_000_000, n, len(data), len(data)) + data
        for n, data in enumerate(payloads)
    )


def test_frames_of_garbage_are_passed_over_and_the_rest_is_shown(tmp_path):
    whole = OCTETS[40 : 40 + int.from_bytes(OCTETS[32:36], "little")]
    broken = whole[:14] + b"\xff" * 40  # no IPv4 header that could be
    path = tmp_path / "some.pcap"
    path.write_bytes(frames(b"", b"\0", b"\xff" * 60, broken, whole[:30], whole, whole[:300]))

    result, shown = read(path)

    assert result.exit_code == 0
    assert shown >= 1


def test_a_capture_that_ends_within_a_frame_is_shown_up_to_there(tmp_path):
    path = tmp_path / "cut.pcap"
    path.write_bytes(OCTETS[: 16 + 24 + 10])

    result, shown = read(path)

    assert shown == 0
    assert "ends within a frame" in str(result.exception)
