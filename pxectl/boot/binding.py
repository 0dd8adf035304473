"""Who holds which address until when: one row of the lease table, and what happens to a row."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address

from pxectl.mac import MAC


class State(Enum):
    """What an address is to us (RFC 2131 section 3.1 to 3.4)."""

    OFFERED = "offered"
    """Held for whoever was offered it. In memory only: an OFFER promises nothing."""
    LEASED = "leased"
    """Acknowledged, until it expires; after that it is remembered for the machine's next visit."""
    RELEASED = "released"
    """Given back before its time; remembered in the same way."""
    QUARANTINED = "quarantined"
    """Somebody else uses it (a DECLINE, or an answer to our probe): nobody gets it for a while."""


@dataclass(frozen=True, slots=True)
class Binding:
    """An address and the MAC that holds it, held it, or found it taken."""

    address: IPv4Address
    mac: MAC
    state: State
    since: float
    """Seconds since 1970: when this state began, or was renewed."""
    expires: float
    """Seconds since 1970: the end of lease, offer or quarantine."""
    hostname: str = ""
    """What the client called itself. Hostile until filtered for where it goes."""
    machine: str = ""
    """Its name in the inventory; empty: not known."""
    firmware: bool = False
    """True if the machine was in its firmware when it got the address."""

    def holds(self, now: float) -> bool:
        """True while nobody else may have the address."""
        return self.state is not State.RELEASED and now < self.expires

    @property
    def rests_from(self) -> float:
        """Seconds since 1970: from when on nobody uses the address."""
        return self.since if self.state is State.RELEASED else self.expires


@dataclass(frozen=True, slots=True)
class Change:
    """A step of the lease table that must be on disk before anybody is told of it."""

    before: Binding | None
    """What to go back to if it can not be written; None: the address had no row."""
    after: Binding
