"""DHCP exchanges beside Kea and dnsmasq: `python -m benchmarks.dhcp [ROUNDS [CONTENDER…]]`.

Two network namespaces joined by a veth, the server on one core and `dhcpstorm` (compiled from the
file beside this one) on another. Every round starts each server in turn with an empty lease
database, lets all clients get their first lease, then measures
- as many four-way exchanges as it does, OPEN of them at any time: exchanges a second, CPU of the
  server and its children for one, and what was left without an answer;
- the latency of an exchange at RATE a second.

First leases are not measured: pxectl probes their addresses, Kea and dnsmasq are told not to.
Kea's memfile and pxectl's leases survive their process; dnsmasq is run without its lease file,
which it rewrites whole for each lease (`dnsmasq-file`). pxectl logs every message as JSON, the
others log nothing; `kea-log` and `dnsmasq-log` write what they do by default. All logs go to
/dev/null. CLIENTS are fewer than the kernel's neighbour table takes, for that is how dnsmasq
reaches them. Behind the contenders `--profile FILE` runs pxectl under cProfile, for
`python -m pstats FILE`; its rates are then worth nothing.

Needs root, gcc, taskset and Debian's kea-dhcp4-server and dnsmasq-base.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CLIENTS, OPEN, RATE = 900, 64, 200
PROBE_US = 200_000  # slower than this, addresses are still being probed
SOURCE = Path(__file__).with_name("dhcpstorm.c")
SERVER = "10.88.0.1"
NAME = f"pxbench{os.getpid()}"
HERTZ = os.sysconf("SC_CLK_TCK")


def run(*argv: str | Path) -> str:
    """What a command printed that must succeed."""
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


@contextmanager
def network() -> Iterator[None]:
    """`NAME-srv` with SERVER on eth0, and `NAME-cli`."""
    srv, cli = f"{NAME}-srv", f"{NAME}-cli"
    run("ip", "netns", "add", srv)
    run("ip", "netns", "add", cli)
    try:
        veth = ("type", "veth", "peer", "name", "eth0", "netns", cli)
        run("ip", "-n", srv, "link", "add", "eth0", *veth)
        for name in (srv, cli):
            run("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
            run("ip", "-n", name, "link", "set", "lo", "up")
            run("ip", "-n", name, "link", "set", "eth0", "up")
        run("ip", "-n", srv, "addr", "add", f"{SERVER}/16", "dev", "eth0")
        yield
    finally:
        for name in (srv, cli):
            run("ip", "netns", "del", name)


# ---- the servers: a folder → the command line


def kea(folder: Path, severity: str = "WARN") -> list[str | Path]:
    """Kea, its leases in a memfile on disk."""
    config = {
        "interfaces-config": {"interfaces": ["eth0"]},
        "lease-database": {"type": "memfile", "persist": True, "name": str(folder / "leases.csv")},
        "valid-lifetime": 3600,
        "subnet4": [{"subnet": "10.88.0.0/16", "pools": [{"pool": "10.88.64.0-10.88.127.255"}]}],
        "loggers": [
            {
                "name": "kea-dhcp4",
                "severity": severity,
                "output_options": [{"output": "stdout"}],
            }
        ],
    }
    (folder / "kea.json").write_text(json.dumps({"Dhcp4": config}))
    return ["kea-dhcp4", "-c", folder / "kea.json"]


def kea_log(folder: Path) -> list[str | Path]:
    """Kea with a line for each lease, as it is unless told otherwise."""
    return kea(folder, "INFO")


def dnsmasq(folder: Path) -> list[str | Path]:
    """dnsmasq, its leases in memory."""
    return [*dnsmasq_file(folder), "--leasefile-ro"]


def dnsmasq_log(folder: Path) -> list[str | Path]:
    """dnsmasq with a line for each message, as it is unless told otherwise."""
    return [word for word in dnsmasq(folder) if word != "--quiet-dhcp"]


def dnsmasq_file(folder: Path) -> list[str | Path]:
    """dnsmasq with its lease file."""
    return [
        "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--user=root",
        "--pid-file=", "--interface=eth0", "--no-ping", "--dhcp-authoritative", "--quiet-dhcp",
        "--dhcp-range=10.88.64.0,10.88.127.255,255.255.0.0,1h", "--dhcp-lease-max=10000",
        f"--dhcp-leasefile={folder / 'leases'}", "--log-facility=/dev/null",
    ]  # fmt: skip


def pxectl(folder: Path) -> list[str | Path]:
    """pxectl, its clients from a pool."""
    return _pxectl(folder, 'pool = ["10.88.64.0-10.88.127.255"]')


def reserved(folder: Path) -> list[str | Path]:
    """pxectl, every client in the inventory with an address of its own."""
    (folder / "hardware").mkdir()
    for number in range(CLIENTS):
        name = folder / "hardware" / f"node{number}.toml"
        high, low = divmod(number, 250)
        address = f"10.88.{64 + high}.{low + 1}"
        name.write_text(f'mac = ["{storm_mac(number)}"]\naddress = "{address}"\n')
    return _pxectl(folder, "")


def _pxectl(folder: Path, subnet: str) -> list[str | Path]:
    (folder / "pxectl.toml").write_text(
        f'[[subnet]]\nnetwork = "10.88.0.0/16"\nlease_time = "1h"\n{subnet}\n'
    )
    serve = [
        "serve",
        "--site",
        folder,
        "--interface",
        "eth0",
        "--dhcp",
        "server",
        "--force",
        "--log",
        "json",
    ]
    return [sys.executable, "-m", "pxectl", *serve]


def storm_mac(number: int) -> str:
    """The MAC of a client of `dhcpstorm`."""
    return f"02:50:{number.to_bytes(4, 'big').hex(':')}"


CONTENDERS = {
    "kea": kea,
    "kea-log": kea_log,
    "dnsmasq": dnsmasq,
    "dnsmasq-log": dnsmasq_log,
    "dnsmasq-file": dnsmasq_file,
    "pxectl": pxectl,
    "pxectl-reserved": reserved,
}
DEFAULT = ("kea", "dnsmasq", "pxectl", "pxectl-reserved")


# ---- measuring


class Server:
    """A server in `NAME-srv` on core 0, from its first OFFER on until it is left."""

    def __init__(self, name: str, folder: Path, profile: str = ""):
        argv = CONTENDERS[name](folder)
        if profile and name.startswith("pxectl"):
            argv[1:1] = ["-m", "cProfile", "-o", profile]
        self._argv = [*_into("srv", 0), *map(str, argv)]
        self._folder = folder

    def __enter__(self) -> "Server":
        kea = {f"KEA_{what}_DIR": str(self._folder) for what in ("PIDFILE", "LOCKFILE")}
        with (self._folder / "said").open("w") as said:
            self._process = subprocess.Popen(
                self._argv, stdout=subprocess.DEVNULL, stderr=said, env=os.environ | kea
            )
        until = time.monotonic() + 20
        while not storm("-n", 1, "-c", 1, "-t", 0.1, "-d", 700)["done"]:
            if self._process.poll() is not None or time.monotonic() > until:
                self._process.kill()
                raise SystemExit(f"{self._argv}: no answer: {self._said()}")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def _said(self) -> str:
        return (self._folder / "said").read_text()[-2000:]

    def cpu(self) -> float:
        """Seconds of CPU that it and its children have taken."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, stat[11:15])) / HERTZ

    def megabytes(self) -> float:
        """Its resident size."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line) / 1024


def _into(host: str, core: int) -> list[str]:
    return ["ip", "netns", "exec", f"{NAME}-{host}", "taskset", "-c", str(core % os.cpu_count())]


def storm(*options: object) -> dict[str, Any]:
    """What `dhcpstorm` reports."""
    return json.loads(run(*_into("cli", 1), STORM, "-i", "eth0", *map(str, options)))


def measure(server: Server) -> dict[str, float]:
    """One round of one server."""
    for _ in range(9):
        warm = storm("-n", CLIENTS, "-r", CLIENTS, "-t", 1, "-d", 2000)
        if warm["done"] == warm["started"] and warm["p99_us"] < PROBE_US:
            break
    before = server.cpu()
    peak = storm("-n", CLIENTS, "-c", OPEN, "-t", 4)
    used = server.cpu() - before
    calm = storm("-n", CLIENTS, "-r", RATE, "-t", 3)
    return {
        "exchanges/s": peak["per_s"],
        "CPU us": used / max(peak["done"], 1) * 1e6,
        "no answer": peak["no_offer"] + peak["no_ack"] + peak["naks"],
        "peak p50 us": peak["p50_us"],
        "peak p99 us": peak["p99_us"],
        f"p50 us at {RATE}/s": calm["p50_us"],
        f"p99 us at {RATE}/s": calm["p99_us"],
        "RSS MB": server.megabytes(),
    }


def versions() -> str:
    """Of all that is compared."""
    from pxectl import __version__

    dnsmasq = run("dnsmasq", "--version").split()[2]
    python = sys.version.split()[0]
    kea = run("kea-dhcp4", "-v").strip()
    return f"pxectl {__version__} on Python {python}, Kea {kea}, dnsmasq {dnsmasq}"


def show(rounds: dict[str, list[dict[str, float]]]) -> None:
    """Medians with the least and the most, and how the first contender compares."""
    [reference, *_] = rounds
    base = {
        key: statistics.median(r[key] for r in rounds[reference]) for key in rounds[reference][0]
    }
    for name, measured in rounds.items():
        print(name)
        for key in measured[0]:
            values = [one[key] for one in measured]
            median = statistics.median(values)
            ratio = f"  x {median / base[key]:.2f} of {reference}" if base[key] else ""
            print(f"  {key:20} {median:10.1f}  [{min(values):.1f} - {max(values):.1f}]{ratio}")


def main(argv: list[str]) -> None:
    """Measure ROUNDS times and show."""
    profile = ""
    if "--profile" in argv:
        at = argv.index("--profile")
        profile, argv = str(Path(argv[at + 1]).resolve()), argv[:at]
    rounds = int(argv[0]) if argv else 3
    results: dict[str, list[dict[str, float]]] = defaultdict(list)
    print(f"{versions()}; {CLIENTS} clients, {OPEN} open, {rounds} rounds", flush=True)
    with network():
        for _ in range(rounds):
            for name in argv[1:] or DEFAULT:
                with (
                    tempfile.TemporaryDirectory() as folder,
                    Server(name, Path(folder), profile) as server,
                ):
                    results[name].append(measure(server))
    show(results)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as compiled:
        STORM = Path(compiled) / "dhcpstorm"
        run("gcc", "-O2", "-o", STORM, SOURCE)
        main(sys.argv[1:])
