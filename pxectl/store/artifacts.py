"""iPXE binaries on this host, by architecture: what is found, what it is, which one is used.

A file's content says what it is: a download that failed, a page of HTML or a binary of another
architecture under a good name would only show as a machine that hangs.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pxectl.boot.site import NBP
from pxectl.store.signed import is_signed, pe_arch, pe_header
from pxectl.wire.iana import Arch

_WIRE_NAMES: Mapping[Arch, str] = {
    Arch.X86_BIOS: "undionly.kpxe",
    Arch.X86_UEFI: "ipxe-i386.efi",
    Arch.X64_UEFI: "ipxe.efi",
    Arch.ARM32_UEFI: "ipxe-arm32.efi",
    Arch.ARM64_UEFI: "ipxe-arm64.efi",
    Arch.RISCV32_UEFI: "ipxe-riscv32.efi",
    Arch.RISCV64_UEFI: "ipxe-riscv64.efi",
    Arch.LOONGARCH64_UEFI: "ipxe-loong64.efi",
}
_SPELLINGS = {
    "i386": Arch.X86_UEFI, "ia32": Arch.X86_UEFI, "x86": Arch.X86_UEFI,
    "x86_64": Arch.X64_UEFI, "amd64": Arch.X64_UEFI, "x64": Arch.X64_UEFI,
    "arm32": Arch.ARM32_UEFI, "arm": Arch.ARM32_UEFI,
    "arm64": Arch.ARM64_UEFI, "aarch64": Arch.ARM64_UEFI,
    "riscv32": Arch.RISCV32_UEFI, "riscv64": Arch.RISCV64_UEFI,
    "loong64": Arch.LOONGARCH64_UEFI, "loongarch64": Arch.LOONGARCH64_UEFI,
}  # fmt: skip
_BIOS = ("undionly.kpxe", "undionly.kkpxe", "ipxe.pxe", "ipxe.kpxe")
"""Best first: the ROM's own driver works where iPXE has none (netboot.md 2.7)."""
_EFI = re.compile(r"(?:ipxe-)?(?P<kind>ipxe|snponly|snp)(?:[-_](?P<arch>[a-z0-9_]+))?\.efi")
_EFI_KINDS = ("ipxe", "snponly", "snp")
_REAL_MODE = 640 * 1024  # a BIOS loads it below 1 MB, beside itself


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that is called like an iPXE binary."""

    path: str
    """Absolute."""
    source: str
    """Where it comes from, for people: `site`, `Debian ipxe`, `Homebrew`, `beside pxectl`."""
    arch: Arch | None
    """What it runs on; None if that is not known."""
    size: int
    problem: str = ""
    """Why it is not used; empty for a good one."""
    signed: bool = False
    """It bears a signature, of whomever."""

    @property
    def name(self) -> str:
        """The file's."""
        return self.path.rpartition("/")[2]

    def nbp(self, name: str) -> NBP:
        """What it is to a site that hands it out as `name`."""
        return NBP(name, self.path, self.source, self.size, self.signed, self.arch)


def find_artifacts(site: Path | None = None) -> tuple[Artifact, ...]:
    """Every iPXE binary of this host, the one to prefer first, and what only looks like one.

    Args:
        site: the site's directory; its files/ipxe/ and files/ come before the system's packages.
    """
    return tuple(
        artifact
        for folder, source in _folders(site)
        for artifact in sorted(_in_folder(folder, source), key=_rank)
    )


def choose_nbps(found: Iterable[Artifact]) -> Mapping[Arch, NBP]:
    """The binary for each architecture (`Arch.pxe`): the first good one.

    Args:
        found: as `find_artifacts` gives them.
    """
    nbps: dict[Arch, NBP] = {}
    for artifact in found:
        if artifact.problem or artifact.arch is None or artifact.arch in nbps:
            continue
        nbps[artifact.arch] = artifact.nbp(_WIRE_NAMES[artifact.arch])
    return nbps


