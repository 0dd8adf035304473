import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.mirrored import MIRROR, Seal
from pxectl.boot.sender import normalised
from tests.builders import MAC1, STRANGER

SEAL = Seal(b"key", MAC1)


@pytest.mark.parametrize(
    "url",
    [
        "https://deb.debian.org/debian/dists/bookworm/main/installer-amd64/linux",
        "http://10.77.0.5:8000/linux",
        "https://example.org/get?file=linux&v=1",
        "http://[fd00::1]/a+b~c@d,e;f=g",
    ],
)
def test_a_path_leads_back_to_its_url(url):
    path = SEAL.path(url)

    assert path.endswith(url.replace("://", "/"))
    assert SEAL.url(normalised(path).removeprefix(f"{MIRROR}/")) == url


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x/linux",
        "tftp://x/linux",
        "http://x",
        "http://x/",
        "http://x//linux",
        "http://x/../linux",
        "http://x/./linux",
        "http://x/a%20b",
        "http://x/${buildarch}/linux",
        "http://x/a#b",
        "http://x/ü",
        "http://x/a\\b",
        "http://x/a b",
        "http://x/a\nb",
    ],
)
def test_what_would_not_come_back_is_fetched_by_the_client_itself(url):
    assert SEAL.path(url) is None


@given(st.text())
def test_whatever_has_a_path_comes_back_through_the_door(rest):
    path = SEAL.path(f"http://{rest}")

    assert path is None or SEAL.url(normalised(path).partition("/")[2]) == f"http://{rest}"


@pytest.mark.parametrize(
    "seal", [Seal(b"key", STRANGER), Seal(b"key", None), Seal(b"other", MAC1)], ids=range(3)
)
def test_another_ones_path_leads_nowhere(seal):
    path = seal.path("http://x/linux").removeprefix(f"{MIRROR}/")

    assert SEAL.url(path) is None
    assert seal.url(path) == "http://x/linux"


@given(st.text())
def test_no_made_up_path_leads_anywhere(path):
    assert SEAL.url(path) is None


def test_a_seal_is_of_one_url_only():
    path = SEAL.path("http://x/linux").removeprefix(f"{MIRROR}/")

    for other in (path + "2", path.replace("http", "https"), path.replace("linux", "initrd")):
        assert SEAL.url(other) is None


def test_the_key_is_not_shown():
    assert "key" not in repr(SEAL)
