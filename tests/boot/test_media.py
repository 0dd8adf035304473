from dataclasses import replace

import pytest

from pxectl.boot.answer import Fetched, File
from pxectl.boot.check import Check
from pxectl.boot.media import content_type
from pxectl.boot.mirrored import Seal
from pxectl.boot.profile import Profile
from pxectl.boot.route import route
from pxectl.boot.site import Mode
from pxectl.boot.token import PERIOD, make_lasting_token, make_token
from pxectl.boot.visits import Visits
from tests.builders import MAC1, NOW, STRANGER, asked, machine, site

RESCUE = Profile("debian", iso="media/rescue.iso", cmdline=("a=1", "name={{ machine.name }}"))
SECRET = site().secret
LASTING = make_lasting_token(SECRET, MAC1)
FILE = File("/srv/files", "media/rescue.iso", "application/vnd.efi-iso", cmdline="a=1 name=node1")


def ask(path, profile=RESCUE, now=NOW, **changes):
    return route(asked(path), replace(site(profiles=(profile,)), **changes), Visits(), now)


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("a.efi", "application/efi"),
        ("a.EFI", "application/efi"),
        ("a.iso", "application/vnd.efi-iso"),
        ("a.img", "application/vnd.efi-img"),
        ("linux", "application/octet-stream"),
        ("a.iso/linux", "application/octet-stream"),
    ],
)
def test_files_have_the_types_that_firmware_knows(name, type_):
    assert content_type(name) == type_


@pytest.mark.parametrize(
    "path", [f"{make_token(SECRET, MAC1, NOW)}/iso/rescue.iso", f"iso/{LASTING}/rescue.iso"]
)
def test_a_machine_and_its_bmc_get_its_image_with_its_command_line(path):
    routed = ask(path)

    assert routed.answer == FILE
    assert routed.event.what == "iso"


def test_virtual_media_stay_where_they_are_for_ever():
    assert ask(f"iso/{LASTING}/rescue.iso", now=NOW + 1000 * PERIOD).answer == FILE


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("iso/rescue.iso", 403),
        (f"iso/{make_token(SECRET, MAC1, NOW)}/rescue.iso", 403),
        (f"iso/{make_lasting_token(b'other', MAC1)}/rescue.iso", 403),
        (f"iso/{make_lasting_token(SECRET, STRANGER)}/rescue.iso", 403),
        (f"iso/{LASTING}/other.iso", 404),
        (f"iso/{LASTING}/media/rescue.iso", 404),
        (f"iso/{LASTING}/", 404),
        (f"{LASTING}/iso/rescue.iso", 403),
        (f"{LASTING}/boot.ipxe", 403),
    ],
)
def test_nobody_else_gets_it_and_the_token_is_for_nothing_else(path, status):
    assert ask(path).answer.status == status


def test_a_machine_that_may_not_boot_has_no_virtual_media_either():
    never = machine(netboot=machine().netboot.NEVER)
    site_ = site(profiles=(RESCUE,), machines=(never,))

    assert route(asked(f"iso/{LASTING}/rescue.iso"), site_, Visits(), NOW).answer.status == 404


def test_a_command_line_that_does_not_render_is_told():
    broken = replace(RESCUE, cmdline=("{{ vars.nothing }}",))

    assert ask(f"iso/{LASTING}/rescue.iso", broken).answer.status == 500


def test_an_image_of_another_server_comes_by_way_of_the_mirror():
    url = "https://x/media/rescue.iso"
    elsewhere = replace(RESCUE, iso=url, checks={"rescue.iso": Check("0")})

    assert ask(f"iso/{LASTING}/rescue.iso", elsewhere).answer == Fetched(
        url, Check("0"), "application/vnd.efi-iso", cmdline="a=1 name=node1"
    )


def test_a_file_in_an_image_of_another_server_is_a_member_of_it():
    url = "https://x/u.iso:/casper/vmlinuz"
    profile = Profile("debian", kernel=url, checks={"u.iso": Check("0")})
    path = Seal(SECRET, MAC1).path(url)
    routed = ask(f"{make_token(SECRET, MAC1, NOW)}/{path}", profile)

    assert routed.answer == Fetched("https://x/u.iso", Check("0"), member="casper/vmlinuz")
    assert routed.event.what == "kernel"


def test_over_tftp_alone_no_image_is_booted():
    site_ = site(Mode.PROXY, profiles=(RESCUE,), serving={"http": False})
    routed = route(asked(f"{make_token(SECRET, MAC1, NOW)}/boot.ipxe"), site_, Visits(), NOW)

    assert routed.answer.status == 500
    assert "over HTTP only" in routed.answer.reason


def test_ipxe_boots_the_image_as_a_disk():
    script = ask(f"{make_token(SECRET, MAC1, NOW)}/boot.ipxe").answer.body.decode()

    assert "\nsanboot --no-describe http://10.77.0.1:8080/" in script
    assert "/iso/rescue.iso || goto failed\n" in script
