import pytest

from pxectl.boot.check import Check
from pxectl.errors import ConfigError
from pxectl.store.checks import read_checks

SUM = "0123456789abcdef" * 4
LIST = "https://x/SHA256SUMS"


@pytest.mark.parametrize(
    ("table", "checks"),
    [
        ({}, {}),
        ({"sha256": SUM.upper()}, {"*": Check(SUM)}),
        ({"sha256": {"linux": SUM, "b": SUM}}, {"linux": Check(SUM), "b": Check(SUM)}),
        ({"sha256sums": LIST}, {"*": Check(sums=LIST)}),
        ({"sha256sums": "debian/SUMS"}, {"*": Check(sums="debian/SUMS")}),
        (
            {"sha256sums": LIST, "signature": ".gpg", "signed_by": "d.asc"},
            {"*": Check(sums=LIST, signature=".gpg", key="d.asc")},
        ),
        (
            {"sha256sums": LIST, "signature": "d.sig", "signed_by": "d.asc"},
            {"*": Check(sums=LIST, signature="d.sig", key="d.asc")},
        ),
        (
            {"signature": ".sig", "signed_by": "d.asc"},
            {"*": Check(signature=".sig", key="d.asc")},
        ),
        (
            {"sha256": {"linux": SUM}, "sha256sums": LIST},
            {"linux": Check(SUM), "*": Check(sums=LIST)},
        ),
    ],
)
def test_checks_are_read(table, checks):
    assert read_checks(table, "p") == checks


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"sha256": "12"}, "p.sha256: `12` is no SHA-256"),
        ({"sha256": {"a": "12"}}, "p.sha256: `12` is no SHA-256"),
        ({"sha256": 5}, "p.sha256"),
        ({"sha256": SUM, "sha256sums": LIST}, "has sha256 and a list"),
        ({"signature": ".sig"}, "p.signature stands without"),
        ({"signed_by": "a"}, "p.signed_by stands without"),
        ({"signature": "a.sig", "signed_by": "a"}, "can not be of every file"),
        ({"sha256sums": "../x"}, "p.sha256sums"),
        ({"signature": ".sig", "signed_by": "/etc/key"}, "p.signed_by"),
    ],
)
def test_what_can_not_be_is_refused(table, says):
    with pytest.raises(ConfigError, match=says.replace(".", r"\.")) as caught:
        read_checks(table, "p")

    assert caught.value.hint
