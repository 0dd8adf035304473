"""A Kubernetes API server, as far as a client of Hardware objects sees it, as a process of its own.

`python -m tests.kubeapi ADDRESS PORT` prints its port when it listens. It speaks list (in pages)
and watch (a JSON object a line, chunked; bookmarks; versions; status 410). What it holds is set
from outside: `POST /_set` with `{"objects": {NAME: object or null}}` changes objects and
`{"fault": …}` makes it fail: `status 500`, `status 401`, `cut off` (a list that ends in the
middle), `slow 3` (seconds), `hang up`, `junk` (a line of the watch that is no event).
`{"forget": true}` forgets what happened so far (a watch then gets 410), `{"drop": true}` ends every
watch at once. `GET /_asked` lists the paths that it was asked for, with their token.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

PATH = "/apis/tinkerbell.org/v1alpha1"
CHANGED = threading.Condition()
OBJECTS: dict[str, dict[str, Any]] = {}
HISTORY: list[tuple[int, str, dict[str, Any]]] = []
STATE: dict[str, Any] = {"version": 100, "forgotten": 0, "fault": "", "drops": 0}
ASKED: list[str] = []


def change(name: str, raw: dict[str, Any] | None) -> None:
    STATE["version"] += 1
    version = STATE["version"]
    kind = "DELETED" if raw is None else "MODIFIED" if name in OBJECTS else "ADDED"
    raw = dict(OBJECTS.pop(name) if raw is None else raw)
    meta = {"name": name, "namespace": "lab"} | dict(raw.get("metadata", {}))
    raw["metadata"] = meta | {"resourceVersion": str(version), "managedFields": [{"x": version}]}
    if kind != "DELETED":
        OBJECTS[name] = raw
    HISTORY.append((version, kind, raw))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with CHANGED:
            for name, raw in said.get("objects", {}).items():
                change(name, raw)
            if said.get("forget"):
                HISTORY.clear()
                STATE["forgotten"] = STATE["version"] = STATE["version"] + 5
            STATE["drops"] += bool(said.get("drop"))
            STATE["fault"] = said.get("fault", STATE["fault"])
            CHANGED.notify_all()
        self._send(200, {})

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path == "/_asked":
            self._send(200, ASKED)
            return
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        ASKED.append(f"{parts.path} {self.headers.get('Authorization', '')}".strip())
        kind, _, detail = STATE["fault"].partition(" ")
        if kind == "status":
            self._send(int(detail), {"kind": "Status", "code": int(detail)})
        elif kind == "hang":
            self.close_connection = True
        elif parts.path not in (f"{PATH}/hardware", f"{PATH}/namespaces/lab/hardware"):
            self._send(404, {"kind": "Status", "code": 404})
        elif "watch" in query:
            self._watch(int(query["resourceVersion"]), float(query["timeoutSeconds"]))
        else:
            time.sleep(float(detail) if kind == "slow" else 0)
            self._list(query, cut=kind == "cut")

    def _list(self, query: dict[str, str], *, cut: bool) -> None:
        with CHANGED:
            every, version = list(OBJECTS.values()), STATE["version"]
        start, most = int(query.get("continue", 0)), int(query.get("limit", 10**9))
        rest = {"continue": str(start + most)} if start + most < len(every) else {}
        meta = {"resourceVersion": str(version), **rest}
        page = {"kind": "HardwareList", "metadata": meta, "items": every[start : start + most]}
        self._send(200, page, cut=cut)

    def _watch(self, version: int, seconds: float) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if version < STATE["forgotten"]:
            self._line({"type": "ERROR", "object": {"kind": "Status", "code": 410}})
            self._end()
            return
        until, drops = time.monotonic() + seconds, STATE["drops"]
        while (left := until - time.monotonic()) > 0:
            with CHANGED:
                news = [item for item in HISTORY if item[0] > version]
                if not news:
                    CHANGED.wait(min(left, 0.2))
            for _, kind, raw in news:
                self._line({"type": kind, "object": raw})
            version = news[-1][0] if news else version
            if STATE["fault"] == "junk":
                self._line([1, 2])
            if STATE["drops"] != drops:
                self.close_connection = True
                return
        meta = {"resourceVersion": str(STATE["version"])}
        self._line({"type": "BOOKMARK", "object": {"kind": "Hardware", "metadata": meta}})
        self._end()

    def _line(self, event: object) -> None:
        data = json.dumps(event).encode() + b"\n"
        # in two chunks: lines and chunks have nothing to do with each other
        for part in (data[:10], data[10:]):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
        self.wfile.flush()

    def _end(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def _send(self, status: int, body: object, *, cut: bool = False) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if cut else data)
        self.close_connection = self.close_connection or cut

    def log_message(self, *_: object) -> None:
        pass


class KubeAPI:
    """The handle of a test on the running server."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._open = build_opener(ProxyHandler({})).open

    def set(self, **said: Any) -> None:
        body = json.dumps(said).encode()
        self._open(Request(f"{self.url}/_set", body, method="POST"), timeout=10).read()

    @property
    def asked(self) -> list[str]:
        return json.loads(self._open(f"{self.url}/_asked", timeout=10).read())

    def kubeconfig(self, path: Any, token: str = "secret") -> Any:
        """A kubeconfig file that leads here."""
        path.write_text(
            f"""
apiVersion: v1
kind: Config
current-context: lab
contexts: [{{name: lab, context: {{cluster: here, user: me, namespace: lab}}}}]
clusters: [{{name: here, cluster: {{server: "{self.url}/"}}}}]
users: [{{name: me, user: {{token: {token}}}}}]
"""
        )
        return path


def hardware(mac: str, **dhcp: Any) -> dict[str, Any]:
    """A Hardware object that lets its machine boot from a URL."""
    return {
        "apiVersion": "tinkerbell.org/v1alpha1",
        "kind": "Hardware",
        "spec": {
            "interfaces": [
                {
                    "dhcp": {"mac": mac, "arch": "x86_64", "uefi": True, **dhcp},
                    "netboot": {"allowPXE": True, "ipxe": {"url": "http://10.77.0.5/auto.ipxe"}},
                }
            ]
        },
    }


@contextmanager
def running(port: int = 0, **said: Any) -> Iterator[KubeAPI]:
    """The server for the time of a block."""
    argv = [sys.executable, "-m", "tests.kubeapi", "127.0.0.1", str(port)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            api = KubeAPI(int(process.stdout.readline()))
            api.set(**said)
            yield api
        finally:
            process.kill()


if __name__ == "__main__":
    server = ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()
