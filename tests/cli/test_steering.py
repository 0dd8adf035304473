"""The keys of the live view: a real `serve` on a terminal of its own (a pty)."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import time

import pytest

from tests.cli.test_ctl import apart, clean
from tests.cli.test_running import PXECTL, _may_unshare

pytestmark = pytest.mark.skipif(not _may_unshare(), reason="a network namespace is not to be had")
SHELL = ("bash", "--norc", "--noprofile", "-i")


class Terminal:
    """A program on a terminal, and what it has written there since somebody looked."""

    def __init__(self, argv, **environ):
        self.ours, theirs = pty.openpty()
        env = clean() | {"TERM": "xterm", "PS1": "$ ", "COLUMNS": "100", "LINES": "24"} | environ
        self.process = subprocess.Popen(
            argv, stdin=theirs, stdout=theirs, stderr=theirs, env=env, close_fds=True,
            preexec_fn=lambda: os.login_tty(theirs),
        )  # fmt: skip
        os.close(theirs)
        self.text = ""

    def until(self, pattern, seconds=10):
        """What was written, up to a match."""
        until = time.monotonic() + seconds
        while not (found := re.search(pattern, self.text)):
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.ours], [], [], left)[0]:
                raise AssertionError(f"no {pattern}: {self.text[-3000:]!r}")
            try:
                self.text += os.read(self.ours, 65536).decode("utf-8", "replace")
            except OSError as error:
                raise AssertionError(f"ended without {pattern}: {self.text!r}") from error
        told, self.text = self.text[: found.end()], self.text[found.end() :]
        return told

    def type(self, text):
        os.write(self.ours, text.encode())

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.ours)


def serve(site):
    return [PXECTL, "serve", "--site", site, "-i", "lo", "--dhcp", "proxy"]


def on(site):
    done = subprocess.run(
        [PXECTL, "ctl", "status", "--json", "--site", site], capture_output=True, text=True,
        env=clean(),
    )  # fmt: skip
    listeners = json.loads(done.stdout)["listeners"]
    return [what for what, listener in listeners.items() if listener["on"]]


def press_all(site):
    terminal, said = Terminal(serve(site)), []
    try:
        said.append(terminal.until("q .*quit.*help"))
        for key, done in (
            ("t", "TFTP off, by a key"), ("t", "TFTP on, by a key"), ("h", "HTTP off, by a key"),
            ("d", "DHCP on, by a key"), ("d", "DHCP off, by a key"),
            ("p", "proxyDHCP on, by a key"),
            ("r", "nothing has changed"), ("?", "read the site now"), ("x", ""),
        ):  # fmt: skip
            terminal.type(key)
            terminal.until(done)
        switches = on(site)
        terminal.type("q")
        end = terminal.until(r"\x1b\[\?1049l")
        return said[0], switches, terminal.process.wait(10), "\x1b[?25h" in end
    finally:
        terminal.end()


def test_keys_turn_switches_and_q_quits(tmp_path):
    screen, switches, code, cursor = apart("press_all", tmp_path, __name__)

    assert "d DHCP off  p proxyDHCP on  t TFTP on  h HTTP on  r reload  q quit  ? help" in (
        re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen)
    )
    assert switches == ["proxy", "tftp"]
    assert (code, cursor) == (0, True)


def killed(site):
    """How `stty` finds the terminal after each way to end; it must be as before."""
    ends = {}
    for way in ("SIGTERM", "SIGINT", "q"):
        terminal = Terminal(SHELL)
        try:
            terminal.until(r"\$ ")
            before = stty(terminal)
            terminal.type(" ".join(map(str, serve(site))) + "\n")
            terminal.until("q .*quit.*help")
            if way == "q":
                terminal.type("q")
            elif way == "SIGINT":
                terminal.type("\x03")
            else:
                os.kill(foreground(terminal), getattr(signal, way))
            terminal.until(r"\x1b\[\?1049l")
            terminal.until(r"\$ ")
            ends[way] = stty(terminal) == before
        finally:
            terminal.end()
    return ends


def stty(terminal):
    terminal.type("stty -a; echo do''ne\n")
    told = terminal.until("done")
    terminal.until(r"\$ ")
    return [word for word in told.split() if word.strip(";") in (
        "icanon", "-icanon", "echo", "-echo", "isig", "-isig", "icrnl", "-icrnl",
    )]  # fmt: skip


def foreground(terminal):
    return os.tcgetpgrp(terminal.ours)


def test_the_terminal_is_as_it_was_after_every_end(tmp_path):
    assert apart("killed", tmp_path, __name__) == {"SIGTERM": True, "SIGINT": True, "q": True}


def stopped(site):
    terminal = Terminal(SHELL)
    try:
        terminal.until(r"\$ ")
        before = stty(terminal)
        terminal.type(" ".join(map(str, serve(site))) + "\n")
        terminal.until("q .*quit.*help")
        terminal.type("\x1a")
        terminal.until(r"\x1b\[\?1049l")
        terminal.until(r"Stopped[^$]*\$ ")
        same = [stty(terminal) == before]
        terminal.type("bg\n")
        terminal.until(r"\$ ")
        same.append(stty(terminal) == before)
        served = on(site)  # in the background it serves, and leaves the terminal alone
        terminal.type("fg\n")
        terminal.until(r"\x1b\[\?1049h")
        terminal.type("t")
        terminal.until("TFTP off, by a key")
        terminal.type("q")
        terminal.until(r"\x1b\[\?1049l")
        terminal.until(r"\$ ")
        same.append(stty(terminal) == before)
        return same, served
    finally:
        terminal.end()


def test_ctrl_z_gives_the_terminal_back_and_fg_takes_it_again(tmp_path):
    same, served = apart("stopped", tmp_path, __name__)

    assert same == [True, True, True]
    assert served == ["proxy", "tftp", "http"]


def background(site):
    terminal = Terminal(SHELL)
    try:
        terminal.until(r"\$ ")
        terminal.type(" ".join(map(str, serve(site))) + " > /dev/null &\n")
        terminal.until(r"\$ ")
        until = time.monotonic() + 10
        while not (site / "state/control").exists() and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.3)
        switches = on(site)
        terminal.type("kill %1; wait %1; echo co''de $?\n")
        return switches, terminal.until(r"code \d+")[-1]
    finally:
        terminal.end()


def test_in_the_background_from_the_start_nothing_stops_it(tmp_path):
    assert apart("background", tmp_path, __name__) == [["proxy", "tftp", "http"], "0"]
