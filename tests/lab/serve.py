"""`pxectl serve` in the lab, and the site that it serves."""

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from tests.lab.assets import ARCHS, ASSETS
from tests.lab.firmware import Firmware
from tests.lab.network import LabError, Network, end

PXECTL = (str(Path(sys.executable).with_name("pxectl")),)

PROFILES = """
[profile.amd64]
kernel = "amd64/linux"
initrd = ["amd64/initrd.img"]
cmdline = ["console=ttyS0", "panic=5", "netlab.token={{ vars.token }}"]

[profile.arm64]
kernel = "arm64/linux"
initrd = ["arm64/initrd.img"]
cmdline = ["console=ttyAMA0", "panic=5", "netlab.token={{ vars.token }}"]
"""


def make_site(folder: Path, text: str = "") -> Path:
    """A site with a profile for each kernel, and `text` at the end of its pxectl.toml."""
    for name in (*ARCHS, "ipxe"):
        shutil.copytree(ASSETS / name, folder / "files" / name)
    (folder / "hardware").mkdir()
    (folder / "pxectl.toml").write_text(PROFILES + text)
    return folder


def add_machine(site: Path, name: str, mac: str, firmware: Firmware, more: str = "") -> None:
    """Write a machine's file; its `vars.token` is its name. `more` comes at the end."""
    (site / "hardware" / f"{name}.toml").write_text(
        f'mac = ["{mac}"]\nprofile = "{firmware.arch}"\n{more}\n[vars]\ntoken = "{name}"\n'
    )


class Serve:
    """`pxectl serve` in `srv`, from its `ready` on until it is left."""

    def __init__(
        self,
        network: Network,
        folder: Path,
        *argv: str,
        program: tuple[str, ...] = PXECTL,
        timeout: float = 20,
    ):
        self.network = network
        self.out, self.err = folder / "serve.out", folder / "serve.err"
        self._argv = [*program, "serve", "--log", "json", *argv]
        self._folder, self._timeout = folder, timeout

    def __enter__(self) -> "Serve":
        env = {k: v for k, v in os.environ.items() if not k.startswith("PXECTL_")}
        with self.out.open("w") as out, self.err.open("w") as err:
            self._process = self.network.start(
                "srv", *self._argv, stdout=out, stderr=err, env=env, cwd=self._folder
            )
        until = time.monotonic() + self._timeout
        while not self.events("ready"):
            if self._process.poll() is not None or time.monotonic() > until:
                end(self._process)
                raise LabError(f"{' '.join(self._argv)} is not ready: {self.story()}")
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self.exit_code = end(self._process)

    def kill(self) -> None:
        """SIGKILL: it ends in the middle of whatever it does."""
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it is still there."""
        return self._process.poll() is None

    def events(self, kind: str = "") -> list[dict[str, Any]]:
        """The events of its log so far, all or of one kind; only whole lines."""
        lines = self.out.read_text().split("\n")[:-1]
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [event for event in found if kind in ("", event.get("event"))]

    def story(self) -> str:
        """What it said, for a failed assertion."""
        return f"{self.out.read_text()[-3000:]}\n{self.err.read_text()[-3000:]}"
