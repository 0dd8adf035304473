"""Paths of files that come from other servers: `TOKEN/mirror/SEAL/https/HOST/…`.

The seal says that this very URL was told to this very client: whatever a template asks for can be
fetched, and nobody makes pxectl fetch anything else.
"""

from base64 import b32encode
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest, digest

from pxectl.mac import MAC

MIRROR = "mirror"
_SCHEMES = ("http", "https")
_ODD = "$%# \\"
_NO_PARTS = {"", ".", ".."}


@dataclass(frozen=True, slots=True, repr=False)
class Seal:
    """Seals URLs for one client."""

    secret: bytes
    """Key of the site."""
    mac: MAC | None
    """Whose; None: nothing tells its MAC."""

    def path(self, url: str) -> str | None:
        """The path that leads to `url`, below the client's token.

        Returns:
            None for what it has to fetch by itself: another scheme, a URL with iPXE's own
            variables in it, or one that would not come back from a path as it was.
        """
        scheme, _, rest = url.partition("://")
        path = f"{MIRROR}/{self._sign(url)}/{scheme}/{rest}"
        is_plain = rest.isascii() and rest.isprintable() and not any(c in rest for c in _ODD)
        # one slash between two parts: what reads the path makes one of several
        parts = rest.split("/")
        if scheme not in _SCHEMES or not is_plain or len(parts) == 1 or set(parts) & _NO_PARTS:
            return None
        return path

    def url(self, path: str) -> str | None:
        """The URL that `path`, behind `mirror/`, was made for; None: it was not made for this
        client."""
        sign, _, rest = path.partition("/")
        scheme, _, rest = rest.partition("/")
        url = f"{scheme}://{rest}"
        return url if compare_digest(sign.encode(), self._sign(url).encode()) else None

    def _sign(self, url: str) -> str:
        whose = bytes(self.mac) if self.mac is not None else b""
        signature = digest(self.secret, whose + b"\0mirror\0" + url.encode(), sha256)
        return b32encode(signature[:10]).decode().lower()
