import pytest

from pxectl.boot.profile import Profile
from pxectl.errors import ConfigError
from pxectl.store.profiles import KINDS, is_url, read_profiles
from pxectl.wire.iana import Arch

RAW = {
    "kernel": "linux",
    "script": "a.ipxe",
    "chain": "http://x/{{ vars.a }}",
    "nbp": {"x64-uefi": "a.efi"},
    "iso": "a.iso",
    "rpi": "rpi/bookworm",
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_profile_is_one_of_its_kinds(kind):
    value = {Arch.X64_UEFI: "a.efi"} if kind == "nbp" else RAW[kind]
    expected = {"a": Profile("a", **{kind: value})}
    assert read_profiles({"a": {kind: RAW[kind]}}, "f: profile") == expected


@pytest.mark.parametrize(
    "kinds",
    [(a, b) for a in KINDS for b in KINDS if a < b and (a, b) != ("kernel", "nbp")]
    + [(), ("kernel", "script", "nbp")],
)
def test_a_profile_is_exactly_one_kind(kinds):
    with pytest.raises(ConfigError, match=r"profile\.a has"):
        read_profiles({"a": {kind: RAW[kind] for kind in kinds}}, "f: profile")


@pytest.mark.parametrize(
    "raw", [{"kernel": "k", "initrd": "i"}, {"installer": "debian"}], ids=["kernel", "installer"]
)
def test_a_boot_loader_stands_beside_what_it_loads(raw):
    profile = read_profiles({"a": {**raw, "nbp": RAW["nbp"]}}, "f: profile")["a"]

    assert profile.has_loader
    assert not profile.is_program
    assert profile.nbp == {Arch.X64_UEFI: "a.efi"}


def test_a_boot_loader_loads_no_script_of_ipxe():
    with pytest.raises(ConfigError, match="nbp"):
        read_profiles({"a": {"installer": "shell", "nbp": RAW["nbp"]}}, "f: profile")


def test_one_initrd_and_one_word_need_no_list():
    raw = {"a": {"kernel": "k", "initrd": "i", "cmdline": "quiet"}}
    assert read_profiles(raw, "f: profile")["a"] == Profile("a", "k", ("i",), ("quiet",))


def test_a_folder_for_raspberry_pis_has_templates_and_words():
    raw = {"rpi": "pi/", "config_txt": "a.txt", "cmdline_txt": "b.txt", "cmdline": ["quiet"]}

    profile = read_profiles({"a": raw}, "f: profile")["a"]

    assert profile == Profile(
        "a", rpi="pi", config_txt="a.txt", cmdline_txt="b.txt", cmdline=("quiet",)
    )


@pytest.mark.parametrize("key", ["config_txt", "cmdline_txt"])
def test_what_is_for_raspberry_pis_stands_with_their_folder(key):
    with pytest.raises(ConfigError, match=rf"a\.{key} is for Raspberry Pis"):
        read_profiles({"a": {"kernel": "k", key: "t"}}, "f: profile")


@pytest.mark.parametrize("path", ["/srv/pi", "../pi", "a\\b"])
def test_a_folder_for_raspberry_pis_is_below_files(path):
    with pytest.raises(ConfigError, match="not below files/"):
        read_profiles({"a": {"rpi": path}}, "f: profile")


@pytest.mark.parametrize(("text", "url"), [("http://x/a", True), ("a/b", False), ("c:d", False)])
def test_a_url_has_a_scheme(text, url):
    assert is_url(text) is url
