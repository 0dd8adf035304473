"""`pxectl capture --by-machine`: the boots of captures of real firmware."""

import json

import pytest
from typer.testing import CliRunner

from pxectl.cli.main import app
from tests.recordings import DATA

FIRMWARE, IPXE = ["DISCOVER", "REQUEST"], ["iPXE DISCOVER", "iPXE REQUEST"]


def boots(name, *argv):
    result = CliRunner().invoke(
        app, ["capture", "-r", str(DATA / f"{name}.pcap"), "--by-machine", "--json", *argv]
    )
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def words(boot):
    told = [f"{'iPXE ' if s['by'] else ''}{s['step']} {s['state']}".strip() for s in boot["steps"]]
    return [word for word in told if "of another server" not in word]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("pxectl-uefi-x64-bypass-server", [
            "DISCOVER", "OFFER", "REQUEST", "ACK", "NBP probed", "NBP loaded", "iPXE DISCOVER",
            "iPXE OFFER", "iPXE REQUEST", "iPXE ACK"]),
        ("pxectl-uefi-x64-binl-proxy", [
            "DISCOVER", "OFFER via 4011", "REQUEST", "4011", "4011 answered", "NBP probed",
            "NBP loaded", "iPXE DISCOVER", "iPXE OFFER", "iPXE REQUEST"]),
        ("pxectl-bios-ipxe-proxy", ["iPXE DISCOVER", "iPXE OFFER", "iPXE REQUEST"]),
        ("pxectl-uefi-x64-http-server", [
            "DISCOVER", "OFFER", "REQUEST", "ACK", "NBP loaded", "NBP loaded", "iPXE DISCOVER",
            "iPXE OFFER", "iPXE REQUEST", "iPXE ACK"]),  # HEAD, then GET (netboot.md 2.2)
    ],
)  # fmt: skip
def test_a_boot_that_went_well_has_its_steps(name, expected):
    [boot, *_] = boots(name)

    assert words(boot) == [*expected, "script loaded", "kernel loaded", "initrd loaded", "booted"]
    assert boot["outcome"] == "booted"


@pytest.mark.parametrize("name", sorted(path.stem for path in DATA.glob("*.pcap")))
def test_every_recording_can_be_told_by_machine(name):
    for boot in boots(name):
        assert boot["steps"]
        assert boot["began"] <= boot["ended"]
        assert (boot["outcome"] == "stopped") <= bool(boot["hint"])


def test_a_machine_that_nobody_gave_boot_data_has_stopped():
    [boot, *_] = boots("pxectl-denied-uefi-proxy")

    assert (boot["outcome"], boot["cause"]) == ("stopped", "no-boot-data")
    assert "OFFER" not in words(boot)


def test_text_lists_each_step():
    argv = ["capture", "-r", str(DATA / "pxectl-uefi-x64-bypass-server.pcap"), "--by-machine"]

    shown = CliRunner().invoke(app, argv).stdout

    assert shown.splitlines()[0].startswith("52:54:00:77:")
    assert "iPXE DISCOVER" in shown
    assert "NBP           loaded" in shown
