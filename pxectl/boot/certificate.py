"""What the certificate of HTTPS says."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says."""

    subject: str
    """Its common name, else all of its name."""
    names: tuple[str, ...]
    """DNS names and addresses that it is for."""
    begins: datetime
    ends: datetime
    fingerprint: str
    """SHA-256, `AB:CD:…`."""
    key: str
    """`RSA 2048`, `ECDSA secp256r1`."""
    problem: str = ""
    """Why some clients would not take it; empty: nothing is known."""
