"""The certificate that HTTPS shows, and its private key: read and checked.

To be imported where it is needed: `cryptography` takes its time.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificatePublicKeyTypes,
    PrivateKeyTypes,
    PublicKeyTypes,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from pxectl.boot.certificate import Certificate
from pxectl.errors import ConfigError

MAKE_HINT = "`pxectl cert make` makes one"


def read_certificate(cert: Path, key: Path, now: datetime) -> Certificate:
    """A certificate that belongs to its key and is valid now.

    Args:
        cert: PEM: the certificate first, then its chain.
        key: PEM without a pass phrase.
        now: the moment.

    Raises:
        ConfigError: one of them can not be used, they do not belong together, or it is not valid.
    """
    first = read_pem(cert)
    if _public(first.public_key()) != _public(read_key(key).public_key()):
        raise ConfigError(
            f"{key}: is not the key of {cert}", hint="name the key that the certificate was made of"
        )
    certificate = describe(first)
    if now > certificate.ends:
        raise ConfigError(
            f"{cert}: has expired on {certificate.ends:%Y-%m-%d}",
            hint="renew it; `pxectl cert make` renews what it made",
        )
    if now < certificate.begins:
        raise ConfigError(
            f"{cert}: is not valid before {certificate.begins:%Y-%m-%d %H:%M} UTC",
            hint="is this host's clock right?",
        )
    return certificate


def read_pem(path: Path) -> x509.Certificate:
    """The first certificate of a file, as `cryptography` has it.

    Raises:
        ConfigError: there is none.
    """

    try:
        return x509.load_pem_x509_certificates(_read(path))[0]
    except ValueError:
        raise ConfigError(f"{path}: holds no certificate in PEM", hint=MAKE_HINT) from None


def describe(certificate: x509.Certificate) -> Certificate:
    """What it says.

    Args:
        certificate: as `cryptography` has it.
    """

    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    key = _kind(certificate.public_key())
    return Certificate(
        str(common[0].value) if common else certificate.subject.rfc4514_string(),
        tuple(_names(certificate)),
        certificate.not_valid_before_utc.astimezone(UTC),
        certificate.not_valid_after_utc.astimezone(UTC),
        certificate.fingerprint(SHA256()).hex(":").upper(),
        key,
        # netboot.md 2.9, 3.3 (43)
        "" if key.startswith("RSA") else "iPXE takes RSA only, until 2026",
    )


def read_key(path: Path) -> PrivateKeyTypes:
    """A private key, as `cryptography` has it.

    Raises:
        ConfigError: there is none, or it has a pass phrase.
    """

    try:
        return load_pem_private_key(_read(path), None)
    except TypeError:
        raise ConfigError(
            f"{path}: the key has a pass phrase", hint="take it off: `openssl pkey -in F -out F2`"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise ConfigError(f"{path}: holds no private key in PEM", hint=MAKE_HINT) from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file", hint=MAKE_HINT) from None
    except OSError as error:
        raise ConfigError(
            f"{path}: can not be read: {error.strerror}", hint="check its owner and mode"
        ) from None


def _public(key: PublicKeyTypes) -> bytes:

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _names(certificate: x509.Certificate) -> Iterable[str]:

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return
    yield from found.get_values_for_type(x509.DNSName)
    yield from map(str, found.get_values_for_type(x509.IPAddress))


def _kind(key: CertificatePublicKeyTypes) -> str:

    if isinstance(key, RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, EllipticCurvePublicKey):
        return f"ECDSA {key.curve.name}"
    return type(key).__name__.removeprefix("_").removesuffix("PublicKey")
