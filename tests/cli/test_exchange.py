"""`pxectl hardware import` and `export`, run as a shell runs them."""

import json
from dataclasses import replace

import pytest
import yaml
from typer.testing import CliRunner

from pxectl.cli.hardware import app
from pxectl.errors import ConfigError
from pxectl.store.exchange.formats import Format
from tests.cli.test_hardware import machines, refused, run, site
from tests.store.exchange.test_tinkerbell import FULL, hardware, interface

__all__ = ["site"]
MAC_B = "52:54:00:aa:00:02"


@pytest.fixture
def manifest(site):
    file = site / "hw.yaml"
    again = hardware(interface(), meta={"name": "again"})
    plain = hardware(interface(MAC_B), meta={"name": "plain"})
    file.write_text(yaml.safe_dump_all([FULL, again, plain]))
    return file


def test_machines_are_imported_and_what_is_missing_is_told(site, manifest):
    result = run("import", str(manifest), code=1)

    assert [machine.name for machine in machines(site)] == ["node1", "plain"]
    assert result.stdout == (
        "imported 2, refused 1, 7 things not carried over\n"
        "\nadd to pxectl.toml:\n\n"
        "[profile.hook]\n"
        'kernel = "http://10.77.0.5:7080/hook/vmlinuz-x86_64"\n'
        'initrd = [\n    "http://10.77.0.5:7080/hook/initramfs-x86_64",\n]\n'
        'cmdline = [\n    "console=ttyS0,115200",\n'
        "    \"x={{ '{' }}{{ '{' }} y }}\",\n]\n"
    )
    assert "again: 52:54:00:aa:00:01 is another machine's" in result.stderr
    assert "note: spec.bmcRef: not carried over (node1)\n" in result.stderr
    assert "hint: plain will boot only if a rule names a profile" in result.stderr


def test_what_it_says_to_add_is_all_that_is_missing(site, manifest):
    said = run("import", str(manifest), code=1).stdout.split("pxectl.toml:\n")[1]
    for file in (site / "hardware").iterdir():
        file.unlink()
    with (site / "pxectl.toml").open("a") as config:
        config.write(said)

    again = run("import", str(manifest), code=1)
    assert again.stdout == "imported 2, refused 1, 7 things not carried over\n"
    assert machines(site)[0].profile == "hook"


def test_a_dry_run_shows_and_writes_nothing(site, manifest):
    result = run("import", "--dry-run", str(manifest), code=1)
    assert "would import 2, refused 1, 7 things" in result.stdout
    assert result.stdout.startswith("NAME ")
    assert machines(site) == ()


def test_stdin_is_a_file_too(site):
    text = yaml.safe_dump(hardware())
    result = CliRunner().invoke(app, ["import", "-"], input=text)
    assert (result.exit_code, machines(site)[0].name) == (0, "node1")


def test_json_tells_all_of_it(site, manifest):
    shape = json.loads(run("import", "--json", str(manifest), code=1).stdout)

    assert shape["v"] == 1
    assert [one["name"] for one in shape["imported"]] == ["node1", "plain"]
    assert shape["imported"][0]["profile"] == "hook"
    assert "is another machine's" in shape["refused"][0]["reason"]
    assert {"what": "spec.bmcRef: not carried over", "machines": ["node1"]} in shape["notes"]
    assert shape["profiles"][0]["name"] == "hook"
    assert shape["dry_run"] is False


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"hello", "bad: it can not be told what format this is"),
        (b"kind: [", "bad: line "),
        (b"kind: \xff", "bad: line 1 is not UTF-8"),
        (None, "bad: can not be read: No such file or directory"),
    ],
)
def test_a_file_that_can_not_be_read_leaves_all_alone(site, manifest, content, told):
    if content is not None:
        (site / "bad").write_bytes(content)
    error = refused("import", str(manifest), "bad")

    assert isinstance(error, ConfigError)
    assert error.message.startswith(told)
    assert error.hint
    assert machines(site) == ()


def test_a_broken_configuration_keeps_no_machine_out(site, manifest):
    (site / "pxectl.toml").write_text("x")
    assert "warning: " in run("import", str(manifest), code=1).stderr
    assert len(machines(site)) == 2


def test_what_is_exported_can_be_imported(site, manifest):
    run("import", str(manifest), code=1)
    before = machines(site)
    exported = run("export", "--format", "tinkerbell")
    assert "only in the annotation" in exported.stderr
    for file in (site / "hardware").iterdir():
        file.unlink()

    result = CliRunner().invoke(app, ["import", "-"], input=exported.stdout)
    assert result.exit_code == 0
    assert machines(site) == before


@pytest.mark.parametrize("format_", [one.value for one in Format])
def test_every_format_goes_there_and_back(site, format_):
    run("add", MAC_B, "52:54:00:aa:00:03", "--name", "a", "--address", "10.77.0.21")
    run("add", "52:54:00:aa:00:04", "--name", "b", "--hostname", "b")
    before = machines(site)
    exported = run("export", "--format", format_).stdout
    for file in (site / "hardware").iterdir():
        file.unlink()

    result = CliRunner().invoke(app, ["import", "-"], input=exported)  # it tells its own format
    assert result.exit_code == 0, result.output
    assert [replace(one, hostname="") for one in machines(site)] == [
        replace(one, hostname="") for one in before
    ]


def test_an_export_may_be_of_some_machines(site):
    run("add", MAC_B, "--tag", "gpu", "--name", "a")
    run("add", "52:54:00:aa:00:03", "--name", "b")
    (site / "hardware/broken.toml").write_text("x")

    result = run("export", "--format", "tinkerbell", "--tag", "GPU", code=2)
    assert [raw["metadata"]["name"] for raw in yaml.safe_load_all(result.stdout)] == ["a"]
    assert "broken.toml" in result.stderr
