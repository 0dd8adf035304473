from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from pxectl.boot.arrival import Protocol
from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import decide
from pxectl.boot.events import (
    Conflicted,
    Dropped,
    Looped,
    Mirrored,
    PoolFull,
    Ready,
    Redecided,
    Released,
    Reloaded,
    Replied,
    Requested,
    Switched,
    Told,
    Transferred,
    Unanswered,
    Warned,
)
from pxectl.boot.overheard import Offering, Overheard
from pxectl.boot.rules import Rules
from pxectl.boot.telling import short_path
from pxectl.boot.timeline.ended import Ended
from pxectl.boot.timeline.mark import Mark, State, Step
from pxectl.ui.lines import Level, describe
from pxectl.wire.iana import Arch, MessageType
from tests.builders import ADDRESS, DEBIAN, FOREIGN, MAC1, NOW, machine

CLIENT = Client(MAC1, Arch.X64_UEFI, Firmware.UEFI)
IPXE = replace(CLIENT, firmware=Firmware.IPXE)
PEER = IPv4Address("10.77.0.130")
BOOTS = decide(CLIENT, machine(), Rules((), {"debian": DEBIAN}), NOW)
TOKEN = "52-54-00-77-00-01.abcdefghijklmnop"
OFFER = Replied(
    CLIENT, MessageType.DISCOVER, MessageType.OFFER, "proxy", BOOTS, None,
    f"{TOKEN}/ipxe.efi", sent=True,
)  # fmt: skip
GOT = Requested(Protocol.HTTP, PEER, f"/{TOKEN}/files/debian/linux", IPXE, 200, "kernel")
SENT = Transferred(
    Protocol.TFTP, PEER, f"{TOKEN}/ipxe.efi", MAC1, 1_000_000, 1_000_000, 0.5, "done"
)
ENDED = Ended(
    CLIENT, "node1", "debian", "stopped", "tftp-blocked", "TFTP: x\x1b[2J was sent", "look", NOW,
    NOW + 12.5, (Mark(NOW, Step.NBP, State.LOADED, path="x\x1b[2J", size=5, sent=5),),
)  # fmt: skip

