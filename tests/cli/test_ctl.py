"""`pxectl ctl` with a real `serve`, in a network of its own."""

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from ipaddress import IPv4Address

import pytest
from typer.testing import CliRunner

from pxectl.boot.binding import Binding, Change, State
from pxectl.cli.main import app
from pxectl.errors import RefusedError
from pxectl.net.steer import steer
from pxectl.store.leases import LeaseFile, read_leases
from tests.builders import MAC1
from tests.cli.test_running import PXECTL, ROOT, _may_unshare

pytestmark = [
    pytest.mark.skipif(not _may_unshare(), reason="a network namespace is not to be had"),
]


class Serve:
    """A running `serve`, and everything that it told so far."""

    def __init__(self, site, *argv):
        self.site, self.told = site, []
        self.process = subprocess.Popen(
            [PXECTL, "serve", "--site", site, "-i", "lo", "--log", "json", *argv],
            stdout=subprocess.PIPE, text=True, env=clean(),
        )  # fmt: skip

    def until(self, kind):
        """The next event of this kind."""
        for line in self.process.stdout:
            self.told.append(json.loads(line))
            if self.told[-1]["event"] == kind:
                return self.told[-1]
        raise AssertionError(self.told)

    def ctl(self, *argv):
        done = subprocess.run(
            [PXECTL, "ctl", *argv, "--site", self.site], capture_output=True, text=True, env=clean()
        )
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    def on(self):
        status = json.loads(self.ctl("status", "--json")[1])
        return [what for what, listener in status["listeners"].items() if listener["on"]]


def clean():
    return {key: value for key, value in os.environ.items() if not key.startswith("PXECTL_")}


@contextmanager
def serving(site, *argv):
    serve = Serve(site, *argv)
    try:
        yield serve
    finally:
        serve.process.terminate()
        serve.process.wait(10)
        serve.process.stdout.close()


def apart(name, site, module=__name__):
    """Run a function of a module of tests in a network of its own; what it returns."""
    code = (
        "import json, subprocess; from pathlib import Path\n"
        "subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)\n"
        f"from {module} import {name}\n"
        f"print(json.dumps({name}(Path({str(site)!r}))))"
    )
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", code],
        capture_output=True, text=True, cwd=ROOT, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def turn_and_reload(site):
    with serving(site, "--http") as serve:
        serve.until("ready")
        said = [serve.on()]
        said += [serve.ctl(*words.split()) for words in (
            "disable tftp", "disable tftp", "enable dhcp", "enable proxy", "reload",
        )]  # fmt: skip
        config = site / "pxectl.toml"
        config.write_text(config.read_text() + "http = false\ntftp_port = 70\n")
        said.append(serve.ctl("reload"))
        said.append(serve.on())
        config.write_text("[serve]\ndhcp = 7\n")
        said.append(serve.ctl("reload"))
        config.write_text('[serve]\ndhcp = "off"\n')
        said.append(serve.ctl("reload"))
        said.append(serve.on())
        return said


def test_switches_are_turned_and_the_file_is_followed(tmp_path):
    (tmp_path / "pxectl.toml").write_text('[serve]\ndhcp = "proxy"\n')

    first, off, again, dhcp, proxy, nothing, wrote, on, wrong, last, end = apart(
        "turn_and_reload", tmp_path
    )

    assert first == ["proxy", "tftp", "http"]
    assert off == [0, "TFTP is off", ""]
    assert again == [0, "TFTP is off, as it was already", ""]
    assert dhcp == [0, "DHCP is on  67 4011", ""]
    assert proxy == [0, "proxyDHCP is on  67 4011", ""]
    assert nothing == [0, "nothing has changed", ""]
    assert "serve.http changed to no effect: a flag comes before it" in wrote[1]
    assert "serve.tftp_port changed, which a running `serve` does not follow" in wrote[2]
    assert wrote[0] == 1
    assert on == ["proxy", "http"]  # a flag said `--http`, and TFTP was turned off by hand
    assert wrong[0] == 1
    assert "serve.dhcp" in wrong[2].splitlines()[0]
    assert wrong[2].splitlines()[1].startswith("hint: ")
    assert last[0] == 0
    assert end == ["http"]


