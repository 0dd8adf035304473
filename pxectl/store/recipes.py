"""The recipes that come with pxectl: one TOML file each, in `boot/installers/`."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pxectl.boot
from pxectl.boot.recipe import Recipe
from pxectl.errors import ConfigError
from pxectl.store.toml import read_toml
from pxectl.store.values import near

FOLDER = Path(pxectl.boot.__path__[0]) / "installers"


def recipe_names() -> tuple[str, ...]:
    """What `installer` may be."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def find_recipe(name: str, where: str) -> Recipe:
    """The recipe of that name.

    Args:
        name: as a profile has it.
        where: file and key, as errors name it.

    Raises:
        ConfigError: there is none.
    """
    if name not in recipe_names():
        raise ConfigError(
            f"{where}: there is no installer `{name}`", hint=near(name, recipe_names())
        )
    return _read(name)


@cache
def _read(name: str) -> Recipe:
    return parse_recipe(name, read_toml(FOLDER / f"{name}.toml"))


def parse_recipe(name: str, raw: Mapping[str, Any]) -> Recipe:
    """A recipe as TOML gave it; tests see to it that ours are whole."""
    return Recipe(
        name,
        about=raw["about"],
        settings=raw.get("settings", {}),
        needs=tuple(raw.get("needs", ())),
        words=raw["words"],
        kernel=raw.get("kernel", ""),
        initrd=tuple(raw.get("initrd", ())),
        cmdline=tuple(raw.get("cmdline", ())),
        script=raw.get("script", ""),
        templates=raw.get("templates", {}),
    )
