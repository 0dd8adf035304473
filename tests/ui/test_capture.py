import pytest

from pxectl.boot.client import Client, Firmware
from pxectl.boot.events import Unanswered
from pxectl.ui.capture import as_fields, as_text
from pxectl.wire.iana import Arch
from pxectl.wire.traffic import Traffic
from tests.builders import MAC1
from tests.recordings import DATA, frames

RECORDINGS = sorted(path.stem for path in DATA.glob("*.pcap"))


def sightings(name):
    traffic = Traffic(frozenset({8080}))
    return [seen for data in frames(name) if (seen := traffic.read(data)) is not None]


def test_a_discover_is_read_in_full():
    text = as_text(sightings("uefi-proxy")[0], 0.25, None)

    lines = text.splitlines()
    assert lines[0].endswith(
        "52:54:00:77:00:01  DISCOVER  0.0.0.0:68 → 255.255.255.255:67  xid 0a5187c7"
    )
    assert any(line.strip().startswith("93 ") and "7 x64-uefi" in line for line in lines)
    assert any(line.strip().startswith("94 ") and "UNDI 3.0" in line for line in lines)


def test_the_story_of_a_boot_is_told_in_order():
    verbs = [as_fields(seen, 0, None)["packet"] for seen in sightings("uefi-proxy")]

    first_boot = verbs[: verbs.index("HTTP")]
    assert first_boot == [
        "DISCOVER", "OFFER", "OFFER", "REQUEST", "ACK", "REQUEST", "ACK",
        "RRQ", "OACK", "ERROR", "RRQ", "OACK", "RRQ", "ERROR",
        "DISCOVER", "OFFER", "OFFER", "REQUEST", "ACK", "GET",
    ]  # fmt: skip


def test_what_pxectl_would_have_done_stands_below():
    would = Unanswered(Client(MAC1), None, "denied: unknown machine")

    text = as_text(sightings("uefi-proxy")[0], 0, would)
    fields = as_fields(sightings("uefi-proxy")[0], 0, would)

    assert text.endswith("pxectl: would not answer: denied: unknown machine\n")
    assert fields["would"] == {
        "reply": None, "bootfile": "", "reason": "denied: unknown machine",
    }  # fmt: skip


def test_what_asks_stands_in_the_line_and_a_cut_packet_is_told():
    whole = frames("uefi-proxy")[0]
    seen = Traffic().read(whole[:300], len(whole))
    would = Unanswered(Client(MAC1, Arch.X64_UEFI, Firmware.UEFI), None, "denied")

    head, *rest = as_text(seen, 0, would).splitlines()

    assert head.endswith("255.255.255.255:67  x64-uefi  xid 0a5187c7")
    assert "              cut short by the capture" in rest
    assert (as_fields(seen, 0, would)["client"], as_fields(seen, 0, would)["cut"]) == (
        "x64-uefi", True,
    )  # fmt: skip


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_recording_is_told_without_raw_text(name):
    for seen in sightings(name):
        text = as_text(seen, 0, None)
        assert all(line.isprintable() for line in text.splitlines())
        assert as_fields(seen, 0, None)["v"] == 1
