"""A foreign object whose fields are taken one by one: what nobody took is told, never lost."""

from collections.abc import Iterator, Mapping
from typing import Any

from pxectl.errors import ConfigError

_EMPTY: tuple[object, ...] = (None, "", [], {})


class Fields:
    """A mapping read under either naming style: `allowPXE` is `allow_pxe` (netboot.md 4.2).

    Mutable: taking a field crosses it off. What is null or empty counts as not there.
    """

    def __init__(self, raw: object, where: str, path: str = "") -> None:
        """All fields are still there.

        Args:
            raw: as YAML or JSON gave it; null is an empty one.
            where: file and line, as errors name it.
            path: from the top of the object to here.

        Raises:
            ConfigError: it is no mapping, or has keys that are no texts.
        """
        self.where, self.path = where, path
        self._parts: list[Fields] = []
        if raw is not None and not isinstance(raw, Mapping):
            raise self.wrong("", "is no mapping")
        self._left: dict[str, tuple[str, Any]] = {}
        for key, value in (raw or {}).items():
            if not isinstance(key, str):
                raise self.wrong("", "has a key that is no text")
            if value not in _EMPTY:
                self._left[_plain(key)] = (key, value)

    def __contains__(self, name: str) -> bool:
        return _plain(name) in self._left

    def take(self, name: str) -> Any:  # noqa: ANN401 - whatever the file holds
        """The value of a field, or None."""
        return self._left.pop(_plain(name), ("", None))[1]

    def text(self, name: str) -> str:
        """A field that is a text, or a number where people forget the quotes; empty: none.

        Raises:
            ConfigError: it is neither, or can not be printed.
        """
        value = self.take(name)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.wrong(name, "is not a text")
        if not str(value).isprintable():
            raise self.wrong(name, "holds a character that can not be printed")
        return str(value)

    def texts(self, name: str) -> list[str]:
        """A field that is a list of texts.

        Raises:
            ConfigError: it is not.
        """
        value = self.take(name)
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) and item.isprintable() for item in items if item):
            raise self.wrong(name, "is not a list of plain texts")
        return [item for item in items if item]

    def flag(self, name: str) -> bool:
        """A field that is true or false; false if it is not there.

        Raises:
            ConfigError: it is neither.
        """
        value = self.take(name)
        if not isinstance(value, bool | None):
            raise self.wrong(name, "is neither true nor false")
        return bool(value)

    def table(self, name: str) -> "Fields":
        """A field that is a mapping; what is left in it is left in this one, too.

        Raises:
            ConfigError: it is none.
        """
        return self._part(self.take(name), self.under(name))

    def tables(self, name: str) -> list["Fields"]:
        """A field that is a list of mappings.

        Raises:
            ConfigError: it is not.
        """
        value = self.take(name)
        if not isinstance(value, list | None):
            raise self.wrong(name, "is not a list")
        path = self.under(name)
        return [self._part(item, f"{path}[{n}]") for n, item in enumerate(value or ())]

    def _part(self, raw: object, path: str) -> "Fields":
        part = Fields(raw, self.where, path)
        self._parts.append(part)
        return part

    def drop(self, *names: str) -> None:
        """Cross off what means nothing here."""
        for name in names:
            self._left.pop(_plain(name), None)

    def drop_rest(self) -> None:
        """Cross off all that is still there."""
        self._left.clear()

    def left(self) -> Iterator[str]:
        """Paths of all that nobody took."""
        for key, _ in self._left.values():
            yield self.under(key)
        for part in self._parts:
            yield from part.left()

    def under(self, name: str) -> str:
        """The path of a field, as people find it."""
        return f"{self.path}.{name}" if self.path else name

    def wrong(self, name: str, what: str) -> ConfigError:
        """An error about a field; the value is not in it: it may unfold to megabytes."""
        path = self.under(name) if name else self.path or "it"
        return ConfigError(f"{self.where}: {path} {what}", hint="mend it there and try again")


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
