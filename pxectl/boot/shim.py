"""What shim asks for beside itself, and what becomes of these names on their way (netboot.md 3.3,
44; shim 16.1 in the lab).

It takes the folder of its own file from the DHCP reply, where a firmware keeps that, and asks at
the root where it does not. Dell's firmware hands it the words of a boot entry, which shim 15.8
takes for the name of its second stage and gives up when that is "not found"; later ones ask for
the usual name then.
"""

import re
from collections.abc import Iterator, Mapping

from pxectl.boot.client import Client
from pxectl.boot.nbp import binary_arch
from pxectl.boot.urls import FILES
from pxectl.wire.iana import Arch

_CPUS = {
    Arch.X64_UEFI: "x64",
    Arch.ARM64_UEFI: "aa64",
    Arch.X86_UEFI: "ia32",
    Arch.ARM32_UEFI: "arm",
    Arch.RISCV64_UEFI: "riscv64",
    Arch.LOONGARCH64_UEFI: "loongarch64",
}
_ASKED = re.compile(
    rf"(?:(?:grub|mm|fb)(?:{'|'.join(_CPUS.values())})"  # second stage, MokManager, fallback
    r"|revocations(?:_sku|_sbat)?|shim_certificate(?:_\d)?)\.efi",
    re.IGNORECASE,
)
"""What it does without is looked for, too: a site may have it."""
_BY_HABIT = ("revocations", "shim_certificate")
_JUNK_BEHIND = re.compile(
    r"(?<=\.efi)[^\x21-\x7e]+$|(?<=[^/\\\0-\x20\x7f-\xff\ufffd])[\0-\x20\x7f-\xa0\xff\ufffd]+$",
    re.IGNORECASE,
)
"""ROMs read option 67 on into option 255, or into what stood in the buffer before."""


def is_shims(name: str) -> bool:
    """True for a name that shim asks for, in whatever folder."""
    return bool(_ASKED.fullmatch(_last(name)))


def beside_shim(name: str, own: str, client: Client) -> str:
    """The file below `files/`, or URL, that shim means; empty: this is none of its names.

    Args:
        name: what is asked for, without a token.
        own: the program below `files/`, or its URL, that firmware was handed; empty: none.
        client: who asks.
    """
    last, home = _last(name), _folder(own)
    if is_shims(name) and not name.startswith(f"{FILES}/"):
        return _in(home, last)
    cpu = _CPUS.get(binary_arch(client), "")
    if own and cpu and _is_junk(last) and _folder(name) in ("", _in(FILES, home)):
        return _in(home, f"grub{cpu}.efi")
    return ""


def second_stages(nbps: Mapping[Arch, str]) -> Iterator[str]:
    """What those of these programs that are called like shim load next.

    Args:
        nbps: files below `files/`, or URLs, by architecture.
    """
    for arch, nbp in nbps.items():
        cpu = _CPUS.get(arch.pxe)
        if cpu and _last(nbp).lower().startswith("shim"):
            yield _in(_folder(nbp), f"grub{cpu}.efi")


def does_without(path: str) -> bool:
    """True for what shim looks for by habit: that it is not there is nothing to be told of."""
    return _last(path).lower().startswith(_BY_HABIT)


def without_junk(path: str) -> str:
    """A path that ends where its name does (netboot.md 2.8)."""
    return _JUNK_BEHIND.sub("", path)


def _is_junk(name: str) -> bool:
    return not name.isascii() or not name.isprintable()


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _in(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name
