"""The programs work from an empty directory, with an empty environment, without any Python."""

import json
import os
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from pxectl import __version__
from tests.cli.test_rules import MAC, efi
from tests.packaging.building import build
from tests.recordings import DATA
from tests.upstream import Kept, upstream

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(600)]


@pytest.fixture(scope="module", params=["folder", "onefile"])
def program(request):
    return getattr(build(), request.param)


@pytest.fixture
def here(tmp_path):
    """An empty directory, and a site beside it."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "site/files/ipxe").mkdir(parents=True)
    (tmp_path / "site/files/ipxe/ipxe.efi").write_bytes(efi(0x8664))
    (tmp_path / "site/pxectl.toml").write_text(
        '[profile.p]\nkernel = "linux"\ncmdline = ["name={{ machine.name }}", '
        '"hash={{ machine.name | password_hash }}"]\n'
    )
    return tmp_path


def environment(here: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": str(here)}


def run(program, here, *argv, code=0):
    done = subprocess.run(
        [program, *map(str, argv)], cwd=here / "empty", env=environment(here),
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert done.returncode == code, done.stderr
    return done.stdout


def test_it_says_its_version_and_helps(program, here):
    assert run(program, here, "--version") == f"pxectl {__version__}\n"
    assert "Commands:" in run(program, here, "--help")


def test_it_adds_a_machine_and_rehearses_its_boot(program, here):
    run(
        program,
        here,
        "hardware",
        "add",
        MAC,
        "--name",
        "n",
        "--profile",
        "p",
        "--site",
        here / "site",
    )

    told = json.loads(run(program, here, "rules", "test", MAC, "--site", here / "site", "--json"))

    assert told["netboots"]
    assert "name=n" in told["script"]  # jinja2 is there
    assert " hash=$6$" in told["script"]  # and passlib


def test_it_reads_a_capture(program, here):
    lines = run(program, here, "capture", "-r", DATA / "uefi-proxy.pcap", "--json").splitlines()

    assert json.loads(lines[0])["packet"] == "DISCOVER"


def test_it_completes_words(program, here):
    done = subprocess.run(
        [program], cwd=here / "empty", capture_output=True, text=True, check=True,
        env=environment(here) | {
            "_PXECTL_COMPLETE": "complete_bash", "COMP_WORDS": "pxectl ser", "COMP_CWORD": "1",
        },
    )  # fmt: skip

    assert done.stdout.split() == ["serve"]


def test_it_serves_and_ends_at_ctrl_c(program, here):
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
    argv = [program, "serve", "-i", "lo", "--dhcp", "off", "--no-tftp", "--http-port", str(port)]
    argv += ["--log", "json", "--site", str(here / "site")]
    process = subprocess.Popen(
        argv, cwd=here / "empty", env=environment(here), stdout=subprocess.PIPE, text=True
    )
    try:
        for line in process.stdout:
            if json.loads(line)["event"] == "ready":
                break
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/boot.ipxe")
        process.send_signal(signal.SIGINT)
        process.wait(20)
    finally:
        process.kill()
        process.stdout.close()

    assert process.returncode == 0


def test_it_finds_binaries_beside_itself(program, here):
    beside = Path(os.path.realpath(program)).parent / "ipxe"
    beside.mkdir(exist_ok=True)
    (beside / "ipxe.efi").write_bytes(efi(0x8664))
    try:
        told = json.loads(run(program, here, "ipxe", "--json", code=1))
    finally:
        (beside / "ipxe.efi").unlink()
        beside.rmdir()

    found = [binary for binary in told["ipxe"] if binary["source"] == "beside pxectl"]
    assert [(binary["arch"], binary["used"]) for binary in found] == [("x64-uefi", True)]


def test_it_fetches_checks_and_looks_into_images(program, here):
    """httpx, pysequoia and pycdlib are there."""
    import pysequoia

    ann = pysequoia.Tsk.generate("ann@lab")
    signed = pysequoia.sign(ann.signer(), b"linux", mode=pysequoia.SignatureMode.DETACHED)
    (here / "site/files/ann.asc").write_text(str(ann.extract_certificate()))
    (here / "t/boot").mkdir(parents=True)
    (here / "t/boot/linux").write_bytes(b"linux")
    iso = here / "site/files/a.iso"
    argv = ["xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", iso, here / "t"]
    subprocess.run(argv, check=True)
    with upstream() as there:
        there.files |= {"linux": Kept(b"linux"), "linux.sig": Kept(signed)}
        (here / "site/pxectl.toml").write_text(
            f'[profile.p]\nkernel = "{there.url("linux")}"\ninitrd = ["a.iso:/boot/linux"]\n'
            'signature = ".sig"\nsigned_by = "ann.asc"\n'
        )
        told = run(program, here, "mirror", "prefetch", "p", "--json", "--site", here / "site")

    assert [one["error"] for one in json.loads(told)["files"]] == [None]
    kept = json.loads(run(program, here, "mirror", "list", "--json", "--site", here / "site"))
    [linux] = [one for one in kept["files"] if one["url"].endswith("/linux")]
    assert linux["signed_by"]
    found = run(program, here, "rules", "check", "--site", here / "site")
    assert "0 problems" in found


def test_it_makes_a_certificate(program, here):
    """cryptography is there."""
    run(program, here, "cert", "make", "--site", here / "site")

    assert list((here / "site/tls").iterdir())
