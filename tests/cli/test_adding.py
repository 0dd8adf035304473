"""`pxectl hardware add` from elsewhere than flags: who has asked, and lines of stdin."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from pxectl.boot.client import Client
from pxectl.boot.unknown import Unknown
from pxectl.cli.hardware import app
from pxectl.errors import PxectlError, RefusedError
from pxectl.store.unknown import write_unknown
from tests.boot.test_unknown import ASKS, UUID1
from tests.builders import MAC1, NOW, STRANGER
from tests.cli.test_hardware import MAC_1, machines, refused, run, site

__all__ = ["site"]
OTHER = "0e1ee1b8-6a4b-4d5c-a8b8-5c1b7b7d8d11"


@pytest.fixture
def asked(site):
    nasty = replace(ASKS, vendor_class="PXEClient\nexit")
    write_unknown(site, [Unknown(nasty, NOW, NOW), Unknown(Client(MAC1), NOW, NOW)])


def test_who_asked_is_added_with_what_it_said(site, asked):
    run("add", "--from-unknown", "5254.0099.9999", "525400000002", "--name", "new", "--profile",
        "debian")  # fmt: skip
    [machine] = machines(site)
    assert (machine.name, machine.profile, len(machine.macs)) == ("new", "debian", 2)
    assert (machine.arch, machine.uuid) == ("x64-uefi", UUID1)
    assert machine.vars == {"vendor_class": "PXEClient\\x0aexit"}


def test_flags_come_before_what_it_said(site, asked):
    run("add", str(STRANGER), "--from-unknown", "--arch", "x86_64", "--uuid", OTHER, "--var",
        "vendor_class=x", "--var", "a=b")  # fmt: skip
    [machine] = machines(site)
    assert (machine.arch, str(machine.uuid)) == ("x86_64", OTHER)
    assert machine.vars == {"vendor_class": "x", "a": "b"}


def test_who_said_nothing_is_added_all_the_same(site, asked):
    run("add", "--from-unknown", str(MAC1))
    assert (machines(site)[0].arch, dict(machines(site)[0].vars)) == ("", {})


@pytest.mark.parametrize(
    ("mac", "hint"),
    [("52:54:00:99:99:98", f"did you mean `{STRANGER}`?"), ("02:aa:bb:cc:dd:ee", "list --unknown")],
)
def test_who_has_not_asked_is_refused(site, asked, mac, hint):
    error = refused("add", "--from-unknown", mac)
    assert isinstance(error, RefusedError)
    assert hint in error.hint
    assert machines(site) == ()


# ---- many at once


def piped(*argv, stdin):
    return CliRunner().invoke(app, ["add", "-", *argv], input=stdin)


def test_many_come_from_stdin_and_each_meets_its_own_fate(tmp_path):
    lines = [
        {"mac": MAC_1, "name": "node1"},
        {"mac": "52-54-00-12-34-57", "name": "node2", "profile": "rescue"},
        {"mac": MAC_1, "name": "node3"},
    ]
    stdin = "\n".join(map(json.dumps, lines))

    result = piped("--profile", "debian", "--site", str(tmp_path), stdin=stdin)

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"added node1 ({MAC_1})",
        "added node2 (52:54:00:12:34:57)",
    ]
    error, hint, summary = result.stderr.splitlines()
    assert error.startswith(f"error: stdin, line 3: {MAC_1} is another machine's: ")
    assert hint.startswith("hint: ")
    assert summary == "added 2, not 1"
    assert 'profile = "rescue"' in (tmp_path / "hardware/node2.toml").read_text()
    assert 'profile = "debian"' in (tmp_path / "hardware/node1.toml").read_text()


def test_a_line_that_can_not_be_used_makes_exit_code_2(tmp_path):
    stdin = f'{{"mac": "{MAC_1}"}}\n{{"mac": "{MAC_1}"}}\n{{"mac": "zz"}}\n'

    result = piped("--site", str(tmp_path), "--json", stdin=stdin)

    assert result.exit_code == 2
    shapes = [json.loads(line) for line in result.stdout.splitlines()]
    assert [sorted(shape) for shape in shapes] == [
        ["machine", "v"], ["hint", "refused", "v"], ["hint", "refused", "v"],
    ]  # fmt: skip


def test_a_table_comes_from_stdin_as_well(tmp_path):
    stdin = f"name,mac,tags,vars.disk\nnode1,{MAC_1},gpu;rack-3,/dev/sda\n"

    result = piped("--site", str(tmp_path), stdin=stdin)

    assert (result.exit_code, result.stdout) == (0, f"added node1 ({MAC_1})\n")
    text = (tmp_path / "hardware/node1.toml").read_text()
    assert '"rack-3"' in text
    assert 'disk = "/dev/sda"' in text


@pytest.mark.parametrize("argv", [(MAC_1,), ("--name", "x"), ("--from-unknown",)])
def test_what_names_one_machine_does_not_go_with_many(tmp_path, argv):
    result = piped(*argv, "--site", str(tmp_path), stdin="")

    assert isinstance(result.exception, PxectlError)
    assert not (tmp_path / "hardware").exists()
