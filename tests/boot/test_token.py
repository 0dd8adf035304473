import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.token import PERIOD, make_token, read_token
from pxectl.mac import MAC
from tests.builders import MAC1, NOW, STRANGER

KEY = b"k" * 32


def test_token_says_whose_it_is():
    assert read_token(KEY, make_token(KEY, MAC1, NOW), NOW) == MAC1


def test_token_names_the_mac_for_people_who_read_logs():
    assert make_token(KEY, MAC1, NOW).startswith("52-54-00-77-00-01.")


def test_token_is_the_same_for_the_length_of_a_boot():
    start = NOW // PERIOD * PERIOD

    assert make_token(KEY, MAC1, start) == make_token(KEY, MAC1, start + PERIOD - 1)


@pytest.mark.parametrize(("later", "good"), [(0, True), (PERIOD, True), (2 * PERIOD, False)])
def test_token_expires_after_one_to_two_periods(later, good):
    token = make_token(KEY, MAC1, NOW)

    assert (read_token(KEY, token, NOW + later) == MAC1) is good


def test_token_of_another_key_is_nobodys():
    assert read_token(b"other", make_token(KEY, MAC1, NOW), NOW) is None


def test_token_can_not_be_moved_to_another_mac():
    signature = make_token(KEY, MAC1, NOW).partition(".")[2]

    assert read_token(KEY, f"{STRANGER.dashed}.{signature}", NOW) is None


@given(st.text(max_size=60))
def test_made_up_text_is_nobodys(text):
    assert read_token(KEY, text, NOW) is None


@given(st.binary(min_size=6, max_size=6), st.integers(0, 2**33))
def test_every_mac_gets_its_own_back(octets, now):
    assert read_token(KEY, make_token(KEY, MAC(octets), now), now) == MAC(octets)
