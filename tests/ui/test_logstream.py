import os
import subprocess
import sys
from io import BufferedWriter, BytesIO, RawIOBase, StringIO, TextIOWrapper

import pytest

from pxectl.ui.console import PlainLog
from pxectl.ui.jsonlog import JSONLog
from pxectl.ui.logstream import LogStream, let_go, spell_out
from tests.ui.test_console import DENIED


class Disk(RawIOBase):
    """A file on a disk that can be full."""

    def __init__(self):
        self.full = False
        self.content = b""

    def writable(self):
        return True

    def write(self, data):
        if self.full:
            raise OSError(28, "No space left on device")
        self.content += bytes(data)
        return len(data)


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture
def stream(disk):
    return TextIOWrapper(BufferedWriter(disk), encoding="utf-8")


def test_each_line_is_there_at_once(disk, stream):
    LogStream(stream).write_line("a")

    assert disk.content == b"a\n"


def test_a_full_disk_is_told_once_and_raises_nothing(disk, stream):
    complaints = StringIO()
    log = LogStream(stream, complaints)
    disk.full = True
    for _ in range(5):
        log.write_line("x" * 3000)
    disk.full = False

    assert complaints.getvalue() == (
        "warning: the log can not be written: No space left on device; serving goes on\n"
    )


def test_when_there_is_room_again_lines_are_whole(disk, stream):
    complaints = StringIO()
    log = LogStream(stream, complaints)
    log.write_line("before")
    disk.full = True
    for number in range(20):
        log.write_line(f"{number} " + "x" * 1000)
    disk.full = False
    log.write_line("after")
    lines = disk.content.decode().splitlines()

    assert (lines[0], lines[-1]) == ("before", "after")
    assert all(len(line.split(" ")[1]) == 1000 for line in lines[1:-1])


def test_each_time_that_it_fills_is_told(disk, stream):
    complaints = StringIO()
    log = LogStream(stream, complaints)
    for full in (True, False, True):
        disk.full = full
        log.write_line("x")
    disk.full = False

    assert complaints.getvalue().count("warning") == 2


def test_stderr_on_the_same_full_disk_raises_nothing(disk, stream):
    disk.full = True
    LogStream(stream, stream).write_line("x")
    disk.full = False


@pytest.mark.parametrize("log", [PlainLog, JSONLog])
def test_a_log_without_a_reader_lets_serving_go_on(log, capsys):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        log(stream).start("pxectl")
        log(stream).emit(DENIED)
        let_go(stream)

    assert "Broken pipe; serving goes on" in capsys.readouterr().err


@pytest.mark.parametrize(("encoding", "written"), [
    ("latin-1", b"M\xfcller \\u6771 \\u2192\n"),
    ("ascii", b"M\\xfcller \\u6771 \\u2192\n"),
    ("utf-8", "M\xfcller \u6771 \u2192\n".encode()),
])  # fmt: skip
def test_what_the_encoding_lacks_is_spelled_out(encoding, written):
    file = BytesIO()
    stream = TextIOWrapper(file, encoding=encoding)
    spell_out(stream)
    LogStream(stream).write_line("M\xfcller \u6771 \u2192")

    assert file.getvalue() == written


def test_a_program_that_lets_go_ends_without_a_traceback():
    program = (
        "import sys; from pxectl.ui.logstream import LogStream, let_go; sys.stdin.read();"
        "LogStream().write_line('x'); let_go(sys.stdout)"
    )
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", program], stdin=subprocess.DEVNULL, stdout=writing,
        stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    os.close(writing)

    assert done.returncode == 0
    assert done.stderr == "warning: the log can not be written: Broken pipe; serving goes on\n"
