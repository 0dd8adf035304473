"""A `pxectl serve` process on the loopback, its log, and a connection to it."""

import http.client
import json
import socket
import subprocess
import sys
import time
from pathlib import Path

from tests.net.test_sockets import free_port

PXECTL = Path(sys.executable).with_name("pxectl")


class Serve:
    """Serves `site` over TFTP and HTTP, without DHCP; ready when made."""

    def __init__(self, site: Path, out: Path, before: tuple[str, ...] = (), **environ: str):
        """Start it; `before` is what runs it: `unshare …`."""
        self.http_port, self.tftp_port = (
            free_port(kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)
        )
        argv = [*before, PXECTL, "serve", "--site", site, "--interface", "lo", "--dhcp", "off"]
        argv += ["--http-port", str(self.http_port), "--log", "json"]
        self.out = out
        environ = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "PXECTL_TFTP_PORT": str(self.tftp_port),
        } | environ
        with self.out.open("w") as file:
            self.process = subprocess.Popen(argv, stdout=file, stderr=file, env=environ)
        self.wait_for("ready", 20)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=20)

    def get(self, path: str) -> tuple[int, str]:
        self.connection.request("GET", f"/{path}")
        response = self.connection.getresponse()
        return response.status, response.read().decode()

    def token(self, mac: str) -> str:
        """As the machine itself gets it."""
        status, script = self.get(f"ipxe?mac={mac}")
        assert status == 200
        return script.split(f"{self.http_port}/")[1].partition("/")[0]

    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.read_text().splitlines()]

    def wait_for(self, event: str, seconds: float = 10.0, **fields: object) -> dict[str, object]:
        """The first event of this kind with these fields."""
        until = time.monotonic() + seconds
        while True:
            text = self.out.read_text()
            whole = text.rpartition("\n")[0].splitlines()
            told = [json.loads(line) for line in whole if line.startswith("{")]
            for one in told:
                if one["event"] == event and fields.items() <= one.items():
                    return one
            assert time.monotonic() < until, text
            assert self.process.poll() is None, text
            time.sleep(0.02)

    def stop(self) -> int:
        """End it; its exit code."""
        self.connection.close()
        self.process.terminate()
        return self.process.wait(10)

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        self.connection.close()
        self.process.kill()
        self.process.wait(10)
