"""A Pixiecore API server, as a process of its own, with the faults that real ones have.

`python -m tests.bootapi ADDRESS PORT` prints its port when it listens. What it says is set from
outside: `POST /_set` with `{"machines": {MAC: answer}, "fault": "…", "slow": {MAC: seconds}}`;
`GET /_asked` lists the MACs that it was asked about. Faults: `status 500`, `cut off` (in the middle
of the body), `hang up` (no answer at all), `endless` (a body without an end), `malformed`,
`redirect` (to itself, once) and `circle`.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

STATE: dict[str, Any] = {"machines": {}, "fault": "", "slow": {}}
ASKED: list[str] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        STATE.update(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._send(200, b"{}")

    def do_GET(self) -> None:
        path, _, moved = self.path.partition("?")
        if path == "/_asked":
            self._send(200, json.dumps(ASKED).encode())
            return
        _, found, mac = path.partition("/v1/boot/")
        if not found:
            self._send(404, b"")
            return
        ASKED.append(mac)
        time.sleep(STATE["slow"].get(mac, 0))
        answer = STATE["machines"].get(mac)
        body = json.dumps(answer).encode()
        fault = "" if moved else STATE["fault"]
        if not self._fail(fault, body):
            self._send(404 if answer is None else 200, body)

    def _fail(self, fault: str, body: bytes) -> bool:
        kind, _, detail = fault.partition(" ")
        match kind:
            case "status":
                self._send(int(detail), b"<h1>oh dear</h1>")
            case "cut":
                self._send(200, body[: len(body) // 2], length=len(body))
                self.close_connection = True
            case "hang":
                self.close_connection = True
            case "malformed":
                self._send(200, body[: len(body) // 2])
            case "endless":
                self._send(200, b" " * (2 << 20))
            case "redirect" | "circle":
                query = "" if kind == "circle" else "?moved"
                self._send(307, b"", location=self.path + query)
            case _:
                return False
        return True

    def _send(self, status: int, body: bytes, length: int = -1, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length < 0 else length))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class BootAPI:
    """A handle on the running server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._open = build_opener(ProxyHandler({})).open

    def set(self, **state: Any) -> None:
        data = json.dumps(state).encode()
        self._open(Request(f"{self.url}/_set", data, method="POST"), timeout=5).close()

    @property
    def asked(self) -> list[str]:
        with self._open(f"{self.url}/_asked", timeout=5) as answer:
            return json.load(answer)


@contextmanager
def running(port: int = 0, **state: Any) -> Iterator[BootAPI]:
    """The server on loopback, until the end of the block."""
    argv = (sys.executable, "-m", "tests.bootapi", "127.0.0.1", str(port))
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            api = BootAPI(f"http://127.0.0.1:{process.stdout.readline().strip()}")
            api.set(**state)
            yield api
        finally:
            process.kill()


if __name__ == "__main__":
    server = ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()
