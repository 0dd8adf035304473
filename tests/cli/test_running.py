"""A running `serve` keeps the last good site, says what is wrong, and takes the next good one."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pxectl import mac
from pxectl.boot.kinds import KINDS
from tests.cli.test_rules import efi
from tests.corpus_sites import MAC, MACHINE, PROFILE, SERVE, Bad, corpus, write_good, wrong_types

ROOT = Path(__file__).parents[2]
PXECTL = Path(sys.executable).with_name("pxectl")
DENY = '[[rule]]\nname = "no"\naction = "deny"\n'
GOOD = {
    "pxectl.toml": (SERVE + PROFILE, SERVE + PROFILE + DENY),
    "hardware/node1.toml": (MACHINE, f'{MACHINE}netboot = "never"\n'),
}
"""Two good versions of each file; only the first one boots."""


def members() -> list[Bad]:
    """Each way to break a file, and a wrong shape of one key of each section."""
    shapes = {bad.name.rpartition(" ")[0].rpartition(".")[0]: bad for bad in wrong_types()}
    # a folder can not be put in the place of a file in one step
    named = [bad for bad in corpus() if bad.special != "directory"]
    return [bad for bad in (*named, *shapes.values()) if bad.file in GOOD]


def drive(site: Path) -> None:
    """Runs in a network of its own; prints what went wrong, as a list."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    argv = ["serve", "--site", site, "--interface", "lo", "--dhcp", "proxy", "--no-http",
            "--log", "json"]  # fmt: skip
    serve = subprocess.Popen([PXECTL, *argv], stdout=subprocess.PIPE, text=True)
    try:
        print(json.dumps(list(Driver(site, serve).wrongs())))
    finally:
        serve.terminate()
        serve.wait(10)


class Driver:
    """Breaks a site and mends it, again and again."""

    def __init__(self, site, serve):
        self.site, self.serve = site, serve
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.sock.settimeout(5)

    def events(self, last):
        """Everything up to the event called `last`."""
        told = []
        for line in self.serve.stdout:
            told.append(json.loads(line))
            if told[-1]["event"] in last:
                return told
        return told

    def boots(self):
        """Asks as the machine: True if it is told what to boot; and what was said before that."""
        packet = KINDS["uefi-x64"].discover(mac.MAC.parse(MAC))
        # a client with an address is answered where it asks from
        data = bytearray(packet.pack())
        data[12:16] = socket.inet_aton("127.0.0.1")
        self.sock.sendto(data, ("127.0.0.1", 67))
        *before, answer = self.events(("replied", "unanswered"))
        return answer["event"] == "replied" and bool(answer.get("bootfile")), before

    def replace(self, file, bad=None, text=""):
        """Put something in the place of a file in one step."""
        beside = self.site.parent / "beside"
        write_good(beside)
        if bad is None:
            (beside / file).write_text(text)
        else:
            bad.put(beside)
        (beside / file).replace(self.site / file)

    def wrongs(self):
        """Why a member was not survived as it should be."""
        self.events(("ready",))
        for file, versions in GOOD.items():
            for number, bad in enumerate(bad for bad in members() if bad.file == file):
                yield from self.survive(bad, versions[1 - number % 2], boots=number % 2 == 0)
            self.replace(file, text=versions[0] + "# again\n")
            while not self.boots()[0]:
                time.sleep(0.05)

    def survive(self, bad, text, *, boots):
        """Break a file of a site that boots or not, mend it so that the opposite is true."""
        before_it, _ = self.boots()
        self.replace(bad.file, bad)
        warning = self.events(("warned",))[-1]
        if not all(word in warning["message"] for word in (bad.file, *bad.says)):
            yield f"{bad.name}: said {warning['message']}"
        if not warning.get("hint"):
            yield f"{bad.name}: said no hint"
        broken, told = self.boots()
        self.replace(bad.file, text=text)
        told += self.events(("reloaded",))
        if extra := [one["message"] for one in told if one["event"] == "warned"]:
            yield f"{bad.name}: warned again: {extra}"
        after, _ = self.boots()
        if (before_it, broken, after) != (boots, boots, not boots):
            yield f"{bad.name}: boots before, while and after: {before_it} {broken} {after}"


def _may_unshare():
    return subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode == 0


@pytest.mark.timeout(240)
@pytest.mark.skipif(not _may_unshare(), reason="a network namespace is not to be had")
def test_a_malformed_file_leaves_the_last_good_version_in_force(tmp_path):
    site = tmp_path / "site"
    write_good(site)
    ipxe = site / "files/ipxe"
    ipxe.mkdir(parents=True)
    (ipxe / "ipxe.efi").write_bytes(efi(0x8664))
    (ipxe / "ipxe-arm64.efi").write_bytes(efi(0xAA64))
    (ipxe / "undionly.kpxe").write_bytes(b"\xea" + bytes(100))
    code = f"from pathlib import Path; from {__name__} import drive; drive(Path({str(site)!r}))"

    done = subprocess.run(
        ["unshare", "-rn", sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=230,
    )

    assert json.loads(done.stdout or '"nothing"') == [], done.stderr
