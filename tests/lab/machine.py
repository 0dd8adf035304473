"""Lab machines: QEMU with real firmware and no disk, watched on the serial line."""

import re
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.lab.capture import Capture
from tests.lab.firmware import Firmware, Wiring, command
from tests.lab.network import Network, end

BOOTED = r"NETLAB-BOOT-OK"
# Nothing comes after these: no use to wait on.
LOST = r"No bootable device|Kernel panic|Shell> |Nothing to boot:"
# Emulation on two cores: a third machine fills the pauses in which firmware waits for DHCP.
AT_ONCE = 3


class Machine:
    """One machine, its serial line and a capture of what it sent and was sent."""

    def __init__(
        self,
        network: Network,
        firmware: Firmware,
        mac: str,
        folder: Path,
        *,
        segment: int = 0,
        disk: Path | None = None,
        screen: bool = False,
        settings: tuple[tuple[str, Path], ...] = (),
        until: str = BOOTED,
        lost: str = LOST,
    ):
        self.network, self.firmware, self.mac, self.segment = network, firmware, mac, segment
        self.until, self.lost = until, lost
        self.name = f"m{mac.replace(':', '')[-6:]}"
        self.serial = folder / f"{self.name}.serial"
        self.pcap = folder / f"{self.name}.pcap"
        self.wiring = Wiring(
            mac, self.name, self.serial, folder / f"{self.name}.vars", disk, screen, settings
        )
        self.outcome = "not started"
        self.seen_at = 0.0
        """When `until` was seen, in seconds since 1970."""
        self._process: subprocess.Popen[Any] | None = None
        self._log = folder / f"{self.name}.qemu"
        self._capture: Capture | None = None

    def start(self) -> None:
        """Power on."""
        self.network.tap(self.name, self.segment)
        self._capture = Capture(self.network, self.pcap, self.name, mac=self.mac)
        argv = command(self.firmware, self.wiring)
        with self._log.open("w") as log:
            self._process = self.network.start("sw", *argv, stdout=log, stderr=subprocess.STDOUT)
        self.outcome = "running"

    def text(self) -> str:
        """What the serial port said so far, without terminal escapes."""
        said = self.serial.read_bytes().decode("latin-1") if self.serial.exists() else ""
        return re.sub(r"\x1b\[[0-9;?=]*[a-zA-Z]|\x1b[()][A-Z0-9]|\r", "", said)

    def find(self, pattern: str) -> str:
        """The first group of a pattern in what the serial port said, else an empty text."""
        found = re.search(pattern, self.text())
        return found[1] if found else ""

    def poll(self) -> bool:
        """Look at the machine; whether its story has come to an end."""
        ended = self._process.poll() is not None  # before reading: its last words are then there
        said = self.text()
        if re.search(self.until, said):
            self.outcome, self.seen_at = "done", time.time()
        elif re.search(self.lost, said):
            self.outcome = "lost"
        elif ended:
            self.outcome = f"QEMU ended: {self._log.read_text()[-500:]}"
        return self.outcome != "running"

    def stop(self) -> None:
        """Power off."""
        if self._process:
            end(self._process)
        if self._capture:
            self._capture.stop()
            self._capture = None
            self.network.untap(self.name)
        self.wiring.variables.unlink(missing_ok=True)

    def story(self) -> str:
        """For a failed assertion: how it ended and the end of what it said."""
        return f"{self.firmware.value} {self.mac}: {self.outcome}\n{self.text()[-2500:]}"


def run_all(machines: Sequence[Machine], timeout: float = 240) -> None:
    """Run machines side by side, each until it says what it is to say, fails, or time is up."""
    waiting, running = list(machines), []
    until = time.monotonic() + timeout
    try:
        while (waiting or running) and time.monotonic() < until:
            while waiting and len(running) < AT_ONCE:
                running.append(waiting.pop(0))
                running[-1].start()
            for machine in [machine for machine in running if machine.poll()]:
                running.remove(machine)
                machine.stop()
            time.sleep(0.1)
        for machine in running:
            machine.outcome = "out of time"
    finally:
        for machine in running:
            machine.stop()
