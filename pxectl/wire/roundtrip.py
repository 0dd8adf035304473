"""How long to wait for an answer before sending again: RFC 6298 with times of a local network."""

FIRST = 0.5  # a boot ROM answers within milliseconds; RFC 6298 says 1 s, for the internet
FLOOR = 0.02  # what one lost block costs in lock-step (performance.md 2); ROMs that poll take 10 ms
CEILING = 2.0  # ROMs give up after some seconds of silence: several more tries must fit in


class RoundTrip:
    """The retransmission time of one transfer, in seconds."""

    __slots__ = ("_ceiling", "_mean", "_variation", "measured", "timeout")

    def __init__(self, ceiling: float = CEILING) -> None:
        """Never wait longer than `ceiling` seconds."""
        self._ceiling = min(ceiling, CEILING)
        self._mean: float | None = None
        self._variation = 0.0
        self.measured = min(FIRST, self._ceiling)
        """The timeout without any back-off."""
        self.timeout = self.measured

    @property
    def mean(self) -> float:
        """SRTT; 0 before the first measurement."""
        return self._mean or 0.0

    def measure(self, seconds: float) -> None:
        """Take in one round trip of something that was sent once (Karn's rule is the caller's)."""
        if self._mean is None:
            self._mean = seconds
            self._variation = seconds / 2
        else:
            self._variation += (abs(self._mean - seconds) - self._variation) / 4
            self._mean += (seconds - self._mean) / 8
        self.measured = min(max(self._mean + 4 * self._variation, FLOOR), self._ceiling)
        self.timeout = self.measured

    def back_off(self) -> None:
        """Wait twice as long, until the next measurement (RFC 6298 5.5)."""
        self.timeout = min(self.timeout * 2, self._ceiling)
