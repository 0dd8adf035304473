import json
from io import StringIO
from pathlib import Path

import pytest

from pxectl.boot.events import Unanswered
from pxectl.ui.jsonlog import JSONLog
from tests.builders import NOW
from tests.ui.test_console import DENIED, QUIET
from tests.ui.test_lines import GOT, LINES, OFFER

DOCUMENT = Path(__file__).parents[2] / "docs/json.md"


def logged(*events, **how):
    stream = StringIO()
    log = JSONLog(stream, clock=lambda: NOW + 0.25, **how)
    for event in events:
        log.emit(event)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("event", [row[0] for row in LINES], ids=[row[1][:40] for row in LINES])
def test_every_event_is_one_object_with_version_time_and_name(event):
    [record] = logged(event)

    assert (record["v"], record["event"]) == (1, event.kind)
    assert record["time"] == "2027-01-15T08:00:00.250Z"


def test_offer_carries_the_decision():
    [record] = logged(OFFER)

    assert record["mac"] == "52:54:00:77:00:01"
    assert (record["action"], record["profile"]) == ("boot", "debian")
    assert record["bootfile"].endswith("/ipxe.efi")


def test_quiet_events_are_written_only_when_asked_for():
    assert logged(QUIET) == []
    assert len(logged(QUIET, DENIED, verbose=True)) == 2


def test_log_is_ascii_whatever_the_network_says():
    stream = StringIO()
    JSONLog(stream).emit(Unanswered(DENIED.client, None, "\x1b[2J\u202e\x9b" * 300))

    assert stream.getvalue().isascii()
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("event", [row[0] for row in LINES], ids=[row[1][:40] for row in LINES])
def test_every_key_is_documented(event):
    [record] = logged(event)
    text = DOCUMENT.read_text()

    assert f"`{event.kind}`" in text
    assert [key for key in record if f"`{key}`" not in text] == []


def test_path_of_a_request_is_whole():
    [record] = logged(GOT)

    assert record["path"].endswith("/files/debian/linux")
