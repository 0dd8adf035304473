import asyncio
import os
import pty
import re
from io import StringIO
from ipaddress import IPv4Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from pxectl.boot.arrival import Protocol
from pxectl.boot.binding import Binding, State
from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import decide
from pxectl.boot.events import (
    Dropped,
    Ready,
    Replied,
    Requested,
    Switched,
    Told,
    Unanswered,
    Warned,
)
from pxectl.boot.timeline.timelines import Timelines
from pxectl.mac import MAC
from pxectl.ui.inside import Inside
from pxectl.ui.live import INTERVAL, LiveView
from pxectl.wire.iana import Arch, MessageType
from tests.boot.timeline.sequences import WHOLE
from tests.builders import ADDRESS, MAC1, NOW, site

SITE = site()
READY = Ready(("proxyDHCP 67 4011", "TFTP 69", "HTTP 8080"), ("x86-bios", "x64-uefi"))
SEQUENCE = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07)")
ENTER_SCREEN, LEAVE_SCREEN = "\x1b[?1049h", "\x1b[?1049l"
HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


class Fed(LiveView):
    """With timelines that are kept up to date as `serve` does it."""

    def __init__(self, timelines, console, clock, **changes):
        super().__init__(timelines, console, clock, **changes)
        self._fed, self._now = timelines, clock

    def emit(self, event):
        ended = self._fed.note(event, self._now())
        for one in (event, *ended):
            super().emit(one)


class Shown:
    """A live view on a terminal that is a string."""

    def __init__(self, width=80, height=24, **changes):
        self.clock = Clock()
        self.file = StringIO()
        self.console = Console(
            file=self.file, width=width, height=height, force_terminal=True,
            color_system=changes.pop("color_system", "standard"), legacy_windows=False,
            highlight=False, markup=False, _environ={"TERM": "xterm"},
        )  # fmt: skip
        self.timelines = Timelines()
        self.view = Fed(self.timelines, self.console, self.clock, **changes)

    def lines(self, height=None, **changes):
        console = Console(file=StringIO(), width=self.console.width, color_system=None)
        console.print(self.view.picture(height or self.console.height, **changes))
        return console.file.getvalue().splitlines()

    def text(self):
        return "\n".join(self.lines())

    def drawn(self):
        """How often it has drawn since this was asked last."""
        count = self.file.getvalue().count("pxectl 0.1.0")
        self.file.seek(0)
        self.file.truncate()
        return count


@pytest.fixture
def shown():
    shown = Shown()
    with shown.view as view:
        view.start("pxectl 0.1.0   site: none, defaults   enp3s0 10.77.0.1/24")
        yield shown


def denied(number=0, text=""):
    client = Client(MAC(b"\x52\x54\0\x99\0" + bytes((number,))), Arch.X86_BIOS, Firmware.BIOS)
    decision = decide(client, None, SITE.rules, NOW)
    hint = f"`pxectl hardware add {client.mac} --profile NAME` lets it in"
    return Unanswered(client, MessageType.DISCOVER, text or decision.reason, hint, decision)


def offered():
    client = Client(MAC1, Arch.X64_UEFI, Firmware.UEFI)
    decision = decide(client, SITE.inventory.of(client), SITE.rules, NOW)
    return Replied(
        client, MessageType.DISCOVER, MessageType.OFFER, "proxy", decision, None, "ipxe.efi", True
    )


def test_the_picture_holds_headline_listeners_machines_and_log(shown):
    for event in (READY, offered(), denied()):
        shown.view.emit(event)
    shown.clock.now += 75

    clock = r"\d\d:\d\d:\d\d"
    expected = [
        r"pxectl 0\.1\.0   site: none, defaults   enp3s0 10\.77\.0\.1/24",
        r"ready   proxyDHCP 67 4011   TFTP 69   HTTP 8080   iPXE for x86-bios x64-uefi",
        r"",
        r"MACHINE            NAME   CLIENT    STEP      AGO",
        r"52:54:00:99:00:00         x86-bios  denied    1m    unknown machine, no rule ma…",
        r"52:54:00:77:00:01  node1  x64-uefi  OFFER     1m    ipxe\.efi",
        r"",
        clock + r'  DISCOVER  52:54:00:77:00:01  OFFER  ipxe\.efi  debian by rule "known',
        r'          with a profile → boot"',
        clock + r"  DISCOVER  52:54:00:99:00:00  denied: unknown machine, no rule matches",
        r"  hint: `pxectl hardware add 52:54:00:99:00:00 --profile NAME` lets it in",
    ]
    lines = [line.rstrip() for line in shown.lines()]
    assert len(lines) == len(expected)
    for line, pattern in zip(lines, expected, strict=True):
        assert re.fullmatch(pattern, line)


