"""A network that pxectl gives addresses in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from pxectl.boot.machine import NOTHING


@dataclass(frozen=True, slots=True)
class Subnet:
    """One `[[subnet]]` of the site file."""

    network: IPv4Network
    pool: tuple[tuple[IPv4Address, IPv4Address], ...] = ()
    """Ranges, both ends included, for machines without a reservation."""
    lease_time: int = 3600
    """Seconds."""
    firmware_lease_time: int = 300
    """Seconds, at most, of a lease from the pool for what is still in its firmware."""
    options: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
