"""What conditions say about each other, for rules that can never win.

Sound, not complete: what is said here to follow always does, and what is not said may follow
all the same. Every answer in doubt is "no".
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from fnmatch import fnmatchcase
from ipaddress import IPv4Network

from pxectl.boot.condition import Condition, star_only

_SPLITS = 3
"""How many `any` of one rule are looked into: each multiplies the work."""
_OF_INVENTORY = frozenset(("name", "tags", "netboot", "profile"))
_MANY_VALUED = "tags"
_DAY = 1440

Match = Sequence[Condition]


def impossible(match: Match, splits: int = _SPLITS) -> bool:
    """True if no client can ever fulfil all of `match`."""
    flat = _flat(match)
    if _strangers(flat) and any(map(_needs_machine, flat)):
        return True
    if any(_apart(a, b) for n, a in enumerate(flat) for b in flat[:n]):
        return True
    for place, one in enumerate(flat):
        rest = [*flat[:place], *flat[place + 1 :]]
        if one.key == "not" and _all_implied(rest, one.parts[0], splits):
            return True
        cases = one.parts if one.key == "any" and splits else ()
        if cases and all(impossible([*rest, *case], splits - 1) for case in cases):
            return True
    return False


def covers(earlier: Match, later: Match) -> bool:
    """True if whatever fulfils all of `later` fulfils all of `earlier`, too."""
    return _all_implied(_flat(later), earlier, _SPLITS)


def _all_implied(given: Match, wanted: Match, splits: int) -> bool:
    return all(_implied(given, one, splits) for one in wanted)


def _implied(given: Match, wanted: Condition, splits: int) -> bool:
    """True if `wanted` holds wherever all of `given` (flat) hold."""
    if any(_includes(wanted, one) for one in given):
        return True
    match wanted.key:
        case "vars":
            return _all_implied(given, wanted.parts[0], splits)
        case "any" if any(_all_implied(given, branch, splits) for branch in wanted.parts):
            return True
        case "not" if splits and impossible([*given, *wanted.parts[0]], splits - 1):
            return True
        case "known" if True in wanted.wanted and any(map(_needs_machine, given)):
            return True
    return bool(splits) and _implied_by_cases(given, wanted, splits)


def _implied_by_cases(given: Match, wanted: Condition, splits: int) -> bool:
    """True if an `any` of `given` implies it, whichever of its tables holds."""
    for place, one in enumerate(given):
        if one.key == "any":
            rest = [*given[:place], *given[place + 1 :]]
            cases = (_flat([*rest, *branch]) for branch in one.parts)
            if all(_implied(case, wanted, splits - 1) for case in cases):
                return True
    return False


def _flat(match: Match) -> list[Condition]:
    """The same without `vars` tables and without `any` around a single table."""
    flat: list[Condition] = []
    for one in match:
        if one.key == "vars" or (one.key == "any" and len(one.parts) == 1):
            flat += _flat(one.parts[0])
        else:
            flat.append(one)
    return flat


def _needs_machine(one: Condition) -> bool:
    """It can only hold for a machine of the inventory."""
    return (
        one.key in _OF_INVENTORY
        or one.key.startswith("vars.")
        or (one.key == "known" and True in one.wanted)
    )


def _strangers(given: Match) -> bool:
    return any(one.key == "known" and False in one.wanted for one in given)


# ---- two conditions of one key


def _includes(wider: Condition, narrower: Condition) -> bool:
    """`wider` holds wherever `narrower` does, by their values alone."""
    if wider.key != narrower.key or not wider.wanted or not narrower.wanted:
        return wider is narrower
    values = _VALUES.get(wider.key)
    if values is not None:
        return values(narrower.wanted, narrower.wanted | wider.wanted) <= values(
            wider.wanted, narrower.wanted | wider.wanted
        )
    inside = _inside_of(wider.key)
    rest = narrower.wanted - wider.wanted
    return all(any(inside(value, other) for other in wider.wanted) for value in rest)


def _apart(one: Condition, other: Condition) -> bool:
    """They never hold both, by their values alone."""
    if one.key != other.key or not one.wanted or not other.wanted or one.key == _MANY_VALUED:
        return False
    values = _VALUES.get(one.key)
    if values is not None:
        both = one.wanted | other.wanted
        return not values(one.wanted, both) & values(other.wanted, both)
    apart = _networks_apart if one.key in _NETWORKS else _texts_apart
    return all(apart(a, b) for a in one.wanted for b in other.wanted)


def _inside_of(key: str) -> Callable[[Hashable, Hashable], bool]:
    return _network_inside if key in _NETWORKS else _text_inside


def _text_inside(inner: Hashable, outer: Hashable) -> bool:
    """A `*` of the inner pattern can only fall to one of the outer: it is its only wildcard."""
    if not isinstance(inner, str) or not isinstance(outer, str):
        return False
    return "*" in outer and fnmatchcase(inner, star_only(outer))


def _texts_apart(one: Hashable, other: Hashable) -> bool:
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    if "*" in one and "*" in other:
        a, b = one.partition("*")[0], other.partition("*")[0]
        return not (a.startswith(b) or b.startswith(a))
    return one != other and not _text_inside(one, other) and not _text_inside(other, one)


_NETWORKS = frozenset(("subnet", "relay"))


def _network_inside(inner: Hashable, outer: Hashable) -> bool:
    return (
        isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    )


def _networks_apart(one: Hashable, other: Hashable) -> bool:
    return (
        isinstance(one, IPv4Network) and isinstance(other, IPv4Network) and not one.overlaps(other)
    )


# ---- keys of which every value, or one of each sort, can be listed


def _themselves(wanted: frozenset[Hashable], _: frozenset[Hashable]) -> frozenset[Hashable]:
    return wanted


def _minutes(wanted: frozenset[Hashable], _: frozenset[Hashable]) -> frozenset[Hashable]:
    minutes: set[Hashable] = set()
    for span in wanted:
        if isinstance(span, tuple):
            start, end = span
            minutes.update(range(start, end) if start < end else (*range(start, _DAY), *range(end)))
    return frozenset(minutes)


def _counts(wanted: frozenset[Hashable], every: frozenset[Hashable]) -> frozenset[Hashable]:
    """Of the numbers beside every bound of `every`, those that `wanted` lets through."""
    bounds = {test[1] for test in every if isinstance(test, tuple)}
    samples = {0} | {n + step for n in bounds for step in (-1, 0, 1) if n + step >= 0}
    compare: Mapping[str, Callable[[int, int], bool]] = {
        "<": int.__lt__, "<=": int.__le__, ">": int.__gt__, ">=": int.__ge__, "=": int.__eq__,
    }  # fmt: skip
    return frozenset(
        n
        for n in samples
        for test in wanted
        if isinstance(test, tuple) and compare[test[0]](n, test[1])
    )


_VALUES: Mapping[str, Callable[[frozenset[Hashable], frozenset[Hashable]], frozenset[Hashable]]] = {
    "known": _themselves,
    "time": _minutes,
    "weekday": _themselves,
    "boots": _counts,
}
