from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.answer import Fetched, File, Refusal, Text
from pxectl.boot.arrival import Protocol
from pxectl.boot.check import UNCHECKED, Check
from pxectl.boot.client import Client, Firmware
from pxectl.boot.conditions import parse_match
from pxectl.boot.machine import Netboot
from pxectl.boot.mirrored import Seal
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Deny, Quirks
from pxectl.boot.route import missing, route
from pxectl.boot.rules import Action, Rule
from pxectl.boot.site import Mirroring
from pxectl.boot.token import PERIOD, make_token
from pxectl.boot.urls import urls_for
from pxectl.boot.visits import Visits
from pxectl.store.recipes import find_recipe
from pxectl.wire.iana import Arch
from tests.builders import MAC1, NOW, STRANGER, asked, machine, site

DENY = Rule("no", (), Action.DENY)
EVERYONE = Rule("everyone", (), Action.BOOT, "debian")


def token(mac=MAC1, now=NOW):
    return make_token(site().secret, mac, now)


def ask(path, site_=None, visits=None, protocol=Protocol.HTTP, now=NOW):
    visits = Visits() if visits is None else visits
    return route(asked(path, protocol), site_ or site(), visits, now)


@pytest.mark.parametrize(
    ("name", "answer", "what"),
    [
        ("ipxe.efi", File("/lib/ipxe", "ipxe.efi", "application/efi"), "nbp"),
        ("undionly.kpxe", File("/lib/ipxe", "undionly.kpxe"), "nbp"),
        ("files/debian/linux", File("/srv/files", "debian/linux"), "kernel"),
        ("files/debian/initrd.gz", File("/srv/files", "debian/initrd.gz"), "initrd"),
        ("files/other", File("/srv/files", "other"), "file"),
        ("files/x.EFI", File("/srv/files", "x.EFI", "application/efi"), "file"),
    ],
)
@pytest.mark.parametrize("protocol", Protocol)
def test_a_machine_that_may_boot_gets_its_files_over_both_protocols(name, answer, what, protocol):
    routed = ask(f"{token()}/{name}", protocol=protocol)

    assert routed.answer == answer
    assert (routed.event.status, routed.event.what) == (200, what)


@pytest.mark.parametrize("spelling", ["/{}", "//{}", "\\{}", "{}", "/./{}", "\\\\{}"], ids=repr)
def test_spellings_of_firmware_lead_to_the_same_file(spelling):
    routed = ask(spelling.format(f"{token()}/files//debian\\linux"))

    assert routed.answer == File("/srv/files", "debian/linux")


@pytest.mark.parametrize(
    "path",
    [
        "{}/files/../secret",
        "{}\\..\\..\\etc\\passwd",
        "../x",
        "/..",
        "{}/files/\x1b/../x",
    ],
    ids=repr,
)
def test_paths_out_of_the_served_folder_are_refused(path):
    routed = ask(path.format(token()))

    assert routed.answer == Refusal(403, "the path leaves the served folder")
    assert routed.event.status == 403


@pytest.mark.parametrize("name", ["files/a\0b", "files/\x1b[2J", "templates/\x07", "\x1b"])
def test_what_nobody_can_read_is_not_there(name):
    """Not "access violation": shim 16 asks for its usual second stage only on "not found"."""
    assert ask(f"{token()}/{name}").answer == Refusal(404, "no such file")


SHIM = Profile(
    "debian", kernel="debian/linux", nbp={Arch.X64_UEFI: "signed/shimx64.efi"}
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("files/signed//grubx64.efi", "signed/grubx64.efi"),
        ("files/signed/revocations_sku.efi", "signed/revocations_sku.efi"),
        ("files/signed/grubx64.efi\xff\xff", "signed/grubx64.efi"),
        ("files/signed/shimx64.efi\x00\x01", "signed/shimx64.efi"),
        ("grubx64.efi", "signed/grubx64.efi"),
        ("EFI/BOOT/GRUBX64.EFI", "signed/GRUBX64.EFI"),
        ("EFI\\BOOT\\mmx64.efi", "signed/mmx64.efi"),
        ("shim_certificate_0.efi", "signed/shim_certificate_0.efi"),
        ("files/signed/\xeaOnboard NIC (IPV4)", "signed/grubx64.efi"),
        ("files/signed/\x01Onboard", "signed/grubx64.efi"),
        ("\xeaUSB", "signed/grubx64.efi"),
    ],
    ids=repr,
)
def test_the_names_of_shim_lead_to_what_lies_beside_it(name, file):
    shim = site(profiles=(SHIM,))
    visits = Visits()
    visits.note(Client(MAC1, Arch.X64_UEFI, Firmware.UEFI), NOW)

    routed = ask(f"/{token()}/{name}", shim, visits)

    assert (routed.event.status, routed.answer.name) == (200, file)
    assert routed.answer.root == "/srv/files"


