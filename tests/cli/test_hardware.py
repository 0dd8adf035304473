"""`pxectl hardware`, run as a shell runs it."""

import json
import subprocess
import sys
from ipaddress import IPv4Address

import pytest
from typer.testing import CliRunner

from pxectl.boot.machine import Machine, Netboot
from pxectl.cli.hardware import app
from pxectl.errors import ConfigError, PxectlError, RefusedError
from pxectl.mac import MAC
from pxectl.store.hardware import Hardware

MAC_1 = "52:54:00:12:34:56"


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PXECTL_SITE", raising=False)
    (tmp_path / "pxectl.toml").write_text("[profile.debian]\nkernel = 'linux'\n")
    return tmp_path


def run(*argv: str, code: int = 0):
    result = CliRunner().invoke(app, argv)
    assert result.exit_code == code, result.output
    return result


def refused(*argv: str) -> PxectlError:
    error = CliRunner().invoke(app, argv).exception
    assert isinstance(error, PxectlError)
    return error


def machines(site) -> tuple[Machine, ...]:
    return Hardware(site / "hardware").read().machines


def test_a_machine_is_added_with_everything_that_was_said(site):
    result = run(
        "add", "5254.0012.3456", "52-54-00-12-34-57", "--name", "node1", "--address", "10.77.0.21",
        "--hostname", "node1.lab", "--arch", "x86_64", "--tag", "gpu", "--tag", "rack-3",
        "--profile", "debian", "--netboot", "once", "--var", "disk=/dev/sda", "--option",
        "router=10.77.0.1",
    )  # fmt: skip
    assert result.stdout == (
        f"added node1 ({MAC_1},52:54:00:12:34:57): hardware/node1.toml, boots debian once\n"
    )
    assert result.stderr == ""
    assert machines(site) == (
        Machine(
            "node1",
            (MAC.parse(MAC_1), MAC.parse("525400123457")),
            address=IPv4Address("10.77.0.21"),
            hostname="node1.lab",
            arch="x86_64",
            tags=("gpu", "rack-3"),
            netboot=Netboot.ONCE,
            profile="debian",
            options={"router": ["10.77.0.1"]},
            vars={"disk": "/dev/sda"},
        ),
    )


def test_without_a_name_the_first_mac_is_it(site):
    result = run("add", MAC_1)
    assert "hardware/52-54-00-12-34-56.toml" in result.stdout
    assert (site / "hardware" / "52-54-00-12-34-56.toml").read_text() == (
        f'mac = [\n    "{MAC_1}",\n]\n'
    )


def test_netboot_never_says_what_happens_instead(site):
    assert run("add", MAC_1, "--netboot", "never").stdout.endswith(", boots its disk\n")


@pytest.mark.parametrize(
    ("profile", "config", "told"),
    [
        ("debain", "[profile.debian]\nkernel = 'k'", "did you mean `debian`?"),
        ("debian", None, "pxectl.toml does not exist yet"),
        ("debian", "[profile", "line 1"),
        ("debian", "", "there is none yet"),
        ("debian", "profile = 1", ""),
    ],
)
def test_an_undefined_profile_is_a_hint_and_no_error(site, profile, config, told):
    if config is None:
        (site / "pxectl.toml").unlink()
    else:
        (site / "pxectl.toml").write_text(config)
    result = run("add", MAC_1, "--profile", profile, "--site", str(site))
    assert told in result.stderr
    assert result.stderr.startswith("hint: ") is bool(told)
    assert len(machines(site)) == 1


@pytest.mark.parametrize(
    "argv",
    [
        (MAC_1.upper(), "--name", "other"),
        ("525400123457", "--name", "NODE1"),
        ("525400123457", "--address", "10.77.0.21"),
    ],
)
def test_a_mac_name_or_address_of_another_machine_is_refused_with_1(site, argv):
    run("add", MAC_1, "--name", "node1", "--address", "10.77.0.21")
    error = refused("add", *argv)
    assert isinstance(error, RefusedError)
    assert error.exit_code == 1
    assert "hardware/node1.toml" in error.message
    assert len(machines(site)) == 1


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["52:54:00:12:34"], "`52:54:00:12:34` is not a MAC address"),
        (["ff:ff:ff:ff:ff:ff"], "is a group address"),
        ([MAC_1, "--name", "/"], "can not be a machine's name"),
        ([MAC_1, "--address", "10.77.0"], "--address"),
        ([MAC_1, "--hostname", "a b"], "--hostname"),
        ([MAC_1, "--arch", "x86_65"], "--arch"),
        ([MAC_1, "--var", "disk"], "--var"),
        ([MAC_1, "--option", "routr=1"], "--option"),
        ([MAC_1, "--tag", "\x1b[31m"], "--tag"),
    ],
)
def test_what_can_not_be_is_told_with_2_and_nothing_is_written(site, argv, told):
    error = refused("add", *argv)
    assert isinstance(error, ConfigError)
    assert error.exit_code == 2
    assert told in error.message
    assert error.hint
    assert not (site / "hardware").exists()


