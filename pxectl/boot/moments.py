"""Conditions about the moment: the time of day, the day of the week, how often it has booted."""

import re
from collections.abc import Callable, Mapping

from pxectl.boot.condition import Condition, either, texts
from pxectl.boot.facts import Facts
from pxectl.errors import ConfigError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*(?:([01]?\d|2[0-3]):([0-5]\d)|24:00)")


def read_time(key: str, value: object, where: str) -> Condition:
    """`time = "22:00-06:00"`, its end left out; over midnight if that lies before the start."""
    wanted = texts(value, where)
    spans = [_span(text, where) for text in wanted]

    def holds(facts: Facts) -> bool:
        clock = facts.local_time
        at = clock.hour * 60 + clock.minute
        return any(
            start <= at < end if start < end else (at >= start or at < end) for start, end in spans
        )

    def what_is(facts: Facts) -> str:
        return f"time is {facts.local_time:%H:%M}"

    return Condition(
        key,
        holds,
        lambda facts: f"{what_is(facts)}, not {either(wanted)}",
        what_is,
        wanted=frozenset(spans),
    )


def _span(text: str, where: str) -> tuple[int, int]:
    """Minutes of the day from which and up to which; 24:00 is 1440."""
    found = _SPAN.fullmatch(text.strip())
    if not found:
        raise ConfigError(f"{where}: `{text}` is not a span of time", hint='write `"22:00-06:00"`')
    hour, minute, to_hour, to_minute = (int(part or 0) for part in found.groups())
    start, end = hour * 60 + minute, to_hour * 60 + to_minute if found[3] else 1440
    if start == end:
        raise ConfigError(
            f"{where}: `{text}` begins when it ends", hint='the whole day is `"00:00-24:00"`'
        )
    return start, end


def read_weekday(key: str, value: object, where: str) -> Condition:
    """`weekday = "mon-fri"`, or single days; a span may run over the end of the week."""
    wanted = texts(value, where)
    days = {day for text in wanted for day in _days(text, where)}

    def what_is(facts: Facts) -> str:
        return f"weekday is {WEEKDAYS[facts.local_time.weekday()]}"

    return Condition(
        key,
        lambda facts: facts.local_time.weekday() in days,
        lambda facts: f"{what_is(facts)}, not {either(wanted)}",
        what_is,
        wanted=frozenset(days),
    )


def _days(text: str, where: str) -> list[int]:
    """The days of `mon`, `Monday` or `fri-mon`; 0 is Monday."""
    ends = [_day(word.strip().lower()) for word in text.split("-")]
    if len(ends) > 2 or None in ends:
        raise ConfigError(
            f"{where}: `{text}` is not a day of the week", hint='write `"mon"` or `"mon-fri"`'
        )
    first, last = ends[0] or 0, ends[-1] or 0
    return [(first + n) % 7 for n in range((last - first) % 7 + 1)]


def _day(word: str) -> int | None:
    """The day that `word`, of at least three letters, begins."""
    return next((n for n, day in enumerate(_DAYS) if len(word) > 2 and day.startswith(word)), None)


def read_boots(key: str, value: object, where: str) -> Condition:
    """`boots = 0` or `boots = "<3"`."""
    wanted = texts(value, where)
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
        lambda facts: f"boots is {facts.boots}, not {either(wanted)}",
        lambda facts: f"boots is {facts.boots}",
        wanted=frozenset(tests),
    )
