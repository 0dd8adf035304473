"""Leases as other programs keep theirs: JSON's shape, CSV, dnsmasq's and ISC dhcpd's files."""

import csv
import io
import re
import time
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any

from pxectl.boot.binding import Binding, State

_HOSTNAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_COLUMNS = ("address", "mac", "state", "since", "expires", "machine", "hostname", "firmware")


class LeaseFormat(Enum):
    """`leases export --format`."""

    CSV = "csv"
    JSON = "json"
    DNSMASQ = "dnsmasq"
    ISC = "isc"


def state_of(row: Binding, now: float) -> str:
    """`leased`, `released`, `quarantined`, or `expired` for what ended by itself."""
    over = row.state is not State.RELEASED and not row.holds(now)
    return "expired" if over else row.state.value


def lease_as_json(row: Binding, now: float) -> Mapping[str, Any]:
    """One lease in the shape of docs/json.md."""
    return {
        "address": str(row.address),
        "mac": str(row.mac),
        "state": state_of(row, now),
        "since": _utc(row.since),
        "expires": _utc(row.expires),
        "machine": row.machine or None,
        "hostname": row.hostname,
        "firmware": row.firmware,
    }


def written(rows: Iterable[Binding], format_: LeaseFormat, now: float) -> str:
    """The text of a file, but for JSON.

    Args:
        rows: in their order.
        format_: whose file; those of dnsmasq and ISC dhcpd hold leases that last.
        now: seconds since 1970.
    """
    return _WRITERS[format_](rows, now)


def _csv(rows: Iterable[Binding], now: float) -> str:
    file = io.StringIO()
    writer = csv.DictWriter(file, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        values = {**lease_as_json(row, now), "firmware": str(row.firmware).lower()}
        # what a client calls itself may end a row, or be a formula to whoever opens the file
        writer.writerow({**values, "hostname": _safe(row.hostname)})
    return file.getvalue()


def _dnsmasq(rows: Iterable[Binding], now: float) -> str:
    lines = (
        f"{int(row.expires)} {row.mac} {row.address} {_safe(row.hostname) or '*'} *\n"
        for row in _lasting(rows, now)
    )
    return "".join(lines)


def _isc(rows: Iterable[Binding], now: float) -> str:
    """dhcpd.leases(5); times are UTC, a name that needs quotes is left out."""
    blocks = []
    for row in _lasting(rows, now):
        name = _safe(row.hostname)
        named = f'  client-hostname "{name}";\n' if name else ""
        blocks.append(
            f"lease {row.address} {{\n"
            f"  starts {_isc_time(row.since)};\n  ends {_isc_time(row.expires)};\n"
            f"  binding state active;\n  hardware ethernet {row.mac};\n{named}}}\n"
        )
    return "".join(blocks)


_WRITERS: Mapping[LeaseFormat, Callable[[Iterable[Binding], float], str]] = {
    LeaseFormat.CSV: _csv,
    LeaseFormat.DNSMASQ: _dnsmasq,
    LeaseFormat.ISC: _isc,
}


def _lasting(rows: Iterable[Binding], now: float) -> Iterable[Binding]:
    return (row for row in rows if row.state is State.LEASED and row.holds(now))


def _safe(hostname: str) -> str:
    return hostname if _HOSTNAME.fullmatch(hostname) else ""


def _utc(moment: float) -> str:
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
    except (OverflowError, ValueError, OSError):  # a clock that was far off
        return f"@{moment:.0f}"


def _isc_time(moment: float) -> str:
    return time.strftime("%w %Y/%m/%d %H:%M:%S", time.gmtime(min(max(moment, 0), 2**32)))
