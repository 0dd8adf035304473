"""Many machines on stdin, for `hardware add -`: JSON, or CSV with a header."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pxectl.errors import ConfigError
from pxectl.store.exchange.carried import Carried, Haul
from pxectl.store.machines import KEYS
from pxectl.store.values import read_table

WHERE = "stdin"
_EXAMPLE = '`{"mac": "52:54:00:12:34:56"}`'
_HINT = f"one object a line: {_EXAMPLE}"
_VALUE = re.compile(r"(?:[\s\ufeff\x1e]|(?:^|(?<=\n))#[^\n]*)*")
"""What may stand before a value: blanks, lines of comment, and RFC 7464's separator."""
_NEXT = re.compile(r"(?<=\n)[^\s}\]]")


def read_bulk(text: str) -> Haul:
    """The machines of JSON or CSV, told by the first character that is no blank and no comment.

    JSON may be an object a line, objects over several lines (as `jq` prints them), or lists of
    them. An object has the keys of a machine's file, and `name`; `mac` is a text or a list.

    Raises:
        ConfigError: there is nothing, or it is CSV whose header can not be used.
    """
    lines = (line.strip() for line in text.split("\n"))
    first = next((line for line in lines if line[:1] not in ("", "#")), "")
    if not first:
        raise ConfigError(
            f"{WHERE}: is empty", hint=f"one object a line, {_EXAMPLE}, or CSV with a header line"
        )
    if first[0] not in "{[":
        from pxectl.store.exchange.csvtext import read_csv

        return read_csv(text, WHERE)
    machines: list[Carried] = []
    refused: list[ConfigError] = []
    for where, value in _values(text):
        try:
            if isinstance(value, ConfigError):
                raise value
            machines.append(_machine(value, where))
        except ConfigError as error:
            refused.append(error)
    return Haul(tuple(machines), tuple(refused))


def _values(text: str) -> Iterator[tuple[str, object]]:
    """Each value of the text, or what is wrong there, and where it begins."""
    decoder, at, line = json.JSONDecoder(), 0, 1
    while True:
        begins = _VALUE.match(text, at)
        start = begins.end() if begins else at
        line += text.count("\n", at, start)
        if start == len(text):
            return
        where = f"{WHERE}, line {line}"
        try:
            value, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError) as error:
            yield where, ConfigError(f"{where}: is no JSON: {_reason(error)}", hint=_HINT)
            # what belongs to a broken object is indented, or closes it
            end = again.start() if (again := _NEXT.search(text, start + 1)) else len(text)
        else:
            if isinstance(value, list):
                yield from ((f"{where}, item {n}", item) for n, item in enumerate(value, 1))
            else:
                yield where, value
        line += text.count("\n", start, end)
        at = end


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return error.msg
    return "it is nested too deep" if isinstance(error, RecursionError) else "a number is too long"


def _machine(raw: object, where: str) -> Carried:
    if not isinstance(raw, dict):
        raise ConfigError(f"{where}: is no JSON object", hint=_HINT)
    read_table(raw, where, ("name", *KEYS))
    table: dict[str, Any] = {key: value for key, value in raw.items() if value is not None}
    name = table.pop("name", None)
    if name is None:
        macs = table.get("mac")
        first = macs[0] if isinstance(macs, list) and macs else macs
        name = first.replace(":", "-") if isinstance(first, str) and first else "no-name"
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
