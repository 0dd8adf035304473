"""Many machines on stdin, for `hardware add -`: JSON lines, or CSV with a header."""

import json
from collections.abc import Mapping
from typing import Any

from pxectl.errors import ConfigError
from pxectl.store.exchange.carried import Carried, Haul

WHERE = "stdin"


def read_bulk(text: str) -> Haul:
    """The machines of JSON lines or CSV, told by the first character that is no blank.

    A line is an object with the keys of a machine's file, and `name`; `mac` is a text or a list.

    Raises:
        ConfigError: it is CSV whose header can not be used.
    """
    if not text.lstrip().startswith(("{", "[")):
        from pxectl.store.exchange.csvtext import read_csv

        return read_csv(text, WHERE)
    machines: list[Carried] = []
    refused: list[ConfigError] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            machines.append(_machine(line, f"{WHERE}: line {number}"))
        except ConfigError as error:
            refused.append(error)
    return Haul(tuple(machines), tuple(refused))


def _machine(line: str, where: str) -> Carried:
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = getattr(error, "msg", "it is nested too deep")
        raise ConfigError(
            f"{where}: is no JSON: {reason}",
            hint='one object a line: `{"mac": "52:54:00:12:34:56"}`',
        ) from None
    if not isinstance(raw, dict):
        raise ConfigError(
            f"{where}: is no JSON object", hint='one a line: `{"mac": "52:54:00:12:34:56"}`'
        )
    table: dict[str, Any] = {key: value for key, value in raw.items() if value is not None}
    name = table.pop("name", None)
    if name is None:
        macs = table.get("mac")
        first = macs[0] if isinstance(macs, list) and macs else macs
        name = first.replace(":", "-") if isinstance(first, str) else "no-name"
    if not isinstance(name, str):
        raise ConfigError(f"{where}: name is not a text", hint="write it in quotes")
    return Carried(name, table, where)


def with_defaults(haul: Haul, said: Mapping[str, Any]) -> Haul:
    """The same, where what flags said counts for each machine that says nothing of it.

    Args:
        haul: the machines.
        said: as a machine's file holds it; of `options`, `quirks` and `vars` key by key.
    """
    machines = (
        Carried(one.name, _over(one.table, said), one.where, one.notes) for one in haul.machines
    )
    return Haul(tuple(machines), haul.refused, haul.notes)


def _over(table: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        key: {**said[key], **table[key]}
        for key in said.keys() & table.keys()
        if isinstance(said[key], dict) and isinstance(table[key], dict)
    }
    return {**said, **table, **both}
