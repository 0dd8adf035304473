"""A transfer that runs at this moment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnderWay:
    """How far a client has come with a file."""

    who: str
    """Its MAC, or its address where that is not known."""
    path: str
    """As it was asked for."""
    size: int
    """Octets of the file, or of the range of it that was asked for."""
    sent: int
    """Octets that have left, or that were acknowledged."""
    seconds: float
    """Since it was asked for."""

    @property
    def rate(self) -> float:
        """Octets a second until now."""
        return self.sent / self.seconds if self.seconds > 0 else 0.0

    @property
    def left(self) -> float | None:
        """Seconds that it will take at this rate; None: that can not be told yet."""
        return (self.size - self.sent) / self.rate if self.rate else None
