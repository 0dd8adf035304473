from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.boot.client import Firmware
from pxectl.boot.machine import Netboot
from pxectl.boot.overheard import Offering
from pxectl.boot.profile import Profile
from pxectl.boot.timeline.causes import CAUSES, UNKNOWN
from pxectl.boot.timeline.diagnosis import diagnose
from pxectl.boot.timeline.mark import Mark, Step
from pxectl.boot.timeline.timeline import Timeline
from pxectl.wire.iana import MessageType
from tests.boot.timeline import sequences as s
from tests.builders import FOREIGN, NOW, machine, site

MENU = site(profiles=(Profile("menu", script="menu.ipxe"),), machines=(machine(profile="menu"),))
UKI = site(
    profiles=(Profile("uki", nbp={s.UEFI.arch: "uki.efi"}),), machines=(machine(profile="uki"),)
)
DENIED = site(machines=())
LOCAL = site(machines=(machine(netboot=Netboot.NEVER),))

STOPPED = {
    "offers that nobody takes": (
        [s.replied()] * 3, "offers-ignored", "was made 3 offers and took none",
    ),
    "a proxy alone": (
        [s.replied(role="proxy")] * 3, "no-dhcp-server", "nobody an address",
    ),
    "another server's address": (
        [s.replied(), s.quiet(chose=FOREIGN)], "other-server", "took the address of 10.77.0.2",
    ),
    "4011 is not asked": (
        [s.overheard(), *s.proxied(bootfile="")], "4011-not-asked", "never asked port 4011",
    ),
    "bare option 60": (
        [s.replied(role="proxy"), s.overheard(Offering.BARE), s.quiet()],
        "bare-option-60", "option 60 PXEClient",
    ),
    "bare option 60, to iPXE": (
        [*s.asked_dhcp(), *s.nbp(), s.replied(client=s.IPXE, role="proxy", bootfile=s.SCRIPT),
         s.overheard(Offering.BARE), s.quiet(client=s.IPXE)],
        "bare-option-60", "option 60 PXEClient",
    ),
    "boot data of another server": (
        [s.replied(role="proxy"), s.overheard(Offering.BOOT, bootfile="old.0"), s.quiet()],
        "foreign-boot-data", "by 10.77.0.2  10.77.0.21  old.0",
    ),
    "the NBP is not asked for": (
        [*s.asked_dhcp()], "nbp-not-asked", "was told to load ipxe.efi and never asked for it",
    ),
    "nor beside another server": (
        [*s.proxied(), s.overheard(reply=s.ACK)], "nbp-not-asked", "was told to load ipxe.efi",
    ),
    "TFTP's answers do not arrive": (
        [*s.asked_dhcp(), *s.nbp("timed out")], "tftp-blocked", "nothing of it arrives",
    ),
    "it asks by TFTP again and again": (
        [*s.asked_dhcp(), s.rrq(), s.rrq(), s.rrq()], "tftp-blocked", "asked for 3 times",
    ),
    "blocks are too large": (
        [*s.asked_dhcp(), *s.nbp("timed out", is_agreed=True)], "mtu", "blksize 1468",
    ),
    "only the size": (
        [*s.asked_dhcp(), *s.nbp("size probe")], "size-probe", "1.0 MB, and never for the file",
    ),
    "TFTP breaks off": (
        [*s.asked_dhcp(), *s.nbp("timed out", sent=300_000)], "broken-off", "300 kB of 1.0 MB",
    ),
    "the client gives up": (
        [*s.asked_dhcp(), *s.nbp("aborted", sent=300_000, detail="ERROR 3: disk full")],
        "aborted", "disk full",
    ),
    "the wrong binary": (
        [*s.asked_dhcp(unfit="a program for arm64"), *s.nbp()],
        "wrong-binary", "a program for arm64",
    ),
    "Secure Boot": (
        [*s.asked_dhcp(unsigned="ipxe.efi bears no signature"), *s.nbp()],
        "secure-boot", "bears no signature",
    ),
    "the NBP does not start": (
        [*s.asked_dhcp(), *s.nbp()], "nbp-not-started", "loaded ipxe.efi whole",
    ),
    "iPXE gets no address": (
        [*s.asked_dhcp(), *s.nbp(), *[s.replied(client=s.IPXE, bootfile=s.SCRIPT)] * 3],
        "ipxe-no-address", "iPXE asked for an address 3 times",
    ),
    "HTTP is blocked": (
        [*s.asked_dhcp(), *s.nbp(), *s.ipxe()], "script-not-asked",
        "told http://10.77.0.1:8080/boot.ipxe",
    ),
    "the kernel is not asked for": (
        [*s.asked_dhcp(), *s.nbp(), *s.ipxe(), *s.script()], "kernel-not-asked",
        "never asked for the kernel",
    ),
    "the kernel is missing": (
        [*s.asked_dhcp(), *s.nbp(), *s.ipxe(), *s.script(),
         s.requested("", s.KERNEL, status=404, reason="no such file")],
        "missing-file", "kernel files/debian/linux is not there: no such file",
    ),
    "the script is refused": (
        [*s.ipxe(), s.requested("", f"{s.TOKEN}/boot.ipxe", status=403, reason="old token")],
        "refused", "script boot.ipxe was refused: old token",
    ),
    "the template does not render": (
        [*s.ipxe(), s.requested("", f"{s.TOKEN}/boot.ipxe", status=500, reason="menu.ipxe:3")],
        "server-failed", "menu.ipxe:3",
    ),
    "a range that is not there": (
        [*s.ipxe(), *s.script(), s.requested("", s.KERNEL, status=416)],
        "range-refused", "files/debian/linux",
    ),
    "the kernel breaks off": (
        [*s.ipxe(), *s.script(), *s.file("kernel", s.KERNEL, "aborted", sent=1_000_000)],
        "broken-off", "kernel files/debian/linux broke off after 1.0 MB of 2.0 MB",
    ),
    "the initrd is not asked for": (
        [*s.ipxe(), *s.script(), *s.file("kernel", s.KERNEL)], "initrd-not-asked",
        "never asked for what comes behind it",
    ),
    "a loop": ([*s.asked_dhcp(), *s.nbp(), *s.looped()], "loop", "5 times in 120 s"),
    "no address is left": (
        [s.silence(reason="no address: the pool is full")], "no-address", "the pool is full",
    ),
    "no binary for it": (
        [s.silence(reason="no iPXE binary for x64-uefi")], "no-boot-data", "no iPXE binary",
    ),
    "an address and nothing to boot": (
        [s.replied(bootfile="", problem="TFTP is off")], "no-boot-data", "TFTP is off",
    ),
    "an address that it may not have": (
        [s.replied(s.REQUEST, MessageType.NAK, bootfile="", problem="10.77.0.9 is not free")] * 3,
        "nak", "10.77.0.9 is not free",
    ),
    "silence": ([*s.ipxe(), s.requested("kernel", s.KERNEL)], "unknown", "after kernel asked"),
}  # fmt: skip


