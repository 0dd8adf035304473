"""Firmware that runs only what Microsoft's keys vouch for: shim by Microsoft, GRUB and kernel by
Debian; and what nobody signed.
"""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pxectl.store.signed import is_signed, pe_header
from tests.lab.assets import ASSETS, STUB
from tests.lab.boots import endings
from tests.lab.firmware import GRUB, SHIM, SIGNED_GRUB, Firmware
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network, address
from tests.lab.payloads import efi_program
from tests.lab.serve import Serve, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(420)]

SIGNED, IPXE, UKI = (f"52:54:00:77:12:0{n}" for n in (1, 2, 3))
UNSIGNED = {"ipxe": (IPXE, "amd64"), "uki": (UKI, "uki")}
PROFILES = """
[[subnet]]
network = "10.77.0.0/24"
[profile.signed]
nbp = { x64-uefi = "signed/shimx64.efi" }
kernel = "amd64/linux"
initrd = ["amd64/initrd.img"]
cmdline = ["console=ttyS0", "panic=5", "netlab.token={{ vars.token }}"]
[profile.uki]
nbp = { x64-uefi = "uki.efi" }
"""
GIVES_UP = r"No bootable option or device was found"


@pytest.fixture(scope="module")
def site(folder: Path) -> Path:
    site = make_site(folder / "site", PROFILES)
    (site / "files/signed").mkdir()
    shutil.copyfile(SHIM, site / "files/signed/shimx64.efi")
    shutil.copyfile(SIGNED_GRUB, site / "files/signed/grubx64.efi")
    efi_program(site / "files/uki.efi", "console=ttyS0 panic=5")
    of_all = {"signed": (SIGNED, "signed"), **UNSIGNED}
    for n, (name, (mac, profile)) in enumerate(of_all.items(), 1):
        (site / f"hardware/{name}.toml").write_text(
            f'mac = ["{mac}"]\naddress = "10.77.0.8{n}"\nprofile = "{profile}"\n'
            "secure_boot = true\n"
            f'netboot = "{"once" if name == "signed" else "always"}"\n[vars]\ntoken = "{name}"\n'
        )
    return site


@pytest.fixture(scope="module")
def serve(network: Network, folder: Path, site: Path) -> Iterator[Serve]:
    with Serve(network, folder, "--site", str(site), "--dhcp", "server") as serve:
        yield serve


@pytest.fixture(scope="module")
def machines(network: Network, folder: Path, serve: Serve) -> dict[str, Machine]:
    made = {"signed": Machine(network, Firmware.SECURE, SIGNED, folder)}
    for name, (mac, _) in UNSIGNED.items():
        made[name] = Machine(network, Firmware.SECURE, mac, folder, until=GIVES_UP)
    run_all(list(made.values()), 300)
    return made


def fetched(serve: Serve, mac: str) -> list[str]:
    mine = [e for e in serve.events("requested") if e["mac"] == mac and e["status"] == 200]
    return [f"{e['what']} {e['path'].rpartition('/')[2]}" for e in mine]


def test_shim_and_grub_boot_the_kernel_of_the_profile_once(
    machines: dict[str, Machine], serve: Serve, site: Path
) -> None:
    machine = machines["signed"]

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    words = machine.find(r"NETLAB-CMDLINE (.*)").split()
    assert words[0].startswith("BOOT_IMAGE=(tftp,10.77.0.1)/")
    assert "netlab.token=signed" in words
    assert list(dict.fromkeys(fetched(serve, SIGNED))) == [
        "loader shimx64.efi", "file grubx64.efi", "script grub.cfg", "kernel linux",
        "initrd initrd.img", "booted booted",
    ]  # fmt: skip
    assert 'netboot = "never"' in (site / "hardware/signed.toml").read_text()


def test_firmware_enforces(machines: dict[str, Machine]) -> None:
    """The kernel knows it from the firmware's variables, and locks itself down."""
    assert machines["signed"].find(r"(Secure boot enabled|Kernel is locked down from EFI)")


