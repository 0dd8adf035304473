"""Ethernet addresses, normalised once at the edge."""

import re
from typing import Self

_SPELLINGS = re.compile(
    r"[0-9a-f]{12}"
    r"|[0-9a-f]{2}(?::[0-9a-f]{2}){5}"
    r"|[0-9a-f]{2}(?:-[0-9a-f]{2}){5}"
    r"|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}"  # Cisco
)


class MAC(bytes):
    """Six octets of `chaddr`, in wire order.

    A subclass of `bytes`, not a dataclass: `machines[mac]` runs for every packet of a boot storm,
    and hash and equality of `bytes` run in C.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The address that `text` spells.

        Args:
            text: `52:54:00:12:34:56`, `52-54-00-12-34-56`, `5254.0012.3456` or `525400123456`,
                in any case.

        Raises:
            ValueError: `text` is none of these; the message is fit for a person.
        """
        spelling = text.strip().lower()
        if not _SPELLINGS.fullmatch(spelling):
            raise ValueError(f"`{text}` is not a MAC address such as `52:54:00:12:34:56`")
        return cls.fromhex(re.sub(r"[:.-]", "", spelling))

    def __str__(self) -> str:
        return self.hex(":")

    def __repr__(self) -> str:
        return f"MAC({self.hex(':')!r})"

    @property
    def dashed(self) -> str:
        """Spelled `52-54-00-12-34-56`: safe in paths and file names, as iPXE's `${mac:hexhyp}`."""
        return self.hex("-")

    @property
    def is_usable(self) -> bool:
        """True for an address that can be one machine's: neither zero nor a group address."""
        return len(self) == 6 and any(self) and not self[0] & 1
