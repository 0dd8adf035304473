"""A local disk for lab machines: what runs from it says LOCAL-DISK on the serial line."""

from pathlib import Path

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
