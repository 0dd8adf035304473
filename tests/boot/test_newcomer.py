"""Who has no token is known by the neighbour table, and believed as far as the site says."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.answer import File, Refusal, Text
from pxectl.boot.arrival import Protocol
from pxectl.boot.client import Client, Firmware
from pxectl.boot.newcomer import asks_back
from pxectl.boot.profile import Profile
from pxectl.boot.route import route
from pxectl.boot.site import Claims, Mode
from pxectl.boot.visits import Visits
from pxectl.mac import MAC
from pxectl.wire.iana import Arch
from tests.builders import MAC1, NETWORK, NOW, STRANGER, TOKEN, asked, machine, site

OTHER, SECOND_CARD = MAC.parse("52:54:00:77:00:02"), MAC.parse("52:54:00:77:00:03")
PEER = IPv4Address("10.77.0.130")
ELSEWHERE = IPv4Network("192.0.2.0/24")
UUID1 = "00112233-4455-6677-8899-aabbccddeeff"


def ask(path, query="", neighbour=MAC1, site_=None, visits=None, claims=None, **changes):
    site_ = site_ or site()
    if claims is not None:
        site_ = replace(site_, serving=replace(site_.serving, claims=claims))
    who = replace(asked(path), query=query, neighbour=neighbour, network=NETWORK, **changes)
    return route(who, site_, Visits() if visits is None else visits, NOW)


@pytest.mark.parametrize("query", ["", f"mac={MAC1}", f"mac={MAC1.dashed}", f"MAC={MAC1}&uuid=x"])
@pytest.mark.parametrize("path", ["/ipxe", "ipxe", "/boot.ipxe", "//ipxe"])
def test_a_neighbour_gets_the_script_of_its_machine(path, query):
    routed = ask(path, query)

    assert isinstance(routed.answer, Text)
    assert f"/{MAC1.dashed}." in routed.answer.body.decode()
    assert routed.event.client.mac == MAC1


NOBODY, ALL = Claims(neighbour=False), Claims(networks=(IPv4Network("0.0.0.0/0"),))
NEAR = Claims(networks=(ELSEWHERE,))


@pytest.mark.parametrize(
    ("claimed", "neighbour", "peer", "claims", "gets"),
    [
        (MAC1, MAC1, PEER, None, True),
        (MAC1, STRANGER, PEER, None, "it says it is 52:54:00:77:00:01, and its network card is"),
        (MAC1, None, PEER, None, "nothing here can tell: 10.77.0.130 is no neighbour"),
        ("", None, PEER, None, "denied: unknown machine"),
        ("", STRANGER, PEER, None, "denied: unknown machine"),
        ("nonsense", MAC1, PEER, None, "the MAC in the request is none"),
        (MAC1, MAC1, PEER, NOBODY, "nothing here can tell"),
        ("", MAC1, PEER, NOBODY, "denied: unknown machine"),
        (MAC1, STRANGER, PEER, ALL, True),
        (MAC1, None, IPv4Address("192.0.2.9"), NEAR, True),
        (MAC1, None, PEER, NEAR, "nothing here can tell"),
    ],
)
def test_whose_word_is_taken(claimed, neighbour, peer, claims, gets):
    query = f"mac={claimed}" if claimed else ""

    routed = ask("/ipxe", query, neighbour, claims=claims, peer=peer)

    if gets is True:
        assert isinstance(routed.answer, Text)
    else:
        assert isinstance(routed.answer, Refusal)
        assert (routed.answer.status, routed.event.status) == (403, 403)
        assert gets in routed.answer.reason


@pytest.mark.parametrize(
    ("neighbour", "claims", "gets"),
    [
        (None, None, False),
        (None, NOBODY, False),
        (MAC1, NOBODY, False),
        (None, NEAR, False),
        (None, ALL, True),
        (SECOND_CARD, None, True),
    ],
)
def test_a_uuid_is_taken_from_whom_a_mac_would_be(neighbour, claims, gets):
    known = site(machines=(machine(uuid=UUID(UUID1)),))

    routed = ask("/ipxe", f"uuid={UUID1}", neighbour, known, claims=claims)

    assert isinstance(routed.answer, Text) is gets


def test_who_is_not_believed_is_told_to_the_operator_with_the_mend():
    routed = ask("/ipxe", f"mac={MAC1}", None)

    assert routed.event.hint == '`claims = ["10.77.0.130/32"]` in [serve] takes its word for it'


def test_another_network_card_of_the_same_machine_is_believed():
    two = site(machines=(machine(macs=(MAC1, STRANGER)),))

    assert isinstance(ask("/ipxe", f"mac={MAC1}", STRANGER, two).answer, Text)


@pytest.mark.parametrize(
    ("query", "arch"),
    [
        ("arch=x86_64&platform=efi", Arch.X64_UEFI),
        ("buildarch=arm64", Arch.ARM64_UEFI),
        ("arch=i386&platform=pcbios", Arch.X86_BIOS),
        ("arch=x86_64&platform=pcbios", Arch.X86_BIOS),
        ("arch=vax", None),
    ],
)
def test_what_it_says_of_itself_is_what_is_decided_on_from_then_on(query, arch):
    visits = Visits()

    ask("/ipxe", f"{query}&uuid={UUID1}&serial=S%201&hostname=h", visits=visits)

    known = visits.client(MAC1)
    assert (known.arch, known.uuid, known.serial) == (arch, UUID(UUID1), "S 1")
    assert (known.firmware, known.hostname, known.subnet) == (Firmware.IPXE, "h", NETWORK)


def test_what_dhcp_told_of_it_stays_where_the_request_says_nothing():
    visits = Visits()
    visits.note(Client(MAC1, arch=Arch.ARM64_UEFI, vendor_class="v"), NOW)

    ask("/ipxe", visits=visits)

    known = visits.client(MAC1)
    assert (known.arch, known.vendor_class) == (Arch.ARM64_UEFI, "v")


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_query_breaks_it(path, query):
    assert ask(f"/ipxe{path}", query).event.status in (200, 403, 404)


def test_a_long_query_is_not_read():
    routed = ask("/ipxe", "&".join(f"a{n}=1" for n in range(100)) + f"&mac={STRANGER}")

    assert isinstance(routed.answer, Text)
    assert routed.event.client.mac == MAC1


def test_an_ipxe_binary_is_handed_to_a_known_neighbour_only():
    assert isinstance(ask("undionly.kpxe", protocol=Protocol.TFTP).answer, File)
    assert isinstance(ask("undionly.kpxe", neighbour=STRANGER).answer, Refusal)
    assert isinstance(ask("undionly.kpxe", neighbour=None).answer, Refusal)


@pytest.mark.parametrize("path", ["files/debian/linux", "templates/x", "named/x", "booted"])
def test_what_a_decision_leads_to_is_not_had_without_its_token(path):
    assert isinstance(ask(path).answer, Refusal)


# ---- autoexec.ipxe


NOT_THERE = Refusal(404, "no such file")


def dhcp_told():
    visits = Visits()
    visits.note(Client(MAC1, firmware=Firmware.UEFI), NOW)
    return visits


@pytest.mark.parametrize(
    ("neighbour", "mode", "visits", "claims", "asks_back"),
    [
        (MAC1, Mode.OFF, Visits(), None, True),
        (MAC1, Mode.OFF, dhcp_told(), None, True),
        (MAC1, Mode.PROXY, Visits(), None, True),
        (MAC1, Mode.PROXY, dhcp_told(), None, False),
        (MAC1, Mode.SERVER, dhcp_told(), None, False),
        (MAC1, Mode.OFF, Visits(), NOBODY, False),
        (None, Mode.OFF, Visits(), None, False),
        (None, Mode.SERVER, Visits(), None, False),
        (None, Mode.OFF, Visits(), ALL, True),
    ],
)
def test_only_who_will_be_answered_and_was_not_told_by_dhcp_is_told_to_ask(
    neighbour, mode, visits, claims, asks_back
):
    answer = ask("autoexec.ipxe", "", neighbour, site(mode), visits, claims).answer

    assert isinstance(answer, Text) if asks_back else answer == NOT_THERE


@pytest.mark.parametrize("path", ["autoexec.ipxe", "/autoexec.ipxe", "some/where/autoexec.ipxe"])
def test_ipxe_without_a_token_is_told_how_to_ask(path):
    answer = ask(path).answer

    assert isinstance(answer, Text)
    assert answer.body.decode() == asks_back("http://10.77.0.1:8080")
    assert "chain --autofree http://10.77.0.1:8080/ipxe?mac=${netX/mac}" in answer.body.decode()


def test_a_denied_neighbour_is_not_told():
    assert isinstance(ask("autoexec.ipxe", neighbour=STRANGER).answer, Refusal)


def test_a_site_may_have_an_autoexec_of_its_own():
    own = site(templates={"autoexec.ipxe": "#!ipxe\necho {{ machine.name }}\n"})

    answer = ask("autoexec.ipxe", site_=own).answer

    assert isinstance(answer, Text)
    assert answer.body == b"#!ipxe\necho node1\n"
    assert isinstance(ask("autoexec.ipxe", site_=own, neighbour=STRANGER).answer, Refusal)


# ---- other boot loaders


@pytest.mark.parametrize(
    "path",
    [f"pxelinux.cfg/01-{MAC1.dashed}", f"boot/pxelinux.cfg/01-{MAC1.dashed}".upper(),
     f"grub/grub.cfg-01-{MAC1.dashed}", f"grub.cfg-01-{MAC1.dashed}", "grub/grub.cfg"],
)  # fmt: skip
def test_a_boot_loader_finds_its_configuration_by_its_mac(path):
    answer = ask(path).answer

    assert isinstance(answer, Text)
    assert answer.body.startswith(b"linux" if "grub" in path else b"DEFAULT")
    assert isinstance(ask(path, neighbour=STRANGER).answer, Refusal)


@pytest.mark.parametrize("name", ["grub/grub.cfg", f"pxelinux.cfg/01-{MAC1.dashed}"])
def test_a_site_may_have_a_configuration_of_its_own(name):
    assert ask(f"{TOKEN}/files/{name}").answer == File("/srv/files", name)


@pytest.mark.parametrize("name", ["grub/x86_64-efi/command.lst", "grub/x86_64-efi/normal.mod"])
def test_modules_that_grub_can_do_without_are_a_quick_no(name):
    assert ask(name).answer == NOT_THERE


@pytest.mark.parametrize("name", ["grubx64.efi", "mmx64.efi", "grubaa64.efi"])
def test_what_shim_asks_for_at_the_root_lies_beside_it(name):
    shim = Profile("debian", nbp={Arch.X64_UEFI: "signed/shimx64.efi"})

    answer = ask(name, site_=site(profiles=(shim,))).answer

    assert answer == File("/srv/files", f"signed/{name}", "application/efi")


@pytest.mark.parametrize("path", ["files/x", "<?>Onboard", "shim/other.efi"])
def test_other_names_without_a_token_are_refused(path):
    assert isinstance(ask(path).answer, Refusal)


# ---- with a token


@pytest.mark.parametrize(
    ("neighbour", "claims", "is_served"),
    [
        (MAC1, None, True),
        (OTHER, None, False),
        (OTHER, NOBODY, True),
        (OTHER, ALL, True),
        (SECOND_CARD, None, True),
        (STRANGER, None, True),
        (None, None, True),
    ],
)
@pytest.mark.parametrize("name", ["boot.ipxe", "files/x", "templates/ks.cfg", "ipxe.efi"])
def test_a_known_machine_gets_nothing_with_the_token_of_another(name, neighbour, claims, is_served):
    two = (machine(macs=(MAC1, SECOND_CARD)), machine(name="node2", macs=(OTHER,), address=None))
    both = site(machines=two, templates={"ks.cfg": "secret"})

    routed = ask(f"{TOKEN}/{name}", "", neighbour, both, claims=claims)

    assert (routed.event.status == 200) is is_served
    if not is_served:
        assert routed.event.status == 403
        assert routed.event.reason.endswith(f"the network card is {OTHER} of node2")
