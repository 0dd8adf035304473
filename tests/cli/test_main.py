import os
import subprocess
import sys
from pathlib import Path

from tests.recordings import DATA

PXECTL = Path(sys.executable).with_name("pxectl")


def run(*argv, **environ):
    return subprocess.run(
        [PXECTL, *map(str, argv)], env=os.environ | environ, capture_output=True, text=True
    )


def test_an_error_is_two_lines_and_its_exit_code(tmp_path):
    (tmp_path / "pxectl.toml").write_text("[serve]\nhttp_prt = 1\n")

    done = run("serve", "--site", tmp_path)

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"error: {tmp_path}/pxectl.toml: serve.http_prt: there is no such key\n"
        "hint: did you mean `http_port`?\n"
    )


def test_a_reader_that_goes_away_ends_a_command_as_it_ends_others():
    code = f"{PXECTL} capture -r {DATA / 'uefi-proxy.pcap'} --json | head -1 > /dev/null"

    done = subprocess.run(
        ["bash", "-c", f"{code}; exit ${{PIPESTATUS[0]}}"], capture_output=True, text=True
    )

    assert done.stderr == ""
    assert done.returncode in (0, 141)  # 0: it was done before head was


def test_a_terminal_of_another_encoding_is_no_reason_to_end(tmp_path):
    (tmp_path / "hardware").mkdir()
    (tmp_path / "hardware/n.toml").write_text('mac = ["52:54:00:12:34:56"]\ntags = ["東京"]\n')

    done = run("hardware", "list", "--site", tmp_path, PYTHONIOENCODING="latin-1")

    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u6771\\u4eac" in done.stdout


def test_version_is_the_packages():
    from pxectl import __version__

    assert run("--version").stdout == f"pxectl {__version__}\n"
