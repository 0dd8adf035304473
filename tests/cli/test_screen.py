"""The live view as a terminal shows it: a real `serve`, and pyte as the terminal."""

import fcntl
import os
import signal
import socket
import struct
import subprocess
import termios
import time

import pyte
import pytest

from pxectl.boot.kinds import KINDS
from pxectl.mac import MAC
from tests.cli.test_ctl import apart, clean
from tests.cli.test_running import PXECTL, _may_unshare

pytestmark = pytest.mark.skipif(not _may_unshare(), reason="a network namespace is not to be had")
MACHINES = 500
SITE = """
[profile.debian]
nbp = { x64-uefi = "uki.efi" }
[[rule]]
name = "all"
action = "boot"
profile = "debian"
"""


class Screen:
    """A `serve` on a terminal of this size, which is emulated."""

    def __init__(self, site, columns, rows, **environ):
        self.ours, self.theirs = os.openpty()
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.resize(columns, rows)
        env = {k: v for k, v in clean().items() if k not in ("COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            [PXECTL, "serve", "--site", site, "-i", "lo", "--dhcp", "proxy"],
            stdin=self.theirs, stdout=self.theirs, stderr=self.theirs,
            env=env | {"TERM": "xterm-256color"} | environ,
            preexec_fn=lambda: os.login_tty(self.theirs),
        )  # fmt: skip
        os.set_blocking(self.ours, False)

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, size)
        if hasattr(self, "process"):
            os.kill(self.process.pid, signal.SIGWINCH)

    def until(self, holds, seconds=15):
        """The rows, as soon as this holds for them."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                self.stream.feed(os.read(self.ours, 1 << 16))
            except BlockingIOError:
                rows = [row.rstrip() for row in self.screen.display]
                if holds(rows):
                    return rows
                time.sleep(0.02)
        raise AssertionError("\n".join(self.screen.display))

    def type(self, text):
        os.write(self.ours, text.encode())

    def colours(self):
        """Every colour that a character of the screen has."""
        buffer = self.screen.buffer
        return {
            buffer[y][x].fg for y in range(self.screen.lines) for x in range(self.screen.columns)
        }

    def end(self):
        self.process.terminate()
        self.process.wait(10)
        for descriptor in (self.ours, self.theirs):
            os.close(descriptor)


def drawn(rows):
    """pyte cuts what it has when its size changes: whole again is what `serve` has drawn since."""
    return rows[0].startswith("pxectl") and rows[-1].startswith("d DHCP off")


def ready(rows):
    return rows[-1].startswith("d DHCP off") and any("TFTP 69" in row for row in rows)


def ask(first, last):
    """DISCOVERs of machines, in a row."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for number in range(first, last):
            mac = MAC(b"\x52\x54\0\x77" + number.to_bytes(2, "big"))
            sock.sendto(KINDS["uefi-x64"].discover(mac).pack(), ("127.0.0.1", 67))
            time.sleep(0.0005)


def made(site):
    (site / "files").mkdir(parents=True)
    (site / "files/uki.efi").write_bytes(b"MZ")
    (site / "pxectl.toml").write_text(SITE)
    return site


def storm(folder):
    """Screens of a storm: at 80 by 24, then wider, then narrower than anybody has it."""
    screen, seen = Screen(made(folder / "site"), 80, 24), {}
    try:
        screen.until(ready)
        ask(0, MACHINES)
        left = MACHINES - 10

        def all_asked(rows):
            return any(row.startswith("and ") and int(row.split()[1]) > left - 60 for row in rows)

        seen["80x24"] = screen.until(all_asked)
        screen.resize(200, 60)
        seen["200x60"] = screen.until(
            lambda rows: drawn(rows) and any(" BOOT" in row for row in rows)
        )
        ask(0, 20)
        screen.resize(40, 12)
        seen["40x12"] = screen.until(drawn)
        screen.resize(80, 24)
        screen.type("/")
        screen.type("00:13")
        screen.type("\r\x1b[B")
        time.sleep(0.1)
        screen.type("\r")
        seen["opened"] = screen.until(lambda rows: rows[3].startswith("52:54:00:77:00:13"))
    finally:
        screen.end()
    return seen


def test_five_hundred_machines_fit_every_window(tmp_path):
    seen = apart("storm", tmp_path, __name__)

    for size in ("80x24", "200x60", "40x12"):
        columns, rows = map(int, size.split("x"))
        assert len(seen[size]) == rows
        assert max(map(len, seen[size])) <= columns
        assert seen[size][0].startswith("pxectl 0.1.0")
    narrow, wide = seen["80x24"], seen["200x60"]
    machines = [row for row in narrow if row.startswith("52:54:00:77")]
    assert len(machines) >= 5
    assert all(" OFFER " in row for row in machines)
    assert sum("DISCOVER OFFER" in row for row in wide) >= 20
    assert any("DISCOVER  52:54:00:77" in row for row in narrow)  # the log keeps its place
    assert any(row.split()[1:2] == ["DISCOVER"] for row in seen["opened"])


def colours(folder):
    """The colours of a screen with a denied machine, by what the environment asks for."""
    site, seen = made(folder / "site"), {}
    (site / "pxectl.toml").write_text("")
    for name, environ in (
        ("plain", {"NO_COLOR": "1"}),
        ("sixteen", {"TERM": "xterm-16color"}),
        ("tmux", {"TERM": "screen"}),
    ):
        screen = Screen(site, 80, 24, **environ)
        try:
            screen.until(ready)
            ask(0, 1)
            screen.until(lambda rows: any("denied  " in row for row in rows))
            seen[name] = sorted(screen.colours())
        finally:
            screen.end()
    return seen


def test_it_keeps_to_the_colours_that_the_terminal_has(tmp_path):
    seen = apart("colours", tmp_path, __name__)

    assert seen["plain"] == ["default"]
    for name in ("sixteen", "tmux"):
        assert {"red", "green"} <= set(seen[name]) <= {"default", "red", "green", "brown"}
