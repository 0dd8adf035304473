import ssl

import pytest

from pxectl.errors import ConfigError
from pxectl.net.tls import make_context, why_failed
from tests.certificates import certificate, key, pem, put


def test_context_offers_what_old_firmware_has(tmp_path):
    context = make_context(*map(str, put(tmp_path, certificate(key()), pem(key()))))
    names = [cipher["name"] for cipher in context.get_ciphers()]

    assert {"ECDHE-RSA-AES128-GCM-SHA256", "AES128-SHA256", "AES256-SHA"} <= set(names)
    assert names.index("ECDHE-RSA-AES128-GCM-SHA256") < names.index("AES256-SHA")
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(
    ("cert", "private"),
    [
        (b"", b""),
        (certificate(key()), pem(key(which=1))),
        (certificate(key()), pem(key(), b"secret")),
    ],
)
def test_what_openssl_does_not_take_is_told_in_two_lines(cert, private, tmp_path):
    with pytest.raises(ConfigError) as caught:
        make_context(*map(str, put(tmp_path, cert, private)))

    assert caught.value.hint
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionResetError(), "does not trust"),
        (TimeoutError(), "in time"),
        (ssl.SSLEOFError(8, "x"), "does not trust"),
        (ssl.SSLError(1, "x"), "does not trust"),
    ],
)
def test_every_end_of_a_handshake_has_words(error, words):
    assert words in why_failed(error)[0]
