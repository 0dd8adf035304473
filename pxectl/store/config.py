"""`pxectl.toml`, the variables and the flags → settings, subnets, profiles, rules, sources."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pxectl.boot.rules import Rules
from pxectl.boot.site import Mirroring, Serving
from pxectl.boot.subnet import Subnet
from pxectl.store.adhoc import read_adhoc
from pxectl.store.mirroring import read_mirroring
from pxectl.store.profiles import read_profiles
from pxectl.store.rules import read_rules
from pxectl.store.settings import Overrides, read_settings
from pxectl.store.sources.settings import Source, read_sources
from pxectl.store.subnets import read_subnets, with_pool
from pxectl.store.toml import read_toml
from pxectl.store.values import read_table

KEYS = ("serve", "subnet", "profile", "rule", "source", "vars", "mirror")


@dataclass(frozen=True, slots=True)
class Config:
    """What stands in `pxectl.toml`, with what variables and flags said over it."""

    serving: Serving
    rules: Rules
    subnets: tuple[Subnet, ...]
    sources: tuple[Source, ...]
    named_files: Mapping[str, str]
    vars: Mapping[str, Any]
    """What templates see as `site.vars`."""
    mirroring: Mirroring
    raw: Mapping[str, Any] = field(repr=False)
    """The file as TOML gave it: two versions of it can be compared."""


def read_config(path: Path, overrides: Overrides, environ: Mapping[str, str]) -> Config:
    """All of it, checked; without a file the defaults.

    Args:
        path: the file.
        overrides: what flags said.
        environ: the process's environment.

    Raises:
        ConfigError: the file, a variable or a flag can not be used; names it, the key and the mend.
    """
    try:
        raw = read_toml(path)
    except FileNotFoundError:
        raw = {}
    read_table(raw, str(path), KEYS)
    settings = read_settings(raw.get("serve", {}), f"{path}: serve", environ, overrides)
    profiles = read_profiles(raw.get("profile", {}), f"{path}: profile")
    rules = Rules(read_rules(raw.get("rule", []), str(path), profiles), profiles, settings.zone)
    subnets = read_subnets(raw.get("subnet", []), f"{path}: subnet")
    adhoc = read_adhoc(overrides)
    return Config(
        settings.serving,
        rules if adhoc is None else adhoc.at_end_of(rules),
        with_pool(subnets, overrides, settings.serving.dhcp),
        read_sources(raw.get("source", []), f"{path}: source", path.parent),
        adhoc.named_files if adhoc else {},
        read_table(raw.get("vars", {}), f"{path}: vars"),
        read_mirroring(raw.get("mirror", {}), f"{path}: mirror"),
        raw,
    )
