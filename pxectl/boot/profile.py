"""What a machine boots (DESIGN.md 6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pxectl.wire.iana import Arch

NO_NBP: Mapping[Arch, str] = {}


@dataclass(frozen=True, slots=True)
class Profile:
    """One of: kernel with initrds and cmdline, a script (a template's name, or its text), a chain
    URL, an NBP by architecture."""

    name: str
    kernel: str = ""
    """Below `files/`, or a URL."""
    initrd: tuple[str, ...] = ()
    cmdline: tuple[str, ...] = ()
    """Words of the kernel command line; each may be a template."""
    script: str = ""
    """Name of a template that is a whole iPXE script."""
    chain: str = ""
    """URL that iPXE chains to."""
    nbp: Mapping[Arch, str] = field(default_factory=lambda: NO_NBP)
    """Straight to the firmware, no iPXE: file below `files/` by architecture."""
    script_text: str = ""
    """A whole iPXE script, served as it is."""
    message: str = ""
    """What the machine shows before it loads the kernel."""
