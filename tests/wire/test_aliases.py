import re

import pytest

from pxectl.store.exchange.optiontext import NAMES
from pxectl.wire.aliases import ALIASES
from pxectl.wire.registry import meaning_of


@pytest.mark.parametrize("name", ALIASES)
def test_other_names_are_spelled_plainly_and_shadow_no_name_of_iana(name):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert meaning_of(name).code == ALIASES[name]
    assert meaning_of(meaning_of(name).name).code == ALIASES[name]


@pytest.mark.parametrize(("code", "name"), NAMES.items())
def test_names_of_dhcpd_and_kea_are_known(code, name):
    assert meaning_of(name).code == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        # as `dnsmasq --help dhcp` lists them
        ("netmask", 1), ("dns-server", 6), ("mtu", 26), ("T1", 58), ("nis+-domain", 64),
        ("nis-domain", 40), ("tftp-server", 66), ("bootfile-name", 67), ("client-arch", 93),
        ("classless-static-route", 121), ("server-ip-address", None),
        # of dhcp-options(5)
        ("routers", 3), ("host-name", 12), ("dhcp-client-identifier", 61), ("unknown-224", 224),
        ("loader-configfile", 209), ("vendor-encapsulated-options", 43),
        # of Kea
        ("boot-file-name", 67), ("v6-only-preferred", 108), ("vivso-suboptions", 125),
        ("MS Classless Static Routes", 249),
    ],
)  # fmt: skip
def test_people_write_what_they_are_used_to(name, code):
    if code is None:
        with pytest.raises(ValueError, match="no DHCP option"):
            meaning_of(name)
    else:
        assert meaning_of(name).code == code
