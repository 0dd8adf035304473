"""The keys of `match` (DESIGN.md 4): each becomes a condition that holds or says why not.

Everything is checked when the rule is read: a key or value that could never match is an error
there, not a rule that silently never applies.
"""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from pxectl.boot.client import Firmware
from pxectl.boot.condition import (
    Condition,
    Handle,
    Reader,
    either,
    listed,
    nearest,
    star_only,
    text_condition,
    text_handles,
    texts,
)
from pxectl.boot.facts import Facts
from pxectl.boot.identities import read_arch, read_mac, read_named, read_network, read_uuid
from pxectl.boot.machine import Netboot
from pxectl.boot.moments import read_boots, read_time, read_weekday
from pxectl.errors import ConfigError

_STRANGER = "the machine is not known"


def parse_match(raw: object, where: str) -> tuple[Condition, ...]:
    """The conditions of a `match` table; all must hold.

    Args:
        raw: the table as TOML gave it.
        where: what to call it in errors, such as `rule "gpu nodes": match`.

    Raises:
        ConfigError: an unknown key, with the nearest right one, or a value that can never match.
    """
    if not isinstance(raw, Mapping):
        raise ConfigError(f"{where} is not a table", hint='write `match = { arch = "x64-uefi" }`')
    return tuple(_condition(str(key), value, where) for key, value in raw.items())


def _condition(key: str, value: object, where: str) -> Condition:
    where = f"{where}.{key}"
    if key.startswith("vars.") and len(key) > len("vars."):
        name = key.removeprefix("vars.")
        wanted = texts(value, where)
        return text_condition(key, wanted, lambda facts: _var(facts, name), _lacks(key))
    if key == "vars" and isinstance(value, Mapping):
        parts = tuple(_condition(f"vars.{k}", v, where) for k, v in value.items())
        return _all_of(key, _not_empty(parts, where))
    reader = _READERS.get(key)
    if reader is None:
        known = [*_READERS, "vars.KEY"]
        hint = nearest(key, known, f"keys are {', '.join(known)}")
        raise ConfigError(f"{where}: there is no such key", hint=hint)
    return reader(key, value, where)


def _var(facts: Facts, name: str) -> str | None:
    value = facts.machine.vars.get(name) if facts.machine else None
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


# ---- kinds of keys


def _lacks(key: str) -> Callable[[Facts], str]:
    """The reason where the inventory says nothing."""
    return lambda facts: f"{facts.machine.name} has no {key}" if facts.machine else _STRANGER


def _read_text(
    find: Callable[[Facts], str | None], why_absent: Callable[[Facts], str] | None = None
) -> Reader:
    return lambda key, value, where: text_condition(key, texts(value, where), find, why_absent)


def _read_known(key: str, value: object, where: str) -> Condition:
    if not isinstance(value, bool):
        raise ConfigError(f"{where} is neither true nor false", hint="write `known = true`")

    def what_is(facts: Facts) -> str:
        return "the machine is known" if facts.machine else _STRANGER

    def is_known(facts: Facts) -> bool:
        return facts.machine is not None

    handle = Handle((key, 0), lambda facts: (is_known(facts),), frozenset((value,)))
    return Condition(
        key,
        lambda facts: is_known(facts) is value,
        what_is,
        what_is,
        (handle,),
        frozenset((value,)),
    )


def _read_tags(key: str, value: object, where: str) -> Condition:
    wanted = texts(value, where)
    lower = [text.lower() for text in wanted]
    patterns = [star_only(text) for text in lower]

    def tags(facts: Facts) -> tuple[str, ...]:
        return facts.machine.tags if facts.machine else ()

    def holds(facts: Facts) -> bool:
        return any(fnmatchcase(tag.lower(), glob) for tag in tags(facts) for glob in patterns)

    def what_is(facts: Facts) -> str:
        return f"tags are {', '.join(facts.machine.tags)}" if facts.machine else ""

    def why_not(facts: Facts) -> str:
        if not facts.machine or not facts.machine.tags:
            return _lacks("tags")(facts)
        return f"{what_is(facts)}, none of {either(wanted)}"

    handles = text_handles(key, lower, tags)
    return Condition(key, holds, why_not, what_is, handles, frozenset(lower))


