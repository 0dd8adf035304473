"""One machine out of another program's file, before anything is checked or written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pxectl.boot.profile import Profile


@dataclass(frozen=True, slots=True)
class Carried:
    """A draft of `hardware/NAME.toml`: `machine_of` checks its table."""

    name: str
    """What it is called there; not yet a safe name."""
    table: Mapping[str, Any]
    """As the file is to hold it; `profile` is left to whoever gives `profile` below its name."""
    where: str = ""
    """File and line or object, as errors name it."""
    notes: tuple[str, ...] = ()
    """What could not be carried over, one thing each."""
    profile: Profile | None = None
    """What it boots, where that is no name but the thing itself."""
