"""Leases as people read them."""

from collections.abc import Iterable

from pxectl.boot.binding import Binding
from pxectl.boot.machine import age
from pxectl.ui.columns import columns


def lease_columns(rows: Iterable[tuple[Binding, str]], now: float) -> str:
    """A table of leases.

    Args:
        rows: each with the word for its state.
        now: seconds since 1970.
    """
    return columns(
        ("ADDRESS", "MAC", "NAME", "STATE", "ENDS", "HOSTNAME"),
        (
            (
                str(row.address), str(row.mac), row.machine or "-", state, _ends(row, state, now),
                row.hostname or "-",
            )
            for row, state in rows
        ),
    )  # fmt: skip


def _ends(row: Binding, state: str, now: float) -> str:
    if state in ("leased", "quarantined"):
        return f"in {age(row.expires - now)}"
    return f"{age(now - row.rests_from)} ago"
