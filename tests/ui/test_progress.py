from ipaddress import IPv4Address

import pytest

from pxectl.boot.arrival import Protocol
from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import decide
from pxectl.boot.events import Dropped, Replied, Requested, Told, Transferred, Unanswered
from pxectl.boot.machine import Netboot
from pxectl.boot.profile import Profile
from pxectl.boot.rules import Action, Rule
from pxectl.boot.site import Mode
from pxectl.mac import MAC
from pxectl.ui.lines import Level
from pxectl.ui.progress import Progress
from pxectl.wire.iana import Arch, MessageType
from tests.builders import ADDRESS, DEBIAN, MAC1, NOW, STRANGER, machine, site

PEER = IPv4Address("10.77.0.130")
SITE = site()
IPXE = Client(MAC1, Arch.X64_UEFI, Firmware.IPXE)


def replied(client=IPXE, at=SITE, reply=MessageType.OFFER, role="proxy", **changes):
    decision = decide(client, at.inventory.of(client), at.rules, NOW)
    values = {"address": None, "bootfile": "ipxe.efi", "sent": True} | changes
    return Replied(client, MessageType.DISCOVER, reply, role, decision, **values)


def requested(what, path, client=IPXE, status=200, **changes):
    return Requested(Protocol.HTTP, PEER, path, client, status, what, **changes)


def fetched(path, outcome="done", mac=MAC1, size=2_000_000):
    sent = size if outcome == "done" else size // 2
    return Transferred(Protocol.HTTP, PEER, path, mac, size, sent, 0.5, outcome)


def denied(mac=STRANGER, *, quiet=False):
    client = Client(mac, Arch.X86_BIOS, Firmware.BIOS)
    decision = decide(client, None, site().rules, NOW)
    return Unanswered(client, MessageType.DISCOVER, decision.reason, "", decision, quiet=quiet)


def row_after(*events):
    progress = Progress()
    for event in events:
        progress.note(event, NOW)
    [row] = progress.rows()
    return row


def boot(*files, profile=DEBIAN):
    events = [replied(at=site(profiles=(profile,), machines=(machine(profile=profile.name),)))]
    for what, path in files:
        events += [requested(what, path), fetched(path)]
    return events


KERNEL, INITRD = ("kernel", "/t/debian/linux"), ("initrd", "/t/debian/initrd.gz")
LOCAL = site(machines=(machine(netboot=Netboot.NEVER),))


@pytest.mark.parametrize(
    ("events", "step", "detail"),
    [
        ([replied()], "OFFER", "ipxe.efi"),
        ([replied(role="boot-server", reply=MessageType.ACK)], "4011", "ipxe.efi"),
        ([replied(problem="no iPXE binary")], "OFFER", "no iPXE binary"),
        ([replied(at=LOCAL)], "local", 'boots its disk by rule "netboot = "never" → local"'),
        ([denied()], "denied", "unknown machine, no rule matches"),
        ([requested("nbp", "/t/ipxe.efi")], "NBP", "t/ipxe.efi"),
        ([requested("", "x", status=403, reason="not yours")], "denied", "not yours"),
        ([requested("", "x", status=404, reason="nothing here")], "missing", "nothing here"),
        (boot(("script", "/t/boot.ipxe")), "script", "2.0 MB  4.0 MB/s"),
        (boot(KERNEL), "kernel", "2.0 MB  4.0 MB/s"),
        (boot(KERNEL, INITRD), "done", "2.0 MB  4.0 MB/s"),
        (boot(KERNEL, KERNEL), "kernel", "2.0 MB  4.0 MB/s"),
        (boot(("kernel", "/k"), profile=Profile("alone", kernel="k")), "done", "2.0 MB  4.0 MB/s"),
        (
            boot(("nbp", "/uki"), profile=Profile("uki", nbp={Arch.X64_UEFI: "uki"})),
            "done",
            "2.0 MB  4.0 MB/s",
        ),
        (
            [requested(*KERNEL), fetched(KERNEL[1], "aborted")],
            "aborted",
            "kernel after 1.0 MB of 2.0 MB",
        ),
        ([requested("nbp", "/t/n"), fetched("/t/n", "size probe")], "NBP", "is 2.0 MB"),
    ],
)
def test_a_step_follows_from_what_happened(events, step, detail):
    row = row_after(*events)

    assert (row.step, row.detail) == (step, detail)


def test_a_new_discover_begins_a_new_boot():
    row = row_after(*boot(KERNEL, INITRD), *boot(KERNEL))

    assert row.step == "kernel"


def test_a_file_that_ipxe_asks_for_by_habit_changes_no_step():
    row = row_after(*boot(KERNEL), requested("", "/t/autoexec.ipxe", status=404, reason="no"))

    assert (row.step, row.level) == ("kernel", Level.PLAIN)


def test_the_machine_that_was_heard_last_stands_first():
    progress = Progress()
    for at, event in enumerate((denied(), replied(), denied())):
        progress.note(event, NOW + at)

    assert [(row.who, row.at) for row in progress.rows()] == [
        (str(STRANGER), NOW + 2),
        (str(MAC1), NOW + 1),
    ]


def test_what_does_not_netboot_is_no_machine_of_the_table():
    progress = Progress()
    system = Client(MAC1)
    for event in (
        Unanswered(system, MessageType.DISCOVER, "it does not netboot", quiet=True),
        replied(system, address=ADDRESS, bootfile=""),
        denied(quiet=True),
        Told("hello"),
        Dropped("tftp", "10.77.0.9", "eth0", "no NUL", 4),
    ):
        progress.note(event, NOW)

    assert len(progress) == 0


def test_a_quiet_request_of_a_machine_is_a_sign_of_life():
    progress = Progress()
    progress.note(denied(), NOW)
    progress.note(denied(quiet=True), NOW + 5)
    [row] = progress.rows()

    assert (row.step, row.at) == ("denied", NOW + 5)


def test_a_path_without_a_token_belongs_to_its_address():
    row = row_after(requested("", "x", client=None, status=404), fetched("x", "aborted", mac=None))

    assert row.who == "10.77.0.130"


def test_a_flood_of_macs_pushes_the_oldest_out():
    progress = Progress(remembered=10)
    for number in range(50):
        progress.note(denied(MAC(b"\x52\x54\0\0\0" + bytes((number,)))), NOW)

    assert [row.who[-2:] for row in progress.rows()] == [f"{n:02x}" for n in range(49, 39, -1)]


def test_names_and_paths_are_made_harmless():
    rule = Rule("b\x1b[2Jad", (), Action.DENY)
    row = row_after(replied(at=site(Mode.PROXY, rule)))

    assert row.detail == 'by rule "b\\x1b[2Jad"'
