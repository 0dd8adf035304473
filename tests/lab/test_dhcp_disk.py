"""A full disk, and one that turned read-only: no ACK without a commit, and service after it.

`state/` is a file system of its own, in a mount namespace that only `serve` has.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from tests.lab.network import Network, run
from tests.lab.serve import PXECTL, Serve
from tests.lab.storm import storm

pytestmark = [pytest.mark.lab]

SITE = """
[[subnet]]
network = "10.77.0.0/24"
pool = ["10.77.0.100-10.77.0.199"]
"""
# Not more than once each: SQLite's log is short, and no room in it is used again on a full disk.
EARLY = ("-b", 0, "-n", 10, "-r", 20, "-t", 0.5, "-d", 900)
LATE = ("-b", 50, "-n", 20, "-r", 20, "-t", 1, "-d", 900)


class Disk:
    """What `serve` sees as its `state/`."""

    def __init__(self, folder: Path, network: Network, mount: str):
        self.site = folder / "site"
        self.state = self.site / "state"
        self.state.mkdir(parents=True)
        (self.site / "pxectl.toml").write_text(SITE)
        argv = ("--site", str(self.site), "--interface", "eth0", "--dhcp", "server")
        own = ("unshare", "--mount", "--propagation", "private", "sh", "-ec")
        program = (*own, f'{mount} "$0"; exec "$@"', str(self.state), *PXECTL)
        self.serve = Serve(network, folder, *argv, program=program)

    @property
    def seen(self) -> Path:
        """The folder, as seen from outside while `serve` runs."""
        return Path(f"/proc/{self.serve.pid}/root{self.state}")

    def leases(self) -> dict[str, str]:
        """MAC by address, read in a copy: SQLite does not find its way through `seen`."""
        copy = self.site.with_name("copy")
        copy.mkdir(exist_ok=True)
        for name in ("leases.db", "leases.db-wal"):
            shutil.copyfile(self.seen / name, copy / name)
        with closing(sqlite3.connect(copy / "leases.db")) as database:
            rows = database.execute("SELECT address, mac FROM leases WHERE state = 'leased'")
            return {str(IPv4Address(address)): mac for address, mac in rows}

    def inside(self, *argv: object) -> None:
        """Run a command in its mount namespace."""
        run("nsenter", "-t", str(self.serve.pid), "-m", *map(str, argv))

    def said(self) -> list[str]:
        """What it said of writing leases."""
        events = self.serve.events("warned") + self.serve.events("told")
        return [e["message"] for e in events if "leases can" in e["message"]]


@contextmanager
def loop_device(image: Path) -> Iterator[str]:
    """A block device of a file."""
    device = run("losetup", "--find", "--show", str(image)).strip()
    try:
        yield device
    finally:
        run("losetup", "--detach", device)


def test_full_disk_acknowledges_nothing_until_there_is_room(
    network: Network, tmp_path: Path
) -> None:
    disk = Disk(tmp_path, network, "mount -t tmpfs -o size=8m pxlab")
    with disk.serve:
        before = storm(network, *EARLY)
        kept = disk.leases()
        fill(disk.seen / "ballast")
        during = storm(network, *LATE)
        said = disk.said()
        unchanged = disk.leases()
        (disk.seen / "ballast").unlink()
        after = storm(network, *LATE)
        said_after = disk.said()
        served = disk.leases()

    assert before["done"] == len(kept) == 10
    assert during["started"] > 0
    assert during["done"] == during["naks"] == 0
    assert unchanged == kept
    [line] = said
    assert line.endswith("leases can not be written: database or disk is full")
    assert after["done"] == after["started"] > 0
    assert said_after == [line, "leases can be written again"]
    assert len(served) == 10 + 20


def fill(ballast: Path) -> None:
    """Leave not one page free."""
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass


def test_disk_that_turned_read_only_acknowledges_nothing_until_it_is_mended(
    network: Network, tmp_path: Path
) -> None:
    """ext4 does this to itself when it meets an error; what is mounted then is a copy, mended."""
    image, mended = tmp_path / "image", tmp_path / "mended"
    with image.open("wb") as file:
        file.truncate(16 << 20)
    run("mkfs.ext4", "-q", str(image))
    with loop_device(image) as device:
        disk = Disk(tmp_path, network, f"mount -o errors=remount-ro {device}")
        with disk.serve:
            storm(network, *EARLY)
            kept = disk.leases()
            Path("/sys/fs/ext4", Path(device).name, "trigger_fs_error").write_text("1")
            during = storm(network, *LATE)
            said = disk.said()
            shutil.copyfile(image, mended)
            run("sh", "-c", f"fsck.ext4 -p {mended} || [ $? -lt 4 ]")
            with loop_device(mended) as second:
                disk.inside("umount", "--lazy", disk.state)
                disk.inside("mount", second, disk.state)
                after = storm(network, *LATE)
                served = disk.leases()
                said_after = disk.said()

    assert during["started"] > 0
    assert during["done"] == during["naks"] == 0
    [line] = said
    assert "leases can not be written: " in line
    assert after["done"] == after["started"] > 0
    assert said_after == [line, "leases can be written again"]
    assert kept.items() <= served.items()
    assert len(served) == 10 + 20


def test_state_that_can_not_be_written_at_all_is_told_at_the_start(
    network: Network, tmp_path: Path
) -> None:
    disk = Disk(tmp_path, network, "mount -t tmpfs -o ro pxlab")
    with pytest.raises(Exception, match="is not ready"), disk.serve:
        pass

    error, hint = disk.serve.err.read_text().splitlines()
    assert error.startswith("error: ")
    assert "leases can not be written" in error
    assert hint.startswith("hint: make room")
