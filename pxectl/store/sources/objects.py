"""Tinkerbell Hardware objects of a source → machines with what they boot."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from pxectl.boot.machine import Machine
from pxectl.errors import ConfigError
from pxectl.store.exchange.tinkerbell import read_hardware
from pxectl.store.machines import machine_of, safe_name

Object = Mapping[str, Any]
MOST_NOTES = 5
"""Objects that are told of each time: a broken generator makes thousands of them."""


def machine_from(raw: Object, where: str, origin: str, as_of: float) -> Machine:
    """The machine that an object describes.

    Args:
        raw: a Hardware object.
        where: what errors call it.
        origin: the source.
        as_of: when the source said so, seconds since 1970.

    Raises:
        ConfigError: it describes none that can be.
    """
    carried = read_hardware(raw, where)
    machine = machine_of(dict(carried.table), safe_name(carried.name), where)
    own = carried.profile
    if own is not None and not machine.profile:
        machine = replace(machine, profile=own.name, own=own)
    return replace(machine, origin=origin, as_of=as_of)


def some(errors: Iterable[ConfigError]) -> tuple[ConfigError, ...]:
    """The first of many errors, and how many more there are."""
    every = tuple(errors)
    if len(every) <= MOST_NOTES:
        return every
    rest = ConfigError(f"… and {len(every) - MOST_NOTES} more objects that can not be used")
    return (*every[:MOST_NOTES], rest)
