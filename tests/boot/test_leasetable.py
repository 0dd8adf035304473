from ipaddress import IPv4Address

from pxectl.boot.binding import Binding, Change, State
from pxectl.boot.leasetable import OFFER_SECONDS, OFFERS, PATIENCE, LeaseTable
from pxectl.boot.subnet import Subnet
from pxectl.mac import MAC
from tests.builders import MAC1, NETWORK, STRANGER

A, B = IPv4Address("10.77.0.100"), IPv4Address("10.77.0.101")
TWO = Subnet(NETWORK, ((A, B),))
INVENTORY = object()


def lease(address, mac=MAC1, since=0.0, expires=100.0, state=State.LEASED):
    return Binding(address, mac, state, since, expires)


def take(table, now=0.0, *, known=False, subnet=TWO):
    return table.take(table.pool(subnet, INVENTORY), now, lambda _: True, known=known)


def test_a_row_is_found_by_address_and_by_mac():
    table = LeaseTable([lease(A), lease(B, STRANGER)])
    assert table.row(A).mac == MAC1
    assert [row.address for row in table.of(STRANGER)] == [B]
    assert table.of(MAC(b"\2\0\0\0\0\1")) == []


def test_the_latest_address_of_a_mac_comes_first():
    table = LeaseTable([lease(A, expires=10.0), lease(B, expires=20.0)])
    assert [row.address for row in table.of(MAC1)] == [B, A]


def test_a_row_that_changes_hands_is_no_longer_the_others():
    table = LeaseTable([lease(A)])
    assert table.put(lease(A, STRANGER)) == Change(lease(A), lease(A, STRANGER))
    assert table.of(MAC1) == []
    assert len(table) == 1


def test_what_could_not_be_written_is_undone():
    table = LeaseTable([lease(A)])
    take(table)  # the pool knows that B is out
    changes = [table.put(lease(A, STRANGER)), table.put(lease(B))]
    for change in reversed(changes):
        table.undo(change)
    assert list(table.rows()) == [lease(A)]
    assert take(table) == B


def test_an_offer_holds_an_address_until_it_lapses():
    table = LeaseTable()
    table.offer(A, MAC1, 0.0, known=False)
    assert table.offered_to(MAC1, 1.0) == A
    assert table.is_free(A, MAC1, 1.0)
    assert not table.is_free(A, STRANGER, 1.0)
    assert table.offered_to(MAC1, OFFER_SECONDS) is None
    assert table.is_free(A, STRANGER, OFFER_SECONDS)


def test_one_mac_has_one_offer():
    table = LeaseTable()
    table.offer(A, MAC1, 0.0, known=False)
    table.offer(B, MAC1, 0.0, known=False)
    assert table.offers == 1
    assert table.is_free(A, STRANGER, 0.0)


def test_a_lease_and_a_quarantine_keep_others_away_and_a_release_does_not():
    for state, free in ((State.LEASED, False), (State.QUARANTINED, False), (State.RELEASED, True)):
        assert LeaseTable([lease(A, state=state)]).is_free(A, STRANGER, 1.0) is free


def test_an_offer_leaves_the_row_of_whoever_had_the_address_last():
    table = LeaseTable([lease(A, expires=1.0)])
    table.offer(A, STRANGER, 5.0, known=False)
    assert [row.address for row in table.of(MAC1)] == [A]


def test_offers_that_lapse_are_given_again():
    table = LeaseTable()
    for mac in (MAC1, STRANGER):
        table.offer(take(table), mac, 0.0, known=False)
    assert take(table, 1.0) is None
    assert {take(table, OFFER_SECONDS), take(table, OFFER_SECONDS)} == {A, B}


def test_a_machine_of_the_inventory_gets_what_a_stranger_was_only_offered():
    table = LeaseTable([lease(A)])
    table.offer(take(table), STRANGER, 0.0, known=False)
    assert take(table, 1.0, known=False) is None
    assert take(table, 1.0, known=True) == B
    assert table.offered_to(STRANGER, 1.0) is None


def test_an_old_offer_goes_to_the_next_one_and_a_lease_never():
    table = LeaseTable([lease(A)])
    table.offer(take(table), MAC(b"\2\0\0\0\0\1"), 0.0, known=True)
    assert take(table, 1.0, known=True) is None
    assert take(table, PATIENCE, known=False) == B
    assert take(table, PATIENCE, known=True) is None


def test_offers_are_bounded():
    wide = Subnet(NETWORK, ((IPv4Address("10.0.0.1"), IPv4Address("10.255.255.254")),))
    table = LeaseTable()
    for number in range(OFFERS + 50):
        mac = MAC((0x020000000000 + number).to_bytes(6, "big"))
        table.offer(take(table, subnet=wide), mac, 0.0, known=False)
    assert table.offers == OFFERS


def test_a_clock_that_is_set_moves_leases_and_offers_with_it():
    table = LeaseTable([lease(A)])
    table.offer(B, STRANGER, 50.0, known=False)
    table.shift(1e9)
    assert table.row(A) == lease(A, since=1e9, expires=1e9 + 100)
    assert table.offered_to(STRANGER, 1e9 + 51) == B
    assert take(table, 1e9 + 100) == A


def test_a_pool_is_made_anew_when_the_site_is_read_again():
    table = LeaseTable()
    pool = table.pool(TWO, INVENTORY)
    assert table.pool(TWO, INVENTORY) is pool
    assert table.pool(TWO, object()) is not pool
    assert table.pool(Subnet(NETWORK, ((A, B),)), INVENTORY) is not pool
