"""`pxectl hardware set` and `remove`, run as a shell runs them."""

import json

import pytest

from pxectl.errors import ConfigError, RefusedError
from tests.cli.test_hardware import MAC_1, machines, refused, run

MAC_2 = "52:54:00:12:34:57"


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PXECTL_SITE", raising=False)
    (tmp_path / "pxectl.toml").write_text("[profile.debian]\nkernel = 'linux'\n")
    run("add", MAC_1, "--name", "node1", "--tag", "gpu", "--var", "disk=/dev/sda")
    return tmp_path


def test_every_option_of_add_changes_a_machine(site):
    result = run(
        "set", "node1", "--name", "n2", "--address", "10.77.0.21", "--hostname", "n2.lab",
        "--arch", "ARM64", "--uuid", "9E1EE1B86A4B4D5CA8B85C1B7B7D8D11", "--serial", "S1",
        "--tag", "rack-3", "--untag", "GPU", "--mac", "5254.0012.3457", "--unmac", MAC_1,
        "--profile", "debian", "--netboot", "once", "--no-dhcp", "--var", "k=v", "--option",
        "router=10.77.0.1", "--quirk", "style=binl", "--quirk", "reply_delay=0.5",
        "--unset", "vars.disk",
    )  # fmt: skip
    assert result.stdout.startswith("changed n2, hardware/n2.toml: name, mac, tags, vars.disk, ")
    [machine] = machines(site)
    assert (site / "hardware/n2.toml").read_text() == (
        f'mac = [\n    "{MAC_2}",\n]\ntags = [\n    "rack-3",\n]\n'
        'address = "10.77.0.21"\nhostname = "n2.lab"\narch = "arm64"\n'
        'uuid = "9e1ee1b8-6a4b-4d5c-a8b8-5c1b7b7d8d11"\nserial = "S1"\nnetboot = "once"\n'
        'profile = "debian"\ndhcp = false\n\n[vars]\nk = "v"\n\n[options]\n'
        'router = ["10.77.0.1"]\n\n[quirks]\nstyle = "binl"\nreply_delay = 0.5\n'
    )
    assert (machine.name, machine.dhcp, machine.quirks.reply_delay) == ("n2", False, 0.5)


def test_add_takes_the_same_options(site):
    run("add", MAC_2, "--uuid", "9e1ee1b8-6a4b-4d5c-a8b8-5c1b7b7d8d11", "--serial", "S1", "--quirk",
        "blksize=512", "--no-dhcp")  # fmt: skip
    machine = machines(site)[0]
    assert (machine.serial, machine.quirks.blksize, machine.dhcp) == ("S1", 512, False)
    assert str(machine.uuid) == "9e1ee1b8-6a4b-4d5c-a8b8-5c1b7b7d8d11"


def test_what_is_so_already_is_told(site):
    assert run("set", MAC_1, "--tag", "GPU").stdout == "node1 is so already: hardware/node1.toml\n"
    assert json.loads(run("set", MAC_1, "--json").stdout)["changed"] == []


def test_set_as_json_is_the_shape_of_list(site):
    done = json.loads(run("set", "node1", "--profile", "debian", "--json").stdout)
    [listed] = json.loads(run("list", "--json").stdout)["machines"]
    assert done == {"v": 1, "machine": listed, "changed": ["profile"]}


def test_an_undefined_profile_is_a_hint(site):
    assert "did you mean `debian`?" in run("set", "node1", "--profile", "debain").stderr


@pytest.mark.parametrize(
    ("argv", "kind", "told"),
    [
        (("nod1", "--profile", "debian"), RefusedError, "no machine `nod1`"),
        (("node1", "--profile", ""), ConfigError, "--profile is empty"),
        (("node1", "--unmac", MAC_1), ConfigError, "mac is empty"),
        (("node1", "--mac", "52:54"), ConfigError, "not a MAC"),
        (("node1", "--quirk", "stile=binl"), ConfigError, "--quirk"),
        (("node1", "--quirk", "style=binle"), ConfigError, "--quirk.style"),
        (("node1", "--uuid", "1"), ConfigError, "--uuid"),
        (("node1", "--unset", "x"), ConfigError, "--unset"),
    ],
)
def test_what_can_not_be_is_told_and_nothing_is_written(site, argv, kind, told):
    before = (site / "hardware/node1.toml").read_bytes()
    error = refused("set", *argv)
    assert type(error) is kind
    assert told in error.message
    assert error.hint
    assert (site / "hardware/node1.toml").read_bytes() == before


def test_removing_tells_what_is_gone_and_what_was_not_there(site):
    run("add", MAC_2, "--name", "node2")
    result = run("remove", "node3", MAC_1, "NODE2", code=1)
    assert (
        result.stdout == "removed node1: hardware/node1.toml\nremoved node2: hardware/node2.toml\n"
    )
    assert "error: there is no machine `node3`" in result.stderr
    assert "hint: did you mean `node" in result.stderr
    assert machines(site) == ()


def test_removing_as_json_is_a_line_a_machine(site):
    told = json.loads(run("remove", "node1", "--json").stdout)
    assert told == {"v": 1, "removed": "node1", "file": str(site / "hardware/node1.toml")}
