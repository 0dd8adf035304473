import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.completions import FILES, FOLDER, script

BIN = Path(sys.executable).parent
PROFILES = '[profile.debian]\nkernel = "linux"\n[profile.menu]\nscript = "menu.ipxe"\n'


@pytest.mark.parametrize(("shell", "name"), FILES.items())
def test_files_are_what_typer_makes_today(shell, name):
    """`python -m tests.completions` writes them."""
    assert (FOLDER / name).read_text() == script(shell)


def test_zsh_finds_its_mark_in_the_first_line():
    assert (FOLDER / "_pxectl").read_text().startswith("#compdef pxectl\n")


def complete(words, site):
    """What bash itself offers after TAB, with the file that is shipped."""
    code = (
        f"source {FOLDER / 'pxectl.bash'}\n"
        f"COMP_WORDS=({' '.join(words)} '{''}'); COMP_CWORD={len(words)}\n"
        '_pxectl_completion pxectl\nprintf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    env = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "PXECTL_SITE": str(site)}
    bash = shutil.which("bash")
    done = subprocess.run([bash, "-c", code], env=env, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["pxectl"], {"serve", "hardware", "rules", "capture", "ipxe"}),
        (["pxectl", "hardware"], {"add", "list", "show", "set", "remove"}),
        (["pxectl", "hardware", "show"], {"node1", "node2"}),
        (["pxectl", "hardware", "remove", "node1"], {"node1", "node2"}),
        (["pxectl", "serve", "--dhcp"], {"auto", "off", "proxy", "server"}),
        (["pxectl", "rules", "test", "--client"], {"bios", "uefi-x64", "ipxe"}),
        (["pxectl", "hardware", "add", "--profile"], {"debian", "menu"}),
    ],
    ids=" ".join,
)
def test_bash_offers(words, offered, tmp_path):
    (tmp_path / "pxectl.toml").write_text(PROFILES)
    (tmp_path / "hardware").mkdir()
    for name in ("node1", "node2"):
        (tmp_path / "hardware" / f"{name}.toml").touch()

    assert offered <= set(complete(words, tmp_path))


def test_a_broken_site_offers_nothing_and_says_nothing(tmp_path):
    (tmp_path / "pxectl.toml").write_text("[[")

    assert complete(["pxectl", "hardware", "add", "--profile"], tmp_path) == []
