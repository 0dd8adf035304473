"""YAML as others write it → plain values, each document with its line.

Built from the parser's events and not by PyYAML's own loader: its C half ends the process on deep
nesting, aliases can unfold to gigabytes, and to it the MAC 52:54:00:12:34:56 is a number to the
base of 60 and 2026-01-02 a date. Scalars are read as in YAML 1.2's core schema.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pxectl.errors import ConfigError

LARGEST = 64 << 20
"""Characters of one text."""
DEEPEST = 64
MOST = 1 << 20
"""Values that aliases may stand for, all of them together."""

_WORDS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,17}(?:[eE][-+]?[0-9]{1,2})?")
_STR = ("tag:yaml.org,2002:str", "!")


@dataclass(slots=True)
class _Open:
    """A collection that is being read."""

    value: list[Any] | dict[str, Any]
    anchor: str | None
    weight: int = 1
    key: str | None = None
    merged: list[dict[str, Any]] = field(default_factory=list)


def read_documents(text: str, where: str) -> Iterator[tuple[int, Any]]:
    """The documents of a text: line of each, from 1, and what it holds; empty ones are left out.

    Args:
        text: YAML, or JSON, which is YAML.
        where: what errors call it.

    Raises:
        ConfigError: it is no YAML, too large, too deep, or unfolds to too much; names the line.
    """
    import yaml

    if len(text) > LARGEST:
        raise ConfigError(
            f"{where}: is larger than {LARGEST >> 20} MB", hint="split it into several files"
        )
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        yield from _Reader(where).documents(yaml.parse(text, loader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark else ""
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "is no YAML"
        raise ConfigError(f"{where}: {line}{what}", hint="it is no YAML there") from None


class _Reader:
    def __init__(self, where: str) -> None:
        self._where = where
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._aliased = 0

    def documents(self, events: Iterator[Any]) -> Iterator[tuple[int, Any]]:
        """Iterative, so that depth costs no stack."""
        stack: list[_Open] = []
        began, line, kind = 0, 0, ""
        for event in events:
            kind, line = type(event).__name__, event.start_mark.line + 1
            value: Any
            weight, closed = 1, False
            match kind:
                case "DocumentStartEvent":
                    self._anchors.clear()
                    continue
                case "SequenceStartEvent" | "MappingStartEvent":
                    began = began if stack else line
                    self._check_tag(event, line)
                    if len(stack) >= DEEPEST:
                        raise self._wrong(line, f"is nested deeper than {DEEPEST} levels")
                    stack.append(_Open([] if kind[0] == "S" else {}, event.anchor))
                    continue
                case "SequenceEndEvent" | "MappingEndEvent":
                    done = stack.pop()
                    value, weight, closed = _finished(done), done.weight, True
                    anchor = done.anchor
                case "ScalarEvent":
                    began = began if stack else line
                    value, anchor = self._scalar(event, line), event.anchor
                case "AliasEvent":
                    value, weight = self._alias(event.anchor, line)
                    anchor = None
                case _:
                    continue
            if anchor is not None:
                self._anchors[anchor] = value, weight
            if stack:
                self._put(stack[-1], value, weight, line)
            elif value is not None or closed:
                yield began, value

    def _put(self, into: _Open, value: Any, weight: int, line: int) -> None:  # noqa: ANN401
        into.weight += weight
        if isinstance(into.value, list):
            into.value.append(value)
        elif into.key is None:
            if isinstance(value, list | dict):
                raise self._wrong(line, "has a key that is no text")
            into.key = _spelled(value)
        elif into.key == "<<" and isinstance(value, list | dict):
            into.merged += self._mappings(value, line)
            into.key = None
        elif into.key in into.value:
            raise self._wrong(line, f"`{into.key}` stands there twice")
        else:
            into.value[into.key], into.key = value, None

    def _mappings(self, value: list[Any] | dict[str, Any], line: int) -> list[dict[str, Any]]:
        merged = value if isinstance(value, list) else [value]
        if not all(isinstance(item, dict) for item in merged):
            raise self._wrong(line, "`<<` takes in something that is no mapping")
        return merged

    def _alias(self, anchor: str, line: int) -> tuple[Any, int]:
        if anchor not in self._anchors:
            raise self._wrong(line, f"`*{anchor}` stands for nothing that came before")
        value, weight = self._anchors[anchor]
        self._aliased += weight
        if self._aliased > MOST:
            raise self._wrong(line, f"unfolds to more than {MOST} values")
        return value, weight

    def _scalar(self, event: Any, line: int) -> Any:  # noqa: ANN401
        self._check_tag(event, line)
        text = event.value
        if not event.implicit[0] or event.tag in _STR:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text

    def _check_tag(self, event: Any, line: int) -> None:  # noqa: ANN401
        if event.tag and event.tag not in _STR:
            raise self._wrong(line, f"`{event.tag}` is a type that has no place here")

    def _wrong(self, line: int, what: str) -> ConfigError:
        return ConfigError(f"{self._where}: line {line}: {what}", hint="mend it there")


def _finished(done: _Open) -> list[Any] | dict[str, Any]:
    if isinstance(done.value, dict):
        for merged in done.merged:  # what stands there itself comes first, then the first of them
            for key, value in merged.items():
                done.value.setdefault(key, value)
    return done.value


def _spelled(key: Any) -> str:  # noqa: ANN401
    return key if isinstance(key, str) else "null" if key is None else str(key).lower()
