"""`pxectl leases`, run as a shell runs it, beside a `serve` that is stopped."""

import json
import time
from ipaddress import IPv4Address

import pytest
from typer.testing import CliRunner

from pxectl.boot.binding import Binding, Change, State
from pxectl.cli.leases import app
from pxectl.errors import RefusedError
from pxectl.mac import MAC
from pxectl.store.leases import LeaseFile, read_leases
from tests.builders import MAC1, STRANGER

MAC3 = MAC.parse("52:54:00:77:00:03")


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PXECTL_SITE", str(tmp_path))
    now = time.time()
    rows = [
        Binding(IPv4Address("10.77.0.100"), MAC1, State.LEASED, now, now + 3000, "box", "node1"),
        Binding(IPv4Address("10.77.0.101"), STRANGER, State.LEASED, now - 90, now - 9),
        Binding(IPv4Address("10.88.0.5"), MAC3, State.QUARANTINED, now, now + 3000),
    ]
    file = LeaseFile(tmp_path / "state")
    file.commit([Change(None, row) for row in rows])
    file.close()
    return tmp_path


def run(*argv, code=0):
    result = CliRunner().invoke(app, argv)
    assert result.exit_code == code, result.output
    return result.stdout


def listed(*argv, code=0):
    return [one["address"] for one in json.loads(run(*argv, "--json", code=code))["leases"]]


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("argv", "addresses"),
    [
        ((), ["10.77.0.100", "10.88.0.5"]),
        (("list",), ["10.77.0.100", "10.88.0.5"]),
        (("--all",), ["10.77.0.100", "10.77.0.101", "10.88.0.5"]),
        (("10.77.0.100",), ["10.77.0.100"]),
        (("10.77.0.0/24", "--all"), ["10.77.0.100", "10.77.0.101"]),
        (("5254.0077.0003",), ["10.88.0.5"]),
        (("node1", "box"), ["10.77.0.100"]),
    ],
)
def test_leases_are_found_by_address_network_mac_and_name(argv, addresses):
    assert listed(*argv) == addresses


@pytest.mark.usefixtures("site")
def test_who_has_none_is_an_answer():
    assert listed("node9", code=1) == []


def test_without_any_there_is_nothing_to_show(tmp_path, monkeypatch):
    monkeypatch.setenv("PXECTL_SITE", str(tmp_path))
    assert run() == ""
    assert listed() == []


@pytest.mark.usefixtures("site")
def test_people_get_a_table_and_files_go_to_stdout():
    assert run().splitlines()[1].split()[:4] == ["10.77.0.100", str(MAC1), "node1", "leased"]
    assert len(run("export").splitlines()) == 4
    assert run("export", "--format", "dnsmasq", "node1").split()[2] == "10.77.0.100"
    assert json.loads(run("export", "--format", "json"))["v"] == 1


def test_a_released_lease_is_over_and_remembered(site):
    assert "released 10.77.0.100 of node1" in run("release", "node1")
    [row] = [row for row in read_leases(site / "state") if row.mac == MAC1]
    assert row.state is State.RELEASED
    assert listed() == ["10.88.0.5"]

    error = CliRunner().invoke(app, ["release", "node1"]).exception
    assert isinstance(error, RefusedError)
    assert error.message == "there is no lease of node1"


@pytest.mark.usefixtures("site")
def test_a_quarantine_can_be_ended_too():
    assert json.loads(run("release", "10.88.0.5", "--json"))["released"] == ["10.88.0.5"]
