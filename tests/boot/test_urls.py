import pytest

from pxectl.boot.client import Client, Firmware
from pxectl.boot.site import HTTPS
from pxectl.boot.urls import Urls, is_url, urls_for
from pxectl.wire.iana import IPXEFeature
from tests.builders import MAC1, NOW, SERVER, TOKEN, site

IPXE = Client(MAC1, firmware=Firmware.IPXE)
HTTPS_TOO = frozenset({IPXEFeature.HTTP, IPXEFeature.HTTPS})
NEW = Client(MAC1, firmware=Firmware.IPXE, features=HTTPS_TOO)
HTTP_BOOT = Client(MAC1, firmware=Firmware.UEFI_HTTP)
BIOS = Client(MAC1, firmware=Firmware.BIOS)
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


@pytest.mark.parametrize(
    ("client", "who", "is_told"),
    [
        (NEW, HTTPS.OFF, False), (NEW, HTTPS.ON, False), (NEW, HTTPS.IPXE, True),
        (NEW, HTTPS.ALL, True), (OLD, HTTPS.ALL, False), (IPXE, HTTPS.ALL, False),
        (HTTP_BOOT, HTTPS.IPXE, False), (HTTP_BOOT, HTTPS.ALL, True), (BIOS, HTTPS.ALL, False),
    ],
)  # fmt: skip
def test_https_is_told_to_whom_the_site_says_and_who_can(client, who, is_told):
    urls = urls_for(client, SERVER, site(serving={"https": who, "https_port": 443}), NOW)

    assert urls.is_https is is_told
    assert not is_told or urls.file("x") == f"https://10.77.0.1:443/{TOKEN}/files/x"


def test_what_is_no_firmware_is_told_plain_http():
    urls = urls_for(NEW, SERVER, site(serving={"https": HTTPS.IPXE}), NOW)

    assert urls.plain.file("x") == f"http://10.77.0.1:8080/{TOKEN}/files/x"
    assert urls.plain.plain == urls.plain


def test_without_plain_http_all_is_told_https():
    urls = urls_for(NEW, SERVER, site(serving={"https": HTTPS.IPXE, "http": False}), NOW)

    assert urls.plain.is_https


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