def test_before_anything_happened_it_says_so(shown):
    assert shown.lines()[1:] == ["starting", "", "no machine has asked yet"]


def test_a_wide_terminal_shows_the_kind_of_client_in_the_log():
    shown = Shown(width=120)
    shown.view.emit(denied())

    assert re.search(r"DISCOVER  52:54:00:99:00:00  x86-bios        denied", shown.text())


@pytest.mark.parametrize("height", [1, 2, 5, 8, 10, 24, 60])
@pytest.mark.parametrize("width", [20, 40, 80, 132])
def test_it_fits_every_window(width, height):
    shown = Shown(width, height)
    shown.view.start("pxectl " + "x" * 200)
    shown.view.emit(READY)
    for number in range(40):
        shown.view.emit(denied(number))
        shown.view.emit(Warned("w" * 300, "h" * 300))

    lines = shown.lines()
    assert len(lines) <= height
    assert max(map(len, lines)) <= width


def test_machines_that_do_not_fit_are_counted_and_the_log_keeps_its_rows(shown):
    for number in range(40):
        shown.view.emit(denied(number))

    lines = shown.lines()
    count = next(line for line in lines if line.startswith("and "))
    machines = [line for line in lines if line.startswith("52:54:")]
    assert int(count.split()[1]) == 40 - len(machines)
    assert machines[0].startswith("52:54:00:99:00:27")
    assert sum("DISCOVER" in line for line in lines) >= 3


def test_repeated_lines_are_counted_and_a_hint_stands_once(shown):
    for _ in range(5):
        shown.view.emit(denied(text="no"))
    shown.view.emit(Told("in between"))
    shown.view.emit(denied(text="no"))

    assert shown.text().count("no  5 times") == 1
    assert shown.text().count("hint:") == 1
    assert "hint:" in shown.lines()[-1]


def test_what_nobody_expected_an_answer_to_shows_with_verbose_only():
    quiet = Unanswered(Client(MAC1), MessageType.DISCOVER, "it does not netboot", quiet=True)
    for verbose in (False, True):
        shown = Shown(verbose=verbose)
        shown.view.emit(quiet)

        assert ("it does not netboot" in shown.text()) is verbose


def test_many_events_at_once_are_drawn_at_most_ten_times_a_second(shown):
    shown.drawn()
    for _ in range(1000):
        shown.clock.now += 0.001
        shown.view.emit(Told("busy"))

    assert 9 <= shown.drawn() <= 10


def test_a_clock_that_was_set_back_does_not_stop_the_view(shown):
    shown.drawn()
    shown.clock.now -= 3600
    shown.view.emit(Told("back"))

    assert shown.drawn() == 1


def test_with_a_loop_the_last_event_is_drawn_within_a_tenth_of_a_second(shown):
    async def burst():
        shown.clock.now += 1
        shown.view.emit(Told("first"))
        shown.drawn()
        for _ in range(10):
            shown.view.emit(Told("last"))
        at_once = shown.drawn()
        await asyncio.sleep(2 * INTERVAL)
        return at_once, shown.drawn()

    assert asyncio.run(burst()) == (0, 1)


def test_ages_are_drawn_anew_each_second_while_there_are_machines(shown):
    async def wait():
        shown.clock.now += 1
        shown.view.emit(denied())
        await asyncio.sleep(0.4)
        shown.drawn()
        await asyncio.sleep(1.2)
        return shown.drawn()

    assert asyncio.run(wait()) == 1


def test_the_terminal_is_given_back_with_the_last_state_on_it():
    shown = Shown()
    with shown.view as view:
        view.start("pxectl 0.1.0")
        view.emit(offered())

    before, left = shown.file.getvalue().split(LEAVE_SCREEN)
    assert ENTER_SCREEN in before
    assert before.rindex(SHOW_CURSOR) > before.rindex(HIDE_CURSOR)
    assert "52:54:00:77:00:01" in left
    assert ENTER_SCREEN not in left
    assert HIDE_CURSOR not in left
    assert left.count("\n") <= 22


