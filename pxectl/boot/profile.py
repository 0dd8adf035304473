"""What a machine boots (DESIGN.md 6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pxectl.boot.check import UNCHECKED, Check
from pxectl.boot.recipe import NO_SETTINGS, Recipe
from pxectl.wire.iana import Arch

NO_NBP: Mapping[Arch, str] = {}
NO_CHECKS: Mapping[str, Check] = {}


@dataclass(frozen=True, slots=True)
class Profile:
    """One of: kernel with initrds and cmdline, a script (a template's name, or its text), a chain
    URL, an ISO image, an NBP by architecture, a recipe with what is set in it, a folder for
    Raspberry Pis. A kernel, and a recipe that loads one, may have an NBP beside it: the boot loader
    that loads it."""

    name: str
    kernel: str = ""
    """Below `files/`, or a URL."""
    initrd: tuple[str, ...] = ()
    cmdline: tuple[str, ...] = ()
    """Words of the kernel command line; each may be a template."""
    script: str = ""
    """Name of a template that is a whole iPXE script."""
    iso: str = ""
    """Image below `files/`, or a URL: iPXE boots it as a disk, a BMC as virtual media. `cmdline`
    goes where it has room for it (`boot/image.py`)."""
    chain: str = ""
    """URL that iPXE chains to."""
    nbp: Mapping[Arch, str] = field(default_factory=lambda: NO_NBP)
    """Straight to the firmware, no iPXE: file below `files/`, or URL, by architecture. With a
    kernel it is what loads that, and what it is not for gets iPXE; without, it is all there is."""
    script_text: str = ""
    """A whole iPXE script, served as it is."""
    message: str = ""
    """What the machine shows before it loads the kernel."""
    recipe: Recipe | None = None
    """How it is installed; `kernel` and `initrd` come instead of the recipe's, `cmdline` behind."""
    settings: Mapping[str, Any] = field(default_factory=lambda: NO_SETTINGS)
    """What it sets of the recipe's settings."""
    checks: Mapping[str, Check] = field(default_factory=lambda: NO_CHECKS)
    """What tells that URLs lead to the right files: by the file's name, or `*` for all others."""
    rpi: str = ""
    """Folder below `files/` with what the firmware of a Raspberry Pi asks for."""
    config_txt: str = ""
    """Name of the template that a Pi's `config.txt` is written from; empty: the folder's own."""
    cmdline_txt: str = ""
    """The same for `cmdline.txt`; `cmdline` comes behind."""
    body: str = ""
    """Lines of an iPXE script that a recipe came to."""

    @property
    def is_program(self) -> bool:
        """True if it boots when firmware has loaded its NBP: nothing is asked for after that."""
        return bool(self.nbp) and not self.has_loader

    @property
    def has_loader(self) -> bool:
        """True if its NBP is a boot loader, such as shim or GRUB, that asks what to load."""
        return bool(self.nbp) and (bool(self.kernel) or self.recipe is not None)

    def nbp_for(self, *archs: Arch | None) -> str:
        """The file for the first architecture that it has one for; empty: none."""
        return next((self.nbp[arch] for arch in archs if arch is not None and arch in self.nbp), "")

    def check_of(self, url: str) -> Check:
        """What tells that `url` leads to the right file."""
        return self.checks.get(url.rpartition("/")[2]) or self.checks.get("*") or UNCHECKED
