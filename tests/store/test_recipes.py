import tomllib

import pytest

from pxectl.boot.recipe import CPUS
from pxectl.errors import ConfigError
from pxectl.store.profiles import read_profiles
from pxectl.store.recipes import FOLDER, find_recipe, recipe_names

KEYS = {"about", "needs", "words", "kernel", "initrd", "cmdline", "script", "settings", "templates"}
SEEN_BY_ALL = {
    "machine",
    "vars",
    "client",
    "profile",
    "urls",
    "site",
    "cpu",
    "efi",
    "cmdline",
    "booted",
}


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_is_whole(name):
    raw = tomllib.loads((FOLDER / f"{name}.toml").read_text())
    recipe = find_recipe(name, "")
    words = {word for table in recipe.words.values() for word in table}

    assert set(raw) <= KEYS
    assert recipe.about
    assert set(recipe.words) <= set(CPUS)
    assert bool(recipe.kernel) != bool(recipe.script)
    assert set(recipe.needs) <= set(recipe.settings)
    assert not SEEN_BY_ALL & ({*recipe.settings} | words)
    assert not {*recipe.settings} & {"installer", "kernel", "initrd", *words}
    assert all(
        template.split("/")[0] in (name, name.split(".")[0]) for template in recipe.templates
    )


def profile(**table):
    return read_profiles({"p": table}, "pxectl.toml: profile")["p"]


def test_a_profile_sets_what_it_will():
    made = profile(installer="flatcar", channel="beta", autologin=True, cmdline=["quiet"])

    assert made.recipe is find_recipe("flatcar", "")
    assert made.settings == {"channel": "beta", "autologin": True}
    assert made.cmdline == ("quiet",)


@pytest.mark.parametrize(
    ("table", "message", "hint"),
    [
        ({"installer": "flatcr"}, "p.installer: there is no installer `flatcr`", "`flatcar`"),
        ({"installer": "flatcar", "chanel": "x"}, "p.chanel: there is no such key", "`channel`"),
        ({"installer": "flatcar", "chain": "http://x"}, "p.chain: there is no such key", ""),
        ({"installer": "shell", "kernel": "x"}, "p.kernel: there is no such key", ""),
        ({"installer": "custom-ipxe"}, "`custom-ipxe` needs url or text", 'url = "…"'),
        ({"installer": "nixos", "init": ""}, "`nixos` needs init", 'init = "…"'),
        ({"installer": "ubuntu", "release": 24.04}, "p.release is no text", '"24.04"'),
        ({"installer": "rhel", "release": {}}, "p.release is neither", ""),
        ({"installer": 5}, "p.installer is not a text", ""),
    ],
)
def test_a_mistake_is_told_with_its_mend(table, message, hint):
    with pytest.raises(ConfigError) as told:
        profile(**table)

    assert message in told.value.message
    assert hint in told.value.hint
