"""Where the lines of a log go, whatever becomes of the file, pipe or terminal behind it.

Events are told in the middle of an answer: an exception from here would be a lost reply or a 500.
"""

import contextlib
import os
import sys
from io import TextIOWrapper
from typing import TextIO


class LogStream:
    """Takes lines. One that can not be written is lost, and told once; nothing is raised."""

    def __init__(self, stream: TextIO | None = None, complaints: TextIO | None = None) -> None:
        """Make it.

        Args:
            stream: instead of stdout.
            complaints: instead of stderr.
        """
        self._stream = stream or sys.stdout
        self._complaints = complaints or sys.stderr
        self._failing = False

    def write_line(self, text: str) -> None:
        """Write it at once: whoever reads the pipe sees each line when it happens."""
        try:
            self._stream.write(f"{text}\n")
            self._stream.flush()
        except OSError as error:  # the disk is full, or the reader of the pipe has gone
            if not self._failing:
                self._complain(error)
            self._failing = True
        else:
            self._failing = False

    def _complain(self, error: OSError) -> None:
        with contextlib.suppress(OSError):  # stderr may be the same full file
            print(
                f"warning: the log can not be written: {error.strerror}; serving goes on",
                file=self._complaints,
                flush=True,
            )


def spell_out(stream: TextIO) -> None:
    """From now on write what the stream's encoding lacks as `\\u6771`, instead of raising."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def let_go(stream: TextIO) -> None:
    """Before the program ends: what can not be written any more is no traceback at its exit."""
    try:
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
