"""`pxectl rules diff`: whose decision differs between two versions of a site."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import typer

from pxectl.boot.differ import differences
from pxectl.boot.site import Inventory, Site
from pxectl.cli.rehearsing import Said, moment, standpoint
from pxectl.errors import PxectlError
from pxectl.store.place import find_site, is_folder
from pxectl.store.revision import at_revision
from pxectl.store.settings import Overrides
from pxectl.store.site import load_site
from pxectl.ui import difference as shown


def diff(other: str, said: Said, flag: Path | None, *, as_json: bool) -> bool:
    """Print what changes from `other` to the site.

    Args:
        other: another site's directory, or a revision of this site's repository.
        said: `--at`.
        flag: what `--site` said.
        as_json: one object instead of lines.

    Returns:
        True if nothing changes.

    Raises:
        PxectlError: one of the two can not be read.
    """
    here = find_site(flag)
    if not here.exists:
        raise PxectlError(f"{here.path}: there is no site", hint="name its directory by `--site`")
    after = _read(here.path)
    with _earlier(other, here.path, after) as before:
        at = moment(after, said.at)
        found = tuple(differences(before, after, standpoint(after, said), at))
    typer.echo(shown.as_json(found) if as_json else shown.as_text(found), nl=as_json)
    return not found


def _read(path: Path) -> Site:
    """A site as it is on the disk. No key is made for it: nobody fetches anything."""
    loaded = load_site(path, Overrides())
    if loaded.problems:
        raise loaded.problems[0]
    return loaded.site


@contextmanager
def _earlier(other: str, path: Path, after: Site) -> Iterator[Site]:
    folder = Path(other).expanduser()
    if is_folder(folder):
        yield _read(folder.absolute())
        return
    with at_revision(path, other) as unpacked:
        try:
            site = _read(unpacked)
        except PxectlError as error:
            message = error.message.replace(f"{unpacked}/", f"{other}:")
            raise PxectlError(message, hint=error.hint) from None
        # what sources tell is in no repository: both versions are asked with what they tell today
        own = tuple(machine for machine in site.inventory.machines if not machine.origin)
        told = tuple(machine for machine in after.inventory.machines if machine.origin)
        yield replace(site, inventory=Inventory((*own, *told)))
