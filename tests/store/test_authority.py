import os
import stat
from datetime import timedelta
from ipaddress import IPv4Address
from struct import unpack_from

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from pxectl.errors import ConfigError, HostError
from pxectl.store.authority import make, signature_list
from pxectl.store.certificate import read_certificate
from tests.certificates import NOW

NAMES = ("10.77.0.1", "srv.lab")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    site = tmp_path_factory.mktemp("site")
    return make(site, NAMES, NOW)


def certificates(path):
    return x509.load_pem_x509_certificates(path.read_bytes())


def test_server_is_trusted_by_whoever_trusts_the_ca(made):
    [ca] = certificates(made.folder / "ca.crt")
    server, chain = certificates(made.folder / "server.crt")
    policy = PolicyBuilder().store(Store([ca])).time(NOW)

    assert chain == ca
    for name in (x509.DNSName("srv.lab"), x509.IPAddress(IPv4Address("10.77.0.1"))):
        assert policy.build_server_verifier(name).verify(server, [])[-1] == ca


def test_it_is_what_serve_takes(made):
    read = read_certificate(made.folder / "server.crt", made.folder / "server.key", NOW)

    assert (set(read.names), read.key, read.problem) == (set(NAMES), "RSA 2048", "")
    assert read == made.server


def test_keys_are_for_their_owner_only(made):
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) & 0o077 for path in made.folder.iterdir()}

    assert {name for name, mode in modes.items() if not mode} == {"ca.key", "server.key"}


def test_firmware_gets_the_ca_in_its_own_forms(made):
    der, esl = ((made.folder / name).read_bytes() for name in ("ca.der", "ca.esl"))

    assert certificates(made.folder / "ca.crt") == [x509.load_der_x509_certificate(der)]
    assert esl == signature_list(der)
    # EFI_CERT_X509_GUID as it lies in memory, then sizes: list, header, one signature
    assert esl[:16].hex() == "a159c0a5e494a74a87b5ab155c2bf072"
    assert unpack_from("<III", esl, 16) == (len(esl), 0, len(esl) - 28)
    assert esl[28 + 16 :] == der


def test_made_again_it_is_renewed_and_the_ca_stays(made):
    before = (made.folder / "ca.crt").read_bytes(), (made.folder / "server.key").read_bytes()
    again = make(made.folder.parent, ("10.77.0.9",), NOW + timedelta(days=400))

    assert not again.is_new_ca
    assert before == (
        (made.folder / "ca.crt").read_bytes(), (made.folder / "server.key").read_bytes()
    )  # fmt: skip
    assert again.server.names == ("10.77.0.9",)
    assert again.server.ends - made.server.ends == timedelta(days=400)


def test_it_ends_with_its_ca(tmp_path):
    first = make(tmp_path, NAMES, NOW)
    later = make(tmp_path, NAMES, first.ca.ends - timedelta(days=30))

    assert later.server.ends == first.ca.ends


def test_a_ca_that_has_expired_is_told(tmp_path):
    first = make(tmp_path, NAMES, NOW)

    with pytest.raises(ConfigError, match="expired"):
        make(tmp_path, NAMES, first.ca.ends)


def test_a_folder_that_can_not_be_written_is_told(tmp_path):
    (tmp_path / "tls").write_text("a file")

    with pytest.raises(HostError):
        make(tmp_path, NAMES, NOW)


def test_the_umask_is_no_matter(tmp_path):
    before = os.umask(0)
    try:
        made = make(tmp_path, NAMES, NOW)
    finally:
        os.umask(before)

    assert stat.S_IMODE((made.folder / "server.key").stat().st_mode) == 0o600
