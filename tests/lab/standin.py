"""Programs that stand in for what vendors' loaders are, in the form in which iPXE starts those.

They are made of `standins/` and tell the serial port what they were given (see the head of each).
"""

import struct
import tempfile
from functools import cache
from pathlib import Path

from tests.lab.network import run

SOURCES = Path(__file__).with_name("standins")
PAGE = 0x1000
_CC = ("-Os", "-ffreestanding", "-fno-stack-protector", "-fno-asynchronous-unwind-tables")
_CC += ("-fcf-protection=none", "-fno-jump-tables", "-Wall", "-Werror")


@cache
def efi_program() -> bytes:
    """An EFI program for x64, as wimboot and ESXi's loader are: the code below a PE header."""
    flags = ("-m64", "-mno-red-zone", "-fpic", "-fvisibility=hidden")
    code = _compiled("efi.c", PAGE, "elf_x86_64", *flags)
    code += bytes(-len(code) % PAGE)
    size = PAGE + len(code)
    # PE format, Microsoft: COFF header (x64; an executable that can be moved, large addresses)
    coff = struct.pack("<4sHHIIIHH", b"PE\0\0", 0x8664, 1, 0, 0, 0, 240, 0x22)
    # optional header: subsystem 10 is an EFI application, and 16 directories are all empty
    optional = struct.pack("<HBBIIIII", 0x20B, 0, 0, len(code), 0, 0, PAGE, PAGE)
    optional += struct.pack("<QIIHHHHHHI", 0, PAGE, PAGE, 0, 0, 0, 0, 0, 0, 0)
    optional += struct.pack("<IIIHHQQQQII", size, PAGE, 0, 10, 0, 0, 0, 0, 0, 0, 16) + bytes(128)
    # one section that is code and data: read, write, execute
    section = struct.pack("<8sIIIIIIHHI", b".all", len(code), PAGE, len(code), PAGE, 0, 0, 0, 0,
                          0xE0000060)  # fmt: skip
    header = b"MZ" + bytes(58) + struct.pack("<I", 64) + coff + optional + section
    return header.ljust(PAGE, b"\0") + code


@cache
def bios_kernel() -> bytes:
    """A Linux kernel by its header, as wimboot is on BIOS: all of it runs in real mode."""
    flags = ("-m16", "-march=i386", "-fno-pic", "-mregparm=3")
    return _compiled("bios.c", 0, "elf_i386", *flags).ljust(16 * 512 + 512, b"\0")


def _compiled(source: str, base: int, emulation: str, *flags: str) -> bytes:
    """The octets of a program in one piece that begins at `base`."""
    with tempfile.TemporaryDirectory(prefix="pxlab-") as name:
        part, whole, flat = (Path(name, it) for it in ("part.o", "whole", "flat"))
        run("gcc", *_CC, *flags, "-c", "-o", str(part), str(SOURCES / source))
        script = ("-T", str(SOURCES / "one.ld"), f"--defsym=base={base}")
        run("ld", "-m", emulation, *script, "-e", str(base), "-o", str(whole), str(part))
        run("objcopy", "-O", "binary", str(whole), str(flat))
        return flat.read_bytes()
