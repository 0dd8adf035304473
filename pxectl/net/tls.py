"""TLS as firmware speaks it, and what to say when a handshake fails."""

import ssl

from pxectl.errors import ConfigError

# ECDHE first; plain RSA and CBC for firmware whose OpenSSL was built without elliptic curves, as
# EDK2's was until 2023, and for iPXE before 2024
CIPHERS = (
    "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:AES256-GCM-SHA384:AES128-GCM-SHA256:"
    "AES256-SHA256:AES128-SHA256:AES256-SHA:AES128-SHA:!aNULL:!eNULL:!PSK:!SRP"
)
TRUST = "`pxectl cert show` tells how clients come to trust it"
_REASONS = {
    "UNKNOWN_CA": ("does not know the CA of our certificate", TRUST),
    "BAD_CERTIFICATE": ("does not take our certificate", TRUST),
    "CERTIFICATE_UNKNOWN": ("does not take our certificate", TRUST),
    "CERTIFICATE_EXPIRED": (
        "says that our certificate has expired",
        "compare the clocks; `pxectl cert show` tells until when it is valid",
    ),
    "UNSUPPORTED_CERTIFICATE": ("can not read our certificate", "take RSA, as `cert make` does"),
    "NO_SHARED_CIPHER": (
        "has no cipher in common with us",
        "iPXE before 2026 and old firmware need an RSA certificate",
    ),
    "UNSUPPORTED_PROTOCOL": ("speaks an older TLS than 1.2", "tell it http:// instead"),
    "HTTP_REQUEST": ("speaks plain HTTP to the port of HTTPS", "write https:// in its URL"),
}
_ENDED = (
    "ended the TLS handshake without a word: most likely it does not trust our certificate",
    TRUST,
)
_SLOW = ("did not finish the TLS handshake in time", "")


def make_context(cert: str, key: str) -> ssl.SSLContext:
    """What connections are accepted with.

    Args:
        cert: path of the certificate and its chain, PEM.
        key: path of its private key, PEM without a pass phrase.

    Raises:
        ConfigError: they can not be used, or not together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    try:
        # a callback for the pass phrase: OpenSSL would ask for it on the terminal
        context.load_cert_chain(cert, key, password=lambda: b"")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", "") or getattr(error, "strerror", "") or error
        raise ConfigError(
            f"{cert} and {key}: {str(reason).replace('_', ' ').lower()}",
            hint="both are PEM, the key without a pass phrase",
        ) from None
    return context


def why_failed(error: BaseException) -> tuple[str, str]:
    """What the other end did, and what to do about it.

    Args:
        error: how a handshake, or the first read after it, ended.
    """
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "reason", "") or ""
        for word, said in _REASONS.items():
            if reason.endswith(word):
                return said
        if reason and "EOF" not in reason:
            return f"failed in TLS: {reason.replace('_', ' ').lower()}", ""
    if isinstance(error, TimeoutError):
        return _SLOW
    return _ENDED
