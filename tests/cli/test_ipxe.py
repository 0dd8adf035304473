import json

import pytest
from typer.testing import CliRunner

from pxectl.cli.main import app
from tests.cli.test_rules import efi


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "files/ipxe"
    folder.mkdir(parents=True)
    (folder / "ipxe.efi").write_bytes(efi(0x8664))
    (folder / "ipxe-arm64.efi").write_bytes(b"")
    return tmp_path


def run(site, *argv):
    return CliRunner().invoke(app, ["ipxe", "--site", str(site), *argv])


def test_what_is_found_is_shown_with_what_is_wrong_with_it(site):
    lines = [line.split() for line in run(site).stdout.splitlines()]

    assert ["x64-uefi", "ipxe.efi", f"{site}/files/ipxe/ipxe.efi", "site"] in lines
    assert ["-", "-", f"{site}/files/ipxe/ipxe-arm64.efi", "site", "is", "empty"] in lines


def test_json_has_the_same(site):
    told = json.loads(run(site, "--json").stdout)
    own = [binary for binary in told["ipxe"] if binary["source"] == "site"]

    assert told["v"] == 1
    assert [(binary["arch"], binary["used"], binary["problem"]) for binary in own] == [
        (None, False, "is empty"), ("x64-uefi", True, ""),
    ]  # fmt: skip
