import pytest

from pxectl.boot import checkup
from pxectl.boot.checkup import Level
from pxectl.boot.findings import About, Finding
from pxectl.boot.findings import Level as Found
from tests.boot.probing import test_choice as made
from tests.builders import NOW

OK, NOTE, BAD = Level.OK, Level.NOTE, Level.BAD


@pytest.mark.parametrize(
    ("offers", "leases", "level", "words"),
    [
        ([], False, OK, "no other DHCP or proxyDHCP server"),
        ([made.PLAIN], False, OK, "10.77.0.2 leases addresses: pxectl can boot beside it"),
        ([made.PLAIN], True, BAD, "10.77.0.2 leases addresses here"),
        ([made.NAMED], False, NOTE, "names a boot file"),
        ([made.BARE], False, BAD, "option 60 PXEClient without option 43"),
        ([made.BARE], True, BAD, "option 60 PXEClient without option 43"),
        ([made.WHOLE], False, BAD, "boots machines itself"),
        ([made.PROXY], False, BAD, "10.77.0.1 is a proxyDHCP server, too"),
        ([made.PROXY_URL], True, BAD, "is a proxyDHCP server, too"),
    ],
)
def test_other_servers_are_told_by_what_they_do_to_a_boot(offers, leases, level, words):
    [check] = checkup.offers(offers, leases)

    assert (check.level, words in check.text) == (level, True), check
    assert bool(check.hint) is (level is not OK)


def test_a_server_is_told_once_for_each_thing_that_it_does():
    checks = list(checkup.offers([made.PLAIN, made.PLAIN, made.PROXY, made.PROXY], leases=False))

    assert [check.level for check in checks] == [OK, BAD]


@pytest.mark.parametrize(
    ("check", "level"),
    [
        (checkup.mtu("eth0", 1500), OK),
        (checkup.mtu("eth0", 9000), OK),
        (checkup.mtu("eth0", 1280), BAD),
        (checkup.disk("/s", 10**12, 5 * 10**10), OK),
        (checkup.disk("/s", 10**10, 5 * 10**10), NOTE),
        (checkup.disk("/s", 10**8, 0), BAD),
        (checkup.clock(NOW, synchronised=True), OK),
        (checkup.clock(NOW, synchronised=None), OK),
        (checkup.clock(NOW, synchronised=False), NOTE),
        (checkup.clock(3600.0, synchronised=None), BAD),
        (checkup.ipxe((), ("x64-uefi",)), OK),
        (checkup.ipxe(("arm64-uefi",), ("x64-uefi",)), NOTE),
        (checkup.ipxe(("x64-uefi",), ()), BAD),
        (checkup.site([]), OK),
        (checkup.site([Finding(Found.NOTE, About.MACHINE, "", "x", "")]), OK),
        (checkup.site([Finding(Found.PROBLEM, About.MACHINE, "", "x", "")]), BAD),
    ],
)
def test_each_check_has_its_level_and_what_is_not_good_its_mend(check, level):
    assert check.level is level
    assert bool(check.hint) is (level is not OK)
