"""Vendors' recipes up to where the vendor's own program starts, which is a stand-in of its format.

Debian's kernel stands in for vendors' kernels, and as an EFI program for ESXi's loader; Memtest86+
for wimboot, which is, like it, an EFI program or one in the form of a Linux kernel.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.lab import payloads
from tests.lab.assets import ASSETS
from tests.lab.firmware import Firmware
from tests.lab.machine import BOOTED, Machine, run_all
from tests.lab.network import Network
from tests.lab.serve import PXECTL, Serve, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

BIOS, UEFI = Firmware.BIOS, Firmware.UEFI
SITE = """
[[subnet]]
network = "10.77.0.0/24"

[profile.nixos]
installer = "nixos"
init = "/nix/store/abc-nixos-system-node/init"

[profile.flatcar]
installer = "flatcar"
mirror = "flatcar"
ignition = "flatcar/ignition.json"

[profile.rancher]
installer = "rancher"
mirror = "rancher"
cloud_config = "cloud.yml"

[profile.osie]
installer = "osie"
mirror = "osie"
action = "workflow"
docker_registry = "10.77.0.1:5000"
grpc_authority = "10.77.0.1:42113"

[profile.vmware-esxi]
installer = "vmware-esxi"
kickstart = "vmware-esxi/ks.cfg"

[profile.windows]
installer = "windows"
mirror = "windows-{{ 'efi' if efi else 'bios' }}"
startnet = "windows/startnet.cmd"

