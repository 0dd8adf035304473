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
