"""CSV with a header line of our own keys ↔ machines.

`mac` and `tags` hold several, with blanks or `;` between them; `options.router`, `quirks.style` and
`vars.disk` are columns of their own. A cell of `vars` that is JSON (`true`, `16`, `["a", "b"]`) is
that value, everything else is a text. An empty cell says nothing.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pxectl.boot.machine import Machine
from pxectl.boot.profile import Profile
from pxectl.errors import ConfigError
from pxectl.mac import MAC
from pxectl.store.exchange.carried import Carried, Haul, Written
from pxectl.store.exchange.optiontext import option_texts, read_option
from pxectl.store.given import given_quirks
from pxectl.store.machines import KEYS, table_of
from pxectl.store.values import near, read_mac
from pxectl.wire.registry import Kind, meaning_of

_TABLES = ("options", "quirks", "vars")
_PLAIN = ("name", *(key for key in KEYS if key not in _TABLES))
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_BY_BLANKS = frozenset((Kind.ADDRESSES, Kind.U8S, Kind.U16S, Kind.DOMAINS))


def read_csv(text: str, where: str) -> Haul:
    """The machines of a CSV file; commas, semicolons or tabs stand between its cells.

    Raises:
        ConfigError: it has no header line of our keys, or is no CSV.
    """
    first = next((line for line in text.split("\n") if line.strip()[:1] not in ("", "#")), "")
    delimiter = max(",;\t", key=first.count)
    # `splitlines` ends a line at characters, too, that a cell may hold
    rows = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter)
    machines, refused = [], []
    columns: list[str] = []
    try:
        for row in rows:
            if not any(map(str.strip, row)) or row[0].startswith("#"):
                continue
            place = f"{where}, line {rows.line_num}"
            if not columns:
                columns = _columns(row, place)
                continue
            try:
                machines.append(_machine(columns, row, place))
            except ConfigError as error:
                refused.append(error)
    except csv.Error as error:
        raise ConfigError(
            f"{where}: line {rows.line_num}: {error}", hint="check the quotes there"
        ) from None
    if not columns:
        raise ConfigError(
            f"{where}: has no header line", hint="the first line names columns: mac,…"
        )
    return Haul(tuple(machines), tuple(refused))


def _columns(row: list[str], place: str) -> list[str]:
    columns = [cell.strip() for cell in row]
    for n, column in enumerate(columns):
        table, dot, key = column.partition(".")
        if table.lower() in _TABLES and dot and key:
            columns[n] = f"{table.lower()}.{key}"
        elif column.lower() in _PLAIN:
            columns[n] = column.lower()
        else:
            known = (*_PLAIN, *(f"{key}.NAME" for key in _TABLES))
            raise ConfigError(f"{place}: there is no column `{column}`", hint=near(column, known))
    if "mac" not in columns:
        raise ConfigError(f"{place}: there is no column `mac`", hint="the first line names columns")
    if len(set(columns)) < len(columns):
        twice = next(column for column in columns if columns.count(column) > 1)
        raise ConfigError(f"{place}: the column `{twice}` stands there twice", hint="keep one")
    return columns


def _machine(columns: list[str], row: list[str], place: str) -> Carried:
    if len(row) > len(columns) and any(row[len(columns) :]):
        raise ConfigError(f"{place}: has more cells than columns", hint="check its quotes")
    table: dict[str, Any] = {}
    for column, cell in zip(columns, row, strict=False):
        if cell.strip():
            key, _, inner = column.partition(".")
            try:
                value = _value(key, inner, cell)
            except ValueError as error:
                raise ConfigError(f"{place}: {column}: {error}", hint="mend that cell") from None
            if inner:
                table.setdefault(key, {}).update(value)
            else:
                table[key] = value
    name = table.pop("name", "")
    if not table.get("mac"):
        raise ConfigError(f"{place}: has no mac", hint="pxectl knows machines by MAC")
    table["mac"] = [str(read_mac(mac, f"{place}: mac")) for mac in table["mac"]]
    return Carried(name or MAC.parse(table["mac"][0]).dashed, table, place)


def _value(key: str, inner: str, cell: str) -> Any:  # noqa: ANN401 - of any type that TOML has
    match key:
        case "mac":
            return re.split(r"[\s;]+", cell.strip(" ;"))
        case "tags":
            texts = cell.split(";") if ";" in cell else cell.split()
            return [text.strip() for text in texts if text.strip()]
        case "dhcp" | "secure_boot":
            return _FLAGS.get(cell.strip().lower(), cell)
        case "options":
            return {inner: _option(inner, cell)}
        case "quirks":
            return given_quirks([f"{inner}={cell.strip()}"])
        case "vars":
            return {inner: _var(cell)}
        case "serial":
            return cell
        case _:
            return cell.strip()


def _option(name: str, cell: str) -> object:
    meaning = meaning_of(name)
    if meaning.kind in _BY_BLANKS:
        return read_option(meaning, re.split(r"[\s;,]+", cell.strip(" ;,")))
    if meaning.kind is Kind.ROUTES:
        return read_option(meaning, [text.strip() for text in cell.strip(" ;").split(";")])
    return read_option(meaning, [cell if meaning.kind is Kind.TEXT else cell.strip()])


def _var(cell: str) -> object:
    try:
        value: object = json.loads(cell)
    except (ValueError, RecursionError):
        return cell
    return cell if value is None else value


def write_csv(machines: Iterable[Machine], _: Mapping[str, Profile]) -> Written:
    """A header line with the columns that are needed, and one line a machine."""
    notes: list[tuple[str, str]] = []
    rows = [dict(_cells(machine, notes)) for machine in machines]
    order = {key: n for n, key in enumerate((*_PLAIN, *_TABLES))}
    used = dict.fromkeys(column for row in rows for column in row)
    others = [column for column in used if column not in ("name", "mac")]
    columns = ["name", "mac", *sorted(others, key=lambda c: (order[c.partition(".")[0]], c))]
    cells = ([row.get(column, "") for column in columns] for row in rows)
    return Written("".join(map(_line, (columns, *cells))), tuple(notes))


def _line(cells: list[str]) -> str:
    """One row. A cell is quoted if it holds what may end a row, which is more than ends ours."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerow(cells)
    return file.getvalue().removesuffix("\r\n") + "\n"


def _cells(machine: Machine, notes: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    yield "name", machine.name
    for key, value in table_of(machine).items():
        match key:
            case "mac":
                yield key, " ".join(value)
            case "tags":
                tags = [tag for tag in value if ";" not in tag and tag == tag.strip()]
                if len(tags) < len(value):
                    notes.append((machine.name, "tags with `;` or outer blanks: CSV has no place"))
                blanks = any(map(str.isspace, "".join(tags)))
                yield key, ";".join([*tags, ""]) if blanks else " ".join(tags)
            case "dhcp" | "secure_boot":
                yield key, str(value).lower()
            case "options":
                for name, option in value.items():
                    between = ";" if meaning_of(name).kind is Kind.ROUTES else " "
                    yield f"options.{name}", between.join(option_texts(option))
            case "quirks":
                for name, quirk in value.items():
                    yield f"quirks.{name}", str(quirk)
            case "vars":
                for name, var in value.items():
                    yield f"vars.{name}", _var_cell(var)
            case _:
                yield key, value


def _var_cell(value: object) -> str:
    """A text as it is, unless it would be read as something else."""
    if isinstance(value, str) and value and value == value.strip() and value.isprintable():
        return value if _var(value) == value else json.dumps(value)
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value, default=str)