def test_without_colour_steps_and_words_still_tell():
    shown = Shown(color_system=None)
    with shown.view as view:
        view.emit(denied())

    assert not re.search(r"\x1b\[[0-9;]*m", shown.file.getvalue())
    assert "denied" in shown.file.getvalue()


# ---- keys


@pytest.fixture
def pressed(monkeypatch):
    """A view with keys on a terminal of its own: `press(key)` and what came of it."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield lambda key: os.write(ours, key.encode())
    os.close(ours)


def after_keys(pressed, keys="", on=("proxy", "tftp"), width=80, height=24):
    """What is shown after some keys were pressed, and those that `d` and `t` were told of."""
    shown, done = Shown(width, height), []

    async def run():
        actions = {key: lambda key=key: done.append(key) for key in "dt"}
        with shown.view as view:
            view.emit(Ready(("proxyDHCP 67 4011",), (), on))
            with view.keys(actions):
                for key in keys:
                    pressed(key)
                    await asyncio.sleep(0.02)
                return shown.lines(), shown.lines(final=True)

    lines, final = asyncio.run(run())
    return lines, final, done


FOOTER = "d DHCP off  p proxyDHCP on  t TFTP on  h HTTP off  r reload  q quit  ? help"


def test_the_last_row_names_the_keys_with_what_is_on(pressed):
    lines, final, done = after_keys(pressed, "dTx")

    assert (len(lines), lines[-1].rstrip()) == (24, FOOTER)
    assert FOOTER not in final  # nobody can press them any more
    assert done == ["d", "t"]


def test_help_tells_what_the_keys_do_and_goes_again(pressed):
    lines, _, _ = after_keys(pressed, "?")
    again, _, _ = after_keys(pressed, "??")

    assert "r  read the site now" in [line.rstrip() for line in lines]
    assert lines[-1].rstrip() == FOOTER
    assert "r  read the site now" not in [line.rstrip() for line in again]


def steered(pressed, *keys, events=(), inside=None, height=24):
    """What is shown after keys, with machines that have asked."""
    shown = Shown(100, height)

    async def run():
        with shown.view as view:
            view.emit(READY)
            for event in events or (denied(1), denied(2), *WHOLE):
                view.emit(event)
            view.look_into(inside or Inside())
            with view.keys({}):
                for key in keys:
                    pressed(key)
                    await asyncio.sleep(0.03)
                return shown.lines()

    return asyncio.run(run())


UP, DOWN, ENTER, ESCAPE = "\x1b[A", "\x1b[B", "\r", "\x1b"


def test_a_filter_shows_only_what_has_it(pressed):
    lines = steered(pressed, "/", "00:02", ENTER)
    text = "\n".join(lines)

    assert [line[:17] for line in lines if line.startswith("52:54:")] == ["52:54:00:99:00:02"]
    assert lines[-1].startswith("/00:02  d DHCP off")
    assert "no machine that the filter lets through" not in text


def test_while_it_is_typed_keys_are_letters_and_escape_ends_it(pressed):
    typing = steered(pressed, "/", "d", "t", "x", "\x7f")
    ended = steered(pressed, "/", "dtx", ESCAPE)

    assert typing[-1].startswith("filter: dt_")
    assert "no machine that the filter lets through" in "\n".join(typing)
    assert ended[-1].startswith("d DHCP off")


def test_one_machine_is_opened_with_each_step_and_left_again(pressed):
    opened = steered(pressed, DOWN, ENTER)
    back = steered(pressed, DOWN, ENTER, ESCAPE)

    assert opened[3].startswith("52:54:00:77:00:01  node1  ipxe x64-uefi  debian  since")
    step = "kernel        loaded               files/debian/linux"
    assert sum(step in one for one in opened) == 1
    assert any(line.startswith("MACHINE") for line in back)


def test_the_selection_stays_with_its_machine_when_rows_change_places(pressed):
    lines = steered(pressed, DOWN, DOWN, DOWN, ENTER)

    assert lines[3].startswith("52:54:00:99:00:01")
    assert any("denied: unknown machine" in line for line in lines[4:7])


def test_it_stands_still_when_told_to_and_goes_on(pressed):
    shown = Shown()

    async def run():
        with shown.view as view, view.keys({}):
            view.emit(READY)
            pressed(" ")
            await asyncio.sleep(0.05)
            shown.drawn()
            for _ in range(3):
                shown.clock.now += 1
                view.emit(denied())
            still, last = shown.drawn(), shown.lines()[-1]
            pressed(" ")
            await asyncio.sleep(0.05)
            return still, last, shown.text()

    still, last, text = asyncio.run(run())

    assert still == 0
    assert last.startswith("PAUSED")
    assert "denied: unknown machine" in text


def test_leases_stand_in_place_of_the_log(pressed):
    lease = Binding(ADDRESS, MAC1, State.LEASED, NOW, NOW + 3600, "host\x1b[2J", "")
    inside = Inside(bindings=lambda: (lease,))

    shown = steered(pressed, "l", inside=inside)
    back = steered(pressed, "l", "l", inside=inside)
    tall = steered(pressed, inside=inside, height=60)

    row = "10.77.0.21       52:54:00:77:00:01  host\\x1b[2J               1h"
    assert row in [line.rstrip() for line in shown]
    assert not any("DISCOVER" in line for line in shown[6:])
    assert row not in [line.rstrip() for line in back]
    assert row in [line.rstrip() for line in tall]
    assert any("DISCOVER" in line for line in tall)


@pytest.mark.parametrize(
    ("keys", "profiles", "added"),
    [
        (("a", "1"), ("debian", "flatcar"), [("52:54:00:99:00:02", "debian")]),
        (("a", "2"), ("debian", "flatcar"), [("52:54:00:99:00:02", "flatcar")]),
        (("a", "3"), ("debian", "flatcar"), []),
        (("a", ESCAPE), ("debian",), []),
        (("a",), (), [("52:54:00:99:00:02", "")]),
        ((DOWN, DOWN, DOWN, "a", "1"), ("debian",), [("52:54:00:99:00:01", "debian")]),
        ((DOWN, "a", "1"), ("debian",), []),  # node1 is known
    ],
)
def test_a_waiting_machine_is_added_with_a_profile(pressed, keys, profiles, added):
    done = []
    inside = Inside(profiles=lambda: profiles, add=lambda *what: done.append(what))

    steered(pressed, *keys, inside=inside)

    assert done == added


@pytest.mark.parametrize("height", [1, 3, 6, 9])
def test_keys_fit_every_window(pressed, height):
    lines, _, _ = after_keys(pressed, "?", width=30, height=height)

    assert len(lines) <= height
    assert max(map(len, lines)) <= 30


def test_a_switch_is_shown_where_it_listens_and_at_its_key(pressed):
    shown = Shown()

    async def run():
        with shown.view as view, view.keys({}):
            view.emit(READY)
            view.emit(Switched("tftp", False, "a key", ("HTTP 8080",), ("http",)))
            return shown.lines()

    lines = asyncio.run(run())

    assert lines[1].startswith("ready   HTTP 8080   iPXE for")
    assert "t TFTP off  h HTTP on" in lines[-1]
    assert any("switched  TFTP off, by a key" in line for line in lines)


def test_without_a_terminal_there_are_no_keys(shown):
    with shown.view.keys({}):
        shown.view.emit(READY)

        assert "q quit" not in shown.text()


HOSTILE = st.text(
    st.sampled_from("\x1b[2J]31;mH\x07\x08\r\n\t\x9b\u202e\u2028[red]/é漢\x00 a"), max_size=40
)


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE)
def test_hostile_text_moves_no_cursor(first, second):
    shown = Shown(color_system=None)
    client = Client(MAC1, Arch.X64_UEFI, Firmware.UEFI)
    with shown.view as view:
        view.start(first)
        for event in (
            Dropped("tftp", first, "eth0", second, 3),
            Requested(Protocol.TFTP, IPv4Address("10.77.0.9"), first, client, 404, "", second),
            denied(text=second),
            Warned(first, second),
        ):
            shown.clock.now += 1
            view.emit(event)

    sequences = set(SEQUENCE.findall(shown.file.getvalue()))
    assert sequences <= {ENTER_SCREEN, LEAVE_SCREEN, HIDE_CURSOR, SHOW_CURSOR, "\x1b[H"}
    rest = SEQUENCE.sub("", shown.file.getvalue())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", rest)
