import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.wire.roundtrip import CEILING, FIRST, FLOOR, RoundTrip


def test_waits_half_a_second_before_anything_was_measured():
    assert RoundTrip().timeout == FIRST == 0.5


def test_first_measurement_triples():
    """RFC 6298 2.2: SRTT + 4 * R/2."""
    trip = RoundTrip()
    trip.measure(0.1)
    assert trip.timeout == pytest.approx(0.3)
    assert trip.mean == 0.1


def test_steady_round_trips_shrink_the_margin():
    trip = RoundTrip()
    for _ in range(50):
        trip.measure(0.1)
    assert trip.timeout == pytest.approx(0.1, rel=0.01)


def test_back_off_doubles_until_the_next_measurement():
    trip = RoundTrip()
    trip.measure(0.1)
    trip.back_off()
    assert trip.timeout == pytest.approx(0.6)
    trip.measure(0.1)
    assert trip.timeout < 0.3


def test_never_waits_longer_than_the_client_asked():
    trip = RoundTrip(ceiling=1.0)
    trip.measure(30)
    assert trip.timeout == 1.0
    trip.back_off()
    assert trip.timeout == 1.0


@given(st.lists(st.one_of(st.none(), st.floats(0, 1000))), st.floats(1, 255))
@settings(deadline=None)
def test_stays_between_floor_and_ceiling(happenings, ceiling):
    trip = RoundTrip(ceiling)
    for seconds in happenings:
        if seconds is None:
            trip.back_off()
        else:
            trip.measure(seconds)
        assert FLOOR <= trip.timeout <= min(ceiling, CEILING)
