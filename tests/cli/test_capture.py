import json

import pytest
from typer.testing import CliRunner

from pxectl.cli.main import app
from pxectl.errors import PxectlError
from tests.cli.test_rules import efi
from tests.recordings import DATA

RECORDING = str(DATA / "uefi-proxy.pcap")
MAC = "52:54:00:77:00:01"


@pytest.fixture
def site(tmp_path):
    (tmp_path / "files/ipxe").mkdir(parents=True)
    (tmp_path / "files/ipxe/ipxe.efi").write_bytes(efi(0x8664))
    (tmp_path / "hardware").mkdir()
    (tmp_path / "hardware/node1.toml").write_text(f'mac = ["{MAC}"]\nprofile = "debian"\n')
    (tmp_path / "pxectl.toml").write_text('[profile.debian]\nkernel = "linux"\n')
    return tmp_path


def run(site, *argv):
    return CliRunner().invoke(app, ["capture", "--site", str(site), *argv])


def test_a_recording_is_shown_with_what_pxectl_would_have_answered(site):
    result = run(site, "-r", RECORDING, "--count", "1")

    assert result.exit_code == 0
    assert "DISCOVER  0.0.0.0:68 → 255.255.255.255:67" in result.stdout
    assert "pxectl: would answer OFFER  ipxe.efi  debian by rule" in result.stdout


def test_json_is_one_object_a_packet(site):
    lines = run(site, "-r", RECORDING, "--json").stdout.splitlines()
    packets = [json.loads(line) for line in lines]

    assert [packet["packet"] for packet in packets[:2]] == ["DISCOVER", "OFFER"]
    assert packets[0]["would"]["reply"] == "OFFER"
    assert (packets[0]["client"], packets[1]["client"]) == ("x64-uefi", None)
    assert packets[0]["cut"] is False
    assert packets[1]["would"] is None


@pytest.mark.parametrize(
    ("mac", "count"), [(MAC, 29), ("5254.0077.0001", 29), ("02:00:00:00:00:01", 0)]
)
def test_one_machine_can_be_picked(site, mac, count):
    lines = run(site, "-r", RECORDING, "--json", "--mac", mac).stdout.splitlines()

    assert len(lines) == count


def test_a_recording_is_judged_where_the_site_serves_not_where_it_is_read(site):
    """Reserved addresses lie in the site's subnet, not in that of the reader's host."""
    (site / "pxectl.toml").write_text(
        '[serve]\ndhcp = "server"\n[[subnet]]\nnetwork = "10.77.0.0/24"\n'
        '[profile.debian]\nkernel = "linux"\n'
    )
    (site / "hardware/node1.toml").write_text(
        f'mac = ["{MAC}"]\nprofile = "debian"\naddress = "10.77.0.21"\n'
    )

    shown = run(site, "-r", RECORDING, "--count", "1").stdout

    assert "pxectl: would answer OFFER  10.77.0.21  ipxe.efi" in shown


def test_a_recorded_request_to_4011_is_judged_as_if_it_had_come_to_us(site):
    lines = run(site, "-r", RECORDING, "--json").stdout.splitlines()
    [asked] = [p for p in map(json.loads, lines) if p["destination"].endswith("10.77.0.1:4011")]

    assert asked["would"]["reply"] == "ACK"


def test_a_recording_is_not_written_over_itself(site, tmp_path):
    path = tmp_path / "kept.pcap"
    path.write_bytes(whole := (DATA / "uefi-proxy.pcap").read_bytes())

    result = run(site, "-r", str(path), "-w", str(path))

    assert isinstance(result.exception, PxectlError)
    assert path.read_bytes() == whole


def test_what_is_shown_can_be_kept(site, tmp_path):
    kept = tmp_path / "kept.pcap"
    run(site, "-r", RECORDING, "-w", str(kept), "--count", "5")

    again = run(site, "-r", str(kept), "--json").stdout.splitlines()

    assert len(again) == 5


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("-r", "/nonexistent.pcap"), "No such file"),
        (("-r", RECORDING, "--mac", "x"), "`x` is not a MAC address"),
        (("-i", "nope"), "there is no interface `nope`"),
    ],
)
def test_what_can_not_be_is_told_with_a_hint(site, argv, message):
    result = run(site, *argv)

    assert isinstance(result.exception, PxectlError)
    assert message in result.exception.message
    assert result.exception.hint
