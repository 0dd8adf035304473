"""Two versions of a site → what changed, one line each, as a person reads it."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from typing import Any

from pxectl.boot.differ import Difference, differences, told
from pxectl.boot.machine import Machine
from pxectl.boot.rehearse import Standpoint
from pxectl.errors import ConfigError
from pxectl.store.site import Loaded

NOWHERE = Standpoint("-", IPv4Address(0), None)
MOST = 5
"""Names in a row before the rest is counted: `git checkout` can change thousands of machines."""


def changes(
    before: Loaded, after: Loaded, here: Standpoint = NOWHERE, now: float = 0.0
) -> tuple[str, ...]:
    """Lines such as `machine node1 added: boots debian by …`; none if nothing that matters changed.

    Args:
        before: the version that was in force.
        after: the new one.
        here: where clients ask.
        now: seconds since 1970, for rules about the time.
    """
    return tuple(_lines(before, after, here, now))


def redecided(
    before: Loaded, after: Loaded, here: Standpoint, now: float
) -> tuple[Difference, ...]:
    """Whoever was there before, is there now, and gets something else.

    Machines that stayed as they are get what they got while the rules do: nobody asks for them.

    Args:
        before: the version that was in force.
        after: the new one.
        here: where clients ask.
        now: seconds since 1970, for rules about the time.
    """
    changed = None
    if all(before.raw.get(key) == after.raw.get(key) for key in ("rule", "profile", "serve")):
        old, new = (_by_name(loaded.site.inventory.machines) for loaded in (before, after))
        changed = {name for name in old.keys() & new.keys() if old[name] != new[name]}
        if not changed:
            return ()
    found = differences(before.site, after.site, here, now, changed)
    return tuple(one for one in found if one.before and one.after)


def _lines(before: Loaded, after: Loaded, here: Standpoint, now: float) -> Iterator[str]:
    yield from _mended(before, after)
    old, new = before.site, after.site
    machines = _by_name(old.inventory.machines), _by_name(new.inventory.machines)
    added = set(sorted(machines[1].keys() - machines[0].keys())[:MOST])
    found = tuple(differences(old, new, here, now, added)) if added else ()
    gets = {d.name: told(d.after) for d in reversed(found) if d.after and not d.before}
    yield from _named("machine", *machines, gets)
    yield from _named("profile", old.rules.profiles, new.rules.profiles)
    yield from _named("template", old.templates, new.templates)
    yield from _named("site.vars", old.vars, new.vars)
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


def _named(
    what: str, old: Mapping[str, Any], new: Mapping[str, Any], gets: Mapping[str, str] | None = None
) -> Iterator[str]:
    changed = [name for name in old.keys() & new.keys() if old[name] != new[name]]
    for verb, names in (
        ("added", sorted(new.keys() - old.keys())),
        ("changed", sorted(changed)),
        ("removed", sorted(old.keys() - new.keys())),
    ):
        for name in names[:MOST]:
            its = gets.get(name, "") if gets and verb == "added" else ""
            yield f"{what} {name} {verb}: {its}" if its else f"{what} {name} {verb}"
        if len(names) > MOST:
            yield f"… and {len(names) - MOST} more {verb}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _mended(before: Loaded, after: Loaded) -> Iterator[str]:
    """Files that were wrong and are not: with the content of before nothing else would be told."""
    wrong = {_where(problem) for problem in after.problems}
    for file in dict.fromkeys(_where(problem) for problem in before.problems):
        if file not in wrong:
            yield f"{file} can be used again"


def _where(problem: ConfigError) -> str:
    return problem.message.partition(": ")[0]
