import json
from ipaddress import IPv4Address

import pytest
from scapy.utils import PcapNgWriter
from typer.testing import CliRunner

from pxectl.boot.kinds import KINDS
from pxectl.cli.main import app
from pxectl.errors import PxectlError
from pxectl.wire.frame import udp_frame
from tests.builders import MAC1, discover
from tests.cli.test_rules import efi
from tests.recordings import DATA

MAC = "52:54:00:77:00:01"
MACS = [MAC, *(f"52:54:00:77:{group:02}:{n:02}" for group in (1, 2, 3) for n in range(1, 6))]
CONFIG = '[[subnet]]\nnetwork = "10.77.0.0/24"\n[profile.debian]\nkernel = "linux"\n'


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "files/ipxe"
    folder.mkdir(parents=True)
    (folder / "undionly.kpxe").write_bytes(b"\xea" + bytes(2000))
    for name, machine in (("ipxe.efi", 0x8664), ("ipxe-arm64.efi", 0xAA64)):
        (folder / name).write_bytes(efi(machine))
    (tmp_path / "hardware").mkdir()
    for number, mac in enumerate(MACS):
        text = f'mac = ["{mac}"]\nprofile = "debian"\naddress = "10.77.0.{20 + number}"\n'
        (tmp_path / f"hardware/node{number}.toml").write_text(text)
    (tmp_path / "pxectl.toml").write_text(CONFIG)
    return tmp_path


def run(site, name, *argv):
    path = name if "/" in str(name) else DATA / f"{name}.pcap"
    return CliRunner().invoke(
        app, ["rules", "test", "--pcap", str(path), "--site", str(site), *argv]
    )


def objects(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize("name", sorted(path.stem for path in DATA.glob("*.pcap")))
@pytest.mark.parametrize("mode", ["proxy", "server"])
def test_each_program_of_each_recording_gets_something(site, name, mode):
    """Recordings of real firmware, asked again under a site that boots them all."""
    result = run(site, name, "--dhcp", mode)

    boots = "bystander" not in name  # an operating system: nobody netboots in it
    assert result.exit_code == (0 if boots else 1)
    assert ("boot debian by known with a profile" in result.stdout) is boots


def test_a_line_says_who_asked_what_is_decided_and_what_it_gets(site):
    lines = run(site, "uefi-proxy").stdout.splitlines()

    assert lines[0].split()[1:4] == ["DISCOVER", MAC, "x64-uefi"]
    assert lines[0].endswith(
        "boot debian by known with a profile → boot (built in)  OFFER ipxe.efi"
    )
    assert lines[1].endswith("no reply: the DHCP server's to answer")


def test_json_holds_the_whole_decision_and_reply(site):
    told = objects(run(site, "uefi-proxy", "--json"))

    first = told[0]
    assert first["v"] == 1
    assert first["time"].endswith("Z")
    assert (first["action"], first["netboots"], first["expected"]) == ("boot", True, True)
    assert first["trace"][-1]["matches"] is True
    assert first["reply"]["options"]["60"] == "PXEClient"
    assert "without asking port 4011" in first["then"]
    assert all(one.keys() == first.keys() for one in told)
    assert [one["asks"] for one in told if "4011" in one["asks"]] == ["REQUEST to 4011"]


def test_a_request_to_4011_is_answered_as_if_it_had_come_to_us(site):
    told = objects(run(site, "uefi-proxy", "--json"))

    [asked] = [one for one in told if one["asks"] == "REQUEST to 4011"]
    assert asked["reply"]["type"] == "ACK"


@pytest.mark.parametrize(("mac", "code", "some"), [(MAC, 0, True), ("5254.0099.9999", 1, False)])
def test_mac_picks_one_machine(site, mac, code, some):
    result = run(site, "uefi-proxy", mac)

    assert result.exit_code == code
    assert bool(result.stdout) is some


def test_exit_code_is_1_when_a_program_on_the_way_gets_nothing(site):
    """Firmware may load iPXE, and iPXE is denied: that boot fails."""
    rule = '[[rule]]\nmatch = { firmware = "ipxe" }\naction = "deny"\n'
    (site / "pxectl.toml").write_text(CONFIG + rule)

    result = run(site, "uefi-proxy")

    assert "OFFER ipxe.efi" in result.stdout
    assert result.exit_code == 1


def test_rules_see_the_moment_of_the_recording_unless_another_one_is_said(site):
    rule = '[[rule]]\nmatch = { weekday = "mon" }\naction = "deny"\n'
    (site / "pxectl.toml").write_text(CONFIG + rule)
    monday, tuesday = (run(site, "uefi-proxy", "--at", f"2026-11-{day}T12:00") for day in (23, 24))

    assert (monday.exit_code, tuesday.exit_code) == (1, 0)
    assert run(site, "uefi-proxy").exit_code in (0, 1)


def relayed(path, giaddr="10.88.0.1"):
    """A pcapng with the DISCOVER of a machine behind a relay, as the relay sends it on."""
    packet = discover("uefi-x64", MAC1, giaddr=IPv4Address(giaddr))
    relay, server = (MAC1, IPv4Address(giaddr), 67), (MAC1, IPv4Address("10.77.0.1"), 67)
    frame = udp_frame(relay, server, packet.pack())
    writer = PcapNgWriter(str(path))
    writer.write(frame)
    writer.close()
    return path


def test_a_relayed_request_in_a_pcapng_is_decided_by_its_relay(site, tmp_path):
    rule = '[[rule]]\nname = "far"\nmatch = { relay = "10.88.0.0/24" }\naction = "deny"\n'
    (site / "pxectl.toml").write_text(CONFIG + rule)

    result = run(site, relayed(tmp_path / "relayed.pcapng"))

    assert 'deny by "far"' in result.stdout
    assert result.exit_code == 1


def test_a_relayed_client_is_answered_through_its_relay(site, tmp_path):
    [told] = objects(run(site, relayed(tmp_path / "relayed.pcapng"), "--json"))

    assert told["to"] == {"address": "10.88.0.1", "port": 67, "how": "unicast"}
    assert told["client"] == KINDS["uefi-x64"].arch.label


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("/nonexistent.pcap",), "No such file"),
        (("uefi-proxy", "x"), "`x` is not a MAC address"),
        (("uefi-proxy", "--client", "bios"), "--client does not go with --pcap"),
        (("uefi-proxy", "--circuit-id", "x"), "--circuit-id does not go with --pcap"),
        (("uefi-proxy", "--hex"), "--script and --hex are for one machine"),
    ],
)
def test_what_can_not_be_is_told_with_a_hint(site, argv, message):
    result = run(site, *argv)

    assert isinstance(result.exception, PxectlError)
    assert result.exception.exit_code == 2
    assert message in result.exception.message
    assert result.exception.hint


def test_neither_mac_nor_all_nor_pcap_is_an_error(site):
    result = CliRunner().invoke(app, ["rules", "test", "--site", str(site)])

    assert result.exception.hint == "name a MAC, or say `--all` or `--pcap FILE`"
