"""Changes of the lease table on their way to the disk: many share one commit.

A commit waits for the disk, 0.2 ms on a good one and 20 ms on a bad one: it runs in a thread, and
what arrives meanwhile goes with the next. So a storm costs few commits, a lone client waits for
one, and TFTP for none.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from queue import SimpleQueue
from threading import Thread
from typing import Protocol

from pxectl.boot.binding import Binding, Change
from pxectl.boot.events import Event, Told, Warned
from pxectl.errors import PxectlError

Done = Callable[[bool], None]


class Ledger(Protocol):
    """Where leases are kept. Used by one thread at a time."""

    def load(self, now: float) -> list[Binding]:
        """Every row."""

    def commit(self, changes: Sequence[Change]) -> None:
        """Write them, all or nothing; raises PxectlError if it can not be done."""

    def shift(self, seconds: float) -> None:
        """Move every moment; raises PxectlError if it can not be done."""

    def close(self) -> None:
        """Let go of it."""


@dataclass(frozen=True, slots=True)
class _Batch:
    changes: list[Change]
    done: list[Done]
    shift: float


class Committer:
    """Writes changes in a thread of its own, in their order."""

    def __init__(
        self, ledger: Ledger, undo: Callable[[Change], None], emit: Callable[[Event], None]
    ) -> None:
        """Start the thread; the event loop must run.

        Args:
            ledger: where to.
            undo: takes a change of the table back that could not be written.
            emit: is told when leases can not be written, and when they can again.
        """
        self._ledger = ledger
        self._undo = undo
        self._emit = emit
        self._loop = asyncio.get_running_loop()
        self._batch = _Batch([], [], 0.0)
        self._is_writing = False
        self._is_failing = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._queue: SimpleQueue[_Batch | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="leases", daemon=True)
        self._thread.start()

    def add(self, change: Change, done: Done) -> None:
        """Write a change.

        Args:
            change: what the table has become already.
            done: called on the loop with True when it is on disk, with False when it could not be
                written and was undone.
        """
        self._batch.changes.append(change)
        self._batch.done.append(done)
        self._soon()

    def shift(self, seconds: float) -> None:
        """The clock was set, and the table shifted: what is on disk follows.

        Args:
            seconds: how far.
        """
        changes = [Change(c.before and _moved(c.before, seconds), _moved(c.after, seconds))
                   for c in self._batch.changes]  # fmt: skip
        self._batch = _Batch(changes, self._batch.done, self._batch.shift + seconds)
        self._soon()

    async def close(self) -> None:
        """Write what waits, then let go of the ledger."""
        await self._idle.wait()
        self._queue.put(None)
        self._thread.join()
        self._ledger.close()

    def _soon(self) -> None:
        self._idle.clear()
        if not self._is_writing:
            self._is_writing = True
            # at the end of this turn: what was read from the socket with it comes along
            self._loop.call_soon(self._write)

    def _write(self) -> None:
        batch, self._batch = self._batch, _Batch([], [], 0.0)
        self._queue.put(batch)

    def _work(self) -> None:
        """In the thread."""
        while (batch := self._queue.get()) is not None:
            problem: Exception | None = None
            try:
                if batch.shift:
                    self._ledger.shift(batch.shift)
                    batch = replace(batch, shift=0.0)
                if batch.changes:
                    self._ledger.commit(batch.changes)
            except Exception as error:  # whatever it is, nobody may be told of a lease
                problem = error
            self._loop.call_soon_threadsafe(self._written, batch, problem)

    def _written(self, batch: _Batch, problem: Exception | None) -> None:
        if problem is not None:
            self._failed(batch, problem)
        else:
            if self._is_failing:
                self._is_failing = False
                self._emit(Told("leases can be written again"))
            for done in batch.done:
                done(True)
        if self._batch.changes or (self._batch.shift and problem is None):
            self._write()
        else:
            self._is_writing = False
            self._idle.set()

    def _failed(self, batch: _Batch, problem: Exception) -> None:
        """Undo it, and what came later and may stand on it."""
        later, self._batch = self._batch, _Batch([], [], batch.shift + self._batch.shift)
        for change in reversed([*batch.changes, *later.changes]):
            self._undo(change)
        if not self._is_failing:
            self._is_failing = True
            if isinstance(problem, PxectlError):
                self._emit(Warned(problem.message, problem.hint))
            else:
                self._emit(Warned(f"leases can not be written: {problem}", "nobody gets one"))
        for done in [*batch.done, *later.done]:
            done(False)


def _moved(row: Binding, seconds: float) -> Binding:
    return replace(row, since=row.since + seconds, expires=row.expires + seconds)