@pytest.mark.parametrize("what", STOPPED)
def test_a_boot_that_stops_says_why(what):
    events, cause, words = STOPPED[what]

    _, ended = s.fed(*events, then=120)

    [end] = ended
    assert (end.outcome, end.cause) == ("stopped", cause)
    assert words in end.text
    assert end.hint or cause in ("no-address", "no-boot-data", "refused", "server-failed")
    assert "{" not in end.text + end.hint.replace("{ …", "")


GOOD = {
    "all": (s.WHOLE, "booted"),
    "all, and nothing said": (s.WHOLE[:-1], "booted"),
    "a program of its own": (
        [*s.asked_dhcp(at=UKI, bootfile=f"{s.TOKEN}/files/uki.efi"),
         *s.nbp(path=f"{s.TOKEN}/files/uki.efi")], "booted",
    ),
    "a script of its own": ([*s.ipxe(at=MENU), *s.script()], "handed over"),
    "a disk": ([s.replied(at=LOCAL)], "local"),
    "nobody it knows": ([s.silence(at=DENIED)], "denied"),
}  # fmt: skip


@pytest.mark.parametrize("what", GOOD)
def test_a_boot_that_goes_well_is_not_diagnosed(what):
    events, outcome = GOOD[what]

    _, ended = s.fed(*events, then=300)

    assert [end.outcome for end in ended] == [outcome]


@pytest.mark.parametrize("cut", range(1, len(s.WHOLE)))
def test_no_boot_is_called_stopped_while_it_goes_on(cut):
    _, ended = s.fed(*s.WHOLE[:cut], every=3.0)

    assert ended == []


