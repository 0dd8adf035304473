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
    read_options,
    read_seconds,
    read_table,
    read_text,
    read_texts,
    read_uuid,
)
from pxectl.wire.registry import SERVERS_OWN, meaning_of


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


@pytest.mark.parametrize("code", sorted(SERVERS_OWN))
def test_options_between_server_and_client_are_no_sites_to_set(code):
    name = meaning_of(code).name

    with pytest.raises(ConfigError) as error:
        read_options({name: "hex:01"}, "f: options")

    assert error.value.message == f"f: options.{name}: option {code} can not be set"
    assert error.value.hint


@pytest.mark.parametrize(
    "options",
    [
        {"router": ["10.77.0.1"], "domain-name": "lab"},
        {"address-time": 7200, "renewal-time": 600, "T2": 900},
        {"option-224": "01:02", "ms-classless-static-routes": ["10.0.0.0/8 via 10.77.0.1"]},
        {"router": "hex:0a4d0001", "dns": "hex:0a:4d:00:01"},
    ],
)
def test_options_stay_as_they_were_written(options):
    assert read_options(options, "f: options") == options


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"option-0": "00"}, "there is no DHCP option 0"),
        ({"option-255": "00"}, "there is no DHCP option 255"),
        ({"option-53": "x"}, "`x` is no value for `dhcp-msg-type`"),
        ({"option-53": 1}, "option 53 can not be set"),
        ({"router": "hex:0a4"}, "`hex:0a4` is no value for `router`"),
        ({"dns": "1.1.1.1", "option-6": "1.1.1.2"}, "option 6 is set above, as `dns`"),
    ],
)
def test_other_options_are_told(options, told):
    with pytest.raises(ConfigError) as error:
        read_options(options, "f: options")

    assert told in error.value.message
