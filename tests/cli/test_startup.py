"""Fast commands import nothing that they do not need; a stopwatch would only measure the host."""

import os
import subprocess
import sys

import pytest

from tests.cli.test_rules import MAC, efi

SLOW = (
    "aiohttp", "asyncio", "httpx", "jinja2", "psutil", "pydantic", "rich", "scapy", "tftpy",
    "watchfiles",
)  # fmt: skip
PROBE = (
    "import atexit, sys\n"
    f"atexit.register(lambda: print([m for m in {SLOW} if m in sys.modules], file=sys.stderr))\n"
    "from pxectl.cli.main import run\n"
    "run()\n"
)


@pytest.fixture
def site(tmp_path):
    (tmp_path / "files/ipxe").mkdir(parents=True)
    (tmp_path / "files/ipxe/ipxe.efi").write_bytes(efi(0x8664))
    (tmp_path / "hardware").mkdir()
    (tmp_path / "hardware/node1.toml").write_text(f'mac = ["{MAC}"]\nprofile = "debian"\n')
    (tmp_path / "pxectl.toml").write_text('[profile.debian]\nkernel = "linux"\n')
    return tmp_path


def imported(site, *argv, **environ):
    env = os.environ | {"PXECTL_SITE": str(site)} | environ
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *argv], env=env, capture_output=True, text=True
    )
    return done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "argv",
    [
        ("--help",),
        ("--version",),
        ("serve", "--help"),
        ("rules", "test", "--help"),
        ("hardware", "add", "52:54:00:00:00:01", "--name", "n", "--profile", "debian"),
        ("hardware", "list"),
        ("hardware", "list", "--json"),
        ("hardware", "list", "--unknown"),
        ("hardware", "show", "node1"),
        ("hardware", "set", "node1", "--tag", "a"),
        ("hardware", "remove", "node1"),
        ("rules", "list"),
        ("rules", "check", "--help"),
        ("ipxe",),
        ("ctl", "status"),
    ],
    ids=" ".join,
)
def test_nothing_slow_is_imported(site, argv):
    assert imported(site, *argv) == "[]"


def test_rules_test_looks_at_the_hosts_interfaces_and_imports_nothing_else(site):
    assert imported(site, "rules", "test", MAC) == "['psutil']"


@pytest.mark.parametrize(
    "words",
    ["pxectl ", "pxectl rules test --client ", "pxectl serve --d", "pxectl hardware show n"],
)
def test_tab_imports_nothing_slow(site, words):
    completing = {
        "_PXECTL_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }

    assert imported(site, **completing) == "[]"
