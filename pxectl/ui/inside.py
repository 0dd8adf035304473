"""What the live view asks of a running `serve`, each time that it draws."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pxectl.boot.binding import Binding
from pxectl.boot.underway import UnderWay


@dataclass(frozen=True, slots=True)
class Inside:
    """What the live view asks of a running `serve`."""

    under_way: Callable[[], Iterable[UnderWay]] = tuple
    bindings: Callable[[], Iterable[Binding]] = tuple
    profiles: Callable[[], tuple[str, ...]] = tuple
    """Names of the profiles that a machine can boot."""
    add: Callable[[str, str], None] = lambda _mac, _profile: None
    """Writes the file of a machine that is not known: its MAC, and a profile or nothing."""
