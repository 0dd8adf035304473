from io import StringIO

from pxectl.errors import PxectlError
from pxectl.ui.errors import print_error


def printed(error):
    stream = StringIO()
    print_error(error, stream)
    return stream.getvalue()


def test_an_error_is_two_lines():
    assert printed(PxectlError("port 67 is taken", hint="stop that")) == (
        "error: port 67 is taken\nhint: stop that\n"
    )


def test_no_hint_no_line():
    assert printed(PxectlError("no")) == "error: no\n"


def test_hostile_text_stays_one_line():
    assert printed(PxectlError("a\n\x1b[2Jb")) == "error: a\\x0a\\x1b[2Jb\n"
