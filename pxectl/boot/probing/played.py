"""What a probe saw, step by step, and what it makes of it."""

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """How a step went."""

    DONE = "done"
    FAILED = "failed"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Played:
    """One step."""

    name: str
    """`DISCOVER`, `OFFER`, `REQUEST`, `ACK`, `4011`, `NBP`, `script`, `kernel`, …"""
    at: float
    """Seconds since the first DISCOVER."""
    text: str
    """For people; may hold words of the network."""
    level: Level = Level.DONE
    size: int = 0
    """Octets of a file."""
    seconds: float = 0.0
    """How long it took."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What comes of it."""

    boots: bool
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """A client that was played."""

    kind: str
    mac: str
    steps: tuple[Played, ...]
    verdict: Verdict