# ---- nesting


def _not_empty(parts: tuple[Condition, ...], where: str) -> tuple[Condition, ...]:
    if not parts:
        raise ConfigError(f"{where} is empty, which says nothing", hint="name a key or remove it")
    return parts


def _all_of(key: str, parts: tuple[Condition, ...]) -> Condition:
    return Condition(
        key,
        lambda facts: all(part.holds(facts) for part in parts),
        lambda facts: next(part.why_not(facts) for part in parts if not part.holds(facts)),
        lambda facts: " and ".join(part.what_is(facts) for part in parts),
        next((part.handles for part in parts if part.handles), ()),
        parts=(parts,),
    )


def _read_not(key: str, value: object, where: str) -> Condition:
    inner = _all_of(key, _not_empty(parse_match(value, where), where))
    return Condition(
        key,
        lambda facts: not inner.holds(facts),
        lambda facts: f"{inner.what_is(facts)}, which `not` rules out",
        inner.why_not,
        parts=inner.parts,
    )


def _read_any(key: str, value: object, where: str) -> Condition:
    tables = listed(value)
    if not tables:
        raise ConfigError(
            f"{where} is an empty list, which nothing can match", hint="name a table or remove it"
        )
    branches = []
    for number, table in enumerate(tables):
        place = f"{where}[{number}]"
        branches.append(_all_of(key, _not_empty(parse_match(table, place), place)))
    return Condition(
        key,
        lambda facts: any(branch.holds(facts) for branch in branches),
        lambda facts: "none of any: " + "; ".join(branch.why_not(facts) for branch in branches),
        lambda facts: next(branch.what_is(facts) for branch in branches if branch.holds(facts)),
        tuple(handle for branch in branches for handle in branch.handles)
        if all(branch.handles for branch in branches)
        else (),
        parts=tuple(branch.parts[0] for branch in branches),
    )


_READERS: dict[str, Reader] = {
    "mac": read_mac,
    "arch": read_arch,
    "firmware": read_named(
        [firmware.value for firmware in Firmware],
        lambda facts: facts.client.firmware.value if facts.client.firmware else None,
    ),
    "vendor_class": _read_text(lambda facts: facts.client.vendor_class),
    "user_class": _read_text(lambda facts: facts.client.user_class),
    "hostname": _read_text(lambda facts: facts.client.hostname),
    "uuid": read_uuid,
    "serial": _read_text(
        lambda facts: facts.client.serial or (facts.machine.serial if facts.machine else None)
    ),
    "interface": _read_text(lambda facts: facts.client.interface),
    "subnet": read_network(lambda facts: facts.client.subnet),
    "relay": read_network(lambda facts: facts.client.relay, "it came through no relay"),
    "circuit_id": _read_text(lambda facts: facts.client.circuit_id),
    "remote_id": _read_text(lambda facts: facts.client.remote_id),
    "known": _read_known,
    "name": _read_text(lambda facts: facts.machine.name if facts.machine else None, _lacks("name")),
    "tags": _read_tags,
    "netboot": read_named(
        [netboot.value for netboot in Netboot],
        lambda facts: facts.machine.netboot.value if facts.machine else None,
        _lacks("netboot"),
    ),
    "profile": _read_text(
        lambda facts: facts.machine.profile if facts.machine else None, _lacks("profile")
    ),
    "time": read_time,
    "weekday": read_weekday,
    "boots": read_boots,
    "not": _read_not,
    "any": _read_any,
}

MATCH_KEYS: tuple[str, ...] = (*_READERS, "vars.KEY")
