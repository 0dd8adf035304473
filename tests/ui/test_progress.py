import pytest

from pxectl.boot.machine import Netboot
from pxectl.boot.profile import Profile
from pxectl.boot.underway import UnderWay
from pxectl.ui.lines import Level
from pxectl.ui.progress import row_of, trail_of
from tests.boot.timeline import sequences as s
from tests.builders import DEBIAN, MAC1, NOW, machine, site

KERNEL = UnderWay(str(MAC1), s.KERNEL, 10_000_000, 6_300_000, 2.0)
LOCAL = site(machines=(machine(netboot=Netboot.NEVER),))
PLAIN = (*s.asked_dhcp(), *s.nbp(), *s.ipxe(), *s.script())


def line_after(*events, then=0.0):
    lines, _ = s.fed(*events, then=then)
    [line] = lines
    return line


@pytest.mark.parametrize(
    ("events", "then", "step", "detail", "level"),
    [
        ((s.replied(),), 0, "OFFER", "10.77.0.21  ipxe.efi", Level.PLAIN),
        (PLAIN[:2], 0, "ACK", "10.77.0.21  ipxe.efi", Level.PLAIN),
        (PLAIN[:3], 0, "NBP", "ipxe.efi", Level.PLAIN),
        (PLAIN[:4], 0, "NBP", "ipxe.efi  1.0 MB  2.0 MB/s", Level.PLAIN),
        ((*s.asked_dhcp(), *s.nbp("size probe")), 0, "NBP", "ipxe.efi is 1.0 MB", Level.PLAIN),
        (PLAIN, 0, "script", "boot.ipxe", Level.PLAIN),
        (s.WHOLE, 0, "booted", "debian in 11.0 s", Level.GOOD),
        (PLAIN, 60, "stopped", "loaded its script and never asked for the kernel", Level.BAD),
        ((s.silence(at=site(machines=())),), 0, "denied", "unknown machine, no rule matches",
         Level.BAD),
        ((s.replied(at=LOCAL),), 0, "local", 'boots its disk by rule "netboot = "never" → local"',
         Level.PLAIN),
        ((*PLAIN, s.requested("", s.KERNEL, status=404, reason="no such file")), 0, "missing",
         "files/debian/linux  no such file", Level.BAD),
        ((*s.asked_dhcp(), *s.nbp("aborted", sent=9, detail="ERROR 0: \x1b[2J")), 0, "aborted",
         r"ipxe.efi  after 9 B of 1.0 MB  ERROR 0: \x1b[2J", Level.BAD),
    ],
)  # fmt: skip
def test_a_row_says_how_far_it_is(events, then, step, detail, level):
    row = row_of(line_after(*events, then=then), None)

    assert (row.step, row.detail, row.level) == (step, detail, level)


def test_what_is_under_way_has_its_share_rate_and_time_left():
    line = line_after(*PLAIN, s.requested("kernel", s.KERNEL))

    row = row_of(line, KERNEL)

    assert (row.step, row.detail) == ("kernel 63 %", "3.1 MB/s  1 s left  of 10.0 MB")
    assert list(trail_of(line, KERNEL))[-1] == ("kernel 63 %", Level.PLAIN)


def test_what_has_not_moved_yet_divides_by_nothing():
    still = UnderWay(str(MAC1), s.KERNEL, 10_000_000, 0, 0.0)

    assert row_of(line_after(*PLAIN), still).detail == "nothing yet  of 10.0 MB"


def test_the_trail_names_each_step_once():
    words = [word for word, _ in trail_of(line_after(*s.WHOLE), None)]

    assert words == [
        "DISCOVER", "OFFER", "NBP", "iPXE", "script", "kernel", "initrd", "booted",
    ]  # fmt: skip


def test_a_row_names_machine_and_client():
    line = line_after(s.replied(at=site(profiles=(DEBIAN, Profile("x", chain="http://x")))))

    row = row_of(line, None)

    assert (row.who, row.name, row.client, row.at) == (str(MAC1), "node1", "x64-uefi", NOW)
