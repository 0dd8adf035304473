"""An error or a warning as two lines: what, and what to do about it."""

import sys
from typing import TextIO

from pxectl.errors import PxectlError
from pxectl.ui.printable import printable


def print_error(error: PxectlError, stream: TextIO | None = None) -> None:
    """Tell a person.

    Args:
        error: what went wrong.
        stream: instead of stderr.
    """
    _print("error", error, stream or sys.stderr)


def print_warning(error: PxectlError, stream: TextIO | None = None) -> None:
    """Tell a person of something that did not keep the command from its work."""
    _print("warning", error, stream or sys.stderr)


def _print(what: str, error: PxectlError, stream: TextIO) -> None:
    print(f"{what}: {printable(error.message, 1000)}", file=stream)
    if error.hint:
        print(f"hint: {printable(error.hint, 1000)}", file=stream)