def test_shim_is_told_at_once_what_is_not_there(machines: dict[str, Machine], serve: Serve) -> None:
    assert machines["signed"].outcome == "done"
    absent = {
        e["path"].rpartition("/")[2]: e["status"]
        for e in serve.events("requested")
        if e["mac"] == SIGNED and e["status"] != 200 and e["path"].endswith(".efi")
    }

    assert absent == dict.fromkeys(
        ("revocations_sku.efi", "revocations_sbat.efi", "shim_certificate_0.efi"), 404
    )


@pytest.mark.parametrize(
    ("scheme", "name"),
    [
        ("tftp", "/grubx64.efi"),
        ("tftp", "grubx64.efi%FF%FE"),
        ("tftp", "%EAOnboard%20NIC%20(IPV4)"),
        ("tftp", "%01%02USB"),
        ("http", "/grubx64.efi"),
        ("http", "grubx64.efi%01"),
        ("http", "%C3%AAOnboard%20NIC%20(IPV4)"),
    ],
)
def test_what_firmware_makes_of_shims_second_stage_leads_to_it(
    scheme: str, name: str, machines: dict[str, Machine], network: Network, serve: Serve
) -> None:
    """Octets as Dell's sends them (rhboot/shim 649, 696), by curl."""
    assert machines["signed"].outcome == "done"
    told = next(e["bootfile"] for e in serve.events("replied") if e["mac"] == SIGNED)
    port = ":8080" if scheme == "http" else ""
    url = f"{scheme}://{address('srv')}{port}/{told.removesuffix('shimx64.efi')}{name}"

    argv = ["curl", "-s", "--fail", "--path-as-is", "--output", "-", "--max-time", "60"]
    done = subprocess.run(network.argv("cli", *argv, url), capture_output=True, timeout=90)

    assert done.returncode == 0, serve.story()
    assert done.stdout == SIGNED_GRUB.read_bytes()


@pytest.mark.parametrize("name", UNSIGNED)
def test_what_nobody_signed_is_loaded_and_does_not_run(
    name: str, machines: dict[str, Machine], serve: Serve
) -> None:
    machine = machines[name]
    mac, program = machine.mac, "ipxe.efi" if name == "ipxe" else "uki.efi"

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    for way in ("PXEv4", "HTTPv4"):
        assert machine.find(rf"(failed to load \w+ \"UEFI {way}.*: Access Denied)"), machine.story()
    assert "iPXE" not in machine.text()
    assert "NETLAB" not in machine.text()
    # it was handed out whole, and nothing that it would ask for was asked for
    assert set(fetched(serve, mac)) == {f"nbp {program}"}
    whole = [e["outcome"] for e in serve.events("transferred") if e["mac"] == mac]
    assert whole.count("done") >= 2
    replied = [e for e in serve.events("replied") if e["mac"] == mac]
    assert {e["firmware"] for e in replied} == {"uefi", "uefi-http"}
    assert {e["unsigned"].partition(" ")[::2] for e in replied} == {
        (program, "bears no signature, and by its file this machine enforces Secure Boot")
    }
    assert all(e["hint"] for e in replied)
    told = endings(serve, mac)
    assert {e["cause"] for e in told} == {"secure-boot"}
    assert all(f"{program} bears no signature" in e["text"] for e in told)


def test_of_what_is_signed_nothing_is_said(machines: dict[str, Machine], serve: Serve) -> None:
    assert machines["signed"].outcome == "done"

    assert {e["unsigned"] for e in serve.events("replied") if e["mac"] == SIGNED} == {""}


@pytest.mark.parametrize(
    ("program", "signed"),
    [
        (SHIM, True),
        (SIGNED_GRUB, True),
        (ASSETS / "amd64/linux", True),
        (GRUB, False),
        (ASSETS / "ipxe/ipxe.efi", False),
        (ASSETS / "ipxe/ipxe-arm64.efi", False),
        (ASSETS / STUB, False),
    ],
    ids=str,
)
def test_a_signature_is_seen_where_there_is_one(program: Path, signed: bool) -> None:
    with program.open("rb") as file:
        assert is_signed(pe_header(file)) is signed
