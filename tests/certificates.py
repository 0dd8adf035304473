"""Certificates for tests: made once, with keys that are quick to make."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 7, 1, tzinfo=UTC)
YEAR = timedelta(days=365)


@cache
def key(kind: str = "rsa", which: int = 0):
    """A private key; `which` tells one from another."""
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(private, *, begins: datetime = NOW - YEAR, ends: datetime = NOW + YEAR) -> bytes:
    """PEM of one that it signed itself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "srv.lab")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )
    return made.sign(private, SHA256()).public_bytes(Encoding.PEM)


def pem(private, phrase: bytes = b"") -> bytes:
    """PEM of a private key."""
    how = BestAvailableEncryption(phrase) if phrase else NoEncryption()
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


def put(folder: Path, cert: bytes, private: bytes) -> tuple[Path, Path]:
    """Both in files."""
    paths = folder / "server.crt", folder / "server.key"
    for path, content in zip(paths, (cert, private), strict=True):
        path.write_bytes(content)
    return paths