@pytest.mark.parametrize("name", ["files/other/\xeaOnboard", "files/signed/\x01", "\x01"])
def test_junk_is_nothing_where_no_shim_of_the_profile_lies(name):
    other = replace(SHIM, nbp={})

    routed = ask(f"{token()}/{name}", site(profiles=(other,)))

    assert not isinstance(routed.answer, File) or routed.answer.name == "other/\xeaOnboard"


@pytest.mark.parametrize(
    ("path", "is_written"),
    [
        ("grub/grub.cfg", True),
        ("files/signed/grub.cfg", True),
        ("files/signed/grub.cfg-01-52-54-00-77-00-01", True),
        ("files/debian/grub.cfg", False),
    ],
)
def test_grub_beside_shim_reads_what_the_profile_says(path, is_written):
    """Fedora's asks beside itself, Debian's at the root."""
    visits = Visits()
    visits.note(Client(MAC1, Arch.X64_UEFI, Firmware.UEFI), NOW)

    routed = ask(f"{token()}/{path}", site(profiles=(SHIM,)), visits)

    assert isinstance(routed.answer, Text if is_written else File)


def test_a_boot_loader_is_no_boot_and_a_program_is():
    visits, client = Visits(), Client(MAC1, Arch.X64_UEFI, Firmware.UEFI)
    for profile, what, counts in ((SHIM, "loader", 0), (replace(SHIM, kernel=""), "nbp", 1)):
        site_ = site(profiles=(profile,))
        visits.note(client, NOW)
        routed = ask(f"{token()}/files/signed/shimx64.efi", site_, visits)

        assert routed.event.what == what
        assert site_.boots.of(client, machine()) == counts


@given(st.text(max_size=80))
def test_no_made_up_path_is_served(path):
    assert isinstance(ask(path).answer, Refusal)


@given(st.text(max_size=60))
def test_no_name_behind_a_token_leaves_the_served_folder(name):
    answer = ask(f"{token()}/files/{name}").answer

    if isinstance(answer, File):
        assert ".." not in answer.name.split("/")
        assert not answer.name.startswith("/")
        assert "\0" not in answer.name


def test_script_is_made_for_the_client():
    routed = ask(f"{token()}/boot.ipxe")

    assert isinstance(routed.answer, Text)
    text = routed.answer.body.decode()
    assert text.startswith("#!ipxe\n")
    assert f"http://10.77.0.1:8080/{token()}/files/debian/linux" in text
    assert routed.event.what == "script"


@pytest.mark.parametrize("name", ["boot.ipxe", "ipxe.efi", "files/debian/linux"])
@pytest.mark.parametrize("protocol", Protocol)
def test_a_denied_machine_gets_nothing_over_any_protocol(name, protocol):
    routed = ask(f"{token()}/{name}", site(site().serving.dhcp, DENY), protocol=protocol)

    assert routed.answer == Refusal(403, 'denied by rule "no"')


def test_an_unknown_machine_gets_nothing_and_the_log_says_what_lets_it_in():
    routed = ask(f"{token(STRANGER)}/ipxe.efi")

    assert isinstance(routed.answer, Refusal)
    assert f"pxectl hardware add {STRANGER}" in routed.event.hint


def test_expired_token_is_refused():
    routed = ask(f"{token(now=NOW - 3 * PERIOD)}/boot.ipxe")

    assert routed.answer == Refusal(403, "the token in the path is expired or made up")


def test_path_without_token_is_nobodys():
    routed = ask("/ipxe.efi")

    assert isinstance(routed.answer, Refusal)
    assert routed.event.hint.startswith("nothing tells its MAC")


def test_path_without_token_is_served_where_everybody_may_boot():
    assert isinstance(ask("/ipxe.efi", site(site().serving.dhcp, EVERYONE)).answer, File)


def test_local_machine_gets_a_script_that_leaves_and_no_file():
    local = site(machines=(machine(netboot=Netboot.NEVER),))

    script = ask(f"{token()}/boot.ipxe", local).answer
    file = ask(f"{token()}/files/debian/linux", local).answer

    assert isinstance(script, Text)
    assert b"exit" in script.body
    assert b"kernel" not in script.body
    assert isinstance(file, Refusal)


def test_denied_machine_gets_a_script_only_where_the_quirk_says_so():
    rule = replace(DENY, quirks=Quirks(deny=Deny.SCRIPT))

    answer = ask(f"{token()}/boot.ipxe", site(site().serving.dhcp, rule)).answer

    assert isinstance(answer, Text)
    assert b"denied" in answer.body


def test_autoexec_is_a_quick_no():
    assert ask(f"{token()}/autoexec.ipxe").answer == Refusal(404, "no such file")


