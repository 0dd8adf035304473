from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.wire.httprange import Span, is_piece, is_unchanged, wanted


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-9", Span(0, 10)),
        ("bytes=0-0", Span(0, 1)),
        ("bytes=90-", Span(90, 10)),
        ("bytes=90-1000", Span(90, 10)),
        ("bytes=-5", Span(95, 5)),
        ("bytes=-1000", Span(0, 100)),
        (" bytes = 1-2 ", Span(1, 2)),
        ("bytes=99-99", Span(99, 1)),
    ],
)
def test_a_range_is_what_it_says(header, span):
    assert wanted(header, 100) == span


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_behind_the_end_has_no_octets(header):
    assert wanted(header, 100).count == 0


@pytest.mark.parametrize(
    "header",
    ["", "bytes=u-u", "bytes=-", "bytes=5-4", "bytes=0-1,5-6", "lines=0-1", "bytes", "bytes=1"],
)
def test_what_is_no_single_range_is_ignored(header):
    """An old BIOS iPXE writes `u-u` (netboot.md 3.3, 39)."""
    assert wanted(header, 100) is None


@pytest.mark.parametrize("number", ["0x1", "+1", "\u0661", "9" * 20, "-1", "1.0", "1_0"], ids=ascii)
def test_numbers_are_decimal_digits(number):
    assert wanted(f"bytes={number}-", 100) is None


@pytest.mark.parametrize(
    ("header", "piece"),
    [
        ("bytes=2048-4095", True),
        ("bytes=1-1", True),
        ("bytes=0-2047", False),
        ("bytes=2048-", False),
        ("bytes=-5", False),
        ("bytes=2048-9999999", False),
        ("bytes=5-4", False),
        ("", False),
    ],
)
def test_a_disk_that_is_read_is_told_from_a_file_that_is_fetched(header, piece):
    assert is_piece(header) is piece


@given(st.one_of(st.text(), st.from_regex(r"bytes=[0-9]*-[0-9]*")), st.integers(0, 1 << 40))
def test_a_range_never_leaves_the_file(header, size):
    span = wanted(header, size)

    assert span is None or span.count == 0 or 0 <= span.start < span.start + span.count <= size


@pytest.mark.parametrize(
    ("if_range", "etag", "modified", "unchanged"),
    [
        ("", "", None, True),
        ('"a"', '"a"', None, True),
        ('"a"', '"b"', None, False),
        ('W/"a"', '"a"', None, False),
        ('"a"', "", None, False),
        (formatdate(1000, usegmt=True), "", 1000.7, True),
        (formatdate(1000, usegmt=True), "", 1001.0, False),
        (formatdate(1000, usegmt=True), "", None, False),
        ("yesterday", "", 1000.0, False),
        ("Mon, 99 Foo 99999999 99:99:99 GMT", "", 1000.0, False),
    ],
)
def test_a_range_counts_only_for_the_file_that_the_client_began(
    if_range, etag, modified, unchanged
):
    assert is_unchanged(if_range, etag, modified) is unchanged


@given(st.text())
def test_no_if_range_is_too_odd(text):
    assert is_unchanged(text, '"a"', 5.0) in {True, False}
