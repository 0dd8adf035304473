"""A real `serve` counts boots, and knows them after a restart, as `rules test` does."""

import http.client
import json
import socket
import subprocess
import time

import pytest

from tests.cli.test_running import PXECTL
from tests.net.test_sockets import free_port

MAC = "52:54:00:12:34:56"
SITE = """
[serve]
claims = "any"
[profile.p]
kernel = "linux"
[[rule]]
match = { boots = "<1" }
action = "boot"
profile = "p"
[[rule]]
action = "local"
"""


@pytest.fixture
def site(tmp_path):
    (tmp_path / "hardware").mkdir()
    (tmp_path / "pxectl.toml").write_text(SITE)
    (tmp_path / "hardware/n.toml").write_text(f'mac = ["{MAC}"]\n')
    return tmp_path


class Serve:
    def __init__(self, site):
        self.port = free_port(socket.SOCK_STREAM)
        argv = [PXECTL, "serve", "--site", site, "--interface", "lo", "--dhcp", "off", "--no-tftp"]
        argv += ["--http-port", str(self.port), "--log", "json"]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        assert self.process.stdout is not None
        while json.loads(self.process.stdout.readline())["event"] != "ready":
            pass
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate(timeout=10)

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", path)
        body = connection.getresponse().read().decode()
        connection.close()
        return body


def test_a_boot_is_counted_and_outlives_a_restart(site):
    with Serve(site) as serve:
        script = serve.get(f"/ipxe?mac={MAC}")
        path = script.split(f"{serve.port}", 1)[1].split("/files/")[0]
        booted = serve.get(f"{path}/booted")
        again = serve.get(f"/ipxe?mac={MAC}")
        written = site / "state/boots.json"
        until = time.monotonic() + 5
        while not written.exists() and time.monotonic() < until:
            time.sleep(0.02)
        counts = json.loads(written.read_text())
    with Serve(site) as serve:
        later = serve.get(f"/ipxe?mac={MAC}")

    assert "kernel http://127.0.0.1" in script
    assert booted == "ok\n"
    assert counts == {"v": 1, "boots": {MAC: 1}}
    assert "kernel" not in again
    assert "kernel" not in later
    argv = [PXECTL, "rules", "test", MAC, "--site", site, "--json"]
    told = json.loads(subprocess.run(argv, capture_output=True, text=True).stdout)
    assert told["action"] == "local"


def test_a_state_that_can_not_be_written_is_told_once_and_boots_go_on(site):
    (site / "state").write_text("in the way")

    with Serve(site) as serve:
        script = serve.get(f"/ipxe?mac={MAC}")

    assert "kernel http" in script
