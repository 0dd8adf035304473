"""Two versions of a site → what changed, one line each, as a person reads it."""

from collections.abc import Iterator, Mapping
from typing import Any

from pxectl.boot.machine import Machine
from pxectl.store.site import Loaded

MOST = 5
"""Names in a row before the rest is counted: `git checkout` can change thousands of machines."""


def changes(before: Loaded, after: Loaded) -> tuple[str, ...]:
    """Lines such as `machine node1 added`; none if nothing that matters changed."""
    return tuple(_lines(before, after))


def _lines(before: Loaded, after: Loaded) -> Iterator[str]:
    old, new = before.site, after.site
    yield from _named("machine", _by_name(old.inventory.machines), _by_name(new.inventory.machines))
    yield from _named("profile", old.rules.profiles, new.rules.profiles)
    yield from _named("template", old.templates, new.templates)
    if before.raw.get("rule") != after.raw.get("rule"):
        yield f"rule list changed: {_count(len(after.raw.get('rule', [])), 'rule')}"
    if old.subnets != new.subnets:
        yield f"subnets changed: {_count(len(new.subnets), 'subnet')}"
    for key in sorted({*before.raw.get("serve", {}), *after.raw.get("serve", {})}):
        was, now = (loaded.raw.get("serve", {}).get(key) for loaded in (before, after))
        if was != now:
            yield f"serve.{key} changed"
    yield from _named(
        "iPXE for",
        {arch.label: nbp for arch, nbp in old.nbps.items()},
        {arch.label: nbp for arch, nbp in new.nbps.items()},
    )


def _by_name(machines: tuple[Machine, ...]) -> Mapping[str, Machine]:
    return {machine.name: machine for machine in machines}


def _named(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    changed = [name for name in old.keys() & new.keys() if old[name] != new[name]]
    for verb, names in (
        ("added", sorted(new.keys() - old.keys())),
        ("changed", sorted(changed)),
        ("removed", sorted(old.keys() - new.keys())),
    ):
        for name in names[:MOST]:
            yield f"{what} {name} {verb}"
        if len(names) > MOST:
            yield f"… and {len(names) - MOST} more {verb}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
