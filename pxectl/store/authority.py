"""A small CA for a lab, and the certificate that it gives to the server: RSA, SHA-256.

tls/ca.key      the CA's key, for the next certificate
tls/ca.crt      the CA's certificate: what clients are to trust (PEM)
tls/ca.der      the same, as menus of firmware take it
tls/ca.esl      the same as an EFI_SIGNATURE_LIST: the UEFI variable TlsCaCertificate
tls/server.key  the server's key
tls/server.crt  its certificate, then the CA's

To be imported where it is needed: `cryptography` takes its time.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from struct import pack
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pxectl.boot.certificate import Certificate
from pxectl.errors import ConfigError, HostError
from pxectl.store.certificate import describe, read_key, read_pem
from pxectl.store.newfile import create_file, make_folder, replace_file

TLS = "tls"
CA_CERT, CA_KEY, SERVER_CERT, SERVER_KEY = "ca.crt", "ca.key", "server.crt", "server.key"
CA_DER, CA_ESL = "ca.der", "ca.esl"
RSA_BITS = 2048
CA_DAYS, SERVER_DAYS = 3650, 730
_X509 = UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")  # EFI_CERT_X509_GUID
_OWNER = UUID("6d3a5a5c-9a5e-4a2e-8f0b-707865637431")
"""Who put it into the list: any value does; this one is pxectl's."""
_EARLIER = timedelta(days=1)
"""A machine without a battery does not know the time well."""


@dataclass(frozen=True, slots=True)
class Made:
    """What `make` did."""

    folder: Path
    ca: Certificate
    server: Certificate
    is_new_ca: bool
    """False: clients that trust it go on to do so."""


def make(site: Path, names: Iterable[str], now: datetime) -> Made:
    """Make the server's certificate, and its CA if there is none yet.

    Args:
        site: the site's directory.
        names: DNS names and addresses that the certificate is for.
        now: the moment.

    Raises:
        ConfigError: the CA that is there can not be used.
        HostError: a file can not be written.
    """
    folder = site / TLS
    try:
        make_folder(folder, 0o755)
        is_new = not os.path.lexists(folder / CA_CERT)
        if is_new:
            _make_ca(folder, now)
        ca, ca_key = read_pem(folder / CA_CERT), _rsa(folder / CA_KEY)
        if describe(ca).ends < now + timedelta(days=1):
            raise ConfigError(
                f"{folder / CA_CERT}: has expired",
                hint=f"remove {CA_CERT} and {CA_KEY} there: a new CA is made, to be trusted anew",
            )
        if not os.path.lexists(folder / SERVER_KEY):
            create_file(folder / SERVER_KEY, _pem_of_key(_new_key()), 0o600)
        key = _rsa(folder / SERVER_KEY)
        server = _signed(ca, ca_key, key.public_key(), tuple(names), now)
        _put(folder / SERVER_CERT, _pem(server) + _pem(ca))
    except OSError as error:
        raise HostError(
            f"{error.filename or folder}: {error.strerror}",
            hint="let yourself write there, or name another site with `--site`",
        ) from None
    return Made(folder, describe(ca), describe(server), is_new)


def signature_list(der: bytes) -> bytes:
    """An EFI_SIGNATURE_LIST of one certificate (UEFI 32.4.1).

    Args:
        der: the certificate.
    """
    size = 16 + len(der)
    return b"".join(
        (_X509.bytes_le, pack("<III", 28 + size, 0, size), _OWNER.bytes_le, der),
    )


def _make_ca(folder: Path, now: datetime) -> None:
    import platform

    if not os.path.lexists(folder / CA_KEY):
        create_file(folder / CA_KEY, _pem_of_key(_new_key()), 0o600)
    key = _rsa(folder / CA_KEY)
    # the serial number keeps two CAs of one host apart
    name = _name(f"pxectl CA of {platform.node() or 'this host'}"[:64])
    public = key.public_key()
    ca = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + timedelta(days=CA_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, SHA256())
    )
    der = ca.public_bytes(Encoding.DER)
    _put(folder / CA_DER, der)
    _put(folder / CA_ESL, signature_list(der))
    _put(folder / CA_CERT, _pem(ca))


def _signed(
    ca: x509.Certificate,
    ca_key: RSAPrivateKey,
    public: RSAPublicKey,
    names: tuple[str, ...],
    now: datetime,
) -> x509.Certificate:

    ends = min(now + timedelta(days=SERVER_DAYS), ca.not_valid_after_utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name((names[0] if names else "pxectl")[:64]))
        .issuer_name(ca.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(max(now - _EARLIER, ca.not_valid_before_utc))
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True, key_encipherment=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), critical=False
        )
        .add_extension(x509.SubjectAlternativeName(list(map(_general, names))), critical=False)
    )
    return builder.sign(ca_key, SHA256())


def _general(name: str) -> x509.GeneralName:

    try:
        return x509.IPAddress(IPv4Address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(**uses: bool) -> x509.KeyUsage:
    no = dict.fromkeys(
        (
            "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
            "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
        ),
        False,
    )  # fmt: skip
    return x509.KeyUsage(**{**no, **uses})


def _name(common: str) -> x509.Name:

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _rsa(path: Path) -> RSAPrivateKey:
    key = read_key(path)
    if not isinstance(key, RSAPrivateKey):
        raise ConfigError(
            f"{path}: is no RSA key, and iPXE takes no other", hint="remove it: one is made"
        )
    return key


def _new_key() -> RSAPrivateKey:

    return generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def _pem_of_key(key: RSAPrivateKey) -> bytes:

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _pem(certificate: x509.Certificate) -> bytes:

    return certificate.public_bytes(Encoding.PEM)


def _put(path: Path, content: bytes) -> None:
    if path.exists():
        replace_file(path, content)
    else:
        create_file(path, content, 0o644)
