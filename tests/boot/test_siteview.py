from dataclasses import replace

import pytest

from pxectl.boot.client import Client
from pxectl.boot.siteview import view_of
from tests.builders import MAC1, NETWORK, SERVER, STRANGER, machine, site

CLIENT = Client(MAC1, subnet=NETWORK)


def test_it_has_what_all_machines_have_in_common():
    view = view_of(site(vars={"ntp": "10.77.0.1"}, serving={"advertise": SERVER}), CLIENT)

    assert view.vars == {"ntp": "10.77.0.1"}
    assert view.address == SERVER
    assert view.network == NETWORK
    assert view.options == {"router": "10.77.0.1"}


def test_a_client_of_no_subnet_has_no_network():
    view = view_of(site(), Client(None))

    assert (view.network, dict(view.options)) == (None, {})


def test_salt_is_of_the_machine_by_whichever_card():
    two = machine(macs=(MAC1, STRANGER))

    assert view_of(site(), Client(STRANGER), two)._salt == view_of(site(), CLIENT, two)._salt


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ((site(), CLIENT), True),
        ((site(), Client(STRANGER)), False),
        ((replace(site(), secret=b"another"), CLIENT), False),
    ],
)
def test_salt_stays_the_same_for_one_machine_of_one_site(other, is_same):
    assert (view_of(site(), CLIENT)._salt == view_of(*other)._salt) is is_same
