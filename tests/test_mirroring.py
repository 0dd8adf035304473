"""A real `serve` between machines and another server that is slow, breaks off, changes and lies:
what curl and aria2 get is what is there, octet for octet, or an error."""

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest

from tests.serving import Serve
from tests.upstream import Kept, upstream

BODY = random.Random(3).randbytes(12_000_000)
OTHER = random.Random(4).randbytes(12_000_000)
SUM = hashlib.sha256(BODY).hexdigest()
MAC = "52-54-00-77-00-01"
CURL = ("curl", "-sS", "--max-time", "60")


@pytest.fixture
def there():
    with upstream() as files:
        yield files


def write_site(folder, url, more=""):
    site = folder / "site"
    for name in ("hardware", "files"):
        (site / name).mkdir(parents=True)
    (site / "pxectl.toml").write_text(
        f'[serve]\nclaims = "any"\n[profile.p]\nkernel = "{url}"\n{more}\n'
    )
    (site / "hardware/node1.toml").write_text(f'mac = ["{MAC}"]\nprofile = "p"\n')
    return site


class Lab:
    """A `serve` whose only machine boots a kernel of another server."""

    def __init__(self, folder, url, more="", before=()):
        self.folder = folder
        self.site = write_site(folder, url, more)
        self.before = before
        self.start()

    def start(self):
        self.serve = Serve(self.site, self.folder / "out", self.before)
        _, script = self.serve.get(f"{self.serve.token(MAC)}/boot.ipxe")
        self.url = re.search(r"^kernel (\S+)", script, re.MULTILINE)[1]

    def curl(self, *argv):
        """Exit code, and what was sent."""
        done = subprocess.run([*CURL, *argv, self.url], capture_output=True)
        return done.returncode, done.stdout

    def mirrored(self):
        return [
            (e["outcome"], e["detail"]) for e in self.serve.events() if e["event"] == "mirrored"
        ]


@pytest.fixture
def lab(tmp_path, there):
    labs = []

    def make(*args, **changes):
        labs.append(Lab(tmp_path, there.url("linux"), *args, **changes))
        return labs[-1]

    yield make
    for one in labs:
        one.serve.stop()


def test_curl_gets_it_whole_and_in_ranges(lab, there):
    there.files["linux"] = Kept(BODY)
    lab = lab()
    end = len(BODY) - 1

    code, head = lab.curl("-I")
    assert code == 0
    assert f"content-length: {len(BODY)}" in head.decode().lower()
    assert lab.curl() == (0, BODY)
    assert lab.curl("-r", "1000-1999") == (0, BODY[1000:2000])
    assert lab.curl("-r", "-1000") == (0, BODY[-1000:])
    assert lab.curl("-r", f"{end}-") == (0, BODY[-1:])
    assert lab.curl("-H", "Range: bytes=u-u") == (0, BODY)
    assert there.downloads("linux") == 1


def test_what_curl_left_it_goes_on_with(lab, there, tmp_path):
    there.files["linux"] = Kept(BODY, pause=0.001)
    lab = lab()
    file = tmp_path / "linux"
    file.write_bytes(BODY[:5_000_001])

    assert lab.curl("-C", "-", "-o", file)[0] == 0
    assert file.read_bytes() == BODY


