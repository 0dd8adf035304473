"""Vendors' recipes up to where the vendor's own program starts, which is a stand-in of its format.

Debian's kernel stands in for vendors' kernels; for ESXi's loader and for wimboot, which is an EFI
program or one in the form of a Linux kernel, programs of `standin.py` that tell what they got.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.installers import GOLDEN, SETTINGS, VARS
from tests.lab import payloads, standin
from tests.lab.firmware import Firmware
from tests.lab.machine import BOOTED, Machine, run_all
from tests.lab.network import Network
from tests.lab.serve import PXECTL, Serve, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

BIOS, UEFI = Firmware.BIOS, Firmware.UEFI
BASE = "http://10.77.0.1:8080"
CMDLINE = ["console=ttyS0,115200", "panic=5", "netlab.fetch"]
SITE = f"""
[[subnet]]
network = "10.77.0.0/24"

[[rule]]
match = {{ known = true }}
action = "boot"
cmdline = {json.dumps(CMDLINE)}
"""
INIT = "/nix/store/abc-nixos-system-lab-24.05/init"
PROFILES: dict[str, tuple[str, dict[str, str]]] = {
    "nixos": (INIT, {}),
    "flatcar": ("flatcar/ignition.json", {"mirror": "flatcar"}),
    "rancher": ("cloud.yaml", {"mirror": "rancher"}),
    "osie": ("workflow", {}),
    "vmware-esxi": ("vmware-esxi/ks.cfg", {}),
    "windows": ("answers.xml", {"mirror": "windows-{{ 'efi' if efi else 'bios' }}"}),
}
"""By installer: by what its settings are known among those of the golden texts, and other ones for
what is not there."""
MIRRORS = {
    "flatcar": "http://beta.release.flatcar-linux.net/amd64-usr/current",
    "rancher": "http://releases.rancher.com/os/latest",
    "windows-efi": f"{BASE}/TOKEN/files/windows",
    "windows-bios": f"{BASE}/TOKEN/files/windows",
}
"""Where the golden texts have what is below these folders here."""
STARTED = "STANDIN-DONE"


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


WINDOWS = ("wimboot", "answers.xml", "startnet.cmd", "bcd", "boot.sdi", "boot.wim", "booted")
WIMBOOT_SEES = (
    "STANDIN-FILE Unattend.xml 34 <unattend>",
    "STANDIN-FILE startnet.cmd 18 @echo off",
    "STANDIN-FILE BCD 21 stand-in for boot/bcd",
    "STANDIN-FILE boot.sdi 26 stand-in for boot/boot.sdi",
    "STANDIN-FILE boot.wim 29 stand-in for sources/boot.wim",
    "console=ttyS0,115200 panic=5 netlab.fetch",
)
VENDORS = {
    "nixos-bios": Vendor(
        "nixos", BIOS, (f"init={INIT}", "loglevel=7"),
        ("kernel", "initrd", "booted"),
    ),
    "nixos-uefi": Vendor(
        "nixos", UEFI, (f"init={INIT}",),
        ("kernel", "initrd", "booted"),
    ),
    "flatcar-uefi": Vendor(
        "flatcar", UEFI, ("flatcar.first_boot=1", '"version": "3.3.0"', "data:,flatcar-uefi"),
        ("flatcar_production_pxe.vmlinuz", "flatcar_production_pxe_image.cpio.gz", "booted",
         "ignition.json"),
    ),
    "rancher-bios": Vendor(
        "rancher", BIOS, ("rancher.cloud_init.datasources=[url:http", "hostname: rancher-bios"),
        ("vmlinuz", "initrd", "booted", "cloud.yaml"),
    ),
    "osie-uefi": Vendor(
        "osie", UEFI,
        ("packet_action=workflow", "docker_registry=10.77.0.5", "worker_id=52:54:00:77:0a",
         "repo-x86_64/main", "modloop of osie"),
        ("vmlinuz-x86_64", "initramfs-x86_64", "booted", "modloop-x86_64"),
    ),
    "esxi-uefi": Vendor(
        "vmware-esxi", UEFI,
        ("prefix=http://10.77.0.1:8080/", "kernel=b.b00",
         "modules=jumpstrt.gz --- useropts.gz --- k.b00", "vmaccepteula",
         "network --bootproto=dhcp --device=52:54:00:77:0a", "STANDIN-OPTIONS bootx64.efi -c http"),
        ("bootx64.efi", "booted", "boot.cfg", "b.b00", "jumpstrt.gz", "useropts.gz", "k.b00",
         "ks.cfg"),
        until=STARTED,
    ),
    "esxi-bios": Vendor(
        "vmware-esxi", BIOS, ("this iPXE has no COMBOOT",), (),
        until=r"that did not load",
    ),
    "windows-uefi": Vendor("windows", UEFI, WIMBOOT_SEES, WINDOWS, until=STARTED),
    "windows-bios": Vendor("windows", BIOS, WIMBOOT_SEES, WINDOWS, until=STARTED),
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
    payloads.linux(files / "osie/current", "vmlinuz-x86_64", "initramfs-x86_64")
    (files / "osie/current/modloop-x86_64").write_text("modloop of osie\n")
    payloads.esxi(files / "esxi/6.7")
    payloads.windows(files / "windows-efi", standin.efi_program())
    payloads.windows(files / "windows-bios", standin.bios_kernel())
    (site / "templates").mkdir()
    (site / "templates/cloud.yaml").write_text("#cloud-config\nhostname: {{ machine.hostname }}\n")
    (site / "templates/answers.xml").write_text("<unattend>{{ machine.name }}</unattend>\n")


def settings_of(installer: str) -> dict[str, object]:
    """The settings of that golden text which is looked at here."""
    return next(it for it in SETTINGS[installer] if PROFILES[installer][0] in it.values())


def profiles() -> str:
    """A profile of each installer, by its name."""
    text = ""
    for name, (_, more) in PROFILES.items():
        settings = {"installer": name} | settings_of(name) | more
        lines = (f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
        text += f"\n[profile.{name}]\n{''.join(lines)}"
    return text


@pytest.fixture(scope="module")
def booted(network: Network, folder: Path) -> Iterator[tuple[Serve, Path, dict[str, Machine]]]:
    site, machines = make_site(folder / "site", SITE + profiles()), {}
    lay_out(site)
    for number, (name, vendor) in enumerate(VENDORS.items(), 60):
        mac = f"52:54:00:77:0a:{number}"
        (site / "hardware" / f"{name}.toml").write_text(
            f'mac = ["{mac}"]\nprofile = "{vendor.profile}"\naddress = "10.77.0.{number}"\n'
            + "".join(f"vars.{key} = {json.dumps(value)}\n" for key, value in VARS.items())
        )
        machines[name] = Machine(network, vendor.firmware, mac, folder, until=vendor.until)
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


def golden(installer: str, head: str) -> list[str]:
    """The lines of the golden texts below a heading."""
    _, _, found = (GOLDEN / f"{installer}.txt").read_text().partition(f"==== {head}\n")
    return found.partition("\n==== ")[0].strip().split("\n")


def served(name: str, path: str, network: Network, booted: Booted) -> list[str]:
    """The lines of what a machine got, as if it were the machine of the golden texts."""
    serve, _, machines = booted
    mac = machines[name].mac
    [token, *_] = (
        e["path"].split("/")[1] for e in serve.events("requested")
        if e["mac"] == mac and e["protocol"] == "http"
    )  # fmt: skip
    done = network.run("cli", "curl", "-sSf", f"{BASE}/{token}/{path}")
    text = done.stdout.replace(token, "TOKEN").replace(mac, "52:54:00:77:00:01")
    text = text.replace(" ".join(CMDLINE), "quiet").replace(f"data:,{name}", "data:,node1")
    for folder, mirror in MIRRORS.items():
        text = text.replace(f"{BASE}/TOKEN/files/{folder}", mirror)
    assert done.returncode == 0, done.stderr
    return text.strip().split("\n")


@pytest.mark.parametrize("name", [name for name in VENDORS if name != "esxi-bios"])
def test_the_script_is_the_golden_text(name: str, network: Network, booted: Booted) -> None:
    vendor = VENDORS[name]
    said = " ".join(f"{key}={value!r}" for key, value in settings_of(vendor.profile).items())
    firmware = "x86-bios" if vendor.firmware is BIOS else "x64-uefi"
    wanted = golden(vendor.profile, f"{firmware} {said}".rstrip())
    got = served(name, "boot.ipxe", network, booted)

    assert wanted[1].startswith("echo pxectl: node1: ")
    assert got[1].startswith(f"echo pxectl: {name}: ")
    assert [got[0], *got[2:]] == [wanted[0], *wanted[2:]]


@pytest.mark.parametrize(
    ("name", "template"),
    [
        ("flatcar-uefi", "flatcar/ignition.json"),
        ("esxi-uefi", "vmware-esxi/ks.cfg"),
        ("windows-bios", "windows/startnet.cmd"),
    ],
)
def test_its_file_is_the_golden_text(
    name: str, template: str, network: Network, booted: Booted
) -> None:
    got = served(name, f"templates/{template}", network, booted)

    assert got == golden(VENDORS[name].profile, template)
