import pytest

from pxectl.boot.lookup import asks_by_dhcp, asks_for_script
from pxectl.boot.site import Inventory, Mode
from pxectl.boot.token import make_token
from pxectl.boot.visits import Visits
from tests.builders import (
    MAC1,
    NOW,
    STRANGER,
    arrival,
    ask,
    asked,
    discover,
    machine,
    plain_discover,
    request,
    site,
    to_4011,
)


def asking(mode=Mode.PROXY, *machines):
    return site(mode, inventory=Inventory(machines, {}))


@pytest.mark.parametrize(
    ("packet", "mode", "port", "is_looked_up"),
    [
        (discover(), Mode.PROXY, 67, True),
        (discover("ipxe"), Mode.PROXY, 67, True),
        (discover("bios"), Mode.SERVER, 67, True),
        (request(), Mode.SERVER, 67, True),
        (request(), Mode.PROXY, 67, False),
        (plain_discover(), Mode.PROXY, 67, False),
        (plain_discover(), Mode.SERVER, 67, False),
        (to_4011()[0], Mode.PROXY, 4011, True),
    ],
)
def test_a_client_that_netboots_is_looked_up_when_it_is_ours_to_answer(
    packet, mode, port, is_looked_up
):
    found = asks_by_dhcp(packet.pack(), arrival(port), asking(mode))

    assert found == (MAC1 if is_looked_up else None)


def test_a_machine_of_a_list_is_not_looked_up():
    by_uuid = machine(macs=(STRANGER,), uuid=None)
    assert asks_by_dhcp(discover().pack(), arrival(), asking(Mode.PROXY, machine())) is None
    assert asks_by_dhcp(discover().pack(), arrival(), asking(Mode.PROXY, by_uuid)) == MAC1


def test_with_nobody_to_ask_nobody_is_looked_up():
    nowhere = site(machines=())
    path = asked(f"{make_token(nowhere.secret, MAC1, NOW)}/boot.ipxe")

    assert asks_by_dhcp(discover().pack(), arrival(), nowhere) is None
    assert asks_for_script(path, nowhere, Visits(), NOW) is None


@pytest.mark.parametrize("data", [b"", b"\x01\x02", discover().pack()[:240] + b"\x35\xff"])
def test_what_is_malformed_is_looked_up_by_nobody(data):
    assert asks_by_dhcp(data, arrival(), asking()) is None


@pytest.mark.parametrize(
    ("path", "is_looked_up"),
    [
        ("/{}/boot.ipxe", True),
        ("//{}//boot.ipxe", True),
        ("/{}/ipxe.efi", False),
        ("/{}/files/boot.ipxe", False),
        ("/boot.ipxe", False),
        ("/52-54-00-77-00-01.aaaaaaaaaaaaaaaa/boot.ipxe", False),
    ],
)
def test_of_all_paths_only_a_script_is_worth_a_question(path, is_looked_up):
    site_ = asking()
    token = make_token(site_.secret, MAC1, NOW)

    found = asks_for_script(asked(path.format(token)), site_, Visits(), NOW)

    assert found == (MAC1 if is_looked_up else None)


def test_dhcp_and_http_agree_on_a_machine_that_a_list_knows_by_its_uuid():
    sent = discover()
    visits = Visits()
    client = ask(sent, asking(), visits=visits).event.client
    known = asking(Mode.PROXY, machine(macs=(STRANGER,), uuid=client.uuid))
    path = asked(f"{make_token(known.secret, MAC1, NOW)}/boot.ipxe")

    assert client.uuid is not None
    assert asks_by_dhcp(sent.pack(), arrival(), known) is None
    assert asks_for_script(path, known, visits, NOW) is None
