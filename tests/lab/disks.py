"""A local disk for lab machines: what runs from it says LOCAL-DISK on the serial line."""

import subprocess
from pathlib import Path

from tests.lab.payloads import efi_program

RUNS = r"LOCAL-DISK"
# Prints the text behind it through the BIOS, letter by letter, then halts.
PRINT = bytes.fromhex(
    "31c0"  # xor ax, ax
    "8ed8"  # mov ds, ax
    "be147c"  # mov si, 0x7c14
    "ac"  # lodsb
    "08c0"  # or al, al
    "7406"  # jz to the hlt
    "b40e"  # mov ah, 0x0e
    "cd10"  # int 0x10
    "ebf5"  # jmp to the lodsb
    "f4"  # hlt
    "90"
)


def bios_disk(path: Path) -> Path:
    """A raw disk whose boot sector runs on a BIOS."""
    code = PRINT + b"LOCAL-DISK\r\n\0"
    path.write_bytes(code + bytes(510 - len(code)) + b"\x55\xaa" + bytes(1 << 20))
    return path


def efi_disk(path: Path) -> Path:
    """A raw disk with a system for UEFI x64; the kernel's command line holds LOCAL-DISK."""
    program = efi_program(path.with_suffix(".efi"), f"console=ttyS0 panic=5 {RUNS}")
    with path.open("wb") as image:
        image.truncate(32 << 20)
    mtools = {"mmd": ["::/EFI", "::/EFI/BOOT"], "mcopy": [program, "::/EFI/BOOT/BOOTX64.EFI"]}
    subprocess.run(["mkfs.vfat", path], check=True, stdout=subprocess.DEVNULL)
    for tool, arguments in mtools.items():
        subprocess.run([tool, "-i", path, *arguments], check=True)
    return path
