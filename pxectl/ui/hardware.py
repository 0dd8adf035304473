"""Machines as a person reads them."""

from collections.abc import Iterable, Iterator, Mapping

from pxectl.boot.machine import Machine, Netboot
from pxectl.ui.columns import columns
from pxectl.ui.printable import printable

_COLUMNS = ("NAME", "MAC", "ADDRESS", "ARCH", "NETBOOT", "PROFILE", "TAGS")


def machine_columns(machines: Iterable[Machine]) -> str:
    """One line a machine, below a header."""
    return columns(_COLUMNS, map(_row, machines))


def _row(machine: Machine) -> tuple[str, ...]:
    return (
        machine.name,
        ",".join(map(str, machine.macs)),
        _dash(machine.address),
        _dash(machine.arch),
        machine.netboot.value,
        _dash(machine.profile),
        _dash(",".join(machine.tags)),
    )


def machine_text(machine: Machine, file: str) -> str:
    """Everything about one machine, a line each; what its file does not say is told as such.

    Args:
        machine: it.
        file: where it stands.
    """
    lines = [machine.name]
    for key, values in _facts(machine, file):
        first, *others = values or ["-"]
        lines += [f"  {key:<10}{first}", *(f"{'':<12}{other}" for other in others)]
    return "".join(f"{printable(line, 500)}\n" for line in lines)


def _facts(machine: Machine, file: str) -> Iterator[tuple[str, list[str]]]:
    usual = " (default)" if machine.netboot is Netboot.ALWAYS else ""
    quirks = {key: getattr(machine.quirks, key) for key in machine.quirks.__slots__}
    yield "mac", [str(mac) for mac in machine.macs]
    yield "address", [_dash(machine.address)]
    yield "hostname", [machine.hostname or f"{machine.name} (its name)"]
    yield "arch", [_dash(machine.arch)]
    yield "uuid", [_dash(machine.uuid)]
    yield "serial", [_dash(machine.serial)]
    yield "tags", [_dash(", ".join(machine.tags))]
    yield "netboot", [f"{machine.netboot.value}{usual}"]
    yield "profile", [machine.profile or "- (only a rule can name one)"]
    yield "dhcp", ["true (default)" if machine.dhcp else "false"]
    yield "options", _table(machine.options)
    yield "quirks", _table({k: getattr(v, "value", v) for k, v in quirks.items() if v is not None})
    yield "vars", _table(machine.vars)
    yield "origin", [machine.origin or "a file of the site"]
    yield "file", [file]


def _table(table: Mapping[str, object]) -> list[str]:
    return [f"{key} = {_value(value)}" for key, value in table.items()]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    return str(value)


def _dash(value: object) -> str:
    return str(value) if value else "-"
