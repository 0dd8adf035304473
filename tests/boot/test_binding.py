from ipaddress import IPv4Address

import pytest

from pxectl.boot.binding import Binding, State
from tests.builders import MAC1


@pytest.mark.parametrize(
    ("state", "now", "holds"),
    [
        (State.LEASED, 99.0, True),
        (State.LEASED, 100.0, False),
        (State.OFFERED, 99.0, True),
        (State.QUARANTINED, 99.0, True),
        (State.QUARANTINED, 101.0, False),
        (State.RELEASED, 1.0, False),
    ],
)
def test_an_address_is_held_until_it_expires_or_is_released(state, now, holds):
    assert Binding(IPv4Address("10.77.0.100"), MAC1, state, 0.0, 100.0).holds(now) is holds
