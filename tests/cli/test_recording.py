"""Who asks a running `serve` and is not known: kept, listed, added."""

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pxectl.boot.events import Told, Warned
from pxectl.boot.kinds import KINDS
from pxectl.boot.site import Inventory
from pxectl.boot.unknown import LIMIT
from pxectl.cli.recording import Recorder
from pxectl.mac import MAC
from pxectl.store.unknown import read_unknown, unknown_file, write_unknown
from tests.boot.test_unknown import ASKS, asked
from tests.builders import STRANGER, machine
from tests.store.test_unknown import SEEN


def recorded(site, work):
    """Events that went on, after `work` with a recorder that keeps writing."""
    passed = []

    async def main():
        recorder = Recorder(site, passed.append)
        keeping = asyncio.create_task(recorder.keep())
        await work(recorder)
        keeping.cancel()
        await recorder.close()

    asyncio.run(main())
    return passed


def test_events_go_on_and_who_asked_is_written_soon(tmp_path):
    async def work(recorder):
        recorder.emit(Told("x"))
        recorder.emit(asked())
        assert not unknown_file(tmp_path).exists()
        for _ in range(100):
            await asyncio.sleep(0.02)
            if unknown_file(tmp_path).exists():
                return
        raise AssertionError

    assert recorded(tmp_path, work) == [Told("x"), asked()]
    assert [one.client for one in read_unknown(tmp_path)] == [ASKS]


def test_what_is_not_written_yet_is_written_at_the_end(tmp_path):
    write_unknown(tmp_path, SEEN)

    async def work(recorder):
        recorder.forget_known(Inventory((machine(macs=(STRANGER,)),)))

    recorded(tmp_path, work)
    assert read_unknown(tmp_path) == SEEN[1:]


def test_a_flood_is_bounded_and_written_once(tmp_path):
    async def work(recorder):
        for number in range(LIMIT + 500):
            mac = MAC(b"\2\0" + number.to_bytes(4, "big"))
            recorder.emit(asked(replace(ASKS, mac=mac)))
        assert not unknown_file(tmp_path).exists()

    recorded(tmp_path, work)
    assert len(read_unknown(tmp_path)) == LIMIT


def test_nothing_is_written_if_nobody_unknown_asked(tmp_path):
    async def work(recorder):
        recorder.emit(asked(macs=(STRANGER,)))
        recorder.emit(Told("x"))

    recorded(tmp_path / "site", work)
    assert not (tmp_path / "site").exists()


def test_a_state_that_can_not_be_written_is_told_once_and_serving_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr("pxectl.cli.recording._GATHERED", 0.01)
    monkeypatch.setattr("pxectl.cli.recording._PAUSE", 0.01)
    (tmp_path / "state").touch()

    async def work(recorder):
        for _ in range(5):
            recorder.emit(asked())
            await asyncio.sleep(0.05)

    told = recorded(tmp_path, work)
    [warned] = [event for event in told if isinstance(event, Warned)]
    assert "state/unknown.json: can not be written" in warned.message
    assert len(told) == 6


# ---- end to end, in a network of its own

PXECTL = Path(sys.executable).with_name("pxectl")
DRIVER = """
import json, socket, subprocess, sys, time
from pathlib import Path
pxectl, site, datagram = sys.argv[1], Path(sys.argv[2]), bytes.fromhex(sys.argv[3])
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
serve = subprocess.Popen(
    [pxectl, "serve", "--site", site, "--interface", "lo", "--dhcp", "proxy", "--no-tftp",
     "--no-http", "--log", "json"], stdout=subprocess.PIPE, text=True)
def hardware(*argv):
    argv = [pxectl, "hardware", *argv, "--site", site, "--json"]
    return json.loads(subprocess.run(argv, stdout=subprocess.PIPE, check=True).stdout)
def event(*names):
    for line in serve.stdout:
        if (told := json.loads(line))["event"] in names:
            return told
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try:
    event("ready")
    sock.sendto(datagram, ("127.0.0.1", 67))
    denied = event("unanswered")
    until = time.monotonic() + 20
    while not (site / "state/unknown.json").exists() and time.monotonic() < until:
        time.sleep(0.02)
    listed = hardware("list", "--unknown")
    added = hardware("add", "--from-unknown", "525400999999", "--name", "new", "--var", "a=b")
    after = hardware("list", "--unknown")
    reloaded = event("reloaded")
finally:
    serve.terminate()
    serve.wait(10)
kept = json.loads((site / "state/unknown.json").read_bytes())
print(json.dumps([denied, listed, added, after, reloaded, kept]))
"""


def _may_unshare():
    return subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode == 0


@pytest.mark.skipif(not _may_unshare(), reason="a network namespace is not to be had")
def test_a_stranger_that_asks_is_listed_and_added(tmp_path):
    discover = KINDS["uefi-arm64"].discover(STRANGER)
    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", DRIVER, PXECTL, tmp_path, discover.pack().hex()],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    denied, listed, added, after, reloaded, kept = json.loads(done.stdout)

    assert denied["reason"] == "denied: unknown machine, no rule matches"
    [one] = listed["unknown"]
    assert (one["mac"], one["arch"], one["times"]) == (str(STRANGER), "arm64-uefi", 1)
    assert (one["firmware"], one["interface"]) == ("uefi", "lo")
    assert (added["machine"]["arch"], added["machine"]["uuid"]) == ("arm64-uefi", one["uuid"])
    assert added["machine"]["vars"] == {"a": "b", "vendor_class": one["vendor_class"]}
    assert after["unknown"] == []
    assert reloaded["changes"][0].startswith("machine new added: denied")
    assert kept["unknown"] == []