def test_paths_are_decided_on_what_the_client_said_over_dhcp():
    rule = Rule("arm", parse_match({"arch": "arm64-uefi"}, "test"), Action.BOOT, "debian")
    arm_only = site(site().serving.dhcp, rule, DENY)
    visits = Visits()
    before = ask(f"{token()}/boot.ipxe", arm_only, visits).answer
    visits.note(Client(MAC1, Arch.ARM64_UEFI, Firmware.UEFI), NOW)

    after = ask(f"{token()}/boot.ipxe", arm_only, visits).answer

    assert isinstance(before, Refusal)
    assert isinstance(after, Text)


def test_named_file_is_found_outside_of_files():
    adhoc = Profile("adhoc", kernel="adhoc-linux")
    named = site(machines=(machine(profile="adhoc"),), profiles=(adhoc,),
                 named_files={"adhoc-linux": "/boot/vmlinuz"})  # fmt: skip

    routed = ask(f"{token()}/named/adhoc-linux", named)

    assert routed.answer == File("/boot", "vmlinuz")
    assert routed.event.what == "kernel"


def test_template_is_rendered_for_its_machine():
    text = "{{ machine.name }} {{ vars.disk }} {{ urls.script }}\n"
    has_disk = machine(vars={"disk": "/dev/sda"})
    texts = site(machines=(has_disk,), templates={"ks.cfg": text})

    answer = ask(f"{token()}/templates/ks.cfg", texts).answer

    assert answer == Text(f"node1 /dev/sda http://10.77.0.1:8080/{token()}/boot.ipxe\n".encode())


def test_template_that_does_not_render_says_where():
    texts = site(templates={"ks.cfg": "one\n{{ nothing }}\n"})

    routed = ask(f"{token()}/templates/ks.cfg", texts)

    assert routed.event.status == 500
    assert "ks.cfg, line 2" in routed.event.reason
    assert "nothing" in routed.event.reason


def test_file_that_is_not_there_is_a_404_in_the_log_too():
    routed = missing(ask(f"{token()}/files/nothing"))

    assert routed.answer == Refusal(404, "no such file")
    assert (routed.event.status, routed.event.what) == (404, "")


def test_largest_block_of_a_machine_is_passed_on():
    small = site(machines=(machine(quirks=Quirks(blksize=512)),))

    assert ask(f"{token()}/ipxe.efi", small).blksize == 512


def esxi_site():
    profile = Profile("esxi", recipe=find_recipe("vmware-esxi", ""))
    return site(profiles=(profile,), machines=(machine(profile="esxi"),))


def test_boot_cfg_of_esxi_names_where_this_machine_finds_its_modules():
    routed = ask(f"{token()}/esxi/esxi/8.0/boot.cfg", esxi_site())

    assert (routed.answer.root, routed.answer.name) == ("/srv/files", "esxi/8.0/boot.cfg")
    assert routed.answer.edit(b"kernel=/b.b00\n").decode() == (
        f"prefix=http://10.77.0.1:8080/{token()}/files/esxi/8.0\nkernel=b.b00\n"
    )


@pytest.mark.parametrize("name", ["esxi/esxi/8.0/b.b00", "esxi/boot.cfgs", "esxi/../boot.cfg"])
def test_no_other_file_is_edited(name):
    assert isinstance(ask(f"{token()}/{name}", esxi_site()).answer, Refusal)


def test_files_of_a_recipe_are_known_by_what_they_are():
    profile = Profile(
        "d", recipe=find_recipe("debian", ""), settings={"images": "d-i/{{ debian }}"}
    )
    here = site(profiles=(profile,), machines=(machine(profile="d"),))
    visits = Visits()
    visits.note(Client(MAC1, Arch.X64_UEFI, Firmware.IPXE), NOW)

    whats = [
        ask(f"{token()}/files/d-i/{name}", here, visits).event.what
        for name in ("amd64/linux", "amd64/initrd.gz", "arm64/linux")
    ]

    assert whats == ["kernel", "initrd", "file"]


def test_a_recipe_that_is_not_for_a_machine_keeps_no_file_from_it():
    profile = Profile("m", recipe=find_recipe("memtest", ""))
    here = site(profiles=(profile,), machines=(machine(profile="m"),))
    visits = Visits()
    visits.note(Client(MAC1, Arch.ARM64_UEFI, Firmware.IPXE), NOW)

    routed = ask(f"{token()}/files/other", here, visits)

    assert (routed.event.status, routed.event.what) == (200, "file")
    assert ask(f"{token()}/boot.ipxe", here, visits).event.status == 500


ONCE = site(machines=(machine(netboot=Netboot.ONCE),), templates={"ks": "x"})
OVER = site(machines=(machine(netboot=Netboot.NEVER),), templates={"ks": "x"})


