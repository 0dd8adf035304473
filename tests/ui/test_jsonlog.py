import json
import re
from io import StringIO
from pathlib import Path
from typing import get_args

import pytest

from pxectl.boot.events import Event, Unanswered
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
    [record] = logged(event, verbose=True)

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


def documented(kind):
    """Keys that the document gives an event of this kind: in its section, or in the shared ones."""
    serve = DOCUMENT.read_text().split("## `serve --log json`")[1].split("\n## ")[0]
    shared, *sections = serve.split("\n### ")
    every, about_clients = shared.split("Events about a client")
    [section] = [text for text in sections if f"`{kind}`" in text.splitlines()[0]]
    if "Client and decision" in section or "Client as above" in section:
        section += about_clients
    return set(re.findall(r"`(\w+)`", section + every))


@pytest.mark.parametrize("event", [row[0] for row in LINES], ids=[row[1][:40] for row in LINES])
def test_every_key_is_documented_with_its_event(event):
    [record] = logged(event, verbose=True)

    assert set(record) - documented(event.kind) == set()


def test_every_kind_of_event_is_among_those_that_are_tested():
    assert {type(row[0]) for row in LINES} == set(get_args(Event))


def test_path_of_a_request_is_whole():
    [record] = logged(GOT)

    assert record["path"].endswith("/files/debian/linux")
