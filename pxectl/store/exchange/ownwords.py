"""What a machine's file says and another format has no field for, kept beside it as JSON."""

from collections.abc import Mapping
from typing import Any

from pxectl.boot.machine import Machine
from pxectl.store.exchange.carried import Carried
from pxectl.store.machines import KEYS, table_of
from pxectl.store.values import read_table, read_text
from pxectl.wire.values import encode_option


def read_own_words(raw: object, where: str) -> dict[str, Any]:
    """Keys of a machine's file, and `name`: each comes before what was made of other fields.

    Raises:
        ConfigError: it is no object, or has other keys.
    """
    said = dict(read_table(raw, where, ["name", *(key for key in KEYS if key != "mac")]))
    for key in ("name", "profile"):
        if key in said:
            said[key] = read_text(said[key], f"{where}.{key}")
    return said


def own_words(machine: Machine, found: Carried) -> Mapping[str, Any]:
    """What `read_own_words` has to add to what is found without it; empty: nothing.

    Args:
        machine: as it is.
        found: what a reader makes of the other fields.
    """
    table = table_of(machine)
    rest = {
        key: table.get(key, {} if key in ("options", "vars") else "")
        for key in dict.fromkeys((*table, *found.table))
        if key != "mac" and _said(key, table) != _said(key, found.table)
    }
    return rest if found.name == machine.name else {"name": machine.name, **rest}


def _said(key: str, table: Mapping[str, Any]) -> object:
    """What compares: one router is the same as a list of it."""
    value = table.get(key)
    return {encode_option(*item) for item in value.items()} if key == "options" and value else value


def without_empty(table: Mapping[str, Any]) -> dict[str, Any]:
    """The table without keys that say nothing: `own_words` takes a key away by an empty value."""
    return {key: value for key, value in table.items() if value not in ("", [], {})}
