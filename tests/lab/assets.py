"""What lab machines boot with, fetched from Debian packages: `python -m tests.lab.assets`.

    amd64/linux  amd64/initrd.img     Debian 12's cloud kernel and the initrd of `initrd.py`
    arm64/linux  arm64/initrd.img     the same for AArch64
    debian-installer/ARCH/linux …     Debian 12's installer, linux and initrd.gz
    uki/linuxx64.efi.stub             systemd's: makes one EFI program of kernel and initrd
    memtest/                          Debian 12's Memtest86+ for BIOS and UEFI
    ipxe/                             undionly.kpxe ipxe.efi snponly.efi ipxe-arm64.efi of Debian 13
    rom/ipxe.rom                      Debian 13's iPXE as a BIOS option ROM for virtio

Nothing is installed: packages are downloaded with an apt state of its own and unpacked. iPXE is
Debian 13's because Debian 12's is of 2019 and has no arm64 (lab.md).
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.lab import initrd

ASSETS = Path(os.environ.get("PXECTL_LAB_ASSETS") or Path(__file__).with_name("assets"))
ARCHS = ("amd64", "arm64")
SUITES = ("bookworm", "trixie")
NBPS = {
    "undionly.kpxe": "undionly.kpxe",
    "ipxe-amd64.efi": "ipxe.efi",
    "snponly.efi": "snponly.efi",
    "ipxe-arm64.efi": "ipxe-arm64.efi",
}
STUB = "uki/linuxx64.efi.stub"
MEMTEST = ("memtest86+x64.bin", "memtest86+x64.efi")
WANTED = [
    *(f"{arch}/{name}" for arch in ARCHS for name in ("linux", "initrd.img")),
    *(f"ipxe/{name}" for name in NBPS.values()),
    "rom/ipxe.rom",
    *(f"debian-installer/{arch}/{name}" for arch in ARCHS for name in ("linux", "initrd.gz")),
    *(f"memtest/{name}" for name in MEMTEST),
    STUB,
]


RECIPE = ASSETS / "recipe"


def recipe() -> str:
    """Tells whether the assets were made by this very code."""
    sources = (Path(__file__), Path(initrd.__file__))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def complete() -> bool:
    """Whether all that is wanted is there."""
    made = RECIPE.exists() and RECIPE.read_text() == recipe()
    return made and all((ASSETS / name).exists() for name in WANTED)


def mirror() -> tuple[str, str]:
    """The Debian mirror that this machine uses, and the options of its key."""
    etc = Path("/etc/apt")
    for path in sorted(etc.glob("sources.list.d/*.sources")):
        for paragraph in path.read_text().split("\n\n"):
            uri = re.search(r"^URIs:\s*(\S*debian/?)$", paragraph, re.MULTILINE)
            if uri and "security" not in uri[1]:
                key = re.search(r"^Signed-By:\s*(\S+)$", paragraph, re.MULTILINE)
                return uri[1], f" signed-by={key[1]}" if key else ""
    for path in [etc / "sources.list", *sorted(etc.glob("sources.list.d/*.list"))]:
        line = r"^deb\s+(?:\[[^]]*\]\s+)?(\S*debian/?)\s"
        if path.exists() and (uri := re.search(line, path.read_text(), re.MULTILINE)):
            return uri[1], ""
    sys.exit("assets: apt's sources name no Debian mirror")


class Packages:
    """Debian packages, downloaded and unpacked below one folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        uri, key = mirror()
        for name in ("lists/partial", "cache/archives/partial", "unpacked"):
            (folder / name).mkdir(parents=True)
        options = f"arch={','.join(ARCHS)}{key}"
        sources = "".join(f"deb [{options}] {uri} {suite} main\n" for suite in SUITES)
        (folder / "sources.list").write_text(sources)
        (folder / "apt.conf").write_text(
            f'Dir::Etc::SourceList "{folder}/sources.list";\n'
            'Dir::Etc::SourceParts "-";\n'
            f'Dir::State::Lists "{folder}/lists";\n'
            f'Dir::Cache "{folder}/cache";\n'
            'APT::Architectures { "amd64"; "arm64"; };\n'
            'APT::Sandbox::User "root";\n'
            'Acquire::Languages "none";\n'
            'Acquire::Retries "3";\n'
        )
        self.run("apt-get", "-qq", "update")

    def run(self, *argv: str, cwd: Path | None = None) -> str:
        print("+", *argv, flush=True)
        env = {**os.environ, "APT_CONFIG": str(self.folder / "apt.conf")}
        return subprocess.run(
            argv, env=env, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def unpacked(self, name: str) -> Path:
        """The files of a package (`name`, `name:arch` or `name/suite`)."""
        target = self.folder / "unpacked" / re.sub(r"[:/]", "_", name)
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=self.folder) as folder:
                self.run("apt-get", "-qq", "download", name, cwd=Path(folder))
                [package] = Path(folder).glob("*.deb")
                self.run("dpkg", "-x", str(package), str(target))
        return target

    def kernel(self, arch: str) -> Path:
        """The files of the kernel package that Debian 12's linux-image-cloud-ARCH stands for."""
        shown = self.run("apt-cache", "show", f"linux-image-cloud-{arch}:{arch}/bookworm")
        [name, *_] = re.findall(r"^Depends: (linux-image-\d\S+)", shown, re.MULTILINE)
        return self.unpacked(f"{name}:{arch}")


def keep(source: Path, name: str) -> None:
    """Put a file among the assets, whole or not at all."""
    target = ASSETS / name
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    shutil.copyfile(source, part)
    part.replace(target)


def fetch() -> None:
    """Fetch all that is wanted."""
    with tempfile.TemporaryDirectory(prefix="pxectl-lab-") as folder:
        packages = Packages(Path(folder))
        for arch in ARCHS:
            kernel = packages.kernel(arch)
            keep(next(kernel.glob("boot/vmlinuz-*")), f"{arch}/linux")
            busybox = next(packages.unpacked(f"busybox-static:{arch}").glob("**/bin/busybox"))
            image = Path(folder) / "initrd.img"
            image.write_bytes(initrd.build(kernel, busybox))
            keep(image, f"{arch}/initrd.img")
            images = packages.unpacked(f"debian-installer-12-netboot-{arch}/bookworm")
            text = (
                images / f"usr/lib/debian-installer/images/12/{arch}/text/debian-installer/{arch}"
            )
            for name in ("linux", "initrd.gz"):
                keep(text / name, f"debian-installer/{arch}/{name}")
        for name in MEMTEST:
            keep(packages.unpacked("memtest86+:amd64/bookworm") / "boot" / name, f"memtest/{name}")
        stub = packages.unpacked("systemd-boot-efi:amd64/bookworm") / "usr/lib/systemd/boot/efi"
        keep(stub / "linuxx64.efi.stub", STUB)
        ipxe = packages.unpacked("ipxe/trixie") / "usr/lib/ipxe"
        for source, name in NBPS.items():
            keep(ipxe / source, f"ipxe/{name}")
        roms = packages.unpacked("ipxe-qemu/trixie") / "usr/share/qemu"
        keep(roms / "pxe-virtio.rom", "rom/ipxe.rom")
    RECIPE.write_text(recipe())


if __name__ == "__main__":
    if not complete():
        fetch()
    print("assets: all in", ASSETS)
