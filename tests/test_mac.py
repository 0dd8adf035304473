import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.mac import MAC

SPELLINGS = [
    "52:54:00:12:34:56", "52-54-00-12-34-56", "5254.0012.3456", "525400123456",
    " 52:54:00:12:34:56 ", "52:54:00:AB:CD:EF",
]  # fmt: skip


@pytest.mark.parametrize("text", SPELLINGS)
def test_every_spelling_is_read(text):
    digits = "".join(c for c in text if c.isalnum()).lower()

    assert MAC.parse(text) == bytes.fromhex(digits)


@pytest.mark.parametrize(
    "text",
    ["", "52:54:00:12:34", "52:54:00:12:34:5", "52:54:00:12:34:56:78", "52-54:00:12:34:56",
     "52:54:00:12:34:5g", "5254.00123456", "node1"],
)  # fmt: skip
def test_what_is_no_address_is_told(text):
    with pytest.raises(ValueError, match="is not a MAC address"):
        MAC.parse(text)


@given(st.binary(min_size=6, max_size=6))
def test_own_spellings_are_read_back(octets):
    mac = MAC(octets)

    assert MAC.parse(str(mac)) == MAC.parse(mac.dashed) == mac
    assert hash(mac) == hash(octets)


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("52:54:00:12:34:56", True), ("00:00:00:00:00:00", False), ("ff:ff:ff:ff:ff:ff", False),
        ("01:00:5e:00:00:01", False),
    ],
)  # fmt: skip
def test_a_group_or_empty_address_is_no_machines(text, usable):
    assert MAC.parse(text).is_usable is usable
