import pytest

from pxectl.boot.site import Mirroring
from pxectl.errors import ConfigError
from pxectl.store.mirroring import read_mirroring, read_size


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        (5, 5),
        ("5", 5),
        ("20GB", 20 * 10**9),
        ("1.5 g", 1_500_000_000),
        ("3kB", 3000),
        ("2TB", 2 * 10**12),
        ("7 M", 7_000_000),
    ],
)
def test_a_size_is_read(text, octets):
    assert read_size(text, "s") == octets


@pytest.mark.parametrize("text", ["", "GB", "-5", "5 octets", True, 1.5, [], "1e9", "5GBB"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ConfigError, match="is no size"):
        read_size(text, "s")


def test_nothing_said_is_the_default():
    assert read_mirroring({}, "m") == Mirroring()


def test_all_that_can_be_said():
    raw = {"enabled": False, "size": "1GB", "prefetch": True}

    assert read_mirroring(raw, "m") == Mirroring(enabled=False, size=10**9, prefetch=True)
