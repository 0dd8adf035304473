"""Kernels in images that nobody unpacked, images as disks, and a BMC's virtual media."""

import shutil
import subprocess
from pathlib import Path

import pytest

from pxectl import mac
from pxectl.boot.token import make_lasting_token
from pxectl.store.secret import site_secret
from tests.lab.assets import ASSETS
from tests.lab.firmware import Firmware
from tests.lab.machine import Machine, run_all
from tests.lab.network import Network
from tests.lab.serve import Serve, make_site

pytestmark = [pytest.mark.lab, pytest.mark.timeout(300)]

MAC = "52:54:00:77:21:01"
ROOM = 400
GRUB_CFG = f"""
search --no-floppy --set=root --file /casper/vmlinuz
linux /casper/vmlinuz console=ttyS0 panic=5 pxectl.cmdline={"_" * ROOM}
initrd /casper/initrd
boot
"""


@pytest.fixture(scope="module")
def iso(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As distributions make them: a kernel, an initrd, and GRUB for EFI in an El Torito image."""
    folder = tmp_path_factory.mktemp("iso")
    tree = folder / "tree"
    (tree / "casper").mkdir(parents=True)
    shutil.copyfile(ASSETS / "amd64/linux", tree / "casper/vmlinuz")
    shutil.copyfile(ASSETS / "amd64/initrd.img", tree / "casper/initrd")
    (tree / "boot/grub").mkdir(parents=True)
    (tree / "boot/grub/grub.cfg").write_text(GRUB_CFG)
    early = folder / "early.cfg"
    early.write_text(
        "search --no-floppy --set=root --file /boot/grub/grub.cfg\nconfigfile /boot/grub/grub.cfg\n"
    )
    program, fat = folder / "bootx64.efi", folder / "efi.img"
    modules = "part_gpt part_msdos iso9660 fat normal linux search search_fs_file configfile boot"
    run("grub-mkimage", "-O", "x86_64-efi", "-p", "/boot/grub", "-c", early, "-o", program,
        *modules.split())  # fmt: skip
    run("mformat", "-C", "-i", fat, "-T", "8192", "::")
    run("mmd", "-i", fat, "::/EFI", "::/EFI/BOOT")
    run("mcopy", "-i", fat, program, "::/EFI/BOOT/BOOTX64.EFI")
    path = folder / "lab.iso"
    efi = ("-append_partition", "2", "0xef", fat, "-e", "--interval:appended_partition_2:all::")
    run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-J", *efi, "-no-emul-boot", "-o", path, tree)
    return path


def run(*argv: object) -> None:
    subprocess.run([str(one) for one in argv], check=True, capture_output=True)


def site_with(folder: Path, iso: Path, profile: str) -> Path:
    site = make_site(
        folder / "site", f'\n[[subnet]]\nnetwork = "10.77.0.0/24"\n\n[profile.medium]\n{profile}\n'
    )
    shutil.copyfile(iso, site / "files/lab.iso")
    (site / "hardware/node.toml").write_text(
        f'mac = ["{MAC}"]\naddress = "10.77.0.91"\nprofile = "medium"\n[vars]\ntoken = "medium"\n'
    )
    return site


IN_PLACE = """kernel = "lab.iso:/casper/vmlinuz"
initrd = ["lab.iso:/CASPER/initrd"]
cmdline = ["console=ttyS0", "panic=5", "netlab.token={{ vars.token }}"]"""
AS_A_DISK = """iso = "lab.iso"
cmdline = ["netlab.token={{ vars.token }}"]"""


@pytest.mark.parametrize("firmware", [Firmware.BIOS, Firmware.UEFI], ids=lambda one: one.name)
def test_a_kernel_boots_out_of_an_iso_that_nobody_unpacked(
    network: Network, tmp_path: Path, iso: Path, firmware: Firmware
) -> None:
    site = site_with(tmp_path, iso, IN_PLACE)
    machine = Machine(network, firmware, MAC, tmp_path)
    with Serve(network, tmp_path, "--site", str(site), "--dhcp", "server") as serve:
        run_all([machine], 120)
        fetched = [e["what"] for e in serve.events("requested") if e["status"] == 200]

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    assert "netlab.token=medium" in machine.find(r"NETLAB-CMDLINE (.*)").split()
    assert fetched[-3:] == ["kernel", "initrd", "booted"]


def test_ipxe_boots_an_iso_over_http_with_the_machines_command_line(
    network: Network, tmp_path: Path, iso: Path
) -> None:
    site = site_with(tmp_path, iso, AS_A_DISK)
    machine = Machine(network, Firmware.UEFI, MAC, tmp_path)
    with Serve(network, tmp_path, "--site", str(site), "--dhcp", "server") as serve:
        run_all([machine], 180)

    assert machine.outcome == "done", f"{machine.story()}\n{serve.story()}"
    assert "netlab.token=medium" in machine.find(r"NETLAB-CMDLINE (.*)").split()
    ranges = [e["detail"] for e in serve.events("transferred") if "/iso/" in str(e["path"])]
    assert any(str(one).startswith("bytes=") for one in ranges)


def test_a_bmc_reads_the_same_image_range_by_range(
    network: Network, tmp_path: Path, iso: Path
) -> None:
    """The URL of virtual media is typed once and has no boot to expire with."""
    site = site_with(tmp_path, iso, AS_A_DISK)
    token = make_lasting_token(site_secret(site), mac.MAC.parse(MAC))
    url = f"http://10.77.0.1:8080/iso/{token}/lab.iso"
    before, size = iso.read_bytes(), iso.stat().st_size
    place = before.index(b"pxectl.cmdline=")
    room = len("pxectl.cmdline=") + ROOM
    words = b"netlab.token=medium"
    expected = before[:place] + words.ljust(room) + before[place + room :]
    with Serve(network, tmp_path, "--site", str(site), "--dhcp", "server"):
        read = b""
        # ends that lie before, in and behind the place
        ends = [place - 1, place + 7, place + room - 1, place + room + 99, size - 1]
        for end in ends:
            part = tmp_path / "part"
            argv = ["curl", "-sSf", "-r", f"{len(read)}-{end}", "-o", part, url]
            assert network.run("cli", *argv).returncode == 0
            read += part.read_bytes()

    assert read == expected
