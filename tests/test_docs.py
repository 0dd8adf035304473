"""The README is true: its commands exist, its files load, its trace is the real one."""

import re
import tomllib
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from pxectl.boot.conditions import MATCH_KEYS
from pxectl.boot.rules import Action
from pxectl.cli.main import app
from pxectl.store.recipes import find_recipe, recipe_names
from pxectl.store.settings import SERVE_KEYS
from pxectl.store.site import load_site
from tests.cli.test_rules import efi

README = (Path(__file__).parents[1] / "README.md").read_text()
MAC = "52:54:00:12:34:56"


def blocks(language):
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", README, re.DOTALL | re.MULTILINE)


def commands():
    def walk(command, path):
        subcommands = getattr(command, "commands", None)
        if not subcommands:
            yield path, command
        for name, sub in (subcommands or {}).items():
            yield from walk(sub, [*path, name])

    return [(" ".join(path), command) for path, command in walk(typer.main.get_command(app), [])]


@pytest.mark.parametrize(("name", "command"), commands(), ids=[name for name, _ in commands()])
def test_every_command_is_in_the_readme_and_has_help(name, command):
    assert f"`pxectl {name}" in README
    assert command.help
    assert CliRunner().invoke(app, [*name.split(), "--help"]).exit_code == 0


def test_every_long_option_of_the_commands_is_in_the_readme():
    options = {
        option
        for _, command in commands()
        for parameter in command.params
        for option in (*parameter.opts, *parameter.secondary_opts)
        if option.startswith("--")
    }
    told_as_facts = {"--vendor-class", "--user-class", "--hostname", "--uuid", "--relay"}
    told_as_facts |= {"--circuit-id", "--remote-id", "--tftp", "--http", "--help"}

    assert [option for option in sorted(options - told_as_facts) if option not in README] == []


@pytest.mark.parametrize("name", recipe_names())
def test_every_installer_is_in_the_readme_with_its_settings(name):
    recipe = find_recipe(name, "")
    settings = " ".join(f"`{key}`" for key in recipe.settings)

    assert f"| `{name}` | {recipe.about} | {' '.join(recipe.words)} | {settings} |" in README


@pytest.mark.parametrize("key", [*MATCH_KEYS, *(action.value for action in Action)])
def test_every_match_key_and_action_is_in_the_readme(key):
    assert key in ("not", "any") or f"`{key}`" in README


@pytest.mark.parametrize("key", sorted(set(SERVE_KEYS) - {"shadow", "tftp_port"}))
def test_every_setting_is_in_the_readme(key):
    assert re.search(rf"^{key} = ", README, re.MULTILINE)


@pytest.fixture
def site(tmp_path):
    config, hardware = blocks("toml")[1:3]
    (tmp_path / "pxectl.toml").write_text(config.replace('["enp3s0"]', '["lo"]'))
    (tmp_path / "hardware").mkdir()
    (tmp_path / "hardware/node1.toml").write_text(hardware)
    (tmp_path / "files/ipxe").mkdir(parents=True)
    (tmp_path / "files/ipxe/ipxe.efi").write_bytes(efi(0x8664))
    return tmp_path


def test_the_files_of_the_readme_load(site):
    loaded = load_site(site, environ={})

    assert loaded.problems == ()
    assert [machine.name for machine in loaded.site.inventory.machines] == ["node1"]


def test_the_first_profile_of_the_readme_loads():
    assert tomllib.loads(blocks("toml")[0])["profile"]["debian"]["kernel"] == "debian/linux"


def test_the_trace_of_the_readme_is_what_is_printed(site):
    [shown] = [block for block in blocks("console") if "rules test" in block]
    quirky = (site / "hardware/node1.toml").read_text().replace('style = "binl"', "")
    (site / "hardware/node1.toml").write_text(quirky)

    result = CliRunner().invoke(app, ["rules", "test", MAC, "--site", str(site)])

    assert result.stdout.startswith(shown.split("\n", 1)[1])
