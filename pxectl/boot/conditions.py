"""The keys of `match` (DESIGN.md 4): each becomes a condition that holds or says why not.

Everything is checked when the rule is read: a key or value that could never match is an error
there, not a rule that silently never applies.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv4Network
from uuid import UUID

from pxectl.boot.client import Firmware
from pxectl.boot.condition import (
    Condition,
    Reader,
    either,
    listed,
    star_only,
    text_condition,
    texts,
)
from pxectl.boot.facts import Facts
from pxectl.boot.machine import Netboot
from pxectl.boot.moments import read_boots, read_time, read_weekday
from pxectl.errors import ConfigError
from pxectl.mac import MAC
from pxectl.wire.iana import Arch


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
        return text_condition(key, texts(value, where), lambda facts: _var(facts, name))
    if key == "vars" and isinstance(value, Mapping):
        parts = tuple(_condition(f"vars.{k}", v, where) for k, v in value.items())
        return _all_of(key, parts)
    reader = _READERS.get(key)
    if reader is None:
        known = [*_READERS, "vars.KEY"]
        hint = _nearest(key, known, f"keys are {', '.join(known)}")
        raise ConfigError(f"{where}: there is no such key", hint=hint)
    return reader(key, value, where)


def _nearest(text: str, known: Sequence[str], otherwise: str) -> str:
    found = get_close_matches(text, known, n=1)
    return f"did you mean `{found[0]}`?" if found else otherwise


def _var(facts: Facts, name: str) -> str | None:
    value = facts.machine.vars.get(name) if facts.machine else None
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


# ---- kinds of keys


def _read_text(find: Callable[[Facts], str | None]) -> Reader:
    return lambda key, value, where: text_condition(key, texts(value, where), find)


_OCTET = r"(?:[0-9a-f]{2}|[0-9a-f]{0,2}\*[0-9a-f]{0,2})"
_MAC_PATTERN = re.compile(f"{_OCTET}(?::{_OCTET}){{0,5}}")


def _read_mac(key: str, value: object, where: str) -> Condition:
    wanted = []
    for text in texts(value, where):
        if "*" in text:
            pattern = text.lower().replace("-", ":")
            if not _MAC_PATTERN.fullmatch(pattern):
                raise ConfigError(
                    f"{where}: `{text}` can match no MAC address",
                    hint="write a pattern such as `52:54:00:*`",
                )
            wanted.append(pattern)
            continue
        try:
            wanted.append(str(MAC.parse(text)))
        except ValueError as error:
            raise ConfigError(
                f"{where}: {error}", hint="write six octets, or a pattern with `*`"
            ) from None
    return text_condition(
        key, wanted, lambda facts: str(facts.client.mac) if facts.client.mac else None
    )


def _read_named(names: Iterable[str], find: Callable[[Facts], str | None]) -> Reader:
    known = tuple(names)

    def read(key: str, value: object, where: str) -> Condition:
        wanted = texts(value, where)
        for text in wanted:
            if not any(fnmatchcase(name, star_only(text.lower())) for name in known):
                hint = _nearest(text.lower(), known, f"it is one of {', '.join(known)}")
                raise ConfigError(f"{where}: there is no {key} `{text}`", hint=hint)
        return text_condition(key, wanted, find)

    return read


def _read_arch(key: str, value: object, where: str) -> Condition:
    # EBC is what many x64 machines send (netboot.md 3.1, 15); identify() reads it as x64
    same = {"ebc": "x64-uefi", "ebc-http": "x64-uefi-http"}
    wanted = [same.get(text.lower(), text) for text in texts(value, where)]
    named = [text for text in wanted if not re.fullmatch(r"arch\d+", text)]
    if named:
        _read_named([arch.label for arch in Arch], _arch)(key, named, where)
    return text_condition(key, wanted, _arch)


def _arch(facts: Facts) -> str | None:
    return facts.client.arch.label if facts.client.arch is not None else None


def _read_uuid(key: str, value: object, where: str) -> Condition:
    wanted = []
    for text in texts(value, where):
        try:
            wanted.append(text if "*" in text else str(UUID(text)))
        except ValueError:
            raise ConfigError(
                f"{where}: `{text}` is not a UUID",
                hint="write it as `dmidecode -s system-uuid` prints it",
            ) from None
    return text_condition(
        key, wanted, lambda facts: str(facts.client.uuid) if facts.client.uuid else None
    )


def _read_network(find: Callable[[Facts], IPv4Address | IPv4Network | None]) -> Reader:
    def read(key: str, value: object, where: str) -> Condition:
        wanted = texts(value, where)
        try:
            networks = [IPv4Network(text) for text in wanted]
        except ValueError as error:
            raise ConfigError(
                f"{where}: {error}", hint="write a network such as `10.77.0.0/24` or an address"
            ) from None

        def holds(facts: Facts) -> bool:
            have = find(facts)
            if have is None:
                return False
            inner = have if isinstance(have, IPv4Network) else IPv4Network(have)
            return any(inner.subnet_of(network) for network in networks)

        def why_not(facts: Facts) -> str:
            have = find(facts)
            if have is None:
                return f"{key} is not known"
            return f"{key} is {have}, not in {either(wanted)}"

        return Condition(key, holds, why_not)

    return read


def _read_known(key: str, value: object, where: str) -> Condition:
    if not isinstance(value, bool):
        raise ConfigError(f"{where} is neither true nor false", hint="write `known = true`")
    return Condition(
        key,
        lambda facts: (facts.machine is not None) is value,
        lambda facts: "the machine is known" if facts.machine else "the machine is not known",
    )


def _read_tags(key: str, value: object, where: str) -> Condition:
    wanted = texts(value, where)
    patterns = [star_only(text.lower()) for text in wanted]

    def holds(facts: Facts) -> bool:
        have = facts.machine.tags if facts.machine else ()
        return any(fnmatchcase(tag.lower(), pattern) for tag in have for pattern in patterns)

    def why_not(facts: Facts) -> str:
        have = facts.machine.tags if facts.machine else ()
        return (
            f"tags are {', '.join(have)}, none of {either(wanted)}"
            if have
            else f"it has no tags, none of {either(wanted)}"
        )

    return Condition(key, holds, why_not)


# ---- nesting


def _all_of(key: str, parts: tuple[Condition, ...]) -> Condition:
    def why_not(facts: Facts) -> str:
        return next(part.why_not(facts) for part in parts if not part.holds(facts))

    return Condition(key, lambda facts: all(part.holds(facts) for part in parts), why_not)


def _read_not(key: str, value: object, where: str) -> Condition:
    inner = parse_match(value, where)
    if not inner:
        raise ConfigError(
            f"{where} is empty, which nothing can match", hint="name a key or remove it"
        )
    names = ", ".join(part.key for part in inner)
    return Condition(
        key,
        lambda facts: not all(part.holds(facts) for part in inner),
        lambda facts: f"{names} {'holds' if len(inner) == 1 else 'hold'}, and the rule says not",
    )


def _read_any(key: str, value: object, where: str) -> Condition:
    tables = listed(value)
    if not tables:
        raise ConfigError(
            f"{where} is an empty list, which nothing can match", hint="name a table or remove it"
        )
    branches = [_all_of(key, parse_match(table, f"{where}[{n}]")) for n, table in enumerate(tables)]
    return Condition(
        key,
        lambda facts: any(branch.holds(facts) for branch in branches),
        lambda facts: "none of any: " + "; ".join(branch.why_not(facts) for branch in branches),
    )


_READERS: dict[str, Reader] = {
    "mac": _read_mac,
    "arch": _read_arch,
    "firmware": _read_named(
        [firmware.value for firmware in Firmware],
        lambda facts: facts.client.firmware.value if facts.client.firmware else None,
    ),
    "vendor_class": _read_text(lambda facts: facts.client.vendor_class),
    "user_class": _read_text(lambda facts: facts.client.user_class),
    "hostname": _read_text(lambda facts: facts.client.hostname),
    "uuid": _read_uuid,
    "serial": _read_text(
        lambda facts: facts.client.serial or (facts.machine.serial if facts.machine else None)
    ),
    "interface": _read_text(lambda facts: facts.client.interface),
    "subnet": _read_network(lambda facts: facts.client.subnet),
    "relay": _read_network(lambda facts: facts.client.relay),
    "circuit_id": _read_text(lambda facts: facts.client.circuit_id),
    "remote_id": _read_text(lambda facts: facts.client.remote_id),
    "known": _read_known,
    "name": _read_text(lambda facts: facts.machine.name if facts.machine else None),
    "tags": _read_tags,
    "netboot": _read_named(
        [netboot.value for netboot in Netboot],
        lambda facts: facts.machine.netboot.value if facts.machine else None,
    ),
    "profile": _read_text(lambda facts: facts.machine.profile if facts.machine else None),
    "time": read_time,
    "weekday": read_weekday,
    "boots": read_boots,
    "not": _read_not,
    "any": _read_any,
}

MATCH_KEYS: tuple[str, ...] = (*_READERS, "vars.KEY")
