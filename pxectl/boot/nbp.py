"""Which first program (NBP) a client is told to load."""

from dataclasses import dataclass

from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import Decision
from pxectl.boot.mirrored import MIRROR
from pxectl.boot.profile import Profile
from pxectl.boot.site import Site
from pxectl.boot.urls import FILES, Urls
from pxectl.wire.iana import Arch

_UBOOT_AS = {
    Arch.ARM32_UBOOT: Arch.ARM32_UEFI,
    Arch.ARM64_UBOOT: Arch.ARM64_UEFI,
}
_RASPBERRY_PI = "bootcode.bin"
"""Its names are hard-coded, so this one is for people; never an iPXE binary (netboot.md 2.6)."""
FOR_PIS = "the firmware of Raspberry Pis only"
BY_FIRMWARE = "a rule that matches `firmware` may choose another profile"
BINARY_HINT = (
    "install your system's ipxe package or put one into files/ipxe/; "
    "`pxectl ipxe` shows what is found"
)


@dataclass(frozen=True, slots=True)
class Missing:
    """There is nothing that this client could load."""

    reason: str
    hint: str


def binary_arch(client: Client) -> Arch:
    """The architecture whose binary runs on `client`: U-Boot runs EFI programs (netboot.md 2.7)."""
    arch = (client.arch if client.arch is not None else Arch.X86_BIOS).pxe
    return _UBOOT_AS.get(arch, arch)


def bootfile(client: Client, decision: Decision, site: Site, urls: Urls) -> str | Missing:
    """Name (TFTP) or URL of what `client` is to load next, never empty.

    Args:
        client: who netboots.
        decision: one that boots.
        site: what binaries there are.
        urls: the client's paths.
    """
    if client.is_ipxe:
        return urls.script
    if problem := _other_firmware(client, decision.profile):
        return problem
    if client.firmware is Firmware.RPI:
        return _RASPBERRY_PI if site.serving.tftp else _off("TFTP", "network boot")
    name = _nbp_name(client, decision, site, urls)
    if isinstance(name, Missing):
        return name
    if client.firmware is Firmware.UEFI_HTTP:
        is_served = site.serving.http or urls.is_https
        return urls.url(name) if is_served else _off("HTTP", "HTTP boot")
    return urls.path(name) if site.serving.tftp else _off("TFTP", "PXE")


def _other_firmware(client: Client, profile: Profile | None) -> Missing | None:
    """A Raspberry Pi's firmware runs nothing else, and nothing else runs its files."""
    if profile is None or bool(profile.rpi) is (client.firmware is Firmware.RPI):
        return None
    if profile.rpi:
        return Missing(f"profile `{profile.name}` is for {FOR_PIS}", BY_FIRMWARE)
    return Missing(
        f"profile `{profile.name}` has nothing for a Raspberry Pi",
        f"one with `rpi =` has; {BY_FIRMWARE}",
    )


def _off(listener: str, what: str) -> Missing:
    return Missing(f"{listener} is off, and its firmware needs it for {what}", f"start {listener}")


def own_program(client: Client, decision: Decision, site: Site) -> str:
    """The file below `files/`, or URL, that firmware is handed instead of iPXE; empty: none.

    Args:
        client: who netboots.
        decision: what it may do.
        site: what binaries there are.
    """
    wanted = decision.quirks.nbp
    if wanted:
        return "" if site.binary(wanted) else wanted
    # the nearer name first: `x64-uefi` is for PXE and, where there is no `x64-uefi-http`, for both
    return decision.profile.nbp_for(client.arch, binary_arch(client)) if decision.profile else ""


def is_own_program(bootfile: str) -> bool:
    """True for the name or URL of a program of the site: what follows it is no iPXE of ours."""
    return f"/{FILES}/" in f"/{bootfile}" or f"/{MIRROR}/" in f"/{bootfile}"


def _nbp_name(client: Client, decision: Decision, site: Site, urls: Urls) -> str | Missing:
    arch = binary_arch(client)
    if own := own_program(client, decision, site):
        name = urls.name(own)
        unmirrored = Missing(f"firmware does not fetch {own} by itself", "turn the mirror on")
        return unmirrored if name is None else name
    if decision.quirks.nbp:
        return decision.quirks.nbp
    profile = decision.profile
    if profile is not None and profile.is_program:
        return Missing(
            f"profile `{profile.name}` has no nbp for {arch.label}",
            f"add `{arch.label} = …` to its `nbp`",
        )
    if arch in site.nbps:
        return site.nbps[arch].name
    return Missing(f"no iPXE binary for {arch.label}", BINARY_HINT)


COMMON = (Arch.X86_BIOS, Arch.X64_UEFI, Arch.ARM64_UEFI)
"""What stands in racks: a missing binary for one of these is said when `serve` starts."""


def without_binary(site: Site) -> tuple[Arch, ...]:
    """Common architectures that can not boot for want of an iPXE binary."""
    return tuple(arch for arch in COMMON if arch not in site.nbps)
