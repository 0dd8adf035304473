"""`[mirror]` → `Mirroring`."""

import re

from pxectl.boot.site import Mirroring
from pxectl.errors import ConfigError
from pxectl.store.values import read_flag, read_table

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([KMGT]?)B?", re.IGNORECASE)
MIRROR_KEYS = ("enabled", "size", "prefetch")


def read_mirroring(raw: object, where: str) -> Mirroring:
    """The table, checked.

    Args:
        raw: as TOML gave it.
        where: file and key, as errors name it.

    Raises:
        ConfigError: a key or value that can not be.
    """
    table = read_table(raw, where, MIRROR_KEYS)
    default = Mirroring()
    flags = {
        key: read_flag(table[key], f"{where}.{key}") if key in table else getattr(default, key)
        for key in ("enabled", "prefetch")
    }
    size = read_size(table["size"], f"{where}.size") if "size" in table else default.size
    return Mirroring(size=size, **flags)


def read_size(value: object, where: str) -> int:
    """Octets, from a number of them or a text such as `50GB`; units are powers of ten.

    Raises:
        ConfigError: it is neither.
    """
    match = _SIZE.fullmatch(str(value).strip())
    if isinstance(value, bool) or not isinstance(value, str | int) or match is None:
        raise ConfigError(f"{where}: `{value}` is no size", hint='write it as `"50GB"`')
    return int(float(match[1]) * _UNITS[match[2].upper()])
