"""The files in completions/: `python -m tests.completions` writes them anew."""

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "completions"
FILES = {"bash": "pxectl.bash", "zsh": "_pxectl", "fish": "pxectl.fish"}


def script(shell: str) -> str:
    """What typer makes for a shell. zsh looks for `#compdef` in the first line."""
    done = subprocess.run(
        [Path(sys.executable).with_name("pxectl")],
        env=os.environ | {"_PXECTL_COMPLETE": f"source_{shell}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip() + "\n"


if __name__ == "__main__":
    for shell, name in FILES.items():
        (FOLDER / name).write_text(script(shell))
