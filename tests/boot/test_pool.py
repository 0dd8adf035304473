from dataclasses import replace
from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.binding import Binding, State
from pxectl.boot.pool import Pool
from pxectl.boot.subnet import Subnet
from tests.builders import MAC1, NETWORK

FIRST = int(IPv4Address("10.77.0.100"))
FOUR = Subnet(NETWORK, ((IPv4Address("10.77.0.100"), IPv4Address("10.77.0.103")),))


def row(number, end, state=State.LEASED, since=0.0):
    return Binding(IPv4Address(FIRST + number), MAC1, state, since, end)


def taken(pool, now, rows=(), usable=lambda _: True, most=10):
    """Addresses in the order in which they come, counted from the pool's first one."""
    known = {int(one.address): one for one in rows}
    found = []

    def free(number):
        return usable(number) and number - FIRST not in found

    while len(found) < most and (number := pool.take(now, known.get, free)) is not None:
        found.append(number - FIRST)
    return found


def test_what_was_never_used_comes_first_then_what_rests_longest():
    rows = [row(0, 50.0), row(2, 20.0), row(3, 99.0)]
    assert taken(Pool(FOUR, rows), 60.0, rows) == [1, 2, 0]


def test_a_released_address_rests_from_its_release():
    rows = [row(0, 500.0, State.RELEASED, 10.0), row(1, 20.0), row(2, 5.0), row(3, 900.0)]
    assert taken(Pool(FOUR, rows), 60.0, rows) == [2, 0, 1]


def test_what_is_not_usable_is_passed_over():
    assert taken(Pool(FOUR, ()), 0.0, usable=lambda n: n != FIRST) == [1, 2, 3]


def test_routers_and_servers_of_the_subnet_are_nobodys():
    named = replace(
        FOUR, options={"router": ["10.77.0.100"], "ntp-servers": "10.77.0.102", "mtu-interface": 9}
    )
    assert taken(Pool(named, ()), 0.0) == [1, 3]


def test_what_came_to_nothing_is_given_again():
    pool = Pool(FOUR, ())
    assert taken(pool, 0.0) == [0, 1, 2, 3]
    pool.give_back(FIRST + 2)
    assert taken(pool, 0.0) == [2]


def test_a_renewal_puts_an_address_behind_the_others():
    rows = [row(0, 10.0), row(1, 20.0), row(2, 99.0), row(3, 99.0)]
    pool = Pool(FOUR, rows)
    rows[0] = row(0, 30.0)
    pool.rest(rows[0], {int(one.address): one for one in rows}.get)
    assert taken(pool, 40.0, rows) == [1, 0]


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 100)), max_size=3000))
def test_many_renewals_take_bounded_room_and_lose_no_address(renewals):
    known = {}
    pool = Pool(FOUR, ())
    for number, end in renewals * (1 + 3000 // (len(renewals) or 1)):
        known[FIRST + number] = row(number, end)
        pool.rest(known[FIRST + number], known.get)
    assert sorted(taken(pool, 101.0, known.values())) == [0, 1, 2, 3]
    assert len(pool._resting) < 2000
