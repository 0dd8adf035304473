"""Profiles that come with imported machines: which the site has, and what to write for the others.

`pxectl.toml` is a person's file: nothing here writes to it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pxectl.boot.profile import Profile
from pxectl.boot.template import is_template, literal
from pxectl.store.place import CONFIG, TEMPLATES
from pxectl.store.profiles import read_profiles
from pxectl.store.toml import read_toml


@dataclass(frozen=True, slots=True)
class Block:
    """A profile that the site lacks."""

    name: str
    toml: str
    """`[profile.NAME]`, for `pxectl.toml`."""
    template: str = ""
    """Name of the file below `templates/` that it needs; empty: none."""
    text: str = ""
    """What is to stand in that file."""


def known_profiles(site: Path) -> Mapping[str, Profile]:
    """The profiles of `pxectl.toml` by name; a script that is no real template comes as its text.

    Raises:
        ConfigError: the file or its profiles can not be used.
    """
    try:
        raw = read_toml(site / CONFIG)
    except FileNotFoundError:
        return {}
    profiles = read_profiles(raw.get("profile", {}), f"{site / CONFIG}: profile")
    return {name: _plain(profile, site / TEMPLATES) for name, profile in profiles.items()}


def _plain(profile: Profile, templates: Path) -> Profile:
    if not profile.script:
        return profile
    try:
        text = (templates / profile.script).read_text("utf-8")
    except (OSError, UnicodeDecodeError):  # `rules check` tells
        return profile
    plain = text.replace("{{ '{' }}", "{")  # what `literal` made is no real template, either
    if is_template(text) and literal(plain) != text:
        return profile
    return replace(profile, script="", script_text=plain)


class Shelf:
    """Gives each profile a name: the site's, if it has the same one. Mutable; for one import."""

    def __init__(self, known: Mapping[str, Profile]) -> None:
        """Nothing is new yet.

        Args:
            known: profiles of the site by name.
        """
        self._taken = set(known)
        self._names = {_content(profile): name for name, profile in known.items()}
        self.new: list[Profile] = []
        """What the site lacks, under its name to be."""

    def name(self, profile: Profile) -> str:
        """The name under which the site has, or is to have, this profile."""
        content = _content(profile)
        if content not in self._names:
            name, n = profile.name, 1
            while name in self._taken:
                n += 1
                name = f"{profile.name}-{n}"
            self._taken.add(name)
            self._names[content] = name
            self.new.append(replace(profile, name=name))
        return self._names[content]


def _content(profile: Profile) -> tuple[object, ...]:
    return (profile.kernel, profile.initrd, profile.cmdline, profile.script, profile.chain,
            profile.script_text, tuple(profile.nbp.items()))  # fmt: skip


def blocks(profiles: Iterable[Profile]) -> list[Block]:
    """What a person has to add to the site, ready to be pasted."""
    return [_block(profile) for profile in profiles]


def _block(profile: Profile) -> Block:
    import tomli_w

    # its name may be the words of whoever wrote the file, and this one is a path
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", profile.name).strip("-") or "imported"
    template = f"{stem}.ipxe" if profile.script_text else ""
    table: dict[str, Any] = {
        "kernel": profile.kernel,
        "initrd": list(profile.initrd),
        "cmdline": list(profile.cmdline),
        "script": template,
        "chain": profile.chain,
    }
    said = {key: value for key, value in table.items() if value}
    toml = tomli_w.dumps({"profile": {profile.name: said}})
    return Block(profile.name, toml, template, literal(profile.script_text))
