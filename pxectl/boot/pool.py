"""The free addresses of one subnet's pool: never used ones first, then who has rested longest."""

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address

from pxectl.boot.binding import Binding
from pxectl.boot.subnet import Subnet


class Pool:
    """Addresses as numbers, in the order in which they are to be given out.

    It does not know what an address is used for: whoever takes one says what is usable, and gives
    back what came to nothing. Large pools cost nothing until their addresses are used.
    """

    __slots__ = ("_bounds", "_fresh", "_most", "_resting", "_returned", "barred", "subnet")

    def __init__(self, subnet: Subnet, used: Iterable[Binding]) -> None:
        """Make it anew from what is known of its addresses.

        Args:
            subnet: whose pool.
            used: the rows of the lease table; those of other addresses are passed over.
        """
        self.subnet = subnet
        self.barred = _named_hosts(subnet)
        """Addresses of the subnet that its options give to routers, name servers and the like."""
        self._bounds = tuple(sorted((int(first), int(last)) for first, last in subnet.pool))
        numbered = ((row.rests_from, int(row.address)) for row in used)
        self._resting = [one for one in numbered if self.holds(one[1])]
        heapq.heapify(self._resting)
        self._most = 2 * len(self._resting) + 1024
        self._fresh = self._numbers()
        self._returned: deque[int] = deque()

    def holds(self, number: int) -> bool:
        """True for an address of one of the ranges."""
        return any(first <= number <= last for first, last in self._bounds)

    def rest(self, row: Binding, rows: Callable[[int], Binding | None]) -> None:
        """An address is used: it comes again when that has ended, behind those that rest longer.

        Args:
            row: its row from now on.
            rows: what is known of an address.
        """
        heapq.heappush(self._resting, (row.rests_from, int(row.address)))
        if len(self._resting) > self._most:  # every renewal leaves an entry that counts no more
            known = {number for _, number in self._resting}
            found = filter(None, map(rows, known))
            self._resting = [(one.rests_from, int(one.address)) for one in found]
            heapq.heapify(self._resting)
            self._most = 2 * len(self._resting) + 1024

    def give_back(self, number: int) -> None:
        """An address was taken and never used."""
        self._returned.append(number)

    def take(
        self, now: float, rows: Callable[[int], Binding | None], usable: Callable[[int], bool]
    ) -> int | None:
        """The next free address, which is out of the pool until it rests or is given back.

        Args:
            now: seconds since 1970.
            rows: what is known of an address.
            usable: whether it may be given to whoever asks. What is not is passed over for the
                life of this object, so what changes that must make a new one.
        """
        while (number := self._unused()) is not None:
            if rows(number) is None and number not in self.barred and usable(number):
                return number
        while self._resting and self._resting[0][0] <= now:
            end, number = heapq.heappop(self._resting)
            row = rows(number)
            # an older entry of an address that was used again since
            if row is not None and row.rests_from == end and usable(number):
                return number
        return None

    def _unused(self) -> int | None:
        return self._returned.popleft() if self._returned else next(self._fresh, None)

    def _numbers(self) -> Iterator[int]:
        for first, last in self._bounds:
            yield from range(first, last + 1)


def _named_hosts(subnet: Subnet) -> frozenset[int]:
    named = set()
    for value in subnet.options.values():
        for item in value if isinstance(value, list | tuple) else (value,):
            try:
                address = IPv4Address(item) if isinstance(item, str) else None
            except ValueError:
                continue
            if address is not None and address in subnet.network:
                named.add(int(address))
    return frozenset(named)
