"""An error as two lines: what, and what to do about it."""

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
    stream = stream or sys.stderr
    print(f"error: {printable(error.message, 1000)}", file=stream)
    if error.hint:
        print(f"hint: {printable(error.hint, 1000)}", file=stream)