@pytest.mark.parametrize("cut", range(1, len(s.WHOLE) - 1))
def test_a_boot_that_begins_anew_has_stopped_where_it_was(cut):
    lines, _ = s.fed(*s.WHOLE[:cut])
    line = lines.get(str(s.UEFI.mac))

    _, ended = s.fed(s.replied(), lines=lines)

    assert [end.outcome for end in ended] == (["stopped"] if line.has_files else [])


def test_in_a_capture_it_may_be_that_nobody_answers():
    line = Timeline("x", NOW, marks=[Mark(NOW, Step.DISCOVER, times=3, last=NOW + 12)])

    verdict = diagnose(line, 30.0)

    assert (verdict.cause, verdict.text) == (
        "no-answer", "asked 3 times, and nobody answers",
    )  # fmt: skip


def test_http_boot_after_pxe_is_another_boot():
    http = s.with_client(s.replied(role="proxy"), firmware=Firmware.UEFI_HTTP)
    lines, _ = s.fed(s.replied(role="proxy"), s.overheard(Offering.BARE), s.quiet())

    _, ended = s.fed(http, lines=lines)

    assert [end.cause for end in ended] == ["bare-option-60"]


def test_what_stopped_and_goes_on_after_all_is_told_to_have_booted():
    lines, before = s.fed(*s.WHOLE[:6], then=60)

    ended = [one for event in s.WHOLE[6:] for one in lines.note(event, NOW + 100)]

    assert [end.cause for end in before] == ["script-not-asked"]
    assert [end.outcome for end in ended] == ["booted"]


def test_the_same_cause_is_told_once_a_boot():
    _, ended = s.fed(*[s.silence(at=DENIED)] * 20, every=4.0, then=100)

    assert len(ended) == 1


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ((s.replied(secs=32), *s.WHOLE[1:]), "its first DISCOVER that arrived says 32 s"),
        (s.WHOLE, ""),
    ],
)
def test_a_port_that_its_switch_held_back_is_told(events, words):
    _, ended = s.fed(*events)

    assert ended[-1].outcome == "booted"
    assert words in ended[-1].slow
    assert bool(words) is bool(ended[-1].slow)


def test_so_is_one_that_was_held_back_when_ipxe_came_up():
    lines, _ = s.fed(*s.WHOLE[:4])

    ended = [one for e in s.WHOLE[4:] for one in lines.note(e, NOW + 35)]

    assert ended[-1].slow.startswith("32 s from ipxe.efi to iPXE's DISCOVER")


def test_every_cause_has_a_sequence_that_leads_to_it():
    seen = {cause for _, cause, _ in STOPPED.values()} | {"denied", "no-answer", ""}

    assert {row.name for row in (*CAUSES, UNKNOWN)} == seen


EVENTS = [
    *s.WHOLE, *s.proxied(), *s.proxied(bootfile=""), *s.nbp("timed out"), *s.nbp("size probe"),
    *s.looped(), s.silence(at=DENIED), s.silence(reason="no address: none"), s.quiet(chose=FOREIGN),
    s.overheard(Offering.BARE), s.overheard(reply=s.ACK), s.requested("", s.KERNEL, status=404),
    s.requested("file", "a\x1b[2J{x}"), s.requested("", "{0}{evil}", status=404),
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.floats(0, 200)), max_size=40))
def test_no_sequence_breaks_it_and_what_it_says_is_bounded(steps):
    lines, now = s.Timelines(), NOW
    for event, pause in steps:
        now += pause
        for end in (*lines.tick(now), *lines.note(event, now)):
            assert end.began <= end.ended <= now
            assert (end.outcome == "stopped") <= bool(end.cause)
            assert len(end.steps) <= 130


@pytest.mark.parametrize("status", [200, 404, 403])
def test_an_installed_system_that_fetches_a_file_boots_nothing(status):
    _, ended = s.fed(s.requested("file" if status == 200 else "", "x", status=status), then=300)

    assert ended == []


def test_a_client_that_nobody_knows_the_mac_of_is_not_diagnosed():
    anybody = replace(s.requested("file", "x"), client=None)

    _, ended = s.fed(anybody, then=300)

    assert ended == []