def test_a_hundred_curls_at_once_cost_one_download(lab, there):
    there.files["linux"] = Kept(BODY, pause=0.001)
    lab = lab()
    argv = ["curl", "-sS", "--max-time", "60", "-o", "-", lab.url]

    started = [subprocess.Popen(argv, stdout=subprocess.PIPE) for _ in range(100)]
    sums = set()
    threads = [
        threading.Thread(
            target=lambda p: sums.add(hashlib.sha256(p.stdout.read()).hexdigest()), args=(p,)
        )
        for p in started
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {p.wait() for p in started} == {0}
    for p in started:
        p.stdout.close()
    assert sums == {SUM}
    assert there.downloads("linux") == 1


def test_a_range_is_answered_as_soon_as_it_is_there(lab, there):
    gate = threading.Event()
    there.files["linux"] = Kept(BODY, gate=gate, opens_at=6_000_000)
    lab = lab()

    assert lab.curl("-r", "5000000-5000999") == (0, BODY[5_000_000:5_001_000])
    code, _ = lab.curl("-r", "7000000-7000999", "--max-time", "1")
    assert code == 28  # curl's own time is over
    gate.set()
    assert lab.curl("-r", "7000000-7000999") == (0, BODY[7_000_000:7_001_000])


@pytest.mark.skipif(shutil.which("aria2c") is None, reason="aria2c is not installed")
@pytest.mark.parametrize("pause", [0, 0.01], ids=["quick", "while it arrives"])
def test_aria2_gets_it_in_sixteen_pieces(lab, there, tmp_path, pause):
    there.files["linux"] = Kept(BODY, pause=pause)
    lab = lab()
    argv = ["aria2c", "-q", "-x16", "-s16", "-k1M", "--file-allocation=none", "-d", tmp_path]

    subprocess.run([*argv, "-o", "linux", lab.url], check=True, timeout=60)

    assert (tmp_path / "linux").read_bytes() == BODY
    assert there.downloads("linux") == 1


@pytest.mark.skipif(shutil.which("aria2c") is None, reason="aria2c is not installed")
def test_aria2_goes_on_after_it_was_killed(lab, there, tmp_path):
    there.files["linux"] = Kept(BODY, pause=0.01)
    lab = lab()
    argv = ["aria2c", "-q", "-c", "-x4", "-s4", "-k1M", "--file-allocation=none"]
    argv += ["--auto-save-interval=1", "-d", tmp_path, "-o", "linux", lab.url]

    first = subprocess.Popen(argv)
    time.sleep(1.2)
    first.kill()
    first.wait()
    subprocess.run(argv, check=True, timeout=60)

    assert (tmp_path / "linux").read_bytes() == BODY


FAULTS = {
    "slow": lambda: Kept(BODY, pause=0.005),
    "dead in the middle": lambda: Kept(BODY, breaks_after=[1_000_000, 2_000_000, 100]),
    "dead without ranges": lambda: Kept(BODY, ranges=False, breaks_after=[4_000_000, 100]),
    "404": lambda: None,
    "changed in the middle": lambda: Kept(BODY, breaks_after=[3_000_000], then=Kept(OTHER, '"2"')),
    "changed without a tag": lambda: Kept(BODY, "", breaks_after=[3_000_000], then=Kept(OTHER, "")),
    "too long a length": lambda: Kept(BODY, claims=len(BODY) + 10),
    "no length": lambda: Kept(BODY, length=False),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_happens_to_its_server_nobody_gets_a_wrong_octet(lab, there, fault):
    if (kept := FAULTS[fault]()) is not None:
        there.files["linux"] = kept
    lab = lab()
    got = []

    def one():
        got.append(lab.curl("--fail"))

    threads = [threading.Thread(target=one) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for code, body in got:
        if code == 0:
            assert body in (BODY, OTHER)
        else:
            assert body in (BODY[: len(body)], OTHER[: len(body)])
    may_fail = fault in ("404", "too long a length") or fault.startswith("changed")
    assert may_fail or {code for code, _ in got} == {0}
    if fault.startswith("changed"):
        assert lab.curl("--fail") == (0, OTHER)


def test_a_wrong_sum_is_never_served_to_its_end(lab, there):
    there.files["linux"] = Kept(BODY)
    lab = lab(f'sha256 = "{"0" * 64}"')

    code, body = lab.curl()

    assert code == 18  # a part of the file
    assert body == BODY[: len(body)]
    assert len(body) < len(BODY)
    failed = lab.serve.wait_for("mirrored", outcome="failed")
    assert "wrong sha256" in failed["detail"]
    aborted = lab.serve.wait_for("transferred", outcome="aborted")
    assert "wrong sha256" in aborted["detail"]
    assert list((lab.site / "state/mirror").glob("*.body")) == []


def test_a_right_sum_is_served(lab, there):
    there.files["linux"] = Kept(BODY)

    assert lab(f'sha256 = "{SUM}"').curl() == (0, BODY)


def test_killed_while_it_fetches_it_goes_on_and_keeps_nothing_broken(lab, there, tmp_path):
    large = random.Random(5).randbytes(100_000_000)
    there.files["linux"] = Kept(large, pause=0.002)
    lab = lab()
    client = subprocess.Popen([*CURL, "-o", tmp_path / "got", lab.url])
    lab.serve.wait_for("mirrored", outcome="fetching")
    part = None
    while part is None or part.stat().st_size < 80_000_000:
        part = next((lab.site / "state/mirror").glob("*.part"), None)
        time.sleep(0.02)
    lab.serve.kill()
    client.wait()
    assert list((lab.site / "state/mirror").glob("*.body")) == []

    there.files["linux"].pause = 0
    lab.start()
    code, body = lab.curl()

    assert (code, hashlib.sha256(body).digest()) == (0, hashlib.sha256(large).digest())
    assert [wanted for _, wanted in there.asked] == ["", f"bytes={64 << 20}-"] or (
        # what is safe on disk ends where a chunk did
        int(there.asked[-1][1].removeprefix("bytes=").rstrip("-")) >= 64 << 20
    )


def _may_mount():
    argv = ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]
    return shutil.which("unshare") and not subprocess.run(argv, capture_output=True).returncode


@pytest.mark.skipif(not _may_mount(), reason="a mount namespace is not to be had")
@pytest.mark.parametrize("length", [True, False], ids=["seen before", "seen in the middle"])
def test_a_full_disk_is_an_error_and_nothing_else(lab, there, tmp_path, length):
    there.files["linux"] = Kept(BODY, length=length)
    there.files["small"] = Kept(b"small")
    mount = (
        f"mkdir -p {tmp_path}/site/state && mount -t tmpfs -o size=4m none {tmp_path}/site/state"
    )
    lab = lab(before=("unshare", "-rm", "sh", "-c", f'{mount} && exec "$@"', "sh"))

    code, body = lab.curl("--fail")

    assert (code, body) == (22, b"")
    failed = lab.serve.wait_for("mirrored", outcome="failed")
    assert "there is no room" in failed["detail"]
    assert "prune" in failed["hint"]
    assert lab.serve.get(f"{lab.serve.token(MAC)}/boot.ipxe")[0] == 200


def test_tftp_serves_the_same_file_while_it_arrives(lab, there, tmp_path):
    there.files["linux"] = Kept(BODY[:3_000_000], pause=0.02)
    lab = lab()
    path = lab.url.split("/", 3)[3]
    url = f"tftp://127.0.0.1:{lab.serve.tftp_port}/{path}"

    done = subprocess.run([*CURL, "--tftp-blksize", "1428", url], capture_output=True)

    assert done.returncode == 0, done.stderr
    assert done.stdout == BODY[:3_000_000]


def test_without_its_server_machines_boot_what_is_here(lab, there):
    there.files["linux"] = Kept(BODY)
    lab = lab()
    lab.curl()
    there.files["linux"] = Kept(b"", status=503)

    assert lab.curl() == (0, BODY)


def test_stopping_does_not_wait_for_a_download(lab, there):
    there.files["linux"] = Kept(BODY, gate=threading.Event(), opens_at=1_000_000)
    lab = lab()
    client = subprocess.Popen([*CURL, lab.url], stdout=subprocess.DEVNULL)
    lab.serve.wait_for("mirrored", outcome="fetching")
    began = time.monotonic()

    lab.serve.process.send_signal(signal.SIGTERM)

    assert lab.serve.process.wait(10) == 0
    assert time.monotonic() - began < 6
    client.wait()


def test_what_machines_will_ask_for_is_there_before_they_do(lab, there):
    there.files["linux"] = Kept(BODY)
    lab = lab("[mirror]\nprefetch = true")

    lab.serve.wait_for("mirrored", outcome="fetched")
    assert lab.curl() == (0, BODY)
    assert there.downloads("linux") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_files_of_the_mirror_belong_to_who_owns_the_site(tmp_path, there):
    there.files["linux"] = Kept(BODY)
    site = write_site(tmp_path, there.url("linux"), "[mirror]\nprefetch = true")
    os.chown(site, 12345, 12345)
    serve = Serve(site, tmp_path / "out")
    serve.wait_for("mirrored", outcome="fetched")
    serve.stop()

    kept = list((site / "state/mirror").iterdir())
    assert {path.suffix for path in kept} == {".body", ".json", ".lock"}
    assert {path.stat().st_uid for path in kept} == {12345}
