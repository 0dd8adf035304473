"""Who asks for a path, and for what name: by its token, else as `newcomer` knows it."""

from pxectl.boot.arrival import Asked
from pxectl.boot.client import Client
from pxectl.boot.newcomer import Disbelieved, has_to_ask, is_entry, newcomer, others_token, unseen
from pxectl.boot.shim import without_junk
from pxectl.boot.site import Site
from pxectl.boot.token import looks_like_token, read_lasting_token, read_token
from pxectl.boot.urls import AUTOEXEC, IPXE, ISO, SCRIPT
from pxectl.boot.visits import Visits

ASK_BACK = "autoexec"
"""What `autoexec.ipxe` is for who has no token."""
UNREADABLE = "\ufffd"
"""Stands for what nobody can read; no file's name has it."""


def normalised(path: str) -> str | None:
    """The path as `a/b/c`, or None if it leads out of what we hand out.

    Firmware puts `/` or `\\` in front and doubles them, and leaves junk behind (netboot.md 2.8).
    """
    readable = "".join(c if c.isprintable() else UNREADABLE for c in without_junk(path))
    parts = [part for part in readable.replace("\\", "/").split("/") if part not in ("", ".")]
    return None if ".." in parts else "/".join(parts)


def who_asks(
    asked: Asked, path: str, site: Site, visits: Visits, now: float
) -> tuple[Client | Disbelieved, str]:
    """Who asks and for what name. No token and no entry: somebody whose MAC is not known."""
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