def second_and_dead(site):
    with serving(site, "--dhcp", "off") as serve:
        serve.until("ready")
        nothing = ("--dhcp", "off", "--no-tftp", "--no-http")
        second = subprocess.run(
            [PXECTL, "serve", "--site", site, "-i", "lo", *nothing],
            capture_output=True, text=True, env=clean(), timeout=20,
        )  # fmt: skip
        serve.process.kill()
        serve.process.wait()
        none = serve.ctl("status")
        left = (site / "state/control").is_socket()
    with serving(site, "--dhcp", "off") as serve:
        serve.until("ready")
        return [second.returncode, second.stderr], none, left, serve.on()


def test_one_site_has_one_serve_and_a_killed_one_is_in_nobodys_way(tmp_path):
    (code, said), none, left, on = apart("second_and_dead", tmp_path)

    assert (code, "another `pxectl serve` (pid" in said, "hint:" in said) == (2, True, True)
    assert none[0] == 2
    assert none[2].splitlines()[0] == f"error: no `pxectl serve` runs on the site {tmp_path}"
    assert left
    assert on == ["tftp", "http"]


def taken_port(site):
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 69))
        with serving(site, "--dhcp", "off", "--no-tftp") as serve:
            serve.until("ready")
            return serve.ctl("enable", "tftp"), serve.on()


def test_a_port_that_is_taken_is_told_to_who_asked_and_the_rest_goes_on(tmp_path):
    (code, out, err), on = apart("taken_port", tmp_path)

    assert (code, out, on) == (1, "", ["http"])
    assert "UDP port 69 on lo 127.0.0.1/8 is taken by" in err.splitlines()[0]
    assert err.splitlines()[1].startswith("hint: stop that")


def released(site):
    with serving(site, "--dhcp", "server", "--no-tftp", "--no-http") as serve:
        serve.until("ready")
        before = json.loads(serve.ctl("status", "--json")[1])["leases"]
        done = subprocess.run(
            [PXECTL, "leases", "release", "10.77.0.100", "--site", site],
            capture_output=True, text=True, env=clean(),
        )  # fmt: skip
        after = json.loads(serve.ctl("status", "--json")[1])["leases"]
        odd = []
        for addresses in (7, ["x"], None):
            try:
                odd.append(steer(site / "state", "release", {"addresses": addresses}))
            except RefusedError as error:
                odd.append(error.message)
        rows = [row.state.value for row in read_leases(site / "state")]
        return before, done.stdout, after, rows, sorted(set(odd))


def test_leases_are_released_while_serve_has_them(tmp_path):
    (tmp_path / "pxectl.toml").write_text('[[subnet]]\nnetwork = "127.0.0.0/8"\n')
    now = time.time()
    file = LeaseFile(tmp_path / "state")
    leased = Binding(IPv4Address("10.77.0.100"), MAC1, State.LEASED, now, now + 3000, "", "node1")
    file.commit([Change(None, leased)])
    file.close()

    before, said, after, rows, odd = apart("released", tmp_path)

    assert (before, after, rows) == (1, 0, ["released"])
    assert said == "released 10.77.0.100 of node1\n"
    assert odd == ["`addresses` is no list of IPv4 addresses"]


def site_made_later(site):
    with serving(site, "--dhcp", "off") as serve:
        serve.until("ready")
        first = serve.ctl("status")[0]
        (site / "hardware").mkdir(parents=True)
        while "reaches this" not in serve.until("told")["message"]:
            pass
        told = [one["message"] for one in serve.told if one["event"] == "told"]
        return told[0], first, serve.on()


def test_without_a_site_serve_goes_on_and_says_so_until_there_is_one(tmp_path):
    said, first, on = apart("site_made_later", tmp_path / "site")

    assert said.startswith("`pxectl ctl` does not reach this `serve`: there is no ")
    assert (first, on) == (2, ["tftp", "http"])


def test_without_a_serve_the_exit_code_is_2(tmp_path):
    result = CliRunner().invoke(app, ["ctl", "status", "--site", str(tmp_path)])

    assert result.exit_code != 0
    assert "no `pxectl serve` runs" in str(result.exception)


@pytest.mark.parametrize("word", ["ftp", ""])
def test_another_word_is_a_usage_error(tmp_path, word):
    result = CliRunner().invoke(app, ["ctl", "enable", word, "--site", str(tmp_path)])

    assert result.exit_code == 2
