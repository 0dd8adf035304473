import csv
import io
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.binding import Binding, State
from pxectl.store.leaseformats import LeaseFormat, lease_as_json, state_of, written
from tests.builders import MAC1, NOW

A = IPv4Address("10.77.0.100")


def row(state=State.LEASED, expires=NOW + 100, **changes):
    return Binding(A, MAC1, state, NOW - 10, expires, **changes)


@pytest.mark.parametrize(
    ("one", "state"),
    [
        (row(), "leased"),
        (row(expires=NOW), "expired"),
        (row(State.RELEASED), "released"),
        (row(State.QUARANTINED), "quarantined"),
        (row(State.QUARANTINED, expires=NOW - 1), "expired"),
    ],
)
def test_a_state_is_one_word(one, state):
    assert state_of(one, NOW) == lease_as_json(one, NOW)["state"] == state


def test_dnsmasq_gets_the_leases_that_last():
    rows = [row(hostname="box"), row(expires=NOW), row(State.QUARANTINED)]
    assert written(rows, LeaseFormat.DNSMASQ, NOW) == (
        "1800000100 52:54:00:77:00:01 10.77.0.100 box *\n"
    )


def test_dhcpd_gets_blocks_in_utc():
    assert written([row(hostname="box")], LeaseFormat.ISC, NOW) == (
        "lease 10.77.0.100 {\n"
        "  starts 5 2027/01/15 07:59:50;\n  ends 5 2027/01/15 08:01:40;\n"
        "  binding state active;\n  hardware ethernet 52:54:00:77:00:01;\n"
        '  client-hostname "box";\n}\n'
    )


@given(st.text(max_size=30), st.floats(-1e12, 1e12), st.floats(-1e12, 1e12))
def test_whatever_a_client_calls_itself_breaks_no_file(hostname, since, expires):
    one = Binding(A, MAC1, State.LEASED, since, expires, hostname)
    [read] = csv.DictReader(io.StringIO(written([one], LeaseFormat.CSV, NOW)))
    assert read["address"] == "10.77.0.100"
    for format_ in (LeaseFormat.DNSMASQ, LeaseFormat.ISC):
        lines = written([one], format_, NOW).splitlines()
        assert len(lines) in (0, 1, 6, 7)
    assert lease_as_json(one, NOW)["hostname"] == hostname
