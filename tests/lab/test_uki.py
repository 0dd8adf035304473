"""Kernel and initrd as one EFI program, which firmware runs without a boot loader."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.firmware import Firmware
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network
from tests.lab.payloads import efi_program
from tests.lab.serve import Serve, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(420)]

MACHINES = {
    "pxe": ("52:54:00:77:13:01", Firmware.UEFI),
    "http": ("52:54:00:77:13:02", Firmware.UEFI_HTTP),
}
PROFILE = """
[[subnet]]
network = "10.77.0.0/24"
[profile.uki]
nbp = { x64-uefi = "uki/pxe.efi", x64-uefi-http = "uki/http.efi" }
"""


@pytest.fixture(scope="module")
def site(folder: Path) -> Path:
    site = make_site(folder / "site", PROFILE)
    for n, (name, (mac, _)) in enumerate(MACHINES.items(), 1):
        efi_program(site / f"files/uki/{name}.efi", f"console=ttyS0 panic=5 netlab.token={name}")
        (site / f"hardware/{name}.toml").write_text(
            f'mac = ["{mac}"]\naddress = "10.77.0.9{n}"\nprofile = "uki"\nnetboot = "once"\n'
        )
    return site


@pytest.fixture(scope="module")
def serve(network: Network, folder: Path, site: Path) -> Iterator[Serve]:
    with Serve(network, folder, "--site", str(site), "--dhcp", "server") as serve:
        yield serve


@pytest.fixture(scope="module")
def machines(network: Network, folder: Path, serve: Serve) -> dict[str, Machine]:
    made = {name: Machine(network, kind, mac, folder) for name, (mac, kind) in MACHINES.items()}
    run_all(list(made.values()), 300)
    return made


@pytest.mark.parametrize("name", MACHINES)
def test_firmware_runs_it(
    name: str, machines: dict[str, Machine], serve: Serve, site: Path
) -> None:
    machine = machines[name]

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    assert f"netlab.token={name}" in machine.find(r"NETLAB-CMDLINE (.*)").split()
    # EDK2 asks for the size first, over HTTP by HEAD, and for nothing else after that
    mine = [e for e in serve.events("requested") if e["mac"] == machine.mac]
    assert {(e["what"], e["protocol"], e["status"]) for e in mine} == {
        ("nbp", "http" if name == "http" else "tftp", 200)
    }
    assert all(e["path"].endswith(f"/files/uki/{name}.efi") for e in mine)
    assert 'netboot = "never"' in (site / f"hardware/{name}.toml").read_text()
