"""What one service said of each MAC: bounded, with the age of each answer.

What it knows stays until it says otherwise, however long it is away. How long an answer is taken
for without asking again is another matter, kept apart: a flood of made-up MACs, which it knows
nothing of, can not push out what it does know.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pxectl.boot.machine import Machine
from pxectl.mac import MAC

LIMIT = 16_384
ROOM = 32 << 20


class AwayError(Exception):
    """A service did not say anything about a machine; the text says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One machine as the service described it."""

    machine: Machine
    body: bytes
    """What it said, to be read again after a restart."""


class Answers(Mapping[MAC, Machine]):
    """The machines that the service knew when it was asked last. Mutable; owned by one loop."""

    def __init__(self, limit: int = LIMIT, room: int = ROOM) -> None:
        """Empty.

        Args:
            limit: answers that are kept; the one that was given first gives way.
            room: octets of bodies that are kept.
        """
        self._limit, self._room = limit, room
        self._known: OrderedDict[MAC, Answer] = OrderedDict()
        self._used = 0
        self._fresh: OrderedDict[MAC, float] = OrderedDict()

    def is_fresh(self, mac: MAC, now: float) -> bool:
        """True while the service need not be asked about `mac` again."""
        return self._fresh.get(mac, now) > now

    def trust(self, mac: MAC, until: float) -> None:
        """Do not ask about `mac` again before `until`, whatever was said of it."""
        self._fresh[mac] = until
        self._fresh.move_to_end(mac)
        if len(self._fresh) > self._limit:
            self._fresh.popitem(last=False)

    def put(self, mac: MAC, answer: Answer | None) -> None:
        """What the service said: a machine, or (None) that it knows none."""
        if (old := self._known.pop(mac, None)) is not None:
            self._used -= len(old.body)
        if answer is None:
            return
        self._known[mac] = answer
        self._used += len(answer.body)
        while len(self._known) > self._limit or (self._used > self._room and len(self._known) > 1):
            _, gone = self._known.popitem(last=False)
            self._used -= len(gone.body)

    def all(self) -> list[tuple[MAC, Answer]]:
        """Every answer, the oldest first."""
        return list(self._known.items())

    def __getitem__(self, mac: MAC) -> Machine:
        return self._known[mac].machine

    def __iter__(self) -> Iterator[MAC]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
