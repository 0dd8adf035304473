import tomllib

import pytest

from pxectl.boot.profile import Profile
from pxectl.boot.template import render
from pxectl.errors import ConfigError
from pxectl.store.exchange.blocks import Shelf, blocks, known_profiles
from pxectl.store.profiles import read_profiles

CHAIN = Profile("boot-netboot-xyz", chain="https://boot.netboot.xyz")
HOOK = Profile("hook", kernel="http://b/v", initrd=("http://b/i",), cmdline=("a", "{{ '{' }}{"))
SCRIPT = Profile("ipxe", script_text='#!ipxe\necho {{ "a" }}\n')


def test_one_profile_serves_all_that_boot_the_same():
    shelf = Shelf({})
    names = [
        shelf.name(profile) for profile in (CHAIN, HOOK, CHAIN, Profile("x", chain=CHAIN.chain))
    ]

    assert names == ["boot-netboot-xyz", "hook", "boot-netboot-xyz", "boot-netboot-xyz"]
    assert shelf.new == [CHAIN, HOOK]


def test_what_the_site_has_under_another_name_is_not_new():
    shelf = Shelf({"xyz": Profile("xyz", chain=CHAIN.chain)})
    assert shelf.name(CHAIN) == "xyz"
    assert shelf.new == []


def test_a_name_that_is_taken_is_counted_on():
    shelf = Shelf({"hook": Profile("hook", kernel="linux")})
    assert [shelf.name(HOOK), shelf.name(Profile("hook", chain="http://x"))] == ["hook-2", "hook-3"]


@pytest.mark.parametrize("profile", [CHAIN, HOOK, Profile('a "b"', chain="http://x")])
def test_a_block_is_what_the_site_reads(profile):
    [block] = blocks([profile])
    assert read_profiles(tomllib.loads(block.toml)["profile"], "f") == {profile.name: profile}
    assert (block.template, block.text) == ("", "")


def test_a_script_is_a_template_that_renders_to_it():
    [block] = blocks([SCRIPT])
    assert tomllib.loads(block.toml) == {"profile": {"ipxe": {"script": "ipxe.ipxe"}}}
    assert block.template == "ipxe.ipxe"
    assert render("t", block.text, {}, {}) == SCRIPT.script_text


def test_no_template_is_to_be_put_elsewhere():
    [block] = blocks([Profile("../../etc/x", script_text="#!ipxe\n")])
    assert block.template == "etc-x.ipxe"


def test_the_profiles_of_a_site_are_known_with_their_plain_scripts(tmp_path):
    assert known_profiles(tmp_path) == {}
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/a.ipxe").write_text("#!ipxe\nshell\n")
    (tmp_path / "templates/b.ipxe").write_text("#!ipxe\n{{ machine.name }}\n")
    (tmp_path / "templates/d.ipxe").write_text(blocks([SCRIPT])[0].text)
    scripts = "".join(f"[profile.{name}]\nscript = '{name}.ipxe'\n" for name in "abcd")
    (tmp_path / "pxectl.toml").write_text(scripts)

    assert known_profiles(tmp_path) == {
        "a": Profile("a", script_text="#!ipxe\nshell\n"),
        "b": Profile("b", script="b.ipxe"),
        "c": Profile("c", script="c.ipxe"),
        "d": Profile("d", script_text=SCRIPT.script_text),
    }


def test_a_broken_file_is_told(tmp_path):
    (tmp_path / "pxectl.toml").write_text("[profile.a]\n")
    with pytest.raises(ConfigError, match=r"profile\.a has none of them"):
        known_profiles(tmp_path)
