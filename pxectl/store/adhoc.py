"""`--kernel F`, `--installer NAME`, `--profile NAME`: every client boots that, without any rule."""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pxectl.boot.conditions import parse_match
from pxectl.boot.profile import Profile
from pxectl.boot.rules import Action, Rule, Rules
from pxectl.errors import ConfigError
from pxectl.store.profiles import is_url
from pxectl.store.recipes import find_recipe
from pxectl.store.settings import Overrides
from pxectl.store.values import near

NAME = "adhoc"
FLAGS = ("kernel", "installer", "profile")


@dataclass(frozen=True, slots=True)
class Adhoc:
    """What the flags make: a profile, or the name of one of the site, and files."""

    flag: str
    """`--kernel`, `--installer` or `--profile`."""
    profile: Profile | str
    named_files: Mapping[str, str] = field(default_factory=dict)
    """Name → absolute path, as `Site.named_files`."""

    def at_end_of(self, rules: Rules) -> Rules:
        """The site's rules, and behind them the one that boots every client that is left.

        `netboot = "never"` stays never: a machine that must not be installed again is not put at
        risk by a try with another one (netboot.md 3.2, 25).

        Raises:
            ConfigError: the site has a profile of this name, or none of the one that was named.
        """
        profiles = dict(rules.profiles)
        if isinstance(self.profile, Profile):
            if NAME in profiles:
                raise ConfigError(
                    f"{self.flag} makes a profile `{NAME}`, and the site has one of that name",
                    hint=f"rename `[profile.{NAME}]`, or leave `{self.flag}` out",
                )
            profiles[NAME] = self.profile
        elif self.profile not in profiles:
            raise ConfigError(
                f"{self.flag}: the site has no profile `{self.profile}`",
                hint=near(self.profile, profiles),
            )
        name = self.profile.name if isinstance(self.profile, Profile) else self.profile
        match = parse_match({"not": {"netboot": "never"}}, self.flag)
        rule = Rule(f"{self.flag} boots every client", match, Action.BOOT, name)
        return replace(rules, site=(*rules.site, rule), profiles=profiles)


def read_adhoc(overrides: Overrides) -> Adhoc | None:
    """What the flags say; None if they say nothing.

    Raises:
        ConfigError: a file that is not there or empty, no such installer, flags that contradict
            each other, or one that has nothing to belong to.
    """
    given = [flag for flag in FLAGS if getattr(overrides, flag) is not None]
    if len(given) > 1:
        raise ConfigError(
            f"{' and '.join(f'--{flag}' for flag in given)} contradict each other",
            hint="every client boots one of them",
        )
    _refuse_alone("initrd", overrides.initrd, given, "kernel")
    _refuse_alone("cmdline", overrides.cmdline, given, "kernel", "installer")
    cmdline = (overrides.cmdline or "").strip()
    if not cmdline.isprintable():
        raise ConfigError("--cmdline holds a line break", hint="write it in one line")
    words = (cmdline,) if cmdline else ()  # one word: a template in it may hold blanks
    if overrides.profile is not None:
        return Adhoc("--profile", overrides.profile)
    if overrides.installer is not None:
        return Adhoc("--installer", _installer(overrides.installer, words))
    if overrides.kernel is None:
        return None
    named: dict[str, str] = {}
    kernel = _name(overrides.kernel, "--kernel", named)
    initrds = tuple(_name(file, "--initrd", named) for file in overrides.initrd)
    return Adhoc("--kernel", Profile(NAME, kernel, initrds, words), named)


def _refuse_alone(flag: str, value: object, given: list[str], *owners: str) -> None:
    if value and not set(given) & set(owners):
        raise ConfigError(
            f"--{flag} stands without a {owners[0]}", hint=f"add `--{owners[0]} FILE`"
        )


def _installer(name: str, words: tuple[str, ...]) -> Profile:
    recipe = find_recipe(name, "--installer")
    if recipe.needs:
        raise ConfigError(
            f"--installer: `{name}` needs {' or '.join(recipe.needs)}",
            hint=f'write a profile: `installer = "{name}"` with it, and take `--profile`',
        )
    return Profile(NAME, cmdline=words, recipe=recipe)


def _name(file: str, flag: str, named: dict[str, str]) -> str:
    """What the file is called in paths: its own name, made safe and unlike any other."""
    if is_url(file):
        return file
    path = Path(file).expanduser()
    try:
        status = path.stat()
        if stat.S_ISREG(status.st_mode):
            path.open("rb").close()
    except OSError as error:
        raise ConfigError(
            f"{flag}: `{file}`: {error.strerror}", hint="name a file of this host, or a URL"
        ) from None
    if not stat.S_ISREG(status.st_mode) or not status.st_size:
        what = "empty" if stat.S_ISREG(status.st_mode) else "not a file"
        raise ConfigError(f"{flag}: `{file}` is {what}", hint="name a file of this host, or a URL")
    safe = re.sub(r"[^A-Za-z0-9._-]", "-", path.name)
    name, number = f"{NAME}-{safe}", 1
    while name in named:
        number += 1
        name = f"{NAME}-{number}-{safe}"
    named[name] = str(path.resolve())
    return name
