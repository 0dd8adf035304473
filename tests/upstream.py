"""A server of files that can be slow, break off, change and lie."""

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR


@dataclass
class Kept:
    """A file of it, and how it is served."""

    body: bytes
    etag: str = '"1"'
    last_modified: str = ""
    status: int = 200
    ranges: bool = True
    length: bool = True
    """False: chunked, nobody knows how much is to come."""
    claims: int | None = None
    """What Content-Length says instead of the truth."""
    breaks_after: list[int] = field(default_factory=list)
    """Octets after which each next answer ends."""
    pause: float = 0.0
    """Seconds between two chunks."""
    gate: threading.Event | None = None
    """What is behind `opens_at` waits for it."""
    opens_at: int = 0
    auth: str = ""
    """What `Authorization` has to be."""
    then: "Kept | None" = None
    """What is here after the next answer."""
    chunk: int = 65536


class Files:
    """What there is, and what was asked."""

    def __init__(self) -> None:
        self.files: dict[str, Kept] = {}
        self.asked: list[tuple[str, str]] = []
        """Path, and the Range or If-None-Match that was asked for."""
        self.port = 0
        self.scheme = "http"

    def url(self, name: str) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/{name}"

    def downloads(self, name: str) -> int:
        return sum(path == f"/{name}" for path, _ in self.asked)


@contextmanager
def upstream(port=0, address="127.0.0.1", tls=None):
    """A running one, with nothing on it.

    Args:
        port: 0: any.
        address: where it listens.
        tls: an SSLContext: it speaks HTTPS.
    """
    there = Files()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_GET(self):
            kept = there.files.get(self.path.lstrip("/"))
            condition = self.headers.get("Range") or self.headers.get("If-None-Match") or ""
            there.asked.append((self.path, condition))
            if kept is not None and kept.auth and self.headers.get("Authorization") != kept.auth:
                kept = Kept(b"", status=401)
            if kept is None or kept.status != 200:
                self.send_response(kept.status if kept else 404)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if kept.then is not None:
                there.files[self.path.lstrip("/")] = kept.then
            serve(self, kept)

    def serve(handler, kept):
        known = handler.headers.get("If-None-Match") == kept.etag and kept.etag
        known = known or (
            kept.last_modified and handler.headers.get("If-Modified-Since") == kept.last_modified
        )
        if known:
            handler.send_response(304)
            handler.end_headers()
            return
        start = 0
        wanted = handler.headers.get("Range", "")
        same = handler.headers.get("If-Range", kept.etag) in (kept.etag, kept.last_modified)
        if wanted and kept.ranges and same:
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
            if start >= len(kept.body):
                handler.send_response(416)
                handler.send_header("Content-Length", "0")
                handler.end_headers()
                return
            handler.send_response(206)
            end = len(kept.body) - 1
            handler.send_header("Content-Range", f"bytes {start}-{end}/{len(kept.body)}")
        else:
            handler.send_response(200)
        body = kept.body[start:]
        if kept.etag:
            handler.send_header("ETag", kept.etag)
        if kept.last_modified:
            handler.send_header("Last-Modified", kept.last_modified)
        if kept.length:
            claims = kept.claims if kept.claims is not None else len(body)
            handler.send_header("Content-Length", str(claims))
        else:
            handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        send(handler, kept, body, start)

    def send(handler, kept, body, start):
        left = kept.breaks_after.pop(0) if kept.breaks_after else None
        for at in range(0, len(body), kept.chunk):
            if kept.gate is not None and start + at >= kept.opens_at:
                kept.gate.wait(30)
            piece = body[at : at + kept.chunk]
            if left is not None and len(piece) > left:
                handler.wfile.write(piece[:left])
                handler.wfile.flush()
                handler.connection.shutdown(SHUT_RDWR)
                handler.close_connection = True
                return
            if not kept.length:
                handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            else:
                handler.wfile.write(piece)
            if left is not None:
                left -= len(piece)
            time.sleep(kept.pause)
        if not kept.length:
            handler.wfile.write(b"0\r\n\r\n")
        if kept.claims is not None:
            handler.close_connection = True

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 200

        def handle_error(self, *_):
            pass  # a client that went away

    server = Quiet((address, port), Handler)
    there.port = server.server_address[1]
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        there.scheme = "https"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
