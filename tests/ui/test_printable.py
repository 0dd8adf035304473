import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.ui.printable import printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ipxe.efi", "ipxe.efi"),
        ("Müller 東京", "Müller 東京"),
        ("[red]x[/red]", "[red]x[/red]"),
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\nb\tc\0", "a\\x0ab\\x09c\\x00"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\u2028b", "a\\u2028b"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("", ""),
    ],
)
def test_what_a_terminal_might_obey_is_spelled_out(text, shown):
    assert printable(text) == shown


def test_long_text_is_cut_visibly():
    assert printable("x" * 500, 10) == "xxxxxxxxx…"


@given(st.text())
def test_nothing_dangerous_survives(text):
    for c in printable(text):
        assert c.isprintable()
        assert unicodedata.category(c) not in ("Mn", "Me")
