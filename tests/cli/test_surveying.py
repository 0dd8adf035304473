import json

import pytest
from typer.testing import CliRunner

from pxectl.cli.main import app
from pxectl.errors import PxectlError
from tests.cli.test_rules import efi

CONFIG = '[serve]\ninterfaces = ["lo"]\n[profile.debian]\nkernel = "linux"\n'


@pytest.fixture
def site(tmp_path):
    (tmp_path / "files/ipxe").mkdir(parents=True)
    (tmp_path / "files/ipxe/ipxe.efi").write_bytes(efi(0x8664))
    (tmp_path / "hardware").mkdir()
    (tmp_path / "pxectl.toml").write_text(CONFIG)
    add(tmp_path, "node1", 1, 'profile = "debian"')
    return tmp_path


def add(site, name, number, more=""):
    text = f'mac = ["52:54:00:00:00:{number:02x}"]\n{more}\n'
    (site / "hardware" / f"{name}.toml").write_text(text)


def run(site, *argv):
    return CliRunner().invoke(app, ["rules", "test", "--all", "--site", str(site), *argv])


def test_every_machine_has_a_row_with_its_own_kind_of_client(site):
    add(site, "node2", 2, 'profile = "debian"\narch = "arm64"')
    add(site, "node3", 3, 'profile = "debain"')

    result = run(site)

    assert [line.split(maxsplit=5) for line in result.stdout.splitlines()] == [
        ["NAME", "MAC", "CLIENT", "ACTION", "PROFILE", "RULE"],
        ["node1", "52:54:00:00:00:01", "x64-uefi", "boot", "debian",
         "known with a profile → boot (built in)"],
        ["node2", "52:54:00:00:00:02", "arm64-uefi", "boot", "debian",
         "no iPXE binary for arm64-uefi"],
        ["node3", "52:54:00:00:00:03", "x64-uefi", "deny", "-", "profile `debain` is not defined"],
    ]  # fmt: skip
    assert result.exit_code == 1


def test_exit_code_is_0_when_every_machine_gets_something(site):
    assert run(site).exit_code == 0


@pytest.mark.parametrize("quirk", ["", '[quirks]\nstyle = "binl"'])
def test_a_machine_that_is_sent_to_port_4011_gets_something_there(site, quirk):
    add(site, "node1", 1, f'profile = "debian"\n{quirk}')

    assert run(site).exit_code == 0


def test_facts_apply_to_all(site):
    add(site, "node2", 2, 'profile = "debian"')

    told = json.loads(run(site, "--client", "ipxe", "--json").stdout)

    assert told["v"] == 1
    assert [m["client"] for m in told["machines"]] == ["ipxe x64-uefi", "ipxe x64-uefi"]
    assert all(m["netboots"] and m["bootfile"].endswith("/boot.ipxe") for m in told["machines"])
    assert told["machines"][0].keys() == {
        "machine", "mac", "client", "netboots", "action", "rule", "built_in", "profile",
        "bootfile", "reason",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("52:54:00:00:00:01",), "--all and MAC exclude each other"),
        (("--pcap", "x.pcap"), "--all and --pcap exclude each other"),
        (("--script",), "--script and --hex are for one machine"),
        (("--client", "toaster"), "there is no client `toaster`"),
    ],
)
def test_what_would_not_be_obeyed_is_refused(site, argv, message):
    result = run(site, *argv)

    assert isinstance(result.exception, PxectlError)
    assert message in result.exception.message
    assert result.exception.hint
