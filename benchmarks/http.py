"""Files over HTTP beside nginx: `python -m benchmarks.http [MEGABYTES [ROUNDS]]`.

Each round, one after the other: pxectl with a file of its own, with a kernel out of an ISO-like
tarball, with a file that the mirror has, and nginx with one worker and sendfile. The load are curl
processes that throw away what they get. Wall clock and the server's CPU (user and system) of its
whole process; DESIGN.md 8: files over HTTP move at nginx's speed.
"""

import re
import shutil
import socket
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.serving import Serve
from tests.upstream import Kept, upstream

CLIENTS = (1, 8, 50)
MAC = "52-54-00-77-00-01"
NGINX = """
daemon off; worker_processes 1; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; tcp_nopush on;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{ listen 127.0.0.1:{port}; root {root}; }} }}
"""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextmanager
def nginx(folder: Path, root: Path) -> Iterator[tuple[str, int]]:
    """The peer: URL of its root, and its process."""
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, root=root))
    argv = ["nginx", "-p", str(folder), "-c", str(config)]
    process = subprocess.Popen(argv, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    try:
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


def cpu(pid: int) -> float:
    """Seconds of CPU that a process and its children have used."""
    process = psutil.Process(pid)
    times = [p.cpu_times() for p in (process, *process.children(recursive=True))]
    return sum(t.user + t.system for t in times)


def load(url: str, clients: int, pid: int, size: int) -> tuple[float, float]:
    """MB/s, and CPU seconds of the server for each GB."""
    before, began = cpu(pid), time.perf_counter()
    argv = ["curl", "-sSf", "-o", "/dev/null", url]
    started = [subprocess.Popen(argv) for _ in range(clients)]
    codes = {one.wait() for one in started}
    taken = time.perf_counter() - began
    if codes != {0}:
        raise SystemExit(f"{url}: curl ended with {codes}")
    total = clients * size
    return total / taken / 1e6, (cpu(pid) - before) / (total / 1e9)


def urls_of(serve: Serve) -> list[str]:
    _, script = serve.get(f"{serve.token(MAC)}/boot.ipxe")
    return re.findall(r"http://\S+/(?:files|mirror)/\S+", script)


def main(argv: list[str]) -> None:
    megabytes = int(argv[0]) if argv else 200
    rounds = int(argv[1]) if len(argv) > 1 else 5
    if shutil.which("nginx") is None:
        raise SystemExit("install nginx: it is who this is measured beside")
    size = megabytes * 1_000_000
    with tempfile.TemporaryDirectory() as name, upstream() as there:
        folder = Path(name)
        folder.chmod(0o755)  # nginx reads as somebody else
        site = folder / "site"
        for part in ("files", "hardware"):
            (site / part).mkdir(parents=True)
        content = bytes(bytearray(range(250))) * (size // 250)
        (site / "files/big").write_bytes(content)
        with tarfile.open(site / "files/big.tar", "w") as tar:
            tar.add(site / "files/big", "boot/big")
        there.files["big"] = Kept(content, chunk=1 << 20)
        (site / "pxectl.toml").write_text(
            '[serve]\nclaims = "any"\n[profile.p]\nkernel = "big"\n'
            f'initrd = ["big.tar:/boot/big", "{there.url("big")}"]\n'
        )
        (site / f"hardware/{MAC}.toml").write_text(f'mac = ["{MAC}"]\nprofile = "p"\n')
        serve = Serve(site, folder / "out")
        try:
            with nginx(folder, site / "files") as (root, peer):
                measure(serve, root, peer, rounds, size)
        finally:
            serve.stop()


def measure(serve: Serve, root: str, peer: int, rounds: int, size: int) -> None:
    own, member, mirrored = urls_of(serve)
    contenders = {
        "nginx": (f"{root}/big", peer),
        "pxectl, file": (own, serve.process.pid),
        "pxectl, in an image": (member, serve.process.pid),
        "pxectl, mirrored": (mirrored, serve.process.pid),
    }
    for url, pid in contenders.values():
        load(url, 1, pid, size)
    print(f"{size / 1e6:.0f} MB, median of {rounds}: MB/s (of nginx), CPU s/GB")
    for clients in CLIENTS:
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
        for _ in range(rounds):
            for name, (url, pid) in contenders.items():
                taken[name].append(load(url, clients, pid, size))
        reference = statistics.median(rate for rate, _ in taken["nginx"])
        for name, results in taken.items():
            rate = statistics.median(rate for rate, _ in results)
            used = statistics.median(used for _, used in results)
            ratio = rate / reference
            print(f"{clients:>3} clients  {name:<20} {rate:7.0f}  ({ratio:4.2f})  {used:5.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
