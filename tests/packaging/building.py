"""The PyInstaller programs, built once for a state of the sources."""

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).parents[2]
BUILDS = HOUSE / "build" / "programs"  # git ignores it


@dataclass(frozen=True, slots=True)
class Programs:
    """What `pyinstaller pxectl.spec` makes."""

    folder: Path
    """The program in its folder."""
    onefile: Path


def build() -> Programs:
    """Build both, or take what an earlier test of this run has built."""
    done = BUILDS / fingerprint()
    programs = Programs(done / "pxectl" / "pxectl", done / "pxectl-onefile")
    if not (done / "complete").exists():
        command = [Path(sys.executable).with_name("pyinstaller"), "pxectl.spec", "--noconfirm"]
        command += ["--distpath", done, "--workpath", BUILDS / "work", "--log-level", "WARN"]
        subprocess.run(list(map(str, command)), cwd=HOUSE, check=True, capture_output=True)
        (done / "complete").touch()
    return programs


def fingerprint() -> str:
    """Changes with every source file, and with the Python that is packed."""
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted([HOUSE / "pxectl.spec", *(HOUSE / "pxectl").rglob("*.py")]):
        digest.update(str(path.relative_to(HOUSE)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
