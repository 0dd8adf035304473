import asyncio
import threading
from ipaddress import IPv4Address

from pxectl.boot.binding import Binding, State
from pxectl.boot.events import Told, Warned
from pxectl.boot.leasetable import LeaseTable
from pxectl.errors import HostError
from pxectl.net.committing import Committer
from pxectl.store.leases import LeaseFile, read_leases
from tests.builders import MAC1, NOW

FIRST = IPv4Address("10.77.0.100")


def row(number=0, **changes):
    values = {"since": NOW - 10, "expires": NOW + 100} | changes
    return Binding(FIRST + number, MAC1, State.LEASED, **values)


class Watched:
    """A real file, whose commits are counted and can be held up or forbidden."""

    def __init__(self, state):
        self.file = LeaseFile(state)
        self.sizes = []
        self.go = threading.Event()
        self.go.set()
        self.fails = False

    def commit(self, changes):
        self.go.wait()
        if self.fails:
            raise HostError("leases can not be written: disk full", hint="make room")
        self.file.commit(changes)
        self.sizes.append(len(changes))

    def __getattr__(self, name):
        return getattr(self.file, name)


def run(tmp_path, scenario):
    events, table = [], LeaseTable()

    async def main():
        ledger = Watched(tmp_path)
        committer = Committer(ledger, table.undo, events.append)
        await scenario(ledger, committer, table)
        ledger.go.set()
        await committer.close()

    asyncio.run(main())
    return events, table


async def until(condition):
    while not condition():  # noqa: ASYNC110 - it is the test's own list that grows
        await asyncio.sleep(0.001)


def test_what_is_told_is_on_disk(tmp_path):
    seen = []

    async def scenario(_, committer, table):
        committer.add(table.put(row()), lambda ok: seen.append((ok, read_leases(tmp_path))))

    run(tmp_path, scenario)
    assert seen == [(True, [row()])]


def test_all_that_comes_while_one_is_written_shares_the_next_commit(tmp_path):
    told = []

    async def scenario(ledger, committer, table):
        ledger.go.clear()
        committer.add(table.put(row()), told.append)
        await asyncio.sleep(0.01)
        for number in range(1, 200):
            committer.add(table.put(row(number)), told.append)
        assert told == []
        ledger.go.set()
        await until(lambda: len(told) == 200)
        assert ledger.sizes == [1, 199]

    run(tmp_path, scenario)
    assert told == [True] * 200


def test_the_loop_does_not_wait_for_the_disk(tmp_path):
    async def scenario(ledger, committer, table):
        ledger.go.clear()
        committer.add(table.put(row()), lambda _: None)
        await asyncio.wait_for(asyncio.sleep(0.01), 1)
        assert ledger.sizes == []

    run(tmp_path, scenario)


def test_what_can_not_be_written_is_undone_with_all_that_stands_on_it(tmp_path):
    told = []

    async def scenario(ledger, committer, table):
        ledger.fails = True
        ledger.go.clear()
        committer.add(table.put(row()), told.append)
        await asyncio.sleep(0.01)
        committer.add(table.put(row(expires=NOW + 500)), told.append)
        committer.add(table.put(row(1)), told.append)
        ledger.go.set()
        await until(lambda: len(told) == 3)
        assert list(table.rows()) == []
        committer.add(table.put(row(2)), told.append)
        await until(lambda: len(told) == 4)
        ledger.fails = False
        committer.add(table.put(row(3)), told.append)
        await until(lambda: len(told) == 5)

    events, table = run(tmp_path, scenario)
    assert told == [False] * 4 + [True]
    assert [type(event) for event in events] == [Warned, Told], "told once, and when it is over"
    assert read_leases(tmp_path) == list(table.rows()) == [row(3)]


def test_a_clock_that_is_set_moves_what_is_written_and_what_waits(tmp_path):
    told = []

    async def scenario(ledger, committer, table):
        committer.add(table.put(row()), told.append)
        await until(lambda: len(told) == 1)
        ledger.go.clear()
        committer.add(table.put(row(1)), told.append)
        await asyncio.sleep(0.01)
        committer.add(table.put(row(2)), told.append)
        table.shift(-5000.0)
        committer.shift(-5000.0)
        committer.add(table.put(row(3)), told.append)
        ledger.go.set()
        await until(lambda: len(told) == 4)

    _, table = run(tmp_path, scenario)
    assert told == [True] * 4
    assert {one.address: one for one in read_leases(tmp_path)} == {
        one.address: one for one in table.rows()
    }
    assert table.row(FIRST).expires == NOW + 100 - 5000
