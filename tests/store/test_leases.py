import sqlite3
from ipaddress import IPv4Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.boot.binding import Binding, Change, State
from pxectl.errors import HostError
from pxectl.mac import MAC
from pxectl.store.leases import NAME, LeaseFile, read_leases
from tests.builders import MAC1, NOW

A = IPv4Address("10.77.0.100")
MOMENTS = st.floats(0, 4e9)


def row(address=A, since=NOW - 10, expires=NOW + 100, **changes):
    return Binding(address, MAC1, State.LEASED, since, expires, **changes)


def bindings():
    return st.builds(
        Binding,
        st.integers(0, 2**32 - 1).map(IPv4Address),
        st.binary(min_size=6, max_size=6).map(MAC),
        st.sampled_from([State.LEASED, State.RELEASED, State.QUARANTINED]),
        MOMENTS,
        MOMENTS,
        st.binary(max_size=255).map(lambda raw: raw.decode("latin-1").replace("\0", "")),
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30),
        st.booleans(),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(bindings(), min_size=1, max_size=5), max_size=5))
def test_what_was_committed_is_there_after_a_restart(tmp_path_factory, batches):
    state = tmp_path_factory.mktemp("state")
    file = LeaseFile(state)
    held = {}
    for batch in batches:
        file.commit([Change(None, one) for one in batch])
        held |= {one.address: one for one in batch}
        assert {one.address: one for one in read_leases(state)} == held
    file.close()

    again = LeaseFile(state)
    assert {one.address: one for one in again.load(4e9)} == held
    again.close()


def test_a_lease_from_a_clock_that_was_ahead_lasts_no_longer_than_it_was_given_for(tmp_path):
    file = LeaseFile(tmp_path)
    file.commit([Change(None, row(since=NOW + 1e8, expires=NOW + 1e8 + 300))])
    assert file.load(NOW) == [row(since=NOW, expires=NOW + 300)]
    file.close()


def test_a_clock_that_is_set_moves_what_is_on_disk(tmp_path):
    file = LeaseFile(tmp_path)
    file.commit([Change(None, row())])
    file.shift(-1000.0)
    assert file.load(NOW) == [row(since=NOW - 1010, expires=NOW - 900)]
    file.close()


def test_only_one_process_has_it(tmp_path):
    file = LeaseFile(tmp_path)
    with pytest.raises(HostError, match="another process of pxectl has it") as error:
        LeaseFile(tmp_path)
    assert error.value.hint
    file.close()
    LeaseFile(tmp_path).close()


def test_without_a_file_there_are_no_leases(tmp_path):
    assert read_leases(tmp_path / "state") == []


def test_what_is_no_database_is_refused_and_left_alone(tmp_path):
    content = b"no database at all, but long enough to be one" * 9
    (tmp_path / NAME).write_bytes(content)
    for read in (lambda: LeaseFile(tmp_path), lambda: read_leases(tmp_path)):
        with pytest.raises(HostError) as error:
            read()
        assert str(tmp_path / NAME) in error.value.message
        assert error.value.hint
    assert (tmp_path / NAME).read_bytes() == content


def test_a_later_versions_file_is_refused(tmp_path):
    LeaseFile(tmp_path).close()
    with sqlite3.connect(tmp_path / NAME) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(HostError, match="later version"):
        LeaseFile(tmp_path)


def test_a_row_that_somebody_broke_is_passed_over(tmp_path):
    file = LeaseFile(tmp_path)
    file.commit([Change(None, row()), Change(None, row(IPv4Address("10.77.0.101")))])
    file.close()
    with sqlite3.connect(tmp_path / NAME) as database:
        database.execute("UPDATE leases SET mac = 'zz' WHERE address = ?", (int(A),))
    assert [str(one.address) for one in read_leases(tmp_path)] == ["10.77.0.101"]


def test_where_it_can_not_be_written_nothing_is_committed_until_it_can(tmp_path):
    file = LeaseFile(tmp_path)
    file.commit([Change(None, row())])
    with sqlite3.connect(tmp_path / NAME) as other:
        pages = other.execute("PRAGMA page_count").fetchone()[0]
    # as on a full disk: SQLite may not grow the file
    file._connect().execute(f"PRAGMA max_page_count = {pages}")
    many = [Change(None, row(A + n, hostname="x" * 200)) for n in range(1, 500)]
    with pytest.raises(HostError, match="full") as error:
        file.commit(many)
    assert "make room" in error.value.hint
    assert file.load(NOW) == [row()]
    file.commit(many)  # it was opened anew: there is room again
    assert len(file.load(NOW)) == 500
    file.close()


def test_the_log_stays_small_so_that_it_can_be_emptied_on_a_small_disk(tmp_path):
    file = LeaseFile(tmp_path)
    for number in range(300):
        file.commit([Change(None, row(A + number % 8, expires=NOW + number))])

    assert (tmp_path / f"{NAME}-wal").stat().st_size < 500_000
    file.close()