LINES = [
    (
        replace(SENT, is_piece=True, detail="bytes=5-6"),
        "TFTP      52:54:00:77:00:01  -               "
        "done  ipxe.efi  1.0 MB in 0.5 s  2.0 MB/s  bytes=5-6",
    ),
    (
        Mirrored("https://x/linux", "fetching", 10_000_000, 0.0),
        "mirror    fetching https://x/linux  10.0 MB",
    ),
    (
        Mirrored("https://x/linux", "fetched", 10_000_000, 2.0, "signed by 00ff"),
        "mirror    fetched https://x/linux  10.0 MB in 2.0 s  5.0 MB/s  signed by 00ff",
    ),
    (
        Mirrored("https://x/linux", "failed", None, 0.5, "https://x/linux: status 503", "wait"),
        "mirror    failed  https://x/linux: status 503",
    ),
    (
        Mirrored("https://x/\x1b[31m", "kept", None, 0.0, "https://x/\x1b[31m: status 503"),
        r"mirror    kept  https://x/\x1b[31m: status 503",
    ),
    (
        OFFER,
        "DISCOVER  52:54:00:77:00:01  x64-uefi        OFFER  ipxe.efi  "
        'debian by rule "known with a profile → boot"',
    ),
    (
        replace(
            OFFER, request=MessageType.REQUEST, reply=MessageType.ACK, role="dhcp", address=ADDRESS
        ),
        "REQUEST   52:54:00:77:00:01  x64-uefi        ACK  10.77.0.21  ipxe.efi  "
        'debian by rule "known with a profile → boot"',
    ),
    (
        replace(OFFER, client=Client(MAC1), role="dhcp", address=ADDRESS, bootfile=""),
        "DISCOVER  52:54:00:77:00:01  -               OFFER  10.77.0.21  node1",
    ),
    (
        replace(OFFER, sent=False),
        "DISCOVER  52:54:00:77:00:01  x64-uefi        OFFER  ipxe.efi  "
        'debian by rule "known with a profile → boot"  (shadow: not sent)',
    ),
    (
        replace(OFFER, unsigned="ipxe.efi bears no signature", hint="turn it off"),
        "DISCOVER  52:54:00:77:00:01  x64-uefi        OFFER  ipxe.efi  "
        'debian by rule "known with a profile → boot"  warning: ipxe.efi bears no signature',
    ),
    (
        Unanswered(CLIENT, MessageType.DISCOVER, "denied: unknown machine, no rule matches"),
        "DISCOVER  52:54:00:77:00:01  x64-uefi        denied: unknown machine, no rule matches",
    ),
    (
        replace(
            OFFER, request=MessageType.REQUEST, reply=MessageType.NAK, role="dhcp", bootfile="",
            problem="10.77.0.100 is not free",
        ),
        "REQUEST   52:54:00:77:00:01  x64-uefi        NAK  10.77.0.100 is not free",
    ),
    (
        Released(CLIENT, ADDRESS),
        "RELEASE   52:54:00:77:00:01  x64-uefi        gave 10.77.0.21 back",
    ),
    (
        Conflicted(CLIENT, ADDRESS, "52:54:00:99:99:99", 600.0),
        "conflict  52:54:00:77:00:01  x64-uefi        10.77.0.21 is taken: 52:54:00:99:99:99 "
        "uses it; nobody gets it for 10 min",
    ),
    (
        Conflicted(CLIENT, ADDRESS, "", 600.0),
        "DECLINE   52:54:00:77:00:01  x64-uefi        10.77.0.21 is taken: it found another "
        "host there; nobody gets it for 10 min",
    ),
    (
        PoolFull("10.77.0.100-10.77.0.199 of 10.77.0.0/24", CLIENT),
        "warning   the pool 10.77.0.100-10.77.0.199 of 10.77.0.0/24 is full: "
        "52:54:00:77:00:01 got no address",
    ),
    (
        Looped(CLIENT, "ipxe.efi", 5, 120.0),
        "loop      52:54:00:77:00:01  x64-uefi        has loaded ipxe.efi 5 times in 120 s: "
        "it gets a script that says so",
    ),
    (
        Overheard(MAC1, FOREIGN, MessageType.OFFER, ADDRESS, Offering.BARE),
        "overheard 52:54:00:77:00:01  -               OFFER 10.77.0.21 by 10.77.0.2: "
        "PXEClient without option 43",
    ),
    (
        replace(ENDED, outcome="booted", cause="", slow="its switch port waits"),
        "boot      52:54:00:77:00:01  x64-uefi        has booted debian in 12.5 s  "
        "slow: its switch port waits",
    ),
    (
        replace(ENDED, outcome="handed over", cause=""),
        "boot      52:54:00:77:00:01  x64-uefi        went on by its script after 12.5 s: "
        "pxectl sees no more of it",
    ),
    (
        ENDED,
        "stopped   52:54:00:77:00:01  x64-uefi        TFTP: x\\x1b[2J was sent",
    ),
    (
        replace(ENDED, outcome="denied"),
        "boot      52:54:00:77:00:01  x64-uefi        denied",
    ),
    (
        Dropped("dhcp", "10.77.0.9", "eth0", "option 43 claims 9 octets, 2 are left", 240),
        "DHCP      10.77.0.9          -               dropped: option 43 claims 9 octets, "
        "2 are left (240 octets)  via eth0",
    ),
    (GOT, "GET       52:54:00:77:00:01  ipxe x64-uefi   kernel  files/debian/linux"),
    (
        replace(GOT, client=None, status=403, reason="the token is made up", path="/x"),
        "GET       10.77.0.130        -               403  x  the token is made up",
    ),
    (
        SENT,
        "TFTP      52:54:00:77:00:01  -               done  ipxe.efi  1.0 MB in 0.5 s  2.0 MB/s",
    ),
    (
        replace(SENT, outcome="size probe", sent=0),
        "TFTP      52:54:00:77:00:01  -               size probe  ipxe.efi",
    ),
    (
        replace(SENT, outcome="timed out", sent=1428, detail="blksize 1428"),
        "TFTP      52:54:00:77:00:01  -               timed out  ipxe.efi  after 1 kB of 1.0 MB  "
        "blksize 1428",
    ),
    (
        Ready(("proxyDHCP 67 4011", "HTTP 8080"), ("x86-bios", "x64-uefi")),
        "ready     proxyDHCP 67 4011   HTTP 8080   iPXE for x86-bios x64-uefi",
    ),
    (
        Switched("tftp", False, "pxectl ctl", ("DHCP 67 4011", "HTTP 8080"), ("dhcp", "http")),
        "switched  TFTP off, by pxectl ctl: now DHCP 67 4011   HTTP 8080",
    ),
    (
        Switched("http", False, "a key", (), ()),
        "switched  HTTP off, by a key: now nothing is served",
    ),
    (Reloaded(("machine node1 added",)), "reloaded  machine node1 added"),
    (
        Redecided("node1", "boots a", "boots b", ("profile",), "node1: boots a → boots b"),
        "decides   node1: boots a → boots b",
    ),
    (Warned("something", "mend it"), "warning   something"),
    (Told("running as proxyDHCP"), "note      running as proxyDHCP"),
]  # fmt: skip