[[rule]]
match = { known = true }
action = "boot"
cmdline = ["console=ttyS0,115200", "panic=5", "netlab.fetch"]
"""


@dataclass(frozen=True)
class Vendor:
    """One machine and what comes of its recipe."""

    profile: str
    firmware: Firmware
    says: tuple[str, ...]
    """What its serial port shows, beside what ends the run."""
    fetches: tuple[str, ...]
    """The last parts of the paths that it fetches with its script, in this order."""
    until: str = BOOTED
    screen: bool = False


WINDOWS = ("wimboot", "startnet.cmd", "bcd", "boot.sdi", "boot.wim", "booted")
VENDORS = {
    "nixos-bios": Vendor(
        "nixos", BIOS, ("init=/nix/store/abc-nixos-system-node/init", "loglevel=7"),
        ("kernel", "initrd", "booted"),
    ),
    "nixos-uefi": Vendor(
        "nixos", UEFI, ("init=/nix/store/abc-nixos-system-node/init",),
        ("kernel", "initrd", "booted"),
    ),
    "flatcar-uefi": Vendor(
        "flatcar", UEFI, ("flatcar.first_boot=1", '"version": "3.3.0"', "data:,flatcar-uefi"),
        ("flatcar_production_pxe.vmlinuz", "flatcar_production_pxe_image.cpio.gz", "booted",
         "ignition.json"),
    ),
    "rancher-bios": Vendor(
        "rancher", BIOS, ("rancher.cloud_init.datasources=[url:http", "hostname: rancher-bios"),
        ("vmlinuz", "initrd", "booted", "cloud.yml"),
    ),
    "osie-uefi": Vendor(
        "osie", UEFI,
        ("packet_action=workflow", "docker_registry=10.77.0.1:5000", "worker_id=52:54:00:77:0a",
         "repo-x86_64/main", "modloop of osie"),
        ("vmlinuz-x86_64", "initramfs-x86_64", "booted", "modloop-x86_64"),
    ),
    "esxi-uefi": Vendor(
        "vmware-esxi", UEFI,
        ("prefix=http://10.77.0.1:8080/", "kernel=b.b00",
         "modules=jumpstrt.gz --- useropts.gz --- k.b00", "vmaccepteula",
         "network --bootproto=dhcp --device=52:54:00:77:0a"),
        ("bootx64.efi", "booted", "boot.cfg", "ks.cfg"),
    ),
    "esxi-bios": Vendor(
        "vmware-esxi", BIOS, ("this iPXE has no COMBOOT",), (),
        until=r"that did not load",
    ),
    "windows-uefi": Vendor("windows", UEFI, (), WINDOWS, until=r"Memtest86\+", screen=True),
    "windows-bios": Vendor("windows", BIOS, (), WINDOWS, until=r"Memtest86\+", screen=True),
}  # fmt: skip
SHOWN = [name for name, vendor in VENDORS.items() if vendor.until == BOOTED]
"""Those whose stand-in prints its command line."""


def lay_out(site: Path) -> None:
    files = site / "files"
    payloads.linux(files / "nixos", "kernel", "initrd")
    payloads.linux(
        files / "flatcar", "flatcar_production_pxe.vmlinuz", "flatcar_production_pxe_image.cpio.gz"
    )
    payloads.linux(files / "rancher", "vmlinuz", "initrd")
    payloads.linux(files / "osie", "vmlinuz-x86_64", "initramfs-x86_64")
    (files / "osie/modloop-x86_64").write_text("modloop of osie\n")
    payloads.esxi(files / "esxi/8.0")
    for kind, name in (("efi", "memtest86+x64.efi"), ("bios", "memtest86+x64.bin")):
        payloads.windows(files / f"windows-{kind}", ASSETS / "memtest" / name)
    (site / "templates").mkdir()
    (site / "templates/cloud.yml").write_text("#cloud-config\nhostname: {{ machine.hostname }}\n")


@pytest.fixture(scope="module")
def booted(network: Network, folder: Path) -> Iterator[tuple[Serve, Path, dict[str, Machine]]]:
    site, machines = make_site(folder / "site", SITE), {}
    lay_out(site)
    for number, (name, vendor) in enumerate(VENDORS.items(), 60):
        mac = f"52:54:00:77:0a:{number}"
        (site / "hardware" / f"{name}.toml").write_text(
            f'mac = ["{mac}"]\nprofile = "{vendor.profile}"\naddress = "10.77.0.{number}"\n'
            '[vars]\npassword_hash = "$6$salt$hash"\n'
        )
        machines[name] = Machine(
            network, vendor.firmware, mac, folder, until=vendor.until, screen=vendor.screen
        )
    with Serve(network, folder, "--site", str(site), "--dhcp", "server") as serve:
        run_all(list(machines.values()), 400)
        yield serve, site, machines


Booted = tuple[Serve, Path, dict[str, Machine]]


@pytest.mark.parametrize("name", VENDORS)
def test_the_vendors_program_starts_with_what_its_recipe_says(name: str, booted: Booted) -> None:
    serve, _, machines = booted
    machine = machines[name]

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    shown = machine.text().replace("\n", "") + machine.text()
    assert [text for text in VENDORS[name].says if text not in shown] == [], machine.story()


@pytest.mark.parametrize("name", VENDORS)
def test_each_file_is_fetched_in_the_order_of_the_script(name: str, booted: Booted) -> None:
    serve, _, machines = booted
    mine = [e for e in serve.events("requested") if e["mac"] == machines[name].mac]
    after = [e["path"].rpartition("/")[2] for e in mine if e["status"] == 200]
    wanted = VENDORS[name].fetches

    assert tuple(after[after.index("boot.ipxe") + 1 :][: len(wanted)]) == wanted, mine


@pytest.mark.parametrize("name", SHOWN)
def test_the_command_line_is_the_one_that_rules_test_shows(
    name: str, network: Network, booted: Booted
) -> None:
    _, site, machines = booted
    argv = (*PXECTL, "rules", "test", machines[name].mac, "--site", site, "--script", "--client")
    kind = "bios" if VENDORS[name].firmware is BIOS else "uefi-x64"
    script = network.run("srv", *argv, kind, "--dhcp", "server", "--interface", "eth0").stdout

    [line] = [line for line in script.splitlines() if line.startswith("kernel ")]
    _, _, *words = line.partition(" || ")[0].split()
    shown = machines[name].find(r"NETLAB-CMDLINE (.*)").split()
    assert [word for word in words if word not in shown] == []
