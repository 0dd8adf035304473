"""What tells that a file from elsewhere is the right one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """Nothing, a sum, or a list of sums; a signature of the file itself, or of the list."""

    sha256: str = ""
    """Of the file; 64 lower-case hexadecimal digits."""
    sums: str = ""
    """URL, or path below `files/`, of a list as `sha256sum` writes it."""
    signature: str = ""
    """A detached OpenPGP signature of `sums`, if any, else of the file: its URL or path, or what
    stands behind that of the signed (`.sig`)."""
    key: str = ""
    """Path below `files/` of the OpenPGP certificates that may have signed it."""

    @property
    def voucher(self) -> str:
        """Names the list and the signature that it is looked at with; empty: there are none."""
        words = (self.sums, self.signature, self.key)
        return " ".join(words) if any(words) else ""


UNCHECKED = Check()