@pytest.mark.parametrize(("event", "line"), LINES, ids=[row[1][:40] for row in LINES])
def test_each_event_has_its_line(event, line):
    assert str(describe(event)) == line


def test_size_probe_is_no_failure():
    """EDK2 asks for the size and ends with ERROR 8 (netboot.md 2.2)."""
    assert describe(replace(SENT, outcome="size probe")).level is Level.PLAIN


def test_expected_miss_is_quiet():
    miss = replace(GOT, path=f"{TOKEN}/autoexec.ipxe", status=404, reason="no such file")

    assert describe(miss).level is Level.QUIET


@pytest.mark.parametrize(
    ("path", "status", "level"),
    [
        ("bootsig.bin", 404, Level.QUIET),
        ("5b154510/recovery.elf", 404, Level.QUIET),
        ("5b154510/start4.elf", 404, Level.BAD),
        ("config.txt", 404, Level.BAD),
        ("bootsig.bin", 403, Level.BAD),
    ],
)
def test_what_a_raspberry_pi_does_without_is_quiet(path, status, level):
    """It asks for dozens of names that nobody has (netboot.md 2.6)."""
    pi = replace(CLIENT, firmware=Firmware.RPI)
    miss = replace(GOT, path=path, client=pi, status=status, reason="no such file")

    assert describe(miss).level is level
    assert describe(replace(miss, client=CLIENT)).level is Level.BAD


def test_what_nobody_expects_an_answer_to_is_quiet():
    event = Unanswered(CLIENT, MessageType.REQUEST, "the DHCP server's to answer", quiet=True)

    assert describe(event).level is Level.QUIET


@pytest.mark.parametrize(
    "event",
    [
        replace(GOT, path="/\x1b[2J[red]"),
        Dropped("tftp", "\x1b]0;x\x07", "eth0", "\x1b[31m", 1),
        Unanswered(CLIENT, None, "\x1b[31m", "\x1b[31m"),
        replace(SENT, path="\x1b[2J", detail="\x1b[2J"),
    ],
)
def test_no_text_of_the_network_reaches_a_terminal_raw(event):
    line = describe(event)

    assert "\x1b" not in str(line)
    assert "\x1b" not in line.hint


@pytest.mark.parametrize(
    ("path", "short"),
    [
        (f"{TOKEN}/ipxe.efi", "ipxe.efi"),
        (f"/{TOKEN}/files/a/b", "files/a/b"),
        (f"http://10.77.0.1:8080/{TOKEN}/boot.ipxe", "http://10.77.0.1:8080/boot.ipxe"),
        ("https://boot.netboot.xyz", "https://boot.netboot.xyz"),
        ("\\x\\y", "x/y"),
    ],
)
def test_short_path_leaves_the_token_out(path, short):
    assert short_path(path) == short