def name_binaries(found: Iterable[Artifact]) -> Mapping[str, NBP]:
    """Every good binary by its file's name; of several the first.

    Args:
        found: as `find_artifacts` gives them.
    """
    binaries: dict[str, NBP] = {}
    for artifact in found:
        if not artifact.problem and artifact.arch is not None and artifact.name not in binaries:
            binaries[artifact.name] = artifact.nbp(artifact.name)
    return binaries


def _folders(site: Path | None) -> Iterator[tuple[Path, str]]:
    if site is not None:
        yield site / "files" / "ipxe", "site"
        yield site / "files", "site"
    yield Path("/usr/lib/ipxe"), "Debian ipxe"
    arch_linux = Path("/etc/arch-release").exists()
    yield Path("/usr/share/ipxe"), "Arch ipxe" if arch_linux else "Fedora ipxe-bootimgs"
    own = os.environ.get("HOMEBREW_PREFIX")
    for prefix in (own, "/opt/homebrew", "/usr/local", "/home/linuxbrew/.linuxbrew"):
        if prefix and not (prefix != own and prefix == "/usr/local" and sys.platform == "linux"):
            yield Path(prefix) / "share" / "ipxe", "Homebrew"
    if getattr(sys, "frozen", False):
        beside = Path(sys.executable).resolve().parent
        yield beside / "ipxe", "beside pxectl"
        yield beside, "beside pxectl"


def _in_folder(folder: Path, source: str) -> Iterator[Artifact]:
    """Binaries of one folder and, as packages lay them out, of its folders by architecture."""
    for path in _entries(folder):
        claimed = _claimed_arch(path.name)
        folder_arch = _SPELLINGS.get(re.sub(r"^bin-|-efi$", "", path.name))
        if claimed is not None:
            yield _inspect(path, source, claimed)
        elif folder_arch is not None:
            for inner in _entries(path):
                if _EFI.fullmatch(inner.name):
                    yield _inspect(inner, source, folder_arch)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def is_binary_name(name: str) -> bool:
    """True for what an iPXE binary may be called."""
    return _claimed_arch(name) is not None


def _claimed_arch(name: str) -> Arch | None:
    """What a file of this name should run on; None if it is no name of an iPXE binary."""
    if name in _BIOS:
        return Arch.X86_BIOS
    named = _EFI.fullmatch(name)
    if named is None:
        return None
    # the name without an architecture has always been the one for x64 (DESIGN.md 2)
    return _SPELLINGS.get(named["arch"]) if named["arch"] else Arch.X64_UEFI


def _inspect(path: Path, source: str, claimed: Arch) -> Artifact:
    # a package's file may be a link, and what serves it lets no link lead out of its folder
    real = os.path.realpath(path)
    try:
        with open(real, "rb") as file:  # noqa: PTH123 - `real` is text already
            size = os.fstat(file.fileno()).st_size
            start = file.read(1024)
            file.seek(0)
            header = pe_header(file)
    except OSError as error:
        return Artifact(real, source, None, 0, f"can not be read: {error.strerror}")
    if claimed is Arch.X86_BIOS:
        problem = _bios_problem(start, size)
        return Artifact(real, source, None if problem else claimed, size, problem)
    arch = pe_arch(header)
    problem = ""
    if not size:
        problem = "is empty"
    elif arch is None:
        problem = "is no EFI program"
    elif arch is not claimed:
        problem = f"is for {arch.label}, its name says {claimed.label}"
    return Artifact(real, source, arch, size, problem, is_signed(header))


def _bios_problem(start: bytes, size: int) -> str:
    if not size:
        return "is empty"
    if start[:1] != b"\xea":  # every PXE image of iPXE starts with a far jump to its own segment
        return "is no PXE program"
    return f"is too large for a BIOS: {size} octets" if size > _REAL_MODE else ""


def _rank(artifact: Artifact) -> tuple[int, str]:
    name = artifact.path.rpartition("/")[2]
    if name in _BIOS:
        return _BIOS.index(name), name
    named = _EFI.fullmatch(name)
    return _EFI_KINDS.index(named["kind"]) if named else len(_EFI_KINDS), artifact.path
