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


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("x" * 500, 10, "xxxxxxxxx…"),
        ("x" * 10, 10, "x" * 10),
        ("\x1b" * 500, 10, "\\x1b\\x1b…"),
        ("\x1b" * 2, 8, "\\x1b\\x1b"),
        ("abc\x1b", 6, "abc…"),
    ],
)
def test_long_text_is_cut_visibly_and_never_within_an_escape(text, limit, shown):
    assert printable(text, limit) == shown


@given(st.text(), st.integers(1, 40))
def test_nothing_dangerous_survives_and_nothing_is_longer_than_asked_for(text, limit):
    shown = printable(text, limit)

    assert len(shown) <= limit
    for c in shown:
        assert c.isprintable()
        assert unicodedata.category(c) not in ("Mn", "Me")


@given(st.text())
def test_what_is_safe_already_stays_as_it_is(text):
    shown = printable(text, 1000)

    assert printable(shown, 1000) == shown
