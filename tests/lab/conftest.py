"""What lab tests share: whether this machine can run them, the network, the captures they leave."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import assets, firmware
from tests.lab.network import Network

PROGRAMS = (
    "ip", "tftp", "atftp", "ethtool", "nft", "tcpdump", "dnsmasq", "busybox", "setpriv", "curl",
    "dhclient", "dhcpcd", "/lib/systemd/systemd-networkd", "dhcrelay", "perfdhcp", "gcc",
    "losetup", "mkfs.ext4", "mkfs.vfat", "mcopy", "objcopy",
)  # fmt: skip
REQUIRED = bool(os.environ.get("PXECTL_REQUIRE_LAB"))


def why_not() -> str:
    """Why lab tests can not run here; empty when they can."""
    if os.geteuid():
        return "the lab needs root for its network namespaces"
    absent = [name for name in PROGRAMS if not shutil.which(name)]
    absent += [str(path) for path in firmware.needed() if not path.exists()]
    if absent:
        return f"the lab needs {', '.join(absent)} (`tests/run` installs them)"
    if not assets.complete():
        return "the lab needs its assets: python -m tests.lab.assets"
    return ""


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("lab") and (reason := why_not()):
        pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """With PXECTL_REQUIRE_LAB a test that was skipped, for whatever reason, has failed."""
    report = yield
    if REQUIRED and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and PXECTL_REQUIRE_LAB is set: {report.longrepr}"
    return report


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder for what the tests of one file write."""
    return tmp_path_factory.mktemp(request.module.__name__.rsplit(".", 1)[-1])


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    """A lab of one segment for the tests of one file."""
    network = Network()
    yield network
    network.close()


def keep(pcap: Path, name: str) -> None:
    """With PXECTL_LAB_KEEP=DIR: keep the capture of what just passed there."""
    if folder := os.environ.get("PXECTL_LAB_KEEP"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(pcap, Path(folder, f"{name}.pcap"))
