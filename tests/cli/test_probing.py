"""`pxectl probe` and `pxectl doctor` on the loopback, where nobody answers."""

import json
import os

import pytest
from typer.testing import CliRunner

from pxectl.boot.checkup import Check, Level
from pxectl.boot.probing.played import Level as How
from pxectl.boot.probing.played import Played, Probe, Verdict
from pxectl.cli.main import app
from pxectl.errors import HostError, PxectlError
from pxectl.ui import doctor as checks
from pxectl.ui import probe as shown

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="port 68 needs root")


def run(*argv):
    return CliRunner().invoke(app, list(argv))


@needs_root
@pytest.mark.parametrize("client", ["uefi-x64", "uefi-http", "ipxe", "rpi4"])
def test_where_nobody_answers_it_would_not_boot(client):
    result = run("probe", "-i", "lo", "--client", client, "--json")
    told = json.loads(result.stdout)

    assert (result.exit_code, told["boots"]) == (1, False)
    assert told["text"] == "no DHCP server answers"
    assert told["hint"]
    assert [step["step"].removeprefix("iPXE ") for step in told["steps"]] == ["DISCOVER"]


@needs_root
def test_a_storm_that_nobody_answers_is_lost():
    result = run("probe", "-i", "lo", "--storm", "3", "--duration", "1s")

    assert result.exit_code == 1
    assert "3 machines" in result.stdout
    assert "0 exchanges" in result.stdout


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--storm", "5", "--all-clients"], "--storm and --all-clients exclude"),
        (["--storm", "5", "--mac", "52:54:00:77:00:01"], "--storm and --mac exclude"),
        (["--all-clients", "--mac", "52:54:00:77:00:01"], "--all-clients and --mac exclude"),
        (["--client", "toaster"], "there is no client `toaster`"),
        (["--mac", "5"], "is not a MAC address"),
        (["--duration", "soon"], "--duration"),
    ],
)
def test_words_that_can_not_be_are_refused(argv, words):
    result = run("probe", "-i", "lo", *argv)

    assert isinstance(result.exception, PxectlError)
    assert words in result.exception.message
    assert result.exception.exit_code == 2


def test_an_interface_that_is_not_there_is_told():
    for command in ("probe", "doctor"):
        result = run(command, "-i", "none0")

        assert isinstance(result.exception, HostError)
        assert "there is no interface `none0`" in result.exception.message


STEP = Played("NBP", 1.5, "x\x1b[2J  1.0 MB", size=1_000_000, seconds=0.5)
GOOD = Probe("bios", "52:54:00:77:00:01", (STEP,), Verdict(boots=True, text="would boot"))
BAD = Probe("ipxe", "52:54:00:77:00:01", (), Verdict(boots=False, text="no", hint="look"))


def test_what_was_played_is_shown_without_obeying_it():
    assert shown.step_line(STEP) == r"   1.500  NBP             x\x1b[2J  1.0 MB"
    failed = Played("ACK", 2.0, "none", How.FAILED)
    assert shown.step_line(failed) == "   2.000  ACK             ! none"
    assert shown.verdict_lines(GOOD.verdict) == ["yes: would boot"]
    assert shown.verdict_lines(BAD.verdict) == ["no: no", "hint: look"]
    rows = shown.matrix((GOOD, BAD)).splitlines()
    assert rows[1].split()[:4] == ["bios", "yes", "1.5", "NBP"]
    assert rows[2].split()[:4] == ["ipxe", "no", "-", "-"]


def test_a_check_is_a_line_and_its_mend():
    bad = Check("mtu", Level.BAD, "eth0: 1280", "`ip link`")

    assert checks.lines_of(bad) == [
        "bad      mtu        eth0: 1280",
        "                    hint: `ip link`",
    ]
    assert json.loads(checks.as_json([bad]))["bad"] == 1


def test_the_loopback_is_examined(tmp_path):
    (tmp_path / "pxectl.toml").write_text('[serve]\nhttps = "on"\nadvertise = "10.77.0.1"\n')

    result = run("doctor", "-i", "lo", "--site", str(tmp_path), "--json")

    told = {one["check"]: one for one in json.loads(result.stdout)["checks"]}
    assert result.exit_code == 1
    assert {"interface", "ports", "privileges", "mtu", "rp_filter", "firewall", "servers",
            "advertise", "ipxe", "disk", "clock", "https", "site"} == set(told)  # fmt: skip
    assert told["https"]["level"] == "bad"
    assert "is no address of this host" in told["advertise"]["text"]
    assert all(one["hint"] for one in told.values() if one["level"] == "bad")
