from dataclasses import replace

import pytest

from pxectl.boot.boots import OTHERS, Boots
from pxectl.boot.client import Client, Firmware
from pxectl.boot.conditions import parse_match
from pxectl.boot.profile import Profile
from pxectl.boot.route import route
from pxectl.boot.rules import Action, Rule
from pxectl.boot.visits import Visits
from pxectl.mac import MAC
from pxectl.wire.iana import Arch
from tests.builders import MAC1, NOW, STRANGER, TOKEN, ask, asked, discover, machine, site

SECOND = MAC.parse("52:54:00:77:00:03")


@pytest.mark.parametrize(
    ("client", "known", "count"),
    [
        (MAC1, None, 2),
        (STRANGER, None, 0),
        (None, None, 0),
        (MAC1, machine(macs=(MAC1, SECOND)), 5),
        (SECOND, machine(macs=(MAC1, SECOND)), 5),
        # known by its UUID, by a card that its file has not
        (STRANGER, machine(macs=(SECOND,)), 3),
    ],
)
def test_a_machine_has_booted_by_any_of_its_cards(client, known, count):
    boots = Boots({str(MAC1): 2, str(SECOND): 3})

    assert boots.of(Client(client), known) == count


def test_what_is_added_is_counted_and_told():
    boots = Boots()
    boots.add(MAC1)
    boots.add(MAC1)

    assert (boots.of(Client(MAC1), None), boots.changes) == (2, 2)
    assert boots.counts() == {str(MAC1): 2}


FIRST = Rule("first", parse_match({"boots": "<1"}, "t"), Action.BOOT, "debian")
THEN = Rule("then", (), Action.LOCAL)


def once_only(**changes):
    return replace(site(site().serving.dhcp, FIRST, THEN, **changes), boots=Boots())


def get(name, site_, visits):
    return route(asked(f"{TOKEN}/{name}"), site_, visits, NOW).event.status


def test_a_rule_sees_a_boot_when_the_machine_asks_to_boot_again():
    site_, visits = once_only(), Visits()
    script = ask(discover("ipxe"), site_, visits=visits).event.bootfile
    assert script.endswith("/boot.ipxe")
    assert get("booted", site_, visits) == 200

    assert get("files/packages", site_, visits) == 200  # its installer goes on
    assert get("booted", site_, visits) == 200

    assert site_.boots.counts() == {str(MAC1): 1}
    event = ask(discover("ipxe"), site_, visits=visits).event
    assert event.decision.action is Action.LOCAL
    assert get("files/packages", site_, visits) == 404


def test_the_program_of_a_profile_counts_once_a_boot():
    profile = Profile("debian", nbp={Arch.X64_UEFI: "uki.efi"})
    site_, visits = once_only(profiles=(profile,)), Visits()
    visits.note(Client(MAC1, Arch.X64_UEFI, Firmware.UEFI), NOW)

    for _ in range(3):  # EDK2 asks for the size, then for the file
        assert get("files/uki.efi", site_, visits) == 200

    assert site_.boots.counts() == {str(MAC1): 1}


def test_ipxe_alone_is_no_boot():
    site_, visits = once_only(), Visits()
    for name in ("ipxe.efi", "boot.ipxe", "files/debian/linux"):
        assert get(name, site_, visits) == 200

    assert site_.boots.counts() == {}


def test_a_server_that_forgot_who_asked_counts_too():
    site_ = once_only()

    assert get("booted", site_, Visits()) == 200
    assert site_.boots.counts() == {str(MAC1): 1}


def test_machines_that_nobody_knows_are_counted_while_they_are_few():
    boots = Boots()
    for number in range(OTHERS + 10):
        boots.add(MAC(number.to_bytes(6, "big")), known=False)
    boots.add(MAC1)

    assert boots.of(Client(MAC((OTHERS + 9).to_bytes(6, "big"))), None) == 1
    assert boots.of(Client(MAC(bytes(6))), None) == 0
    assert (boots.counts(), boots.changes) == ({str(MAC1): 1}, 1)


def test_another_script_does_not_end_the_boot_that_is_counted():
    site_, visits = once_only(), Visits()
    ask(discover("ipxe"), site_, visits=visits)
    get("booted", site_, visits)

    asks = replace(asked("ipxe"), neighbour=MAC1)
    again = route(asks, site_, visits, NOW).answer

    assert b"kernel" not in again.body  # it would boot its disk now
    assert get("files/packages", site_, visits) == 200
