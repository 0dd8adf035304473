"""What rules may ask about: the client, its machine, the moment."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from pxectl.boot.client import Client
from pxectl.boot.machine import Machine


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that one decision looks at."""

    client: Client
    machine: Machine | None
    now: float
    """Seconds since 1970 (UTC)."""
    zone: tzinfo | None = None
    """The site's time zone; None: the host's."""
    boots: int = 0
    """How often this machine has booted, as far as pxectl knows."""

    @property
    def local_time(self) -> datetime:
        """The moment on the site's clock."""
        return datetime.fromtimestamp(self.now, self.zone)
