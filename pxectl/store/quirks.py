"""A `quirks` table of a machine or a rule → `Quirks`."""

from pxectl.boot.quirks import Deny, Local, Quirks, Style
from pxectl.errors import ConfigError
from pxectl.store.values import read_choice, read_number, read_table, read_text

KEYS = ("style", "reply_delay", "blksize", "nbp", "deny", "local")
_LONGEST_DELAY = 10


def read_quirks(value: object, where: str) -> Quirks:
    """The overrides of one machine or rule.

    Args:
        value: the table as TOML gave it.
        where: file and key, as errors name it.

    Raises:
        ConfigError: an unknown key or a value out of range.
    """
    raw = read_table(value, where, KEYS)
    delay = raw.get("reply_delay")
    return Quirks(
        style=read_choice(raw["style"], f"{where}.style", Style) if "style" in raw else None,
        reply_delay=None if delay is None else _delay(delay, f"{where}.reply_delay"),
        blksize=read_number(raw["blksize"], f"{where}.blksize", 512, 65464)
        if "blksize" in raw
        else None,
        nbp=read_path(raw["nbp"], f"{where}.nbp") if "nbp" in raw else None,
        deny=read_choice(raw["deny"], f"{where}.deny", Deny) if "deny" in raw else None,
        local=read_choice(raw["local"], f"{where}.local", Local) if "local" in raw else None,
    )


def _delay(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(f"{where} is not a number", hint="write seconds without quotes: `0.5`")
    if not 0 <= value <= _LONGEST_DELAY:
        raise ConfigError(
            f"{where}: {value} is not between 0 and {_LONGEST_DELAY} seconds",
            hint="firmware gives up after a few seconds",
        )
    return float(value)


def read_path(value: object, where: str) -> str:
    """A path below files/, with `/` between its parts."""
    text = read_text(value, where)
    if text.startswith("/") or "\\" in text or ".." in text.split("/"):
        raise ConfigError(
            f"{where}: `{text}` is not below files/",
            hint="put it into files/ of the site and write the path from there",
        )
    return text
