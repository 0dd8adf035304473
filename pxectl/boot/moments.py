"""Conditions about the moment: the time of day, the day of the week, how often it has booted."""

import re
from collections.abc import Callable, Mapping

from pxectl.boot.condition import Condition, either, texts
from pxectl.boot.facts import Facts
from pxectl.errors import ConfigError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_time(key: str, value: object, where: str) -> Condition:
    """`time = "22:00-06:00"`, its end left out; over midnight if that lies before the start."""
    spans = []
    for text in texts(value, where):
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
        return f"time is {facts.local_time:%H:%M}, not {either(text for _, _, text in spans)}"

    return Condition(key, holds, why_not)


def read_weekday(key: str, value: object, where: str) -> Condition:
    """`weekday = "mon-fri"`, or single days; a span may run over the end of the week."""
    wanted: set[int] = set()
    for text in texts(value, where):
        ends = [part.strip().lower()[:3] for part in text.split("-")]
        if not 1 <= len(ends) <= 2 or any(end not in WEEKDAYS for end in ends):
            raise ConfigError(
                f"{where}: `{text}` is not a day of the week", hint='write `"mon"` or `"mon-fri"`'
            )
        first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
        wanted.update((first + n) % 7 for n in range((last - first) % 7 + 1))
    named = either(WEEKDAYS[day] for day in sorted(wanted))
    return Condition(
        key,
        lambda facts: facts.local_time.weekday() in wanted,
        lambda facts: f"weekday is {WEEKDAYS[facts.local_time.weekday()]}, not {named}",
    )


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
    )
