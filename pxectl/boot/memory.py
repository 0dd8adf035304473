"""What a server remembers from one datagram to the next; the core is handed it and changes it."""

from dataclasses import dataclass, field

from pxectl.boot.leasetable import LeaseTable
from pxectl.boot.visits import Visits


@dataclass(frozen=True, slots=True)
class Memory:
    """Both are mutable, and have one owner."""

    visits: Visits = field(default_factory=Visits)
    """Who asked, for port 4011, TFTP and HTTP."""
    leases: LeaseTable = field(default_factory=LeaseTable)
    """Who holds which address."""
