"""What `arch =` in a machine's file may say, and what that means on the wire."""

from pxectl.wire.iana import Arch

CLAIMS = {
    "x86_64": Arch.X64_UEFI, "amd64": Arch.X64_UEFI, "x64": Arch.X64_UEFI,
    "i386": Arch.X86_UEFI, "i686": Arch.X86_UEFI, "x86": Arch.X86_UEFI, "ia32": Arch.X86_UEFI,
    "arm64": Arch.ARM64_UEFI, "aarch64": Arch.ARM64_UEFI,
    "arm": Arch.ARM32_UEFI, "arm32": Arch.ARM32_UEFI, "armv7l": Arch.ARM32_UEFI,
    "armhf": Arch.ARM32_UEFI,
    "riscv64": Arch.RISCV64_UEFI, "riscv32": Arch.RISCV32_UEFI,
    "loongarch64": Arch.LOONGARCH64_UEFI, "loong64": Arch.LOONGARCH64_UEFI,
    "ppc64le": Arch.POWER_OPAL, "s390x": Arch.S390_EXTENDED,
} | {arch.label: arch for arch in Arch}  # fmt: skip
"""The names of uname, of distributions and of rules → what such a machine boots as."""


def contradicts(arch: Arch, claim: str) -> bool:
    """True if a machine whose file says `arch = claim` should not send this architecture.

    A claim is about the processor: an x86_64 boots as BIOS, too. Unknown claims contradict nothing.
    """
    claimed = CLAIMS.get(claim.lower())
    if claimed is None:
        return False
    families = {_family(arch), _family(claimed)}
    return len(families) > 1 and not families <= {"X86", "X64"}


def _family(arch: Arch) -> str:
    return arch.pxe.name.partition("_")[0]
