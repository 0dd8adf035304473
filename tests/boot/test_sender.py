"""Who asks: by a token, by an entry, or nobody that is known."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.client import Client
from pxectl.boot.newcomer import Disbelieved
from pxectl.boot.sender import ASK_BACK, normalised, who_asks
from pxectl.boot.visits import Visits
from pxectl.wire.iana import Arch
from tests.builders import MAC1, NETWORK, NOW, TOKEN, asked, site


def who(path, neighbour=MAC1, visits=None):
    asks = replace(asked(path), neighbour=neighbour, network=NETWORK)
    return who_asks(asks, path, site(), Visits() if visits is None else visits, NOW)


@pytest.mark.parametrize(
    ("path", "mac", "name"),
    [
        (f"{TOKEN}/boot.ipxe", MAC1, "boot.ipxe"),
        (f"{TOKEN}/files/a/b", MAC1, "files/a/b"),
        (TOKEN, MAC1, ""),
        ("ipxe", MAC1, "boot.ipxe"),
        ("boot.ipxe", MAC1, "boot.ipxe"),
        ("autoexec.ipxe", MAC1, ASK_BACK),
        ("undionly.kpxe", MAC1, "undionly.kpxe"),
        ("files/a", None, "files/a"),
        (f"{TOKEN}/boot.ipxe".upper(), MAC1, "boot.ipxe"),
        (f"{TOKEN}/FILES/A/b".upper(), MAC1, "files/A/B"),
        (f"01-aa-bb-cc-dd-ee-ff/{TOKEN}/files/a", MAC1, "files/a"),
        (f"{MAC1}/undionly.kpxe", MAC1, "undionly.kpxe"),
        (f"01-{MAC1}/UNDIONLY.KPXE".upper().replace(":", "-"), MAC1, "UNDIONLY.KPXE"),
        (f"{MAC1}/BOOT.IPXE", MAC1, "boot.ipxe"),
        ("01-aa-bb-cc-dd-ee-ff", None, "01-aa-bb-cc-dd-ee-ff"),
        ("", None, ""),
    ],
)
def test_who_asks_for_what(path, mac, name):
    client, asked_for = who(path)

    assert (client.mac, asked_for) == (mac, name)
    assert client.subnet == NETWORK


def test_what_dhcp_told_of_it_is_known():
    visits = Visits()
    visits.note(Client(MAC1, arch=Arch.ARM64_UEFI), NOW)

    assert who(f"{TOKEN}/x", visits=visits)[0].arch is Arch.ARM64_UEFI


def test_a_made_up_token_is_nobodys():
    client, _ = who(f"{MAC1.dashed}.aaaaaaaaaaaaaaaa/x")

    assert client == Disbelieved("the token in the path is expired or made up")


@given(st.text(max_size=60))
def test_no_path_climbs(path):
    said = normalised(path)

    assert said is None or ".." not in said.split("/")
    assert said is None or not said.startswith("/")


def test_the_mac_in_front_must_be_who_asks():
    client, _ = who("aa:bb:cc:dd:ee:ff/undionly.kpxe")

    assert isinstance(client, Disbelieved)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("undionly.kpxe\xff", "undionly.kpxe"),
        ("/undionly.kpxe\xff\xff \x80", "undionly.kpxe"),
        ("\\Boot\\x64\\wdsnbp.com \r\n", "Boot/x64/wdsnbp.com"),
        ("//files//linux\ufffd\x01", "files/linux"),
        ("ipxe.efi\xfeOnboard", "ipxe.efi\xfeOnboard"),
        ("files/\xfc", "files/\xfc"),
        ("a/\xff", "a/\xff"),
    ],
)
def test_junk_behind_a_name_is_left_out(path, name):
    assert normalised(path) == name
