"""What an installer's recipe says (DESIGN.md 6); `store/recipes.py` reads it from its one file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

NO_SETTINGS: Mapping[str, Any] = {}
NO_TEXTS: Mapping[str, str] = {}
CPUS = ("x64", "arm64")
"""What recipes tell apart; BIOS machines count as x64, for what is installed today needs that."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one system is installed or booted.

    Every text may be a template. It sees, beside what all templates see, the settings and `words`
    by their names, `cpu` (`x64`, `arm64`) and `efi` (false: BIOS).
    """

    name: str
    about: str
    """One line for people."""
    settings: Mapping[str, Any] = field(default_factory=lambda: NO_SETTINGS)
    """What a profile may set, with what it is if the profile does not; a text may use those
    before it."""
    needs: tuple[str, ...] = ()
    """Settings of which a profile must set one: there is no default that could work."""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By CPU: what this system's files and arguments call it. A CPU that is not there can not boot
    it."""
    kernel: str = ""
    """Path below `files/`, or a URL."""
    initrd: tuple[str, ...] = ()
    cmdline: tuple[str, ...] = ()
    script: str = ""
    """Lines of an iPXE script, where there is more to do than to boot a kernel. `cmdline` in it is
    what profile, rule and machine add, with a blank in front of each word, and `booted` the lines
    that say that all is loaded."""
    templates: Mapping[str, str] = field(default_factory=lambda: NO_TEXTS)
    """Texts by their names below `templates/`, where a site's own come before them."""
