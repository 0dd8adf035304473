"""Machines on their way: out of another program's file, or into one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pxectl.boot.machine import Machine
from pxectl.boot.profile import Profile
from pxectl.errors import PxectlError


@dataclass(frozen=True, slots=True)
class Carried:
    """A draft of `hardware/NAME.toml`: `machine_of` checks its table."""

    name: str
    """What it is called there; not yet a safe name."""
    table: Mapping[str, Any]
    """As the file is to hold it."""
    where: str = ""
    """File and line or object, as errors name it."""
    notes: tuple[str, ...] = ()
    """What could not be carried over, one thing each."""
    profile: Profile | None = None
    """What it boots, where the file holds that itself and not only a name for it."""


@dataclass(frozen=True, slots=True)
class Haul:
    """All that a file holds."""

    machines: tuple[Carried, ...] = ()
    refused: tuple[PxectlError, ...] = ()
    """Of machines that can not be read; each names where."""
    notes: tuple[str, ...] = ()
    """What is not about one machine and could not be carried over."""


@dataclass(frozen=True, slots=True)
class Written:
    """Machines as another program reads them."""

    text: str
    notes: tuple[tuple[str, str], ...] = ()
    """Machine, and what of it the target can not hold."""


Read = Callable[[str, str], Haul]
"""Text of a file and what to call it → what it holds. Raises ConfigError if it can not be read."""
Write = Callable[[Iterable[Machine], Mapping[str, Profile]], Written]
"""Machines, and the profiles of the site by name (`known_profiles`) → a file."""
