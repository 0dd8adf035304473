from dataclasses import replace

import pytest

from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import decide
from pxectl.boot.profile import Profile
from pxectl.boot.recipe import Recipe
from pxectl.boot.rules import Action, Rule, Rules
from pxectl.boot.script import script_for
from pxectl.errors import PxectlError
from pxectl.store.recipes import recipe_names
from pxectl.wire.iana import Arch
from tests.builders import MAC1, NOW, machine, site
from tests.installers import GOLDEN, URLS, golden

EFI = Client(MAC1, Arch.X64_UEFI, Firmware.IPXE)
BIOS = replace(EFI, arch=Arch.X86_BIOS)
ARM = replace(EFI, arch=Arch.ARM64_UEFI)
RECIPE = Recipe(
    "toy",
    "a toy",
    settings={"release": "1", "mirror": "http://m/{{ release }}", "flags": ["a", "{{ name }}"]},
    words={"x64": {"name": "amd64"}},
    kernel="{{ mirror }}/{{ name }}/linux",
    initrd=("{{ mirror }}/initrd", "{{ 'more' if release == '2' else '' }}"),
    cmdline=("first", "{{ '' if efi else 'bios' }}", "{{ flags | join(',') }}"),
)


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_comes_to_what_was_looked_at(name):
    """`python -m tests.installers` writes what it comes to now."""
    assert golden(name) == (GOLDEN / f"{name}.txt").read_text()


def script(profile, client=EFI, rules=(), **changes):
    node = machine(profile="p", **changes)
    profiles = {"p": profile}
    here = site(profiles=(profile,), machines=(node,))
    return script_for(client, decide(client, node, Rules(rules, profiles), NOW), here, URLS)


def toy(**changes):
    return Profile("p", **({"recipe": RECIPE} | changes))


def kernel(text):
    [line] = [line for line in text.splitlines() if line.startswith("kernel ")]
    return line.removeprefix("kernel ").removesuffix(" || goto failed").split()


def test_settings_are_filled_in_their_order():
    assert kernel(script(toy())) == [
        "http://m/1/amd64/linux", "initrd=initrd.img", "first", "a,amd64"
    ]  # fmt: skip


def test_what_a_profile_sets_comes_before_the_default():
    text = script(toy(settings={"release": "2", "flags": "x{{ release }}"}), BIOS)

    assert kernel(text) == ["http://m/2/amd64/linux", "first", "bios", "x,2"]
    assert "initrd --name initrd1.img http://10.77.0.1:8080/TOKEN/files/more ||" in text


def test_kernel_and_initrd_of_a_profile_come_instead_of_the_recipes():
    text = script(toy(kernel="own/{{ name }}", initrd=("own.img",)))

    assert kernel(text)[0] == "http://10.77.0.1:8080/TOKEN/files/own/amd64"
    assert "http://m/1/initrd" not in text
    assert "files/own.img" in text


def test_the_nearest_word_of_the_command_line_stands_last():
    rule = Rule("r", (), Action.BOOT, "p", cmdline=("rule={{ release }}",))

    text = script(toy(cmdline=("profile",)), BIOS, (rule,), vars={"cmdline": ["own", "last"]})

    assert kernel(text)[-4:] == ["profile", "rule=1", "own", "last"]


def test_a_recipe_may_be_lines_of_a_script():
    recipe = replace(RECIPE, kernel="", script="kernel x{{ cmdline }}\nboot\n")

    text = script(toy(recipe=recipe, cmdline=("quiet",)))

    assert "\nkernel x quiet\nboot\n:failed\n" in text


def test_what_a_setting_renders_to_is_not_rendered_again():
    profile = toy(settings={"flags": "{{ '{{' }} 1 }}"})

    assert "{{ 1 }}" in script(profile).replace(",", "")


def test_a_processor_that_it_is_not_for_is_told():
    with pytest.raises(PxectlError) as told:
        script(toy(), ARM)

    assert "installer `toy` has nothing for ipxe arm64-uefi" in told.value.message
    assert "x64" in told.value.hint


@pytest.mark.parametrize(
    ("settings", "what"),
    [({"mirror": "{{ nope }}"}, "profile p: mirror"), ({"flags": "{% x"}, "profile p: flags")],
)
def test_a_setting_that_does_not_render_is_named(settings, what):
    with pytest.raises(PxectlError) as told:
        script(toy(settings=settings))

    assert what in told.value.message