def test_wrong_usage_is_2(site):
    run("add", code=2)
    run("add", MAC_1, "--netboot", "sometimes", code=2)
    run("add", MAC_1, "--nmae", "x", code=2)


def test_the_site_comes_from_the_flag_or_the_variable(site, monkeypatch):
    run("add", MAC_1, "--site", str(site / "a"))
    assert len(machines(site / "a")) == 1
    monkeypatch.setenv("PXECTL_SITE", str(site / "b"))
    run("add", MAC_1)
    assert len(machines(site / "b")) == 1
    assert run("list", "--json").stdout.count(MAC_1) == 1


def test_add_as_json_is_the_shape_of_list(site):
    added = json.loads(run("add", MAC_1, "--name", "n", "--json").stdout)
    listed = json.loads(run("list", "--json").stdout)
    assert added == {"v": 1, "machine": listed["machines"][0]}
    assert listed == {
        "v": 1,
        "machines": [
            {
                "name": "n",
                "mac": [MAC_1],
                "address": None,
                "hostname": "n",
                "arch": "",
                "uuid": None,
                "serial": "",
                "tags": [],
                "netboot": "always",
                "profile": "",
                "dhcp": True,
                "secure_boot": False,
                "options": {},
                "quirks": {},
                "vars": {},
                "file": str(site / "hardware" / "n.toml"),
                "origin": None,
            }
        ],
    }


def test_dates_of_toml_are_texts_in_json(site):
    (site / "hardware").mkdir()
    (site / "hardware" / "n.toml").write_text(f'mac = "{MAC_1}"\nvars = {{ born = 2026-01-02 }}\n')
    [machine] = json.loads(run("list", "--json").stdout)["machines"]
    assert machine["vars"] == {"born": "2026-01-02"}


def test_list_has_columns(site):
    run("add", MAC_1, "--name", "node1", "--tag", "gpu", "--profile", "debian")
    run("add", "525400123457", "--address", "10.77.0.21", "--name", "b")
    assert run("list").stdout == (
        "NAME   MAC                ADDRESS     ARCH  NETBOOT  PROFILE  TAGS\n"
        "b      52:54:00:12:34:57  10.77.0.21  -     always   -        -\n"
        "node1  52:54:00:12:34:56  -           -     always   debian   gpu\n"
    )


def test_list_by_tag_shows_machines_with_any_of_them(site):
    for number, tag in enumerate(("a", "b", "c")):
        run("add", f"52540012345{number}", "--name", tag, "--tag", tag)
    shown = json.loads(run("list", "--tag", "A", "--tag", "c", "--json").stdout)["machines"]
    assert [machine["name"] for machine in shown] == ["a", "c"]
    none = run("list", "--tag", "none")
    assert (none.stdout, none.stderr) == ("", "no machines: none has such a tag\n")


def test_an_empty_inventory_is_told_on_stderr(site):
    result = run("list")
    assert result.stdout == ""
    assert result.stderr == f"no machines: {site}/hardware holds none\n"
    assert json.loads(run("list", "--json").stdout) == {"v": 1, "machines": []}


def test_a_broken_file_is_told_and_the_others_are_listed(site):
    run("add", MAC_1, "--name", "good")
    (site / "hardware" / "bad.toml").write_text("mac = 1\n")
    result = run("list", code=2)
    assert "good" in result.stdout
    assert f"error: {site}/hardware/bad.toml: mac is not a text\nhint: " in result.stderr


PROGRAM = "import sys; from pxectl.cli.hardware import app; app(standalone_mode=False); "
SLOW = ("rich", "asyncio", "aiohttp", "httpx", "scapy", "jinja2", "psutil", "watchfiles", "email")


@pytest.mark.parametrize("argv", [("add", MAC_1, "--profile", "debian"), ("list",), ("--help",)])
def test_nothing_slow_is_imported(site, argv):
    code = f"{PROGRAM} print([m for m in {SLOW} if m in sys.modules], file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code, *argv], capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == "[]"


def test_twenty_shells_that_add_the_same_machine_leave_one(site):
    code = (
        "import sys; from pxectl.cli.hardware import app; from pxectl.errors import PxectlError\n"
        "try: app()\nexcept PxectlError as error: sys.exit(error.exit_code)"
    )
    shells = [
        subprocess.Popen(
            [sys.executable, "-c", code, "add", MAC_1, "--name", f"n{number}"],
            stdout=subprocess.DEVNULL,
        )
        for number in range(20)
    ]
    assert sorted(shell.wait() for shell in shells) == [0] + [1] * 19
    assert len(machines(site)) == 1
