from ipaddress import IPv4Network
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.errors import ConfigError
from pxectl.mac import MAC
from pxectl.store.values import (
    near,
    read_mac,
    read_network,
    read_seconds,
    read_table,
    read_text,
    read_texts,
    read_uuid,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [(90, 90), ("90s", 90), ("30m", 1800), ("1h30m", 5400), ("2d", 172800), ("1w", 604800)],
)
def test_times_are_numbers_or_texts_with_units(text, seconds):
    assert read_seconds(text, "f: t", 1, 10**9) == seconds


@pytest.mark.parametrize("text", ["", "1", "1 h", "h", "-1h", "1y", True, 1.5, None, "9999999w"])
def test_other_times_are_told(text):
    with pytest.raises(ConfigError, match=r"^f: t: .* is no time from 1 to 1000 seconds$"):
        read_seconds(text, "f: t", 1, 1000)


@pytest.mark.parametrize("text", ["", "a\nb", "\x1b[2J", "a\0", 1, None, ["a"]])
def test_texts_can_be_printed(text):
    with pytest.raises(ConfigError, match=r"^f: t "):
        read_text(text, "f: t")


def test_one_text_is_a_list_of_one():
    assert read_texts("a", "f: t") == ("a",)
    assert read_texts(["a", "b"], "f: t") == ("a", "b")
    assert read_texts([], "f: t") == ()


def test_keys_are_named_with_their_table():
    with pytest.raises(ConfigError, match=r"^f: a: there is no such key$"):
        read_table({"a": 1}, "f", ("b",))
    with pytest.raises(ConfigError, match=r"^f: t\.a: there is no such key$"):
        read_table({"a": 1}, "f: t", ("b",))


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("porxy", ("proxy", "server"), "did you mean `proxy`?"),
        ("x64", ("x86-bios", "x64-uefi"), "did you mean `x64-uefi`?"),
        ("zzz", ("a", "b"), "there is: a, b"),
        ("zzz", (), "there is none yet"),
        ("", ("a",), "there is: a"),
    ],
)
def test_the_nearest_word_is_the_mend(word, known, hint):
    assert near(word, known) == hint


def test_values_have_their_types():
    assert read_mac("5254.0012.3456", "f: m") == MAC.parse("52:54:00:12:34:56")
    assert read_network("10.77.0.0/24", "f: n") == IPv4Network("10.77.0.0/24")
    uuid = "2b0b5a06-6e7a-4d1c-9e0a-7d1f7f1d2c11"
    assert read_uuid(uuid.upper(), "f: u") == UUID(uuid)


@given(st.text(max_size=30))
@pytest.mark.parametrize("read", [read_mac, read_network, read_uuid, read_text])
def test_no_text_is_more_than_a_configuration_error(read, text):
    try:
        read(text, "f: k")
    except ConfigError:
        return
    assert text.isprintable()
