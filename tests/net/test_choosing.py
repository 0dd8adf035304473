import asyncio
from ipaddress import IPv4Network

import pytest

from pxectl.boot.events import Told, Warned
from pxectl.boot.site import Mode
from pxectl.boot.subnet import Subnet
from pxectl.net.choosing import choose_mode
from tests.builders import site
from tests.net.test_server import LOOPBACK

COVERED = site(subnets=(Subnet(IPv4Network("127.0.0.0/8")),))


def chosen(asked, site_, *, force=False):
    """The mode on loopback, where there is nobody to ask."""
    events = []
    mode = asyncio.run(choose_mode(asked, (LOOPBACK,), site_, events.append, force=force))
    return mode, events


@pytest.mark.parametrize("mode", [Mode.OFF, Mode.PROXY])
def test_what_leases_nothing_is_taken_at_its_word(mode):
    assert chosen(mode, site()) == (mode, [])


def test_alone_with_a_subnet_it_leases():
    mode, [told] = chosen(Mode.AUTO, COVERED)

    assert mode is Mode.SERVER
    assert told == Told("no DHCP server answers here: running as the DHCP server")


def test_alone_without_a_subnet_it_stays_a_proxy():
    mode, [warned] = chosen(Mode.AUTO, site(subnets=()))

    assert mode is Mode.PROXY
    assert "no `[[subnet]]` covers lo" in warned.message
    assert warned.hint


@pytest.mark.parametrize("force", [False, True])
def test_a_server_without_a_subnet_is_told_what_to_write(force):
    mode, [warned] = chosen(Mode.SERVER, site(subnets=()), force=force)

    assert mode is Mode.SERVER
    assert isinstance(warned, Warned)
    assert 'network = "127.0.0.0/8"' in warned.hint


def test_a_server_with_a_subnet_has_nothing_to_say():
    assert chosen(Mode.SERVER, COVERED) == (Mode.SERVER, [])
