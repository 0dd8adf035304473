"""One condition of a rule, and the text comparison that most of them are."""

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase

from pxectl.boot.facts import Facts
from pxectl.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Handle:
    """Values of which a fact must have one for a condition to hold: an index is made of them.

    The condition may still fail when one is there, but never holds when none is.
    """

    shape: tuple[str, int]
    """Key of `match`, and how much of the fact `find` gives: conditions of one shape share it."""
    find: Callable[[Facts], Iterable[Hashable]]
    values: frozenset[Hashable]


@dataclass(frozen=True, slots=True)
class Condition:
    """One key of `match`."""

    key: str
    holds: Callable[[Facts], bool]
    why_not: Callable[[Facts], str]
    """Why it does not hold, as a person reads it: `arch is x64-uefi, not arm64-uefi`."""
    what_is: Callable[[Facts], str]
    """What makes it hold, for the reason of a `not` around it: `arch is x64-uefi`."""
    handles: tuple[Handle, ...] = ()
    """It can only hold if one of these has a value; empty: no such thing is known."""
    wanted: frozenset[Hashable] = frozenset()
    """What it was made from, any of which makes it hold: lower-case patterns, networks, spans of
    minutes, days, comparisons. Only `boot/implied.py` looks at it."""
    parts: tuple[tuple["Condition", ...], ...] = ()
    """Tables inside of it: all of one must hold (`vars`, `any`), or must not (`not`)."""


def listed(value: object) -> list[object]:
    """A list as it is, anything else as a list of one."""
    return list(value) if isinstance(value, list | tuple) else [value]


def texts(value: object, where: str) -> list[str]:
    """A text or a list of texts, numbers among them.

    Raises:
        ConfigError: anything else, or nothing at all, which could never match; `where` names it.
    """
    found = []
    for item in listed(value):
        if isinstance(item, bool):
            found.append(str(item).lower())
        elif isinstance(item, str | int | float):
            found.append(str(item))
        else:
            raise ConfigError(
                f"{where} is neither text nor a list of texts",
                hint='write `"text"` or `["one", "two"]`',
            )
    if "" in found:
        raise ConfigError(
            f"{where} is an empty text, which nothing can match",
            hint='what says nothing is `not = { KEY = "*" }`',
        )
    if not found:
        raise ConfigError(
            f"{where} is an empty list, which nothing can match",
            hint="name a value or remove the key",
        )
    return found


def keys_of(match: Sequence[Condition]) -> frozenset[str]:
    """Every key that these conditions look at, those inside of `any` and `not` among them."""
    inner = (keys_of(part) for one in match for part in one.parts)
    return frozenset(one.key for one in match).union(*inner)


def either(wanted: Iterable[str]) -> str:
    """`a or b`, for reasons."""
    return " or ".join(wanted)


def text_condition(
    key: str,
    wanted: list[str],
    find: Callable[[Facts], str | None],
    why_absent: Callable[[Facts], str] | None = None,
) -> Condition:
    """Text with `*` for anything, compared without regard to case.

    Args:
        key: of `match`.
        wanted: any of these.
        find: what there is; nothing (None or empty) matches nothing, `*` neither.
        why_absent: the reason where there is nothing, if there is a better one than "not known".
    """
    patterns = [pattern.lower() for pattern in wanted]
    exact = frozenset(p for p in patterns if not set(p) & set("*?["))
    globs = [star_only(p) for p in patterns if p not in exact]

    def holds(facts: Facts) -> bool:
        have = find(facts)
        if not have:
            return False
        have = have.lower()
        return have in exact or any(fnmatchcase(have, glob) for glob in globs)

    def why_not(facts: Facts) -> str:
        have = find(facts)
        if not have:
            return why_absent(facts) if why_absent else f"{key} is not known"
        return f"{key} is {have}, not {either(wanted)}"

    return Condition(
        key,
        holds,
        why_not,
        lambda facts: f"{key} is {find(facts)}",
        text_handles(key, patterns, lambda facts: (find(facts) or "",)),
        frozenset(patterns),
    )


WHOLE = -1


def text_handles(
    key: str, patterns: Iterable[str], find: Callable[[Facts], Iterable[str]]
) -> tuple[Handle, ...]:
    """Handles of lower-case patterns with `*`: the whole text, or what stands before the `*`.

    Args:
        key: of `match`.
        patterns: any of these.
        find: the texts that are compared, one of which must fit.
    """
    by_length: dict[int, set[Hashable]] = {}
    for pattern in patterns:
        start, star, _ = pattern.partition("*")
        if not start:
            return ()
        by_length.setdefault(len(start) if star else WHOLE, set()).add(start)

    def cut(length: int) -> Callable[[Facts], Iterable[Hashable]]:
        if length == WHOLE:
            return lambda facts: [text.lower() for text in find(facts)]
        return lambda facts: [text.lower()[:length] for text in find(facts)]

    return tuple(
        Handle((key, length), cut(length), frozenset(values))
        for length, values in by_length.items()
    )


def star_only(pattern: str) -> str:
    """`*` is the only wildcard (DESIGN.md 4): `[` and `?` stand for themselves."""
    return re.sub(r"([\[?])", r"[\1]", pattern)


def nearest(text: str, known: Sequence[str], otherwise: str) -> str:
    """The hint for a word that is none of `known`: the one that was probably meant."""
    found = get_close_matches(text.lower(), known, n=1)
    return f"did you mean `{found[0]}`?" if found else otherwise


Reader = Callable[[str, object, str], Condition]
"""Makes the condition of a key: its name, its value as TOML gave it, and what errors call it."""
