"""A machine that no file has, for `pxectl hardware show`."""

from pathlib import Path

from pxectl.boot.machine import Machine
from pxectl.errors import RefusedError
from pxectl.mac import MAC
from pxectl.store.site import load_site
from pxectl.ui.errors import print_warning


def machine_elsewhere(site: Path, who: str, refusal: RefusedError) -> Machine:
    """The machine of a source.

    Args:
        site: its directory.
        who: name or MAC.
        refusal: why no file was found.

    Raises:
        RefusedError: no source has it either.
        ConfigError: `pxectl.toml` can not be used.
    """
    try:
        mac = MAC.parse(who)
    except ValueError:
        mac = None
    loaded = load_site(site, mac=mac)
    for note in loaded.notes:
        print_warning(note)
    inventory = loaded.site.inventory
    found = inventory.get(mac) if mac else None
    named = (m for m in inventory.machines if m.origin and m.name.lower() == who.lower())
    if machine := found or next(named, None):
        return machine
    raise refusal
