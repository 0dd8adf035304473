from datetime import timedelta

import pytest

from pxectl.errors import ConfigError
from pxectl.store.certificate import read_certificate
from tests.certificates import NOW, YEAR, certificate, key, pem, put


def test_certificate_that_fits_its_key_is_read(tmp_path):
    paths = put(tmp_path, certificate(key()) + certificate(key(which=1)), pem(key()))
    read = read_certificate(*paths, NOW)

    assert (read.subject, read.key, read.problem) == ("srv.lab", "RSA 2048", "")
    assert (read.begins, read.ends) == (NOW - YEAR, NOW + YEAR)
    assert len(read.fingerprint) == 32 * 3 - 1


def test_what_ipxe_does_not_take_is_told(tmp_path):
    read = read_certificate(*put(tmp_path, certificate(key("ec")), pem(key("ec"))), NOW)

    assert (read.key, "iPXE" in read.problem) == ("ECDSA secp256r1", True)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: (certificate(key()), pem(key(which=1))), ("server.key", "not the key")),
        (lambda: (certificate(key()), pem(key("ec"))), ("server.key", "not the key")),
        (lambda: (b"", pem(key())), ("server.crt", "no certificate")),
        (lambda: (b"\xff" * 99, pem(key())), ("server.crt", "no certificate")),
        (lambda: (pem(key()), pem(key())), ("server.crt", "no certificate")),
        (lambda: (certificate(key()), b""), ("server.key", "no private key")),
        (lambda: (certificate(key()), certificate(key())), ("server.key", "no private key")),
        (lambda: (certificate(key()), pem(key(), b"secret")), ("server.key", "pass phrase")),
        (
            lambda: (certificate(key(), ends=NOW - timedelta(days=1)), pem(key())),
            ("server.crt", "expired on 2026-06-30"),
        ),
        (
            lambda: (certificate(key(), begins=NOW + timedelta(days=1)), pem(key())),
            ("server.crt", "not valid before 2026-07-02"),
        ),
    ],
)
def test_what_can_not_be_used_is_told_with_its_file_and_mend(make, words, tmp_path):
    with pytest.raises(ConfigError) as caught:
        read_certificate(*put(tmp_path, *make()), NOW)

    assert [word for word in words if word not in caught.value.message] == []
    assert caught.value.hint


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        read_certificate(tmp_path / "server.crt", tmp_path / "server.key", NOW)


def test_a_folder_in_its_place_is_told(tmp_path):
    with pytest.raises(ConfigError, match="can not be read"):
        read_certificate(tmp_path, tmp_path, NOW)
