"""What `pxectl hardware import` and `export` read: files, stdin, the site's profiles."""

import sys
from pathlib import Path

from pxectl.boot.profile import Profile
from pxectl.errors import ConfigError
from pxectl.store.exchange.blocks import known_profiles
from pxectl.store.exchange.carried import Haul
from pxectl.store.exchange.format import Format
from pxectl.store.exchange.formats import LARGEST, decoded, reader, recognise
from pxectl.ui.errors import print_warning


def read_haul(file: str, format_: Format | None) -> Haul:
    """What a file, or (`-`) stdin, holds.

    Args:
        file: its path.
        format_: whose it is; None: told by what stands in it.

    Raises:
        ConfigError: it can not be read, or not be told whose it is.
    """
    name = "stdin" if file == "-" else file
    try:
        if file == "-":
            content = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with Path(file).open("rb") as opened:
                content = opened.read(LARGEST + 1)
    except OSError as error:
        raise ConfigError(
            f"{name}: can not be read: {error.strerror}", hint="check its name, owner and mode"
        ) from None
    text = decoded(content, name)
    return reader(format_ or recognise(text, name))(text, name)


def profiles_of(site: Path) -> dict[str, Profile]:
    """The profiles of a site by name. One whose file can not be used has none, with a warning: that
    is no reason to leave machines alone."""
    try:
        return dict(known_profiles(site))
    except ConfigError as error:
        print_warning(error)
        return {}
