"""Who asks for a path, and for what name: by its token, else as `newcomer` knows it."""

import re
from dataclasses import replace

from pxectl.boot.arrival import Asked
from pxectl.boot.client import Client
from pxectl.boot.mirrored import MIRROR
from pxectl.boot.newcomer import Disbelieved, has_to_ask, is_entry, newcomer, others_token, unseen
from pxectl.boot.pifiles import pi_asks
from pxectl.boot.shim import without_junk
from pxectl.boot.site import Site
from pxectl.boot.token import looks_like_token, read_lasting_token, read_token
from pxectl.boot.urls import (
    AUTOEXEC,
    BOOTED,
    ESXI,
    FILES,
    IPXE,
    ISO,
    NAMED,
    SCRIPT,
    TEMPLATES,
)
from pxectl.boot.visits import Visits

ASK_BACK = "autoexec"
"""What `autoexec.ipxe` is for who has no token."""
_FOLDERS = frozenset((ESXI, FILES, ISO, MIRROR, NAMED, TEMPLATES))
_NAMES = frozenset((AUTOEXEC, BOOTED, IPXE, SCRIPT))
_MAC = re.compile(r"(?:01-)?((?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2})", re.IGNORECASE)
UNREADABLE = "\ufffd"
"""Stands for what nobody can read; no file's name has it."""


def normalised(path: str) -> str | None:
    """The path as `a/b/c`, or None if it leads out of what we hand out.

    Firmware puts `/` or `\\` in front and doubles them, and leaves junk behind (netboot.md 2.8).
    """
    readable = "".join(c if c.isprintable() else UNREADABLE for c in without_junk(path))
    parts = [part for part in readable.replace("\\", "/").split("/") if part not in ("", ".")]
    return None if ".." in parts else "/".join(parts)


def _without_mac(path: str) -> tuple[str, str]:
    """The MAC that stands in front of a path, as other servers tell firmware to, and the rest."""
    first, slash, rest = path.partition("/")
    found = _MAC.fullmatch(first) if slash and rest else None
    return (found[1], rest) if found else ("", path)


def _spelled(path: str) -> str:
    """The path with our own words as we write them: some firmware shouts (netboot.md 2.8)."""
    first, slash, rest = path.partition("/")
    if looks_like_token(first.lower()):
        return f"{first.lower()}{slash}{_spelled(rest)}"
    if slash and first.lower() in _FOLDERS:
        return f"{first.lower()}/{rest}"
    return path.lower() if path.lower() in _NAMES else path


def who_asks(
    asked: Asked, path: str, site: Site, visits: Visits, now: float
) -> tuple[Client | Disbelieved, str]:
    """Who asks and for what name. No token and no entry: somebody whose MAC is not known."""
    said, path = _without_mac(path)
    if said and not asked.query:
        asked = replace(asked, query=f"mac={said}")
    path = _spelled(path)
    first, _, rest = path.partition("/")
    mac = read_token(site.secret, first, now)
    if mac is not None and (thief := others_token(asked, mac, site)):
        return thief, path
    if mac is not None:
        return visits.client(mac) or unseen(asked, mac, site), rest
    if first == ISO:
        segment, _, name = rest.partition("/")
        mac = read_lasting_token(site.secret, segment)
        if mac is None:
            return Disbelieved("the token in the path is made up"), path
        return visits.client(mac) or unseen(asked, mac, site), f"{ISO}/{name}"
    if looks_like_token(first):
        return Disbelieved("the token in the path is expired or made up"), path
    if not is_entry(path, site):
        if pi := pi_asks(asked, path, said, site, visits):
            return pi
        return unseen(asked, None, site), path
    client = newcomer(asked, path, site, visits)
    if isinstance(client, Disbelieved):
        return client, path
    if path.rpartition("/")[2] == AUTOEXEC:
        return client, ASK_BACK if has_to_ask(asked, client.mac, site, visits) else path
    if path not in (IPXE, SCRIPT):
        return client, path
    visits.meet(client, now)  # what it fetches next carries a token, and is decided alike
    return client, SCRIPT
