import re
from dataclasses import replace
from io import StringIO

from pxectl.boot.client import Client, Firmware
from pxectl.boot.conditions import parse_match
from pxectl.boot.decide import decide
from pxectl.boot.events import Told, Unanswered
from pxectl.boot.rules import Action, Rule, Rules
from pxectl.ui.console import PlainLog
from pxectl.wire.iana import Arch, MessageType
from tests.builders import MAC1, NOW, STRANGER

CLIENT = Client(MAC1, Arch.X64_UEFI, Firmware.UEFI)
DECISION = decide(CLIENT, None, Rules(), NOW)
DENIED = Unanswered(CLIENT, MessageType.DISCOVER, "denied", "add it", DECISION)
QUIET = Unanswered(CLIENT, MessageType.REQUEST, "not ours", quiet=True)


def logged(*events, **how):
    stream = StringIO()
    log = PlainLog(stream, clock=lambda: NOW, **how)
    for event in events:
        log.emit(event)
    return stream.getvalue()


def test_a_hint_is_given_once_for_a_machine():
    text = logged(DENIED, DENIED)

    assert text.count("denied") == 2
    assert text.count("hint: add it") == 1


def test_each_machine_has_its_own_hint():
    other = Unanswered(Client(STRANGER), MessageType.DISCOVER, "denied", "add it")

    assert logged(DENIED, other).count("hint: add it") == 2


def test_quiet_events_are_shown_only_when_asked_for():
    assert logged(QUIET) == ""
    assert "not ours" in logged(QUIET, verbose=True)


def test_verbose_shows_why_no_rule_matched():
    text = logged(DENIED, verbose=True)

    assert "known with a profile → boot  no: the machine is not known" in text


def test_verbose_reasons_quote_no_client_raw():
    rule = Rule("lab", parse_match({"hostname": "node1"}, "lab"), Action.BOOT)
    client = replace(CLIENT, hostname="\x1b[2Jevil\n12:00:00  GET  forged\x9b31m")
    decision = decide(client, None, Rules((rule,)), NOW)

    text = logged(replace(DENIED, client=client, decision=decision), verbose=True)

    assert "hostname is \\x1b[2Jevil\\x0a12:00:00  GET  forged\\x9b31m, not node1" in text
    assert all(line.isprintable() for line in text.splitlines())


def test_colour_is_only_an_echo():
    plain, coloured = logged(DENIED), logged(DENIED, colour=True)

    assert "\x1b" not in plain
    assert coloured.replace("\x1b[31m", "").replace("\x1b[0m", "") == plain


def test_every_line_has_its_time():
    assert re.fullmatch(r"\d\d:\d\d:\d\d  note      x\n", logged(Told("x")))
