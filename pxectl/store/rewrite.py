"""Editing TOML that a person wrote: what is not changed keeps its place, spelling and comments.

tomlkit replaces and removes values in place, but it puts a new key below the comment of the table
that follows, and takes comments along with a table that it removes: those are edits of lines here.
Every step is proved by reading the result, so that a file is never left saying something else.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from typing import Any

Path = tuple[str, ...]
GONE = object()
"""In the place of a value: the key is to go."""


class UneditableError(Exception):
    """No way was found to change the text without harm to the rest of it."""


def rewrite(text: str, wanted: Mapping[str, Any]) -> str:
    """`text` changed as little as makes it say `wanted`.

    Args:
        text: TOML.
        wanted: what it is to say. An empty table is as good as none.

    Returns:
        The same text if it says so already.

    Raises:
        UneditableError: it can not be done without harm.
    """
    # a file from Windows keeps its line ends, and does not get some of another kind
    windows = "\n" in text and text.count("\r\n") == text.count("\n")
    result = text.replace("\r\n", "\n") if windows else text
    for path, value in differences(tomllib.loads(text), wanted):
        result = _step(result, path, value)
    if not _same(tomllib.loads(result), wanted):
        raise UneditableError
    return result.replace("\n", "\r\n") if windows else result


def differences(
    old: Mapping[str, Any], new: Mapping[str, Any], above: Path = ()
) -> Iterator[tuple[Path, Any]]:
    """Each key that is different, in the order of `old`, with its new value or `GONE`."""
    for key in (*old, *(key for key in new if key not in old)):
        path = (*above, key)
        if key not in new:
            yield path, GONE
        elif isinstance(new[key], dict) and isinstance(old.get(key, {}), dict):
            yield from differences(old.get(key, {}), new[key], path)
        elif key not in old or not _same(old[key], new[key]):
            yield path, new[key]


def _step(text: str, path: Path, value: object) -> str:
    expected = tomllib.loads(text)
    _put(expected, path, value)
    for way in _REMOVING if value is GONE else _SETTING:
        # tomlkit's errors are many; whatever it stumbles over, the next way is tried
        with suppress(Exception):
            result = way(text, path, value)
            if _same(tomllib.loads(result), expected):
                return result
    raise UneditableError


def _put(whole: MutableMapping[str, Any], path: Path, value: object) -> None:
    table: Any = whole
    for key in path[:-1]:
        table = table.setdefault(key, {})
    if value is GONE:
        del table[path[-1]]
    else:
        table[path[-1]] = value


# ---- ways to set


def _replaced(text: str, path: Path, value: object) -> str:
    """In the place of the old value."""
    import tomlkit

    document = tomlkit.parse(text)
    table: Any = document
    for key in path[:-1]:
        table = table[key]
    old = table[path[-1]]
    if isinstance(old, tomlkit.items.Array) and isinstance(value, list):
        # item by item: the others keep their comments
        for item in [item for item in value if item not in old.unwrap()]:
            old.append(item)
        for item in [item for item in old.unwrap() if item not in value]:
            old.remove(item)
    else:
        table[path[-1]] = value
    return tomlkit.dumps(document)


def _overwritten(text: str, path: Path, value: object) -> str:
    """The same with a list as a whole, and where there is no such key yet."""
    import tomlkit

    document = tomlkit.parse(text)
    _put(document, path, value)
    return tomlkit.dumps(document)


def _inserted(text: str, path: Path, value: object) -> str:
    """A new line below the last key of its table, which is made at the end if it is missing."""
    *table, key = path
    lines = text.split("\n")
    if table and not any(_opened(lines[at]) == tuple(table) for at in _headers(lines)):
        gap = "" if text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
        return f"{text}{gap}[{_dotted(table)}]\n{_line([key], value)}\n"
    return _below(lines, tuple(table), _line([key], value))


def _dotted_in(text: str, path: Path, value: object) -> str:
    """A new line `vars.disk = …`, as others of that table are written."""
    return _below(text.split("\n"), (), _line(path, value))


def _below(lines: list[str], table: Path, line: str) -> str:
    """`line` below the last key of `table`, but above comments about what follows."""
    headers = _headers(lines)
    opened = (at + 1 for at in headers if _opened(lines[at]) == table)
    start = next(opened, 0) if table else 0
    at = next((header for header in headers if header >= start), len(lines))
    while at > start and lines[at - 1].strip(" \t\r")[:1] in ("", "#"):
        at -= 1
    above = lines[at - 1] if at > start else ""
    indent = above[: len(above) - len(above.lstrip(" \t"))]
    return "\n".join((*lines[:at], indent + line, *lines[at:]))


def _line(path: list[str] | Path, value: object) -> str:
    import tomlkit

    item = tomlkit.item(value)
    if isinstance(value, dict):
        item = tomlkit.inline_table()
        item.update(value)
    return f"{_dotted(path)} = {item.as_string()}"


def _dotted(path: list[str] | Path) -> str:
    import tomlkit

    return ".".join(tomlkit.key(key).as_string() for key in path)


# ---- ways to remove


def _cleared(text: str, path: Path, _: object) -> str:
    """A table key by key, and then its header: comments stay."""
    table: Any = tomllib.loads(text)
    for key in path:
        table = table[key]
    for key in table:
        text = _step(text, (*path, key), GONE)
    lines = text.split("\n")
    [at] = [at for at in _headers(lines) if _opened(lines[at]) == path]
    return "\n".join((*lines[:at], *lines[at + 1 :]))


def _deleted(text: str, path: Path, _: object) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    _put(document, path, GONE)
    return tomlkit.dumps(document)


_Way = Callable[[str, Path, object], str]
_SETTING: tuple[_Way, ...] = (_replaced, _inserted, _dotted_in, _overwritten)
_REMOVING: tuple[_Way, ...] = (_cleared, _deleted)


# ---- what they share


def _headers(lines: list[str]) -> list[int]:
    """The lines that open a table: they start with `[`, and no string or list is open there."""
    found: list[int] = []
    for at, line in enumerate(lines):
        if line.lstrip(" \t").startswith("["):
            with suppress(tomllib.TOMLDecodeError):
                tomllib.loads("\n".join(lines[found[-1] if found else 0 : at]) + "\n")
                found.append(at)
    return found


def _opened(line: str) -> Path:
    """The table that a header opens; empty for one of a list of tables."""
    path: Path = ()
    table: Any = tomllib.loads(line)
    while isinstance(table, dict) and table:
        [(key, table)] = table.items()
        path = (*path, key)
    return path if isinstance(table, dict) else ()


def _same(one: object, other: object) -> bool:
    """Equal, and of one kind: `true` is not 1; an empty table is as good as none."""
    if isinstance(one, dict) and isinstance(other, dict):
        return all(_same(one.get(key, {}), other.get(key, {})) for key in one.keys() | other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and (one == other or (one != one and other != other))
