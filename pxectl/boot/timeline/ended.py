"""How a boot ended, as an event."""

from dataclasses import dataclass

from pxectl.boot.client import Client
from pxectl.boot.timeline.mark import Mark


@dataclass(frozen=True, slots=True)
class Ended:
    """A machine has booted as far as pxectl can see, or stopped on the way; told once a boot."""

    kind = "ended"
    client: Client
    machine: str
    """Its name; empty: it is not known."""
    profile: str
    """Empty: none."""
    outcome: str
    """`booted`; `handed over` to a script or server that pxectl does not follow; `local`, `denied`
    and `ignored` as it was decided; `stopped`."""
    cause: str
    """Why it stopped: a name of `boot/timeline/causes.py`; empty: it did not."""
    text: str
    """The same for people."""
    hint: str
    began: float
    """Seconds since 1970: its first DISCOVER or request."""
    ended: float
    """Its last sign of life."""
    steps: tuple[Mark, ...]
    slow: str = ""
    """What took long though it went well."""
