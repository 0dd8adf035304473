"""The programs whose files are written, as judges of them; tests skip where they are absent."""

import shutil
import subprocess

import pytest


def judge(program: str, *argv: str) -> None:
    """Fail if the program does not take a file."""
    found = shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")
    if found is None:
        pytest.skip(f"{program} is not installed")
    result = subprocess.run([found, *argv], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr + result.stdout
