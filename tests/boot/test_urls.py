import pytest

from pxectl.boot.client import Client, Firmware
from pxectl.boot.urls import Urls, is_url, urls_for
from pxectl.wire.iana import IPXEFeature
from tests.builders import MAC1, NOW, SERVER, TOKEN, site

IPXE = Client(MAC1, firmware=Firmware.IPXE)
OLD = Client(MAC1, firmware=Firmware.IPXE, features=frozenset({IPXEFeature.TFTP}))


@pytest.mark.parametrize(
    ("client", "serving", "base"),
    [
        (IPXE, {}, "http://10.77.0.1:8080"),
        (IPXE, {"http_port": 80}, "http://10.77.0.1:80"),
        (IPXE, {"http": False}, "tftp://10.77.0.1"),
        (OLD, {}, "tftp://10.77.0.1"),
        (OLD, {"tftp": False}, "http://10.77.0.1:8080"),
    ],
    ids=["http", "port", "http off", "no http in iPXE", "neither"],
)
def test_urls_are_of_what_listens_and_the_client_can(client, serving, base):
    assert urls_for(client, SERVER, site(serving=serving), NOW) == Urls(base, TOKEN)


def test_names_with_odd_characters_are_quoted():
    urls = Urls("http://h:1", "tok")

    assert urls.file("a b/ü.gz") == "http://h:1/tok/files/a%20b/%C3%BC.gz"


def test_client_without_a_mac_has_paths_without_a_token():
    urls = urls_for(Client(None), SERVER, site(), NOW)

    assert urls.path("ipxe.efi") == "ipxe.efi"


@pytest.mark.parametrize(
    ("name", "yes"), [("http://x/y", True), ("tftp://x", True), ("a/b", False), ("://", False)]
)
def test_urls_are_told_from_files(name, yes):
    assert is_url(name) is yes
