import asyncio
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from pxectl.boot.events import Warned
from pxectl.boot.site import Mode
from pxectl.boot.subnet import Subnet
from pxectl.errors import HostError
from pxectl.mac import MAC
from pxectl.net.foreign import Heard
from pxectl.net.guard import MOST, Guard
from pxectl.wire.iana import MessageType
from tests.builders import MAC1, site
from tests.net.test_server import LOOPBACK

SERVER = IPv4Address("10.77.0.2")
OFFER = Heard(
    SERVER, MAC.parse("52:54:00:aa:00:02"), "lo", MessageType.OFFER,
    leases=True, client=MAC1, address=IPv4Address("10.77.0.150"),
)  # fmt: skip
PROXY_OFFER = replace(OFFER, leases=False, address=IPv4Address(0))
LEASES = "10.77.0.2 (52:54:00:aa:00:02) on lo leases addresses, too: "
WITH_SUBNET = {"subnets": (Subnet(IPv4Network("127.0.0.0/8")),)}


def guarded(asked, *told, mode=None, interface=LOOPBACK, refuse=False, serving=None):
    """What is said, and how often it stepped back, when a guard that chose `asked` hears `told`."""
    said, stepped = [], []

    async def step_back(why):
        stepped.append(why)
        if refuse:
            raise HostError("port 67 is taken", hint="stop that")

    async def main():
        here = site(asked, serving=serving, **WITH_SUBNET)
        guard = Guard((interface,), lambda: here, said.append, step_back, force=False)
        chosen = await guard.choose(asked)
        here = site(mode or chosen, serving=serving, **WITH_SUBNET)
        said.clear()
        for one in told:
            if isinstance(one, Heard):
                guard.heard(one)
            else:
                guard.chosen(*one, interface.name)
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        guard.close()

    asyncio.run(main())
    return [event.message for event in said if isinstance(event, Warned)], stepped


def test_what_chose_by_itself_to_be_a_server_steps_back_once():
    said, stepped = guarded(Mode.AUTO, OFFER, OFFER)

    assert said == [
        LEASES + f"it offered 10.77.0.150 to {MAC1}; stepping back to proxyDHCP",
    ]
    assert stepped == ["10.77.0.2 leases addresses"]


def test_what_was_made_a_server_only_reports_and_does_so_once():
    said, stepped = guarded(Mode.SERVER, OFFER, OFFER, replace(OFFER, type=MessageType.ACK))

    assert said == [LEASES + f"it offered 10.77.0.150 to {MAC1}"]
    assert stepped == []


@pytest.mark.parametrize(
    ("heard", "did"),
    [
        (replace(OFFER, type=MessageType.ACK), f"it gave 10.77.0.150 to {MAC1}"),
        (
            replace(OFFER, type=MessageType.NAK, address=IPv4Address(0)),
            f"it refused an address to {MAC1}",
        ),
        (
            replace(OFFER, type=MessageType.ACK, address=IPv4Address(0)),
            f"it answered {MAC1}",
        ),
        (replace(OFFER, client=None), "it offered 10.77.0.150"),
    ],
)
def test_it_is_told_what_the_other_did(heard, did):
    assert guarded(Mode.SERVER, heard)[0] == [LEASES + did]


def test_beside_a_server_its_leases_are_no_news():
    assert guarded(Mode.PROXY, OFFER) == ([], [])


@pytest.mark.parametrize("mode", [Mode.PROXY, Mode.SERVER])
def test_a_second_proxy_is_told_of_once(mode):
    said, stepped = guarded(mode, PROXY_OFFER, PROXY_OFFER)

    assert said == [
        f"10.77.0.2 (52:54:00:aa:00:02) on lo is a proxyDHCP server, too: it answered {MAC1}"
    ]
    assert stepped == []


@pytest.mark.parametrize(
    "changes",
    [
        {"mode": Mode.OFF},
        {"serving": {"advertise": SERVER}},
        {"interface": replace(LOOPBACK, mac=MAC1)},
    ],
)
def test_nothing_is_said_of_what_is_off_or_our_own(changes):
    assert guarded(Mode.PROXY, OFFER, PROXY_OFFER, **changes) == ([], [])


def test_made_up_servers_do_not_fill_the_log():
    made_up = [replace(OFFER, server=IPv4Address(0x0A4D0000 + n)) for n in range(1, 1000)]

    said, _ = guarded(Mode.SERVER, *made_up)

    assert len(said) == MOST


def test_a_step_back_that_fails_is_told():
    said, stepped = guarded(Mode.AUTO, OFFER, refuse=True)

    assert said[1:] == ["port 67 is taken"]
    assert len(stepped) == 1


def test_a_choice_alone_is_reported_and_nobody_steps_back_for_it():
    said, stepped = guarded(Mode.AUTO, (SERVER, MAC1), (SERVER, MAC1))

    assert said == [f"10.77.0.2 on lo may lease addresses, too: {MAC1} chose it"]
    assert stepped == []


def test_a_choice_of_an_address_of_ours_is_none():
    assert guarded(Mode.SERVER, (LOOPBACK.address, MAC1)) == ([], [])
