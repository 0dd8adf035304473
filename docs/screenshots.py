"""Makes the pictures of the README from real runs: `python docs/screenshots.py`, as root.

A lab of network namespaces, machines in QEMU, pxectl on an emulated terminal; what stands on that
is exported as SVG by rich. Needs what `tests/lab` needs.
"""

import fcntl
import os
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pyte
from rich.console import Console
from rich.text import Text

HOUSE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(HOUSE))

from tests.lab.firmware import Firmware  # noqa: E402 - it lies beside this folder
from tests.lab.machine import Machine  # noqa: E402
from tests.lab.network import Network, end, run  # noqa: E402
from tests.lab.serve import PXECTL, add_machine, make_site  # noqa: E402

COLUMNS, ROWS = 120, 32
SITE = """
[[subnet]]
network = "10.77.0.0/24"
pool = ["10.77.0.100-10.77.0.199"]

[[rule]]
name = "gpu nodes"
match = { tags = ["gpu"], known = true }
action = "boot"
profile = "amd64"
"""
NODE1, NODE2, STRANGER = (f"52:54:00:12:34:{n:02x}" for n in (0x56, 0x57, 0x58))


class Terminal:
    """A program in a namespace of the lab, on a terminal that is emulated."""

    def __init__(self, network: Network, *argv: str, rows: int = ROWS) -> None:
        self.ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, COLUMNS, 0, 0))
        self.screen = pyte.Screen(COLUMNS, rows)
        self.stream = pyte.ByteStream(self.screen)
        env = {**os.environ, "TERM": "xterm-256color"}
        self.process = network.start("srv", *argv, stdin=theirs, stdout=theirs, stderr=theirs,
                                     env=env)  # fmt: skip
        os.close(theirs)
        os.set_blocking(self.ours, False)

    def until(self, holds: Callable[[list[str]], bool], seconds: float = 90) -> None:
        """Read until this holds for the rows, or the program has ended."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                self.stream.feed(os.read(self.ours, 1 << 16))
            except BlockingIOError:
                if holds(self.screen.display):
                    return
                time.sleep(0.05)
            except OSError:
                return
        raise SystemExit("\n".join([*self.screen.display, "it was never seen"]))

    def save(self, name: str, title: str, rows: int | None = None) -> None:
        """What stands there, as docs/NAME.svg."""
        console = Console(record=True, width=COLUMNS, file=open(os.devnull, "w"))  # noqa: SIM115, PTH123
        kept = [self._row(y) for y in range(self.screen.lines)]
        while kept and not kept[-1].plain.strip():
            kept.pop()
        for row in kept[:rows]:
            console.print(row, no_wrap=True, overflow="crop")
        (HOUSE / "docs" / f"{name}.svg").write_text(console.export_svg(title=title))

    def _row(self, y: int) -> Text:
        row = Text()
        for x in range(self.screen.columns):
            cell = self.screen.buffer[y][x]
            words = [word for word in ("bold", "reverse") if getattr(cell, word)]
            if cell.fg != "default":
                words.append("yellow" if cell.fg == "brown" else cell.fg)
            row.append(cell.data, " ".join(words))
        row.rstrip()
        return row


def live(network: Network, site: Path, folder: Path) -> None:
    """Three machines: one in the middle of its kernel, one that has booted, one that is unknown."""
    argv = (*PXECTL, "serve", "--site", str(site), "-i", "eth0", "--dhcp", "server")
    terminal = Terminal(network, *argv)
    machines = [
        Machine(network, Firmware.BIOS, NODE2, folder),
        Machine(network, Firmware.UEFI, STRANGER, folder, until="never", lost="never"),
        Machine(network, Firmware.BIOS, NODE1, folder),
    ]
    try:
        terminal.until(lambda rows: "q quit" in rows[-1])
        machines[0].start()
        terminal.until(lambda rows: any(NODE2 in row and " booted " in row for row in rows))
        machines[1].start()
        terminal.until(lambda rows: any(STRANGER in row and "denied" in row for row in rows))
        machines[2].start()
        slow = ("tbf", "rate", "30mbit", "burst", "32kb", "latency", "50ms")
        run("tc", "-n", network.namespace("sw"), "qdisc", "add", "dev", machines[2].name,
            "root", *slow)  # fmt: skip
        terminal.until(
            lambda rows: any(NODE1 in row and "kernel" in row and " left" in row for row in rows)
        )
        terminal.save("live", "sudo pxectl serve")
    finally:
        for machine in machines:
            machine.stop()
        end(terminal.process)


def printed(network: Network, name: str, title: str, *argv: str, rows: int = 60) -> None:
    """What a command prints."""
    terminal = Terminal(network, *argv, rows=rows)
    terminal.until(lambda _: terminal.process.poll() is not None, 60)
    time.sleep(0.2)
    terminal.until(lambda _: True)
    terminal.save(name, title, 40)


def main() -> None:
    """All of them."""
    network = Network()
    try:
        with tempfile.TemporaryDirectory(prefix="pxshot-") as temporary:
            folder = Path(temporary)
            site = make_site(folder / "site", SITE)
            for name, mac, address in (("node1", NODE1, "21"), ("node2", NODE2, "22")):
                add_machine(site, name, mac, Firmware.BIOS, f'address = "10.77.0.{address}"')
            live(network, site, folder)
            at = ("--site", str(site))
            printed(
                network, "rules-test", "pxectl rules test", *PXECTL, "rules", "test", NODE1, *at
            )
            for words in (
                "add table inet lab",
                "add chain inet lab in { type filter hook input priority 0 ; }",
                "add rule inet lab in udp dport 69 drop",
            ):
                network.run("srv", "nft", *words.split())
            printed(network, "doctor", "sudo pxectl doctor", *PXECTL, "doctor", "-i", "eth0", *at)
            pcap = HOUSE / "tests/data/pxectl-uefi-x64-binl-proxy.pcap"
            printed(network, "capture", "pxectl capture --by-machine", *PXECTL, "capture", "-r",
                    str(pcap), "--by-machine", *at)  # fmt: skip
    finally:
        network.close()


if __name__ == "__main__":
    main()
