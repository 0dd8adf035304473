"""Firmware of lab machines, and how QEMU makes it netboot without a hand (lab.md, UEFI)."""

import shutil
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tests.lab.assets import ASSETS

OVMF = Path("/usr/share/OVMF")
AAVMF = Path("/usr/share/AAVMF")
GRUB = Path("/usr/lib/grub/x86_64-efi/monolithic/grubnetx64.efi")
SHIM = Path("/usr/lib/shim/shimx64.efi.signed")  # by Microsoft
SIGNED_GRUB = Path("/usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed")  # by Debian


class Firmware(Enum):
    """What a machine starts with; each netboots as its first choice."""

    BIOS = "bios-ipxe"  # SeaBIOS with iPXE as the NIC's option ROM
    UEFI = "uefi-x64"  # EDK2's own PXE client
    UEFI_HTTP = "uefi-x64-http"  # EDK2's own HTTP boot
    ARM64 = "uefi-arm64"  # EDK2's own PXE client on AArch64
    SECURE = "uefi-x64-secure"  # PXE, then HTTP boot, with Microsoft's keys: Secure Boot enforces

    @property
    def arch(self) -> str:
        """Debian's name of its architecture: the folder of its kernel."""
        return "arm64" if self is Firmware.ARM64 else "amd64"

    @property
    def console(self) -> str:
        """The kernel's name of its serial port."""
        return "ttyAMA0" if self is Firmware.ARM64 else "ttyS0"

    @property
    def is_secure(self) -> bool:
        """Whether it runs only what Microsoft's keys vouch for."""
        return self is Firmware.SECURE


@dataclass(frozen=True, slots=True)
class Wiring:
    """What surrounds one machine."""

    mac: str
    tap: str
    serial: Path
    """File that takes what the serial port says."""
    variables: Path
    """File for UEFI's variables: a fresh copy each boot, so no boot entry outlives a run."""
    disk: Path | None = None
    """Raw image, or folder that becomes a FAT file system; it is the second boot device."""
    screen: bool = False
    settings: tuple[tuple[str, Path], ...] = ()
    """Names and files of QEMU's fw_cfg: what OVMF is told beside its variables."""
    """A graphics card, which nobody looks at: Memtest86+ does not start without one."""


def needed() -> list[Path]:
    """Files of Debian packages that must be installed."""
    programs = [Path("/usr/bin", name) for name in ("qemu-system-x86_64", "qemu-system-aarch64")]
    firmware = [OVMF / "OVMF_CODE_4M.fd", OVMF / "OVMF_VARS_4M.ms.fd", AAVMF / "AAVMF_VARS.fd"]
    return [*programs, *firmware, GRUB, SHIM, SIGNED_GRUB]


def command(firmware: Firmware, wiring: Wiring) -> list[str]:
    """QEMU's command line."""
    arm, bios = firmware is Firmware.ARM64, firmware is Firmware.BIOS
    argv = [f"qemu-system-{'aarch64' if arm else 'x86_64'}", "-name", wiring.tap]
    argv += ["-nodefaults", "-display", "none", "-no-reboot", "-accel", "tcg,thread=multi"]
    argv += ["-serial", f"file:{wiring.serial}", "-m", "1024"]
    argv += ["-uuid", f"77777777-0000-0000-0000-{wiring.mac.replace(':', '')}"]
    argv += ["-netdev", f"tap,id=n0,ifname={wiring.tap},script=no,downscript=no"]
    nic = f"virtio-net-pci,netdev=n0,mac={wiring.mac},bootindex=1"
    if bios:
        # graphics=off: SeaBIOS mirrors the text console, and so iPXE's, to the serial port.
        argv += ["-machine", "pc,graphics=off", "-cpu", "qemu64"]
        # Debian 13's ROM names the modern device id, and SeaBIOS runs it on no other device.
        nic += f",romfile={ASSETS}/rom/ipxe.rom,disable-legacy=on"
    else:
        smm = "on" if firmware.is_secure else "off"  # it guards what is enrolled
        argv += (
            ["-machine", "virt", "-cpu", "cortex-a57"] if arm else ["-machine", f"q35,smm={smm}"]
        )
        argv += [] if arm else ["-cpu", "max"]
        nic += ",romfile="  # else iPXE's EFI driver would stand in for EDK2's
        argv += edk2(firmware, wiring)
    argv += ["-device", nic]
    for name, file in wiring.settings:
        argv += ["-fw_cfg", f"name={name},file={file}"]
    argv += ["-device", "VGA"] if wiring.screen else []
    if wiring.disk:
        file = f"fat:{wiring.disk},readonly=on" if wiring.disk.is_dir() else str(wiring.disk)
        argv += ["-drive", f"if=none,id=d0,format=raw,file={file}"]
        argv += ["-device", "virtio-blk-pci,drive=d0,bootindex=2"]
    return argv


def edk2(firmware: Firmware, wiring: Wiring) -> list[str]:
    """The arguments that only UEFI machines have."""
    if firmware is Firmware.ARM64:
        code = AAVMF / "AAVMF_CODE.no-secboot.fd"
        code = code if code.exists() else AAVMF / "AAVMF_CODE.fd"
        variables = AAVMF / "AAVMF_VARS.fd"
    elif firmware.is_secure:
        code, variables = OVMF / "OVMF_CODE_4M.secboot.fd", OVMF / "OVMF_VARS_4M.ms.fd"
    else:
        code, variables = OVMF / "OVMF_CODE_4M.fd", OVMF / "OVMF_VARS_4M.fd"
    shutil.copyfile(variables, wiring.variables)
    flash = "if=pflash,format=raw"
    # bootindex=1 leaves only the NIC's entries: PXEv4, PXEv6, HTTPv4, HTTPv6. With PXE taken out,
    # HTTPv4 comes first.
    pxe = "n" if firmware is Firmware.UEFI_HTTP else "y"
    secure = "driver=cfi.pflash01,property=secure,value=on"
    return [
        *(("-global", secure) if firmware.is_secure else ()),
        *("-drive", f"{flash},unit=0,readonly=on,file={code}"),
        *("-drive", f"{flash},unit=1,file={wiring.variables}"),
        *("-fw_cfg", f"name=opt/org.tianocore/IPv4PXESupport,string={pxe}"),
        *("-fw_cfg", "name=opt/org.tianocore/IPv6PXESupport,string=n"),
        # OVMF 2025.02 without a source of randomness has no network at all.
        *("-device", "virtio-rng-pci"),
    ]
