import pytest

from pxectl.wire.options import Option
from pxectl.wire.registry import SERVERS_OWN, Kind, Meaning, meaning_of


@pytest.mark.parametrize(
    ("option", "meaning"),
    [
        (3, Meaning(3, "router", Kind.ADDRESSES)),
        ("router", Meaning(3, "router", Kind.ADDRESSES)),
        ("domain-name-server", Meaning(6, "domain-name-server", Kind.ADDRESSES)),
        ("Domain Server", Meaning(6, "domain-name-server", Kind.ADDRESSES)),
        ("MTU_Interface", Meaning(26, "mtu-interface", Kind.U16)),
        ("interface-mtu", Meaning(26, "mtu-interface", Kind.U16)),
        ("Forward On/Off", Meaning(19, "forward-on-off", Kind.BOOL)),
        ("UUID/GUID", Meaning(97, "uuid-guid", Kind.HEX)),
        ("captive-portal", Meaning(114, "dhcp-captive-portal", Kind.TEXT)),
        ("6", Meaning(6, "domain-name-server", Kind.ADDRESSES)),
        ("option-042", Meaning(42, "ntp-servers", Kind.ADDRESSES)),
        ("option-252", Meaning(252, "option-252", Kind.HEX)),
        (252, Meaning(252, "option-252", Kind.HEX)),
    ],
)
def test_option_is_found_by_code_name_or_number(option, meaning):
    assert meaning_of(option) == meaning


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("ruoter", "there is no DHCP option `ruoter`, did you mean `router`?"),
        ("domain-nameserver", "there is no DHCP option `domain-nameserver`, did you mean "),
        ("qqqq", "there is no DHCP option `qqqq`"),
        ("", "there is no DHCP option ``"),
        (0, "there is no DHCP option 0: codes are 1 to 254"),
        ("option-255", "there is no DHCP option 255: codes are 1 to 254"),
        (70000, "there is no DHCP option 70000: codes are 1 to 254"),
        (-1, "there is no DHCP option -1: codes are 1 to 254"),
    ],
)
def test_unknown_option_is_refused_with_the_nearest_name(option, message):
    with pytest.raises(ValueError) as caught:
        meaning_of(option)
    assert str(caught.value).startswith(message)


def test_every_code_has_a_name_that_leads_back_to_it():
    for code in range(1, 255):
        assert meaning_of(meaning_of(code).name) == meaning_of(code)


def test_options_that_code_refers_to_are_all_registered():
    assert [option for option in Option if meaning_of(option).name.startswith("option-")] == []


UNASSIGNED = {
    84, 96, *range(102, 108), 110, 111, 115, 126, 127, 149, 160, *range(163, 175),
    *range(178, 208), *range(214, 220), 222, 223,
}  # fmt: skip
"""Of IANA's registry, read in 2026. Codes from 224 are for private use (RFC 3942)."""


@pytest.mark.parametrize("code", range(1, 224))
def test_every_assigned_option_has_its_name(code):
    assert meaning_of(code).name.startswith("option-") is (code in UNASSIGNED)


def test_what_no_site_can_set_is_registered():
    assert all(not meaning_of(code).name.startswith("option-") for code in SERVERS_OWN)
