"""Programs of the lab's own, in the formats that vendors' programs have."""

import shutil
import subprocess
from pathlib import Path

from tests.lab import standin
from tests.lab.assets import ASSETS, STUB

COM32 = bytes.fromhex("b8ff4ccd21") + b"stand-in for VMware's mboot.c32"
"""The first octets of a COM32R program of SYSLINUX 3.86, which ESXi's is."""


def efi_program(path: Path, cmdline: str = "") -> Path:
    """An EFI program for x64: Debian's kernel and the lab's initrd behind systemd's stub.

    Args:
        path: where it goes.
        cmdline: the kernel's command line; empty: what it is started with.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sections = {
        ".linux": (ASSETS / "amd64/linux", 0x1000000),
        ".initrd": (ASSETS / "amd64/initrd.img", 0x2000000),
    }
    if cmdline:
        text = path.with_suffix(".cmdline")
        text.write_text(cmdline)
        sections[".cmdline"] = text, 0x30000
    argv = ["objcopy"]
    for name, (file, address) in sections.items():
        argv += ["--add-section", f"{name}={file}", "--change-section-vma", f"{name}={address:#x}"]
    subprocess.run([*argv, ASSETS / STUB, path], check=True)
    return path


def linux(folder: Path, kernel: str, initrd: str) -> None:
    """The lab's kernel and initrd, under the names that a vendor gives its own."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ASSETS / "amd64/linux", folder / kernel)
    shutil.copyfile(ASSETS / "amd64/initrd.img", folder / initrd)


def esxi(folder: Path) -> None:
    """What of ESXi's ISO is loaded first."""
    loader = folder / "efi/boot/bootx64.efi"
    loader.parent.mkdir(parents=True)
    loader.write_bytes(standin.efi_program())
    (folder / "mboot.c32").write_bytes(COM32)
    (folder / "boot.cfg").write_text(
        "bootstate=0\ntitle=Loading ESXi installer\ntimeout=5\nprefix=\nkernel=/b.b00\n"
        "kernelopt=runweasel cdromBoot\nmodules=/jumpstrt.gz --- /useropts.gz --- /k.b00\n"
    )
    for name in ("b.b00", "jumpstrt.gz", "useropts.gz", "k.b00"):
        (folder / name).write_text(f"stand-in for {name}")


def windows(folder: Path, wimboot: bytes) -> None:
    """Windows' boot files, and something in the place of wimboot."""
    for name in ("boot/bcd", "boot/boot.sdi", "sources/boot.wim"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(f"stand-in for {name}".encode())
    (folder / "wimboot").write_bytes(wimboot)