@pytest.mark.parametrize("name", ["files/debian/linux", "files/packages", "templates/ks"])
def test_what_boots_once_is_installed_to_the_end(name):
    visits = Visits()
    before = ask(f"{token()}/{name}", OVER, visits).answer
    ask(f"{token()}/boot.ipxe", ONCE, visits)

    assert isinstance(before, Refusal)
    assert not isinstance(ask(f"{token()}/{name}", OVER, visits).answer, Refusal)


def test_what_booted_once_boots_its_disk_the_next_time():
    visits = Visits()
    ask(f"{token()}/boot.ipxe", ONCE, visits)

    script = ask(f"{token()}/boot.ipxe", OVER, visits).answer
    program = ask(f"{token()}/ipxe.efi", OVER, visits).answer
    visits.note(Client(MAC1, firmware=Firmware.UEFI), NOW)
    file = ask(f"{token()}/files/debian/linux", OVER, visits).answer

    assert b"kernel" not in script.body
    assert isinstance(program, Refusal)
    assert isinstance(file, Refusal)


def test_asking_for_the_script_again_does_not_end_an_installation():
    visits = Visits()
    ask(f"{token()}/boot.ipxe", ONCE, visits)

    ask(f"{token()}/boot.ipxe", OVER, visits)
    route(replace(asked("ipxe"), neighbour=MAC1), OVER, visits, NOW)

    assert not isinstance(ask(f"{token()}/files/packages", OVER, visits).answer, Refusal)


def test_a_rule_that_denies_comes_before_a_boot_under_way():
    visits = Visits()
    ask(f"{token()}/boot.ipxe", ONCE, visits)
    denied = site(site().serving.dhcp, DENY, machines=OVER.inventory.machines)

    assert isinstance(ask(f"{token()}/files/debian/linux", denied, visits).answer, Refusal)


KERNEL, INITRD = "https://x/d/linux", "https://x/d/initrd.gz"
ELSEWHERE = Profile(
    "debian", kernel=KERNEL, initrd=(INITRD,), checks={"linux": Check("0"), "*": Check(sums="S")}
)


def mirrored(url, mac=MAC1):
    return Seal(site().secret, mac).path(url)


@pytest.mark.parametrize(
    ("url", "check", "what"),
    [
        (KERNEL, Check("0"), "kernel"),
        (INITRD, Check(sums="S"), "initrd"),
        ("https://x/root.squashfs", Check(sums="S"), "file"),
    ],
)
@pytest.mark.parametrize("protocol", Protocol)
def test_a_url_that_was_told_is_fetched_and_checked(url, check, what, protocol):
    site_ = site(profiles=(ELSEWHERE,))
    routed = ask(f"{token()}/{mirrored(url)}", site_, protocol=protocol)

    assert routed.answer == Fetched(url, check)
    assert routed.event.what == what


def test_a_profile_without_checks_takes_what_comes():
    assert ask(f"{token()}/{mirrored(KERNEL)}").answer == Fetched(KERNEL, UNCHECKED)


@pytest.mark.parametrize(
    "path",
    [
        f"{token()}/{mirrored(KERNEL, STRANGER)}",
        f"{token()}/mirror/aaaaaaaaaaaaaaaa/http/169.254.169.254/secret",
        f"{token()}/mirror/http/x/y",
        f"{token()}/mirror/",
        mirrored(KERNEL),
    ],
)
def test_nobody_makes_us_fetch_what_was_not_told_to_him(path):
    assert ask(path).answer.status == 403


def test_a_denied_machine_is_fetched_nothing():
    site_ = site(site().serving.dhcp, DENY)

    assert ask(f"{token()}/{mirrored(KERNEL)}", site_).answer.status == 403


def test_with_the_mirror_off_nothing_is_fetched():
    site_ = replace(site(), mirroring=Mirroring(enabled=False))

    assert ask(f"{token()}/{mirrored(KERNEL)}", site_).answer.status == 404


def test_a_shim_of_another_server_has_its_second_stage_there():
    """Its seal is for the shim alone: the name beside it was told to nobody."""
    away = replace(SHIM, nbp={Arch.X64_UEFI: "https://deb.example/signed/shimx64.efi"})
    site_, visits = site(profiles=(away,)), Visits()
    client = Client(MAC1, Arch.X64_UEFI, Firmware.UEFI)
    visits.note(client, NOW)
    told = urls_for(client, asked("").address, site_, NOW).name(away.nbp[Arch.X64_UEFI])
    folder = told.rpartition("/")[0]

    routed = ask(f"{token()}/{folder}/grubx64.efi", site_, visits)

    assert routed.answer == Fetched(
        "https://deb.example/signed/grubx64.efi", UNCHECKED, "application/efi"
    )
    assert ask(f"{token()}/{folder}/other.efi", site_, visits).event.status == 403
