"""A machine's file by its name or one of its MACs, without reading the others."""

import os
from difflib import get_close_matches
from pathlib import Path

from pxectl.errors import ConfigError, RefusedError
from pxectl.mac import MAC
from pxectl.store.index import files_claiming
from pxectl.store.machines import SUFFIX, is_machine_file, machine_of
from pxectl.store.toml import parse_toml, read_content


def machine_files(folder: Path) -> list[str]:
    """Names of the files that hold a machine each, sorted; none if there is no such folder.

    Raises:
        ConfigError: the folder can not be read.
    """
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if is_machine_file(entry.name))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise ConfigError(
            f"{folder}: can not be read: {error.strerror}", hint="check its owner and mode"
        ) from None


def find_file(folder: Path, who: str) -> Path:
    """The file of one machine, which need not be free of errors if it is named.

    Args:
        folder: `hardware/` of the site.
        who: the machine's name, in any case, or a MAC of it in any spelling.

    Raises:
        RefusedError: there is none, or two are meant; the hint names the nearest.
    """
    files = machine_files(folder)
    named = _named(files, who)
    try:
        mac = MAC.parse(who)
    except ValueError:
        holder = None
    else:
        holder = _holder(folder, files, mac)
    if named and holder and named != holder:
        raise RefusedError(
            f"`{who}` is the name of {folder / named} and a MAC of {folder / holder}",
            hint=f"write the MAC as {mac}, or name the other machine",
        )
    if found := named or holder:
        return folder / found
    raise RefusedError(f"there is no machine `{who}` in {folder}", hint=_nearest(files, who))


def _named(files: list[str], who: str) -> str | None:
    wanted = f"{who}{SUFFIX}"
    if wanted in files:
        return wanted
    return next((file for file in files if file.lower() == wanted.lower()), None)


def _holder(folder: Path, files: list[str], mac: MAC) -> str | None:
    """The first file that claims the MAC: parsed only if it holds its octets at all."""
    digits = mac.hex().encode()
    claiming = files_claiming(folder.parent, [("mac", mac)])
    for file in files if claiming is None else sorted(claiming):
        try:
            content = read_content(folder / file)
            if digits in content.lower().translate(None, b":-.") or b"\\" in content:
                raw = parse_toml(content, folder / file)
                if mac in machine_of(raw, file.removesuffix(SUFFIX), file).macs:
                    return file
        except (OSError, ConfigError):  # `hardware list` tells
            continue
    return None


def _nearest(files: list[str], who: str) -> str:
    names = [file.removesuffix(SUFFIX) for file in files]
    by_lower = {name.lower(): name for name in names}
    near = [by_lower[name] for name in get_close_matches(who.lower(), by_lower, n=3)]
    if near:
        return f"did you mean {' or '.join(f'`{name}`' for name in near)}?"
    return "`pxectl hardware list` shows what there is" if names else "there is none yet"
