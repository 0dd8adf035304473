import json

import pytest
from typer.testing import CliRunner

from pxectl.cli.main import app
from pxectl.errors import PxectlError

MAC = "52:54:00:12:34:56"
SITE = """
[serve]
interfaces = ["lo"]
[profile.debian]
kernel = "debian/linux"
initrd = ["debian/initrd.gz"]
cmdline = ["auto=true"]
[[rule]]
name = "arm boards at night only"
match = { arch = ["arm64-uefi"], tags = ["board"], not = { time = "22:00-06:00" } }
action = "deny"
[[rule]]
name = "gpu nodes"
match = { tags = ["gpu"], known = true }
action = "boot"
profile = "debian"
"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "hardware").mkdir()
    (tmp_path / "pxectl.toml").write_text(SITE)
    (tmp_path / "hardware/node1.toml").write_text(
        f'mac = ["{MAC}"]\nprofile = "debian"\ntags = ["rack-3", "board"]\n'
    )
    folder = tmp_path / "files/ipxe"
    folder.mkdir(parents=True)
    for name, machine in (("ipxe.efi", 0x8664), ("ipxe-arm64.efi", 0xAA64)):
        (folder / name).write_bytes(efi(machine))
    return tmp_path


def efi(machine):
    """The least that is an EFI program of this machine type."""
    header = bytearray(1024)
    header[:2] = b"MZ"
    header[0x3C:0x40] = (0x80).to_bytes(4, "little")
    header[0x80:0x84] = b"PE\0\0"
    header[0x84:0x86] = machine.to_bytes(2, "little")
    return bytes(header)


def run(site, *argv):
    return CliRunner().invoke(app, ["rules", *argv, "--site", str(site)])


def test_trace_and_reply_are_told(site):
    result = run(site, "test", MAC)

    lines = result.stdout.splitlines()
    assert lines[:5] == [
        'boot  debian   by rule "known with a profile → boot" (built in)',
        '  1  "arm boards at night only"              no: arch is x64-uefi, not arm64-uefi',
        '  2  "gpu nodes"                             no: tags are rack-3, board, none of gpu',
        '  3  netboot = "never" → local (built in)    no: netboot is always, not never',
        "  4  known with a profile → boot (built in)  yes",
    ]
    assert lines[5].startswith("reply  DISCOVER: OFFER by proxyDHCP, NBP ipxe.efi over TFTP")
    assert result.exit_code == 0


def test_exit_code_is_1_for_a_machine_that_would_not_boot(site):
    result = run(site, "test", "52-54-00-99-99-99")

    assert result.exit_code == 1
    assert result.stdout.startswith('deny   by rule "anything else → deny" (built in)\n')


@pytest.mark.parametrize(
    ("at", "code"), [("23:00", 0), ("05:59", 0), ("06:00", 1), ("2026-11-30T12:00", 1)]
)
def test_moment_can_be_chosen(site, at, code):
    assert run(site, "test", MAC, "--client", "uefi-arm64", "--at", at).exit_code == code


def test_script_alone(site):
    result = run(site, "test", MAC, "--script")

    assert result.stdout.startswith("#!ipxe\n")
    assert "auto=true" in result.stdout


def test_no_script_is_said_on_stderr(site):
    (site / "files/ipxe/ipxe.efi").unlink()
    (site / "files/ipxe/undionly.kpxe").write_bytes(b"")  # whatever the host has of its own
    result = run(site, "test", MAC, "--script", "--client", "uefi-arm64", "--at", "12:00")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("warning: there is no script: ")


def test_json_has_the_same(site):
    told = json.loads(run(site, "test", MAC, "--client", "uefi-http", "--json").stdout)

    assert (told["v"], told["netboots"], told["action"]) == (1, True, "boot")
    assert [row["matches"] for row in told["trace"]] == [False, False, False, True]
    first = told["steps"][0]
    assert first["reply"]["options"]["60"] == "HTTPClient"
    assert first["bootfile"].endswith("/ipxe.efi")
    assert bytes.fromhex(first["hex"])[:2] == b"\x02\x01"


def test_hex_shows_the_octets(site):
    assert "       0000  02 01 06 00" in run(site, "test", MAC, "--hex").stdout


def test_server_mode_shows_the_reservation(site):
    (site / "hardware/node1.toml").write_text(
        f'mac = ["{MAC}"]\nprofile = "debian"\naddress = "127.0.0.21"\n'
    )

    assert "OFFER by DHCP, address 127.0.0.21" in run(site, "test", MAC, "--dhcp", "server").stdout


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("test", "nonsense"), "`nonsense` is not a MAC address"),
        (("test", MAC, "--client", "toaster"), "there is no client `toaster`"),
        (("test", MAC, "--relay", "x"), "--relay: `x` is no IPv4 address"),
        (("test", MAC, "--uuid", "x"), "--uuid: `x` is not a UUID"),
        (("test", MAC, "--at", "soon"), "--at: `soon` is no time"),
        (("test", MAC, "--interface", "nope"), "there is no interface `nope`"),
    ],
)
def test_a_word_that_can_not_be_is_an_error_with_a_hint(site, argv, message):
    result = run(site, *argv)

    assert isinstance(result.exception, PxectlError)
    assert message in result.exception.message
    assert result.exception.hint


def test_relay_and_circuit_can_be_said(site):
    rule = '[[rule]]\nname = "port"\nmatch = { circuit_id = "ge-1" }\naction = "deny"\n'
    (site / "pxectl.toml").write_text(SITE + rule)

    result = run(site, "test", MAC, "--relay", "127.0.0.9", "--circuit-id", "ge-1")

    assert result.stdout.startswith('deny   by rule "port"')
    assert result.exit_code == 1


def test_list_shows_the_built_in_rules_at_the_end(site):
    lines = run(site, "list").stdout.splitlines()

    assert [line.split()[0] for line in lines[1:]] == ["1", "2", "3", "4", "5"]
    assert lines[-1].endswith("built in")


def test_list_as_json(site):
    told = json.loads(run(site, "list", "--json").stdout)

    assert [rule["built_in"] for rule in told["rules"]] == [False, False, True, True, True]
