"""The lease table: who holds which address, who was offered one. In memory; `store/` keeps it.

Rows are what is on disk, or about to be: a change of one comes back as a `Change`, to be written
before anybody is told. Offers are on top of them and in memory only: an address that is offered
keeps the row of whoever had it last.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from pxectl.boot.binding import Binding, Change, State
from pxectl.boot.pool import Pool
from pxectl.boot.subnet import Subnet
from pxectl.mac import MAC

OFFER_SECONDS = 60.0
"""How long an offered address waits: EDK2 and ROMs collect offers for up to 32 s."""
PATIENCE = 15.0
"""Seconds after which an offer that nobody took may go to the next one, if the pool is empty."""
OFFERS = 16_384
"""Offers that are remembered at most: made-up MACs may not eat the host's memory."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An address that waits for a REQUEST."""

    mac: MAC
    at: float
    """Seconds since 1970."""
    known: bool
    """True for a machine of the inventory: a stranger can not take it away."""


class LeaseTable:
    """Rows by address, and offers. Mutable; one owner, who hands it to the core."""

    def __init__(self, rows: Iterable[Binding] = ()) -> None:
        """Begin with what was on disk."""
        self._rows: dict[int, Binding] = {}
        self._of: dict[MAC, tuple[int, ...]] = {}
        self._offers: OrderedDict[int, Offer] = OrderedDict()
        self._offered: dict[MAC, int] = {}
        self._pools: dict[object, tuple[Pool, object]] = {}
        self.restore(rows)

    def restore(self, rows: Iterable[Binding]) -> None:
        """Take in what was on disk, in place of what is known of its addresses."""
        for row in rows:
            self._place(row)
        self._pools.clear()

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def offers(self) -> int:
        """How many addresses wait for a REQUEST."""
        return len(self._offers)

    def rows(self) -> Iterator[Binding]:
        """Every row, in no order."""
        return iter(self._rows.values())

    def row(self, address: IPv4Address) -> Binding | None:
        """What is known of an address."""
        return self._rows.get(int(address))

    def of(self, mac: MAC) -> list[Binding]:
        """The addresses that a MAC holds or was the last one to hold, the latest one first."""
        rows = [self._rows[number] for number in self._of.get(mac, ())]
        return sorted(rows, key=lambda row: row.expires, reverse=True) if len(rows) > 1 else rows

    # ---- rows

    def put(self, row: Binding) -> Change:
        """Make this the row of its address; it is no longer offered."""
        number = int(row.address)
        before = self._rows.get(number)
        self._place(row)
        self._forget_offer(number)
        if pool := self._pool_with(number):
            pool.rest(row, self._rows.get)
        return Change(before, row)

    def end(self, addresses: Iterable[str], now: float) -> list[Change]:
        """Release these addresses whoever holds them; those that nobody holds are passed over.

        Args:
            addresses: as texts.
            now: seconds since 1970.
        """
        rows = [self._rows.get(int(IPv4Address(text))) for text in addresses]
        return [
            self.put(replace(row, state=State.RELEASED, since=now))
            for row in rows
            if row is not None and row.holds(now)
        ]

    def undo(self, change: Change) -> None:
        """Go back to what was before a change that could not be written."""
        number = int(change.after.address)
        if change.before is not None:
            self._place(change.before)
        else:
            self._remove(number)
        self._free(number)

    def shift(self, seconds: float) -> None:
        """The host's clock was set: every moment moves with it, what is left of a lease stays."""
        for row in list(self._rows.values()):
            self._place(replace(row, since=row.since + seconds, expires=row.expires + seconds))
        self._offers = OrderedDict(
            (number, replace(offer, at=offer.at + seconds))
            for number, offer in self._offers.items()
        )
        self._pools.clear()

    def _place(self, row: Binding) -> None:
        number = int(row.address)
        before = self._rows.get(number)
        if before is None or before.mac != row.mac:
            self._remove(number)
            self._of[row.mac] = (*self._of.get(row.mac, ()), number)
        self._rows[number] = row

    def _remove(self, number: int) -> None:
        row = self._rows.pop(number, None)
        if row is None:
            return
        left = tuple(other for other in self._of[row.mac] if other != number)
        if left:
            self._of[row.mac] = left
        else:
            del self._of[row.mac]

    # ---- offers

    def offer(self, address: IPv4Address, mac: MAC, now: float, *, known: bool) -> None:
        """Hold an address for whoever it is offered to; it has one offer at a time.

        Args:
            address: nobody else's (`offered_to`, `row`).
            mac: of the client.
            now: seconds since 1970.
            known: whether it is a machine of the inventory.
        """
        number = int(address)
        before = self._offered.get(mac)
        if before is not None and before != number:
            self._withdraw(before)
        self._offers.pop(number, None)
        self._offers[number] = Offer(mac, now, known)
        self._offered[mac] = number
        if len(self._offers) > OFFERS:
            self._withdraw(next(iter(self._offers)))

    def offered_to(self, mac: MAC, now: float) -> IPv4Address | None:
        """The address that waits for a MAC."""
        self._lapse(now)
        number = self._offered.get(mac)
        return None if number is None else IPv4Address(number)

    def withdraw(self, address: IPv4Address) -> None:
        """Offer it no longer."""
        if int(address) in self._offers:
            self._withdraw(int(address))

    def is_free(self, address: IPv4Address, mac: MAC, now: float) -> bool:
        """True if nobody but `mac` holds the address, or was offered it."""
        self._lapse(now)
        number = int(address)
        row = self._rows.get(number)
        if row is not None and row.holds(now) and row.mac != mac:
            return False
        offer = self._offers.get(number)
        return offer is None or offer.mac == mac

    def _lapse(self, now: float) -> None:
        while self._offers:
            number, offer = next(iter(self._offers.items()))
            if offer.at + OFFER_SECONDS > now:
                return
            self._withdraw(number)

    def _withdraw(self, number: int) -> None:
        self._forget_offer(number)
        self._free(number)

    def _forget_offer(self, number: int) -> None:
        offer = self._offers.pop(number, None)
        if offer is not None:
            del self._offered[offer.mac]

    # ---- pools

    def pool(self, subnet: Subnet, inventory: object) -> Pool:
        """The free addresses of a subnet, made anew when the site is read again."""
        pool, known = self._pools.get(subnet.network, (None, None))
        if pool is None or known is not inventory or pool.subnet is not subnet:
            pool = Pool(subnet, self._rows.values())
            self._pools[subnet.network] = (pool, inventory)
        return pool

    def take(
        self, pool: Pool, now: float, usable: Callable[[int], bool], *, known: bool
    ) -> IPv4Address | None:
        """A free address of a pool; None if there is none left.

        Of an empty pool a machine of the inventory gets what a stranger was offered, and anybody
        what was offered some time ago and not taken. Nobody's lease is ever touched.

        Args:
            pool: where from.
            now: seconds since 1970.
            usable: whether an address may be given out at all.
            known: whether a machine of the inventory asks.
        """
        self._lapse(now)
        number = pool.take(now, self._rows.get, lambda one: one not in self._offers and usable(one))
        if number is None:
            number = self._taken_back(pool, now, known=known)
            if number is None:
                return None
            self._forget_offer(number)
        return IPv4Address(number)

    def _taken_back(self, pool: Pool, now: float, *, known: bool) -> int | None:
        for number, offer in self._offers.items():
            old = offer.at + PATIENCE <= now
            if not old and not known:
                return None
            if (old or not offer.known) and pool.holds(number):
                return number
        return None

    def _pool_with(self, number: int) -> Pool | None:
        return next((pool for pool, _ in self._pools.values() if pool.holds(number)), None)

    def _free(self, number: int) -> None:
        """Nobody was told of it in the end: its pool has it again."""
        pool = self._pool_with(number)
        if pool is None:
            return
        row = self._rows.get(number)
        if row is not None:
            pool.rest(row, self._rows.get)
        else:
            pool.give_back(number)
