"""Machines as a person reads them."""

import time
from collections.abc import Iterable, Iterator, Mapping

from pxectl.boot.machine import Machine, Netboot
from pxectl.boot.unknown import Unknown
from pxectl.ui.columns import columns
from pxectl.ui.printable import printable

_UNKNOWN_COLUMNS = ("MAC", "SEEN", "ASKED", "CLIENT", "FROM", "UUID", "VENDOR CLASS")
_COLUMNS = ("NAME", "MAC", "ADDRESS", "ARCH", "NETBOOT", "PROFILE", "TAGS")


def machine_columns(machines: Iterable[Machine]) -> str:
    """One line a machine, below a header; where each is from, if any is from no file."""
    every = tuple(machines)
    if not any(machine.origin for machine in every):
        return columns(_COLUMNS, map(_row, every))
    rows = ((*_row(machine), _dash(machine.origin)) for machine in every)
    return columns((*_COLUMNS, "FROM"), rows)


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


def unknown_columns(seen: Iterable[Unknown], now: float) -> str:
    """One line for each that asked and is not known, below a header.

    Args:
        seen: in the order in which they are shown.
        now: seconds since 1970.
    """
    return columns(_UNKNOWN_COLUMNS, (_unknown_row(one, now) for one in seen))


def _unknown_row(one: Unknown, now: float) -> tuple[str, ...]:
    client = one.client
    relayed = f"{client.relay} {client.circuit_id}".rstrip() if client.relay else ""
    return (
        str(client.mac),
        _ago(now - one.last_seen),
        str(one.times),
        client.label,
        _dash(relayed or client.interface),
        _dash(client.uuid),
        _dash(client.vendor_class),
    )


def _ago(seconds: float) -> str:
    """A span in its largest unit: `12 s ago`, `3 min ago`."""
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit} ago"
    return f"{int(max(seconds, 0))} s ago"


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
    if machine.secure_boot:
        yield "secure_boot", ["true"]
    yield "options", _table(machine.options)
    yield "quirks", _table({k: getattr(v, "value", v) for k, v in quirks.items() if v is not None})
    yield "vars", _table(machine.vars)
    ago = f", {machine.age(time.time())} ago" if machine.as_of else ""
    yield "origin", [f"{machine.origin}{ago}" if machine.origin else "a file of the site"]
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
