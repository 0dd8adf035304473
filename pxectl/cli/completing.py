"""What TAB offers for values: small and quick, for it starts a process each time."""

from pathlib import Path

import typer


def client_kinds(incomplete: str) -> list[str]:
    """Names for `--client`."""
    from pxectl.boot.kinds import KINDS

    return [name for name in KINDS if name.startswith(incomplete)]


def profiles(context: typer.Context, incomplete: str) -> list[str]:
    """Profiles of the site, for `--profile`; none if its file can not be read."""
    from pxectl.errors import PxectlError
    from pxectl.store.place import CONFIG, find_site
    from pxectl.store.toml import read_toml

    flag = context.params.get("site")  # a text: nothing has been converted yet
    try:
        raw = read_toml(find_site(Path(flag) if flag else None).path / CONFIG)
    except (PxectlError, OSError):
        return []
    named = raw.get("profile", {})
    return (
        [name for name in named if name.startswith(incomplete)] if isinstance(named, dict) else []
    )


def machines(context: typer.Context, incomplete: str) -> list[str]:
    """Names of the site's machines: names of files, none of which is opened."""
    from pxectl.errors import PxectlError
    from pxectl.store.find import machine_files
    from pxectl.store.machines import SUFFIX
    from pxectl.store.place import HARDWARE, find_site

    flag = context.params.get("site")
    try:
        files = machine_files(find_site(Path(flag) if flag else None).path / HARDWARE)
    except PxectlError:
        return []
    return [file.removesuffix(SUFFIX) for file in files if file.startswith(incomplete)]


def machine_keys(incomplete: str) -> list[str]:
    """Keys of a machine's file, for `--unset`."""
    from pxectl.store.machines import KEYS

    return [key for key in KEYS if key.startswith(incomplete) and key != "mac"]
