"""What the formats share that know one MAC an entry, and little more than names and addresses."""

import json
from collections.abc import Iterable
from dataclasses import replace

from pxectl.boot.machine import Machine
from pxectl.store.exchange.carried import Carried
from pxectl.store.machines import table_of


def joined(drafts: Iterable[Carried]) -> tuple[Carried, ...]:
    """One draft where several differ in MAC and name alone: a machine with several NICs.

    They must share a host name or an address; else all that say nothing would be one. A host name
    that is the draft's name goes: it is so by default.
    """
    found: dict[str, Carried] = {}
    for draft in drafts:
        table = dict(draft.table)
        macs = table.pop("mac", [])
        shares = "hostname" in table or "address" in table
        boots = repr(draft.profile)
        alike = json.dumps([table, boots] if shares else len(found), sort_keys=True, default=str)
        first = found.get(alike)
        if first is None:
            found[alike] = draft
        else:
            all_macs = [*first.table["mac"], *macs]
            notes = tuple(dict.fromkeys((*first.notes, *draft.notes)))
            found[alike] = replace(first, table={**first.table, "mac": all_macs}, notes=notes)
    return tuple(map(_without_default, found.values()))


def _without_default(draft: Carried) -> Carried:
    if draft.table.get("hostname") != draft.name:
        return draft
    return replace(draft, table={k: v for k, v in draft.table.items() if k != "hostname"})


def lost(machine: Machine, holds: Iterable[str], program: str) -> list[tuple[str, str]]:
    """What of a machine's file another program has no place for, as one note.

    Args:
        machine: it.
        holds: keys of the file that are carried over.
        program: its name.
    """
    kept = {"mac", *holds}
    keys = [key for key in table_of(machine) if key not in kept]
    return [(machine.name, f"{', '.join(keys)}: {program} has no place for it")] if keys else []


def unused(name: str, taken: set[str]) -> str:
    """The name, or one like it that is not taken; it is from now on."""
    free, n = name, 1
    while free in taken:
        n += 1
        free = f"{name}-{n}"
    taken.add(free)
    return free
