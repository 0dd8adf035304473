"""Where the site is (DESIGN.md 2). Nothing has to exist."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pxectl.errors import ConfigError

CONFIG = "pxectl.toml"
HARDWARE, TEMPLATES, FILES, STATE = "hardware", "templates", "files", "state"
SYSTEM = Path("/etc/pxectl")
_ASKED_BY = ("SUDO_USER", "DOAS_USER")


@dataclass(frozen=True, slots=True)
class Place:
    """The site's directory, and why it is this one."""

    path: Path
    """Absolute. Need not exist: `hardware add` makes it, `serve` waits for it."""
    chosen_by: str
    """For people: `--site`, `PXECTL_SITE`, `current directory`, `system`, `default`."""

    @property
    def exists(self) -> bool:
        """False while there is nothing to read: every command works on the defaults."""
        return is_folder(self.path)


def is_folder(path: Path) -> bool:
    """True for a directory that this process may look at."""
    try:
        return path.is_dir()
    except OSError:  # Python 3.11 raises it if a folder above is closed to us
        return False


def find_site(
    flag: Path | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    system: Path = SYSTEM,
) -> Place:
    """The site of this call: the flag, `PXECTL_SITE`, here, /etc/pxectl, the user's own directory.

    With no site at all it is the user's configuration directory, for every command alike, so that
    `hardware add` writes where a running `serve` looks. `serve` needs root for its ports and is
    mostly started with sudo, `hardware add` is not: under sudo (or doas) the directory is that of
    the person who typed it, not root's. `pxectl.store.newfile` gives what root creates there to
    that person.

    Args:
        flag: what `--site` said.
        environ: instead of the process's environment.
        system: instead of /etc/pxectl.

    Raises:
        ConfigError: the flag or the variable names something that is not a directory.
    """
    environ = os.environ if environ is None else environ
    if flag is not None:
        return _named(flag, "--site")
    if environ.get("PXECTL_SITE"):
        return _named(Path(environ["PXECTL_SITE"]), "PXECTL_SITE")
    here = _here()
    if here is not None and (here / CONFIG).is_file():
        return Place(here, "current directory")
    if _may_hold_config(system):
        return Place(system, "system")
    return Place(_user_directory(environ), "default")


def _named(path: Path, by: str) -> Place:
    path = path.expanduser().absolute()
    if not is_folder(path) and os.path.lexists(path):
        raise ConfigError(
            f"{by}: `{path}` is not a directory",
            hint="name the directory that holds pxectl.toml and hardware/",
        )
    return Place(path, by)


def _here() -> Path | None:
    try:
        return Path.cwd()
    except OSError:  # it was removed
        return None


def _may_hold_config(folder: Path) -> bool:
    """True, too, for a folder that is closed to us: reading it then says so, and nobody writes a
    machine where the system's `serve` does not look."""
    try:
        return (folder / CONFIG).is_file()
    except PermissionError:
        return True


def _user_directory(environ: Mapping[str, str]) -> Path:
    asker = _asker_home(environ)
    if sys.platform == "darwin":
        return (asker or Path.home()) / "Library" / "Application Support" / "pxectl"
    if sys.platform == "win32":
        return Path(environ.get("APPDATA") or Path.home()) / "pxectl"
    if asker is not None:
        return asker / ".config" / "pxectl"
    chosen = Path(environ.get("XDG_CONFIG_HOME") or "")
    # the XDG specification: a path that is not absolute is to be ignored
    return (chosen if chosen.is_absolute() else Path.home() / ".config") / "pxectl"


def _asker_home(environ: Mapping[str, str]) -> Path | None:
    """Home of the person behind sudo; None if this process is not root on someone's behalf."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd

    for key in _ASKED_BY:
        name = environ.get(key, "")
        if not name or name == "root":
            continue
        try:
            return Path(pwd.getpwnam(name).pw_dir)
        except KeyError:
            continue
    return None
