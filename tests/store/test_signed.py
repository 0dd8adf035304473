"""A PE header says whether a table of certificates is there (PE/COFF, "optional header")."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.machine import Machine
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Quirks
from pxectl.boot.rules import Action, Rule, Rules
from pxectl.store.signed import is_signed, pe_header, unsigned_programs
from pxectl.wire.iana import Arch
from tests.builders import MAC1


def program(size: int = 0, magic: int = 0x20B, count: int = 16, machine: int = 0x8664) -> bytes:
    """An EFI program with a certificate table of `size` octets."""
    header = b"PE\0\0" + struct.pack("<H18x", machine) + struct.pack("<H", magic)
    header = header.ljust(24 + (112 if magic == 0x20B else 96) - 4, b"\0")
    header += struct.pack("<I", count)
    entries = [(0, 0)] * count
    if count > 4:
        entries[4] = (4096, size)
    header += b"".join(struct.pack("<II", *entry) for entry in entries)
    return b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x80) + bytes(0x40) + header


@pytest.mark.parametrize(
    ("content", "signed"),
    [
        (program(1400), True),
        (program(1400, magic=0x10B), True),
        (program(0), False),
        (program(0, magic=0x10B), False),
        (program(1400, count=4), False),
        (program(1400, magic=0x107), False),
        (program(1400)[:-100], False),
        (b"MZ", False),
        (b"", False),
        (b"\x7fELF".ljust(500, b"\0"), False),
        (b"MZ".ljust(0x3C, b"\0") + b"\xff\xff\xff\xff", False),
    ],
    ids=["PE32+", "PE32", "none", "none PE32", "no such entry", "ROM", "cut", "MZ", "empty", "ELF",
         "behind the end"],
)  # fmt: skip
def test_a_table_of_certificates_is_a_signature(content, signed):
    assert is_signed(pe_header(io.BytesIO(content))) is signed


@given(st.binary(max_size=400))
def test_any_content_is_signed_or_not(content):
    is_signed(pe_header(io.BytesIO(content)))
    is_signed(pe_header(io.BytesIO(program()[:0x80] + b"PE\0\0" + content)))


def test_what_a_site_hands_out_itself_is_looked_at(tmp_path):
    for name, content in {
        "a/shim.efi": program(9), "uki.efi": program(), "rule.efi": program(), "own.efi": program(),
        "machine.efi": program(), "page.efi": b"<html>", "unused.efi": program(),
    }.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    nbps = ("a/shim.efi", "uki.efi", "page.efi", "absent.efi", "https://x/a.efi")
    profiles = {str(n): Profile(str(n), nbp={Arch.X64_UEFI: name}) for n, name in enumerate(nbps)}
    rules = Rules((Rule("r", (), Action.DENY, quirks=Quirks(nbp="rule.efi")),), profiles)
    own = Profile("o", nbp={Arch.X64_UEFI: "own.efi"})
    machines = (Machine("m", (MAC1,), quirks=Quirks(nbp="machine.efi"), own=own),)

    found = unsigned_programs(tmp_path, rules, machines)

    assert found == {"uki.efi", "rule.efi", "machine.efi", "own.efi"}
