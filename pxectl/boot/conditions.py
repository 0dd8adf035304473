"""The keys of `match` (DESIGN.md 4): each becomes a condition that holds or says why not.

Everything is checked when the rule is read: a key or value that could never match is an error there,
not a rule that silently never applies.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv4Network
from uuid import UUID

from pxectl.boot.client import Firmware
from pxectl.boot.facts import Facts
from pxectl.boot.machine import Netboot
from pxectl.errors import ConfigError
from pxectl.mac import MAC
from pxectl.wire.iana import Arch

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Condition:
    """One key of `match`."""

    key: str
    holds: Callable[[Facts], bool]
    why_not: Callable[[Facts], str]
    """The reason, as a person reads it: `arch is x64-uefi, not arm64-uefi`."""


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
        return _text(key, _texts(value, where), lambda facts: _var(facts, name))
    if key == "vars" and isinstance(value, Mapping):
        parts = tuple(_condition(f"vars.{k}", v, where) for k, v in value.items())
        return _all_of(key, parts)
    reader = _READERS.get(key)
    if reader is None:
        nearest = get_close_matches(key, [*_READERS, "vars.KEY"], n=1)
        hint = (
            f"did you mean `{nearest[0]}`?"
            if nearest
            else f"keys are {', '.join(_READERS)}, vars.KEY"
        )
        raise ConfigError(f"{where}: there is no such key", hint=hint)
    return reader(key, value, where)


def _var(facts: Facts, name: str) -> str | None:
    value = facts.machine.vars.get(name) if facts.machine else None
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


# ---- values


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _texts(value: object, where: str) -> list[str]:
    texts = []
    for item in _listed(value):
        if isinstance(item, bool):
            texts.append(str(item).lower())
        elif isinstance(item, str | int | float):
            texts.append(str(item))
        else:
            raise ConfigError(
                f"{where} is neither text nor a list of texts",
                hint='write `"text"` or `["one", "two"]`',
            )
    if not texts:
        raise ConfigError(
            f"{where} is an empty list, which nothing can match",
            hint="name a value or remove the key",
        )
    return texts


def _either(wanted: Iterable[str]) -> str:
    return " or ".join(wanted)


def _text(key: str, wanted: list[str], find: Callable[[Facts], str | None]) -> Condition:
    """Text with `*` for anything, compared without regard to case."""
    patterns = [pattern.lower() for pattern in wanted]
    exact = frozenset(p for p in patterns if not set(p) & set("*?["))
    globs = [p for p in patterns if p not in exact]

    def holds(facts: Facts) -> bool:
        have = find(facts)
        if have is None:
            return False
        have = have.lower()
        return have in exact or any(fnmatchcase(have, _star_only(glob)) for glob in globs)

    def why_not(facts: Facts) -> str:
        have = find(facts)
        if not have:
            return f"{key} is not known"
        return f"{key} is {have}, not {_either(wanted)}"

    return Condition(key, holds, why_not)


def _star_only(pattern: str) -> str:
    """`*` is the only wildcard (DESIGN.md 4): `[` and `?` stand for themselves."""
    return re.sub(r"([\[?])", r"[\1]", pattern)


# ---- kinds of keys


def _read_text(find: Callable[[Facts], str | None]) -> "Reader":
    return lambda key, value, where: _text(key, _texts(value, where), find)


def _read_mac(key: str, value: object, where: str) -> Condition:
    wanted = []
    for text in _texts(value, where):
        if "*" in text:
            pattern = text.lower().replace("-", ":")
            if not re.fullmatch(r"[0-9a-f:*]+", pattern):
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
    return _text(key, wanted, lambda facts: str(facts.client.mac) if facts.client.mac else None)


def _read_named(names: Iterable[str], find: Callable[[Facts], str | None]) -> "Reader":
    known = tuple(names)

    def read(key: str, value: object, where: str) -> Condition:
        wanted = _texts(value, where)
        for text in wanted:
            if not any(fnmatchcase(name, _star_only(text.lower())) for name in known):
                nearest = get_close_matches(text.lower(), known, n=1)
                hint = (
                    f"did you mean `{nearest[0]}`?"
                    if nearest
                    else f"it is one of {', '.join(known)}"
                )
                raise ConfigError(f"{where}: there is no {key} `{text}`", hint=hint)
        return _text(key, wanted, find)

    return read


def _read_arch(key: str, value: object, where: str) -> Condition:
    # EBC is what many x64 machines send (netboot.md 3.1, 15); identify() reads it as x64
    same = {"ebc": "x64-uefi", "ebc-http": "x64-uefi-http"}
    wanted = [same.get(text.lower(), text) for text in _texts(value, where)]
    named = [text for text in wanted if not re.fullmatch(r"arch\d+", text)]
    if named:
        _read_named([arch.label for arch in Arch], _arch)(key, named, where)
    return _text(key, wanted, _arch)


def _arch(facts: Facts) -> str | None:
    return facts.client.arch.label if facts.client.arch is not None else None


def _read_uuid(key: str, value: object, where: str) -> Condition:
    wanted = []
    for text in _texts(value, where):
        try:
            wanted.append(text if "*" in text else str(UUID(text)))
        except ValueError:
            raise ConfigError(
                f"{where}: `{text}` is not a UUID",
                hint="write it as `dmidecode -s system-uuid` prints it",
            ) from None
    return _text(key, wanted, lambda facts: str(facts.client.uuid) if facts.client.uuid else None)


def _read_network(find: Callable[[Facts], IPv4Address | IPv4Network | None]) -> "Reader":
    def read(key: str, value: object, where: str) -> Condition:
        texts = _texts(value, where)
        try:
            networks = [IPv4Network(text) for text in texts]
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
            return (
                f"{key} is not known"
                if have is None
                else f"{key} is {have}, not in {_either(texts)}"
            )

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
    wanted = _texts(value, where)
    patterns = [_star_only(text.lower()) for text in wanted]

    def holds(facts: Facts) -> bool:
        have = facts.machine.tags if facts.machine else ()
        return any(fnmatchcase(tag.lower(), pattern) for tag in have for pattern in patterns)

    def why_not(facts: Facts) -> str:
        have = facts.machine.tags if facts.machine else ()
        return (
            f"tags are {', '.join(have)}, none of {_either(wanted)}"
            if have
            else f"it has no tags, none of {_either(wanted)}"
        )

    return Condition(key, holds, why_not)


def _read_time(key: str, value: object, where: str) -> Condition:
    spans = []
    for text in _texts(value, where):
        found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-4]):([0-5]\d)", text)
        if not found:
            raise ConfigError(
                f"{where}: `{text}` is not a span of time", hint='write `"22:00-06:00"`'
            )
        hour, minute, to_hour, to_minute = map(int, found.groups())
        spans.append((hour * 60 + minute, to_hour * 60 + to_minute, text))

    def holds(facts: Facts) -> bool:
        clock = facts.local_time
        at = clock.hour * 60 + clock.minute
        return any(
            start <= at < end if start < end else (at >= start or at < end)
            for start, end, _ in spans
        )

    def why_not(facts: Facts) -> str:
        return f"time is {facts.local_time:%H:%M}, not {_either(text for _, _, text in spans)}"

    return Condition(key, holds, why_not)


def _read_weekday(key: str, value: object, where: str) -> Condition:
    wanted: set[int] = set()
    for text in _texts(value, where):
        ends = [part.strip().lower()[:3] for part in text.split("-")]
        if not 1 <= len(ends) <= 2 or any(end not in WEEKDAYS for end in ends):
            raise ConfigError(
                f"{where}: `{text}` is not a day of the week", hint='write `"mon"` or `"mon-fri"`'
            )
        first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
        wanted.update((first + n) % 7 for n in range((last - first) % 7 + 1))
    named = _either(WEEKDAYS[day] for day in sorted(wanted))
    return Condition(
        key,
        lambda facts: facts.local_time.weekday() in wanted,
        lambda facts: f"weekday is {WEEKDAYS[facts.local_time.weekday()]}, not {named}",
    )


def _read_boots(key: str, value: object, where: str) -> Condition:
    wanted = _texts(value, where)
    tests = []
    for text in wanted:
        found = re.fullmatch(r"\s*(<=|>=|<|>|=)?\s*(\d+)\s*", text)
        if not found:
            raise ConfigError(
                f"{where}: `{text}` is not a number of boots", hint='write `0` or `"<3"`'
            )
        tests.append((found[1] or "=", int(found[2])))
    compare: Mapping[str, Callable[[int, int], bool]] = {
        "<": int.__lt__, "<=": int.__le__, ">": int.__gt__, ">=": int.__ge__, "=": int.__eq__,
    }  # fmt: skip
    return Condition(
        key,
        lambda facts: any(compare[sign](facts.boots, number) for sign, number in tests),
        lambda facts: f"boots is {facts.boots}, not {_either(wanted)}",
    )


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
    tables = _listed(value)
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


Reader = Callable[[str, object, str], Condition]

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
    "time": _read_time,
    "weekday": _read_weekday,
    "boots": _read_boots,
    "not": _read_not,
    "any": _read_any,
}

MATCH_KEYS: tuple[str, ...] = (*_READERS, "vars.KEY")
