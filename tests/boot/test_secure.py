from dataclasses import replace

import pytest

from pxectl.boot.events import Replied
from pxectl.boot.kinds import kind_named
from pxectl.boot.outcomes import Outcomes
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Quirks, Style
from pxectl.boot.rehearse import Standpoint, rehearse
from pxectl.boot.secure import HINT
from pxectl.boot.site import NBP, Mode
from pxectl.boot.survey import survey
from pxectl.wire.iana import Arch, MessageType
from pxectl.wire.options import Option
from tests.builders import (
    ADDRESS,
    DEBIAN,
    MAC1,
    NBPS,
    NETWORK,
    NOW,
    SERVER,
    ask,
    discover,
    machine,
    request,
    site,
    to_4011,
)

HERE = Standpoint("eth0", SERVER, NETWORK)
SIGNED = {arch: replace(nbp, signed=True) for arch, nbp in NBPS.items()}
SNP = {"snponly.efi": NBP("snponly.efi", "/lib/ipxe/snponly.efi", "test", 1)}
OWN = replace(DEBIAN, nbp={Arch.X64_UEFI: "shim.efi"})
UNSIGNED = {"unsigned": frozenset(("shim.efi",))}
NO = "{} bears no signature, and by its file this machine enforces Secure Boot"


def strict(mode=Mode.PROXY, profile=DEBIAN, **changes):
    who = machine(secure_boot=True, **changes.pop("of_machine", {}))
    return site(mode, machines=(who,), profiles=(profile,), **changes)


@pytest.mark.parametrize(
    ("kind", "site_", "told"),
    [
        ("uefi-x64", strict(), "ipxe.efi"),
        ("uefi-http", strict(), "ipxe.efi"),
        ("uefi-arm64", strict(), "ipxe-arm64.efi"),
        ("uefi-x64", strict(Mode.SERVER), "ipxe.efi"),
        ("uefi-x64", strict(nbps=SIGNED), ""),
        ("uefi-x64", site(), ""),
        ("bios", strict(), ""),
        ("ipxe", strict(), ""),
        ("uefi-x64", strict(profile=OWN), ""),
        ("uefi-x64", strict(profile=OWN, **UNSIGNED), "shim.efi"),
        ("uefi-http", strict(profile=replace(OWN, kernel="", initrd=()), **UNSIGNED), "shim.efi"),
        ("uefi-x64", site(profiles=(OWN,), **UNSIGNED), ""),
        ("uefi-x64", strict(of_machine={"quirks": Quirks(nbp="shim.efi")}, **UNSIGNED), "shim.efi"),
        (
            "uefi-x64",
            strict(of_machine={"quirks": Quirks(nbp="snponly.efi")}, binaries=SNP),
            "snponly.efi",
        ),
    ],
)
def test_what_nobody_signed_is_told_of_where_it_is_offered(kind, site_, told):
    event = ask(discover(kind), site_).event

    assert isinstance(event, Replied)
    assert event.bootfile
    assert event.unsigned == (NO.format(told) if told else "")
    assert event.hint == (HINT if told else "")


def test_an_ack_says_it_too():
    wants = {Option.SERVER_IDENTIFIER: SERVER.packed, Option.REQUESTED_ADDRESS: ADDRESS.packed}

    event = ask(request(options=wants), strict(Mode.SERVER)).event

    assert (event.reply, event.unsigned) == (MessageType.ACK, NO.format("ipxe.efi"))


def test_a_boot_server_says_it_for_an_offer_that_only_names_it():
    binl = strict(of_machine={"quirks": Quirks(style=Style.BINL)})
    packet, way_in = to_4011()

    assert ask(discover(), binl).event.unsigned == ""
    assert ask(packet, binl, 4011, **way_in).event.unsigned == NO.format("ipxe.efi")


@pytest.mark.parametrize("style", [None, Style.BINL])
def test_a_rehearsal_ends_at_what_firmware_refuses(style):
    kind = kind_named("uefi-x64")
    site_ = strict(of_machine={"quirks": Quirks(style=style)})

    result = rehearse(kind.discover(MAC1), kind, HERE, site_, NOW)

    assert result.decision.boots
    assert not result.would_netboot
    assert (result.unsigned, result.script) == (NO.format("ipxe.efi"), "")
    assert not any("iPXE" in step.asks for step in result.steps)
    if style is None:
        assert (
            result.then == "EDK2 loads it, says Access Denied and goes on to the next boot device"
        )


def test_a_survey_and_a_check_name_the_machines():
    kind, site_ = kind_named("uefi-x64"), strict()

    [row] = survey(site_, lambda one: kind.discover(one.macs[0]), HERE, NOW)
    found = [one for one in Outcomes(site_, HERE, NOW).findings() if one.where == "secure_boot"]

    assert (row.would_netboot, row.reason) == (False, NO.format("ipxe.efi"))
    assert [(one.what, one.hint, one.machines) for one in found] == [
        (NO.format("ipxe.efi"), HINT, ("node1",))
    ]


def test_a_profile_without_a_program_for_it_is_another_matter():
    site_ = strict(profile=Profile("debian", nbp={Arch.ARM64_UEFI: "a.efi"}))

    assert [one.where for one in Outcomes(site_, HERE, NOW).findings()] == ["boot"]
