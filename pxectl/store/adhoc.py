"""`--kernel F --initrd F --cmdline S`: every client boots these, without any file of a site."""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pxectl.boot.conditions import parse_match
from pxectl.boot.profile import Profile
from pxectl.boot.rules import Action, Rule, Rules
from pxectl.errors import ConfigError
from pxectl.store.profiles import is_url
from pxectl.store.settings import Overrides

NAME = "adhoc"
RULE = "--kernel boots every client"


@dataclass(frozen=True, slots=True)
class Adhoc:
    """What the flags make: a profile and the files that it names."""

    profile: Profile
    named_files: Mapping[str, str]
    """Name → absolute path, as `Site.named_files`."""

    def at_end_of(self, rules: Rules) -> Rules:
        """The site's rules, and behind them the one that boots every client that is left.

        `netboot = "never"` stays never: a machine that must not be installed again is not put at
        risk by a try with another one (netboot.md 3.2, 25).

        Raises:
            ConfigError: the site has a profile of this name.
        """
        if NAME in rules.profiles:
            raise ConfigError(
                f"--kernel makes a profile `{NAME}`, and the site has one of that name",
                hint=f"rename `[profile.{NAME}]`, or leave `--kernel` out",
            )
        match = parse_match({"not": {"netboot": "never"}}, "--kernel")
        rule = Rule(RULE, match, Action.BOOT, NAME)
        return replace(
            rules, site=(*rules.site, rule), profiles={**rules.profiles, NAME: self.profile}
        )


def read_adhoc(overrides: Overrides) -> Adhoc | None:
    """What the flags say; None if they say nothing.

    Raises:
        ConfigError: a file that is not there or empty, or an initrd or cmdline without a kernel.
    """
    if overrides.kernel is None:
        for flag in ("initrd", "cmdline"):
            if getattr(overrides, flag):
                raise ConfigError(f"--{flag} stands without a kernel", hint="add `--kernel FILE`")
        return None
    named: dict[str, str] = {}
    kernel = _name(overrides.kernel, "--kernel", named)
    initrds = tuple(_name(file, "--initrd", named) for file in overrides.initrd)
    cmdline = (overrides.cmdline or "").strip()
    if not cmdline.isprintable():
        raise ConfigError("--cmdline holds a line break", hint="write it in one line")
    # one word: a template in it may hold blanks
    return Adhoc(Profile(NAME, kernel, initrds, (cmdline,) if cmdline else ()), named)


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
