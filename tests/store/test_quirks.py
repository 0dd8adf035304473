import pytest

from pxectl.boot.quirks import Deny, Local, Quirks, Style
from pxectl.errors import ConfigError
from pxectl.store.quirks import KEYS, read_path, read_quirks


def test_every_quirk_can_be_set():
    raw = {
        "style": "bypass",
        "reply_delay": 2,
        "blksize": 512,
        "nbp": "shim/shimx64.efi",
        "deny": "script",
        "local": "grub",
    }
    assert read_quirks(raw, "f: quirks") == Quirks(
        Style.BYPASS, 2.0, 512, "shim/shimx64.efi", Deny.SCRIPT, Local.GRUB
    )
    assert set(KEYS) == set(raw) == set(Quirks.__slots__)


@pytest.mark.parametrize(
    "raw",
    [
        {"style": "Bypass"},
        {"reply_delay": -1},
        {"reply_delay": "1"},
        {"reply_delay": True},
        {"blksize": 65465},
        {"nbp": "../ipxe.efi"},
        {"deny": 1},
        {"local": None},
        {"dely": 1},
        [],
    ],
)
def test_a_mistake_is_told(raw):
    with pytest.raises(ConfigError, match=r"^f: quirks") as error:
        read_quirks(raw, "f: quirks")
    assert error.value.hint


@pytest.mark.parametrize("path", ["/etc/passwd", "..", "a/../../b", "a\\b", "a\0"])
def test_a_path_stays_below_files(path):
    with pytest.raises(ConfigError):
        read_path(path, "f: nbp")


def test_dots_in_a_name_are_no_way_out():
    assert read_path("a..b/c...d", "f: nbp") == "a..b/c...d"
