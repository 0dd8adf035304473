import asyncio
import hashlib
import os
import random
import threading
import time
from contextlib import asynccontextmanager, contextmanager

import pytest

from pxectl.boot.answer import Fetched
from pxectl.boot.check import UNCHECKED, Check
from pxectl.boot.events import Mirrored
from pxectl.errors import UpstreamError
from pxectl.store.mirror import fetching, part, presence
from pxectl.store.mirror.mirror import Mirror
from tests.upstream import Kept, upstream

BODY = random.Random(1).randbytes(3_000_000)
OTHER = random.Random(2).randbytes(3_000_000)
SUM = hashlib.sha256(BODY).hexdigest()
ROOM = 100_000_000


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Tries follow each other at once."""
    monkeypatch.setattr(fetching, "PAUSES", (0.01,) * 5)


@pytest.fixture
def there():
    with upstream() as files:
        yield files


class Home:
    """A site's mirror, and what it says."""

    def __init__(self, tmp_path, limit=ROOM):
        self.path = tmp_path
        self.limit = limit
        self.events = []

    @asynccontextmanager
    async def mirror(self):
        (self.path / "files").mkdir(exist_ok=True)
        mirror = Mirror(
            self.path / "state", self.path / "files", lambda: self.limit, self.events.append
        )
        try:
            yield mirror
        finally:
            mirror.close()

    def outcomes(self):
        return [event.outcome for event in self.events if isinstance(event, Mirrored)]


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


async def read(held, start=0, end=None):
    """What a client would be sent."""
    end = held.size if end is None else end
    got = b""
    try:
        while start + len(got) < end:
            at = start + len(got)
            reached = held.size
            if held.growth is not None:
                await held.growth.reach(at + 1)
                reached = held.growth.reached()
            got += os.pread(held.file, min(end, reached) - at, at)
    finally:
        os.close(held.file)
    return got


def fetch(home, url, check=UNCHECKED):
    async def run():
        async with home.mirror() as mirror:
            try:
                return await read(await mirror.hold(Fetched(url, check)))
            finally:
                await asyncio.sleep(0.02)

    return asyncio.run(run())


def kept_files(home):
    return sorted(p.suffix for p in (home.path / "state/mirror").iterdir() if p.suffix != ".lock")


def test_a_file_is_fetched_once_and_kept(home, there):
    there.files["linux"] = Kept(BODY)

    assert fetch(home, there.url("linux")) == BODY
    assert fetch(home, there.url("linux")) == BODY
    assert there.downloads("linux") == 1
    assert home.outcomes() == ["fetching", "fetched"]
    assert kept_files(home) == [".body", ".json"]


def test_a_hundred_who_ask_at_once_cost_one_download(home, there):
    there.files["linux"] = Kept(BODY, pause=0.002)

    async def run():
        async with home.mirror() as mirror:
            fetched = Fetched(there.url("linux"))

            async def one():
                return await read(await mirror.hold(fetched))

            return await asyncio.gather(*(one() for _ in range(100)))

    assert set(asyncio.run(run())) == {BODY}
    assert there.downloads("linux") == 1


def test_octets_are_sent_before_the_last_one_has_arrived(home, there):
    gate = threading.Event()
    there.files["linux"] = Kept(BODY, gate=gate, opens_at=2_000_000)

    async def run():
        async with home.mirror() as mirror:
            held = await mirror.hold(Fetched(there.url("linux")))
            first = await read(held, 0, 1_000_000)
            middle = await mirror.hold(Fetched(there.url("linux")))
            half = await asyncio.wait_for(read(middle, 1_500_000, 1_600_000), 5)
            last = await mirror.hold(Fetched(there.url("linux")))
            waiting = asyncio.create_task(read(last, 2_900_000))
            await asyncio.sleep(0.1)
            assert not waiting.done()
            gate.set()
            return first, half, await waiting

    first, half, end = asyncio.run(run())

    assert (first, half, end) == (BODY[:1_000_000], BODY[1_500_000:1_600_000], BODY[2_900_000:])


def test_what_breaks_off_is_gone_on_with(home, there):
    there.files["linux"] = Kept(BODY, breaks_after=[1_000_000, 500_000])

    assert fetch(home, there.url("linux")) == BODY
    ranges = [condition for _, condition in there.asked]
    assert ranges[0] == ""
    assert [r.startswith("bytes=") and r != "bytes=0-" for r in ranges[1:]] == [True, True]


@pytest.mark.parametrize("tags", [("", ""), ('W/"1"', ""), ("", "Mon, 02 Jan 2023 00:00:00 GMT")])
@pytest.mark.parametrize("ranges", [True, False])
def test_a_server_that_knows_no_tags_or_ranges_is_gone_on_with_too(home, there, tags, ranges):
    etag, last_modified = tags
    there.files["linux"] = Kept(
        BODY, etag, last_modified, ranges=ranges, breaks_after=[1_000_000, 1_500_000]
    )

    assert fetch(home, there.url("linux")) == BODY


@pytest.mark.parametrize("etag", ['"2"', ""])
@pytest.mark.parametrize("ranges", [True, False])
def test_what_changes_in_the_middle_is_never_mixed(home, there, etag, ranges):
    after = Kept(OTHER, etag, ranges=ranges)
    first = '"1"' if etag else ""
    there.files["linux"] = Kept(BODY, first, breaks_after=[1_000_000], then=after)

    with pytest.raises(OSError, match="changed while it was fetched"):
        fetch(home, there.url("linux"))
    assert fetch(home, there.url("linux")) == OTHER


def test_another_size_in_the_middle_is_another_file(home, there):
    there.files["linux"] = Kept(BODY, "", breaks_after=[1_000_000], then=Kept(BODY + b"x", ""))

    with pytest.raises(OSError, match="changed while"):
        fetch(home, there.url("linux"))
    assert fetch(home, there.url("linux")) == BODY + b"x"


@pytest.mark.parametrize(
    ("kept", "status", "says"),
    [
        (None, 404, "status 404"),
        (Kept(b"", status=403), 502, "status 403"),
        (Kept(b"", status=503), 502, "status 503"),
    ],
    ids=["absent", "forbidden", "busy"],
)
def test_what_is_not_there_is_refused(home, there, kept, status, says):
    if kept is not None:
        there.files["linux"] = kept

    with pytest.raises(UpstreamError, match=says) as caught:
        fetch(home, there.url("linux"))

    assert caught.value.status == status
    assert home.outcomes() == ["failed"]


def test_a_server_that_is_not_there_is_told_within_a_second(home):
    began = time.monotonic()
    with pytest.raises(UpstreamError, match="can not be reached"):
        fetch(home, "http://127.0.0.1:1/linux")
    assert time.monotonic() - began < 1.5


def test_a_failure_is_the_answer_to_all_for_a_moment(home, there):
    async def run():
        async with home.mirror() as mirror:
            for _ in range(5):
                with pytest.raises(UpstreamError):
                    await mirror.hold(Fetched(there.url("linux")))

    asyncio.run(run())

    assert there.downloads("linux") == 1


@pytest.mark.parametrize("claims", [len(BODY) + 5, len(BODY) - 5])
def test_a_wrong_length_is_never_kept(home, there, claims):
    there.files["linux"] = Kept(BODY, claims=claims, ranges=False)

    try:
        got = fetch(home, there.url("linux"))
    except OSError:
        assert ".json" not in kept_files(home)
    else:  # HTTP ends where the length says: the rest is not part of the answer
        assert got == BODY[:claims]


def test_a_length_that_nobody_tells_is_waited_for(home, there):
    there.files["linux"] = Kept(BODY, length=False)

    assert fetch(home, there.url("linux")) == BODY


def test_a_chunked_answer_that_breaks_off_is_not_taken_for_all(home, there):
    there.files["linux"] = Kept(BODY, "", length=False, ranges=False, breaks_after=[1_000_000] * 9)

    with pytest.raises(UpstreamError):
        fetch(home, there.url("linux"))
    assert ".json" not in kept_files(home)


def test_the_right_sum_is_good(home, there):
    there.files["linux"] = Kept(BODY)

    assert fetch(home, there.url("linux"), Check(SUM)) == BODY
    assert fetch(home, there.url("linux"), Check(SUM)) == BODY
    assert there.downloads("linux") == 1


def test_what_has_a_wrong_sum_is_never_served_to_its_end(home, there):
    there.files["linux"] = Kept(BODY, pause=0.003)

    async def run():
        async with home.mirror() as mirror:
            held = await mirror.hold(Fetched(there.url("linux"), Check("0" * 64)))
            with pytest.raises(OSError, match="wrong sha256"):
                await held.growth.reach(held.size)
            os.close(held.file)
            await asyncio.sleep(0.02)
            return held.growth.reached()

    assert asyncio.run(run()) == len(BODY) - 1
    assert kept_files(home) == []
    assert home.outcomes() == ["fetching", "failed"]


def test_a_sum_that_the_site_changes_makes_what_is_here_useless(home, there):
    there.files["linux"] = Kept(OTHER)
    fetch(home, there.url("linux"))
    there.files["linux"] = Kept(BODY, '"2"')

    assert fetch(home, there.url("linux"), Check(SUM)) == BODY


LISTED = f"{'0' * 64}  ./other\n{SUM} *netboot/linux\n"


def test_a_list_of_sums_tells_what_is_right(home, there):
    there.files |= {"d/netboot/linux": Kept(BODY), "d/SHA256SUMS": Kept(LISTED.encode())}
    check = Check(sums=there.url("d/SHA256SUMS"))

    assert fetch(home, there.url("d/netboot/linux"), check) == BODY
    there.files["d/netboot/linux"] = Kept(OTHER, '"2"')
    there.files["d/netboot/other"] = Kept(OTHER, '"2"')
    assert fetch(home, there.url("d/netboot/linux"), check) == BODY
    with pytest.raises(UpstreamError, match="does not name it"):
        fetch(home, there.url("d/netboot/third"), check)


def test_what_was_fetched_before_there_was_a_list_is_looked_at_with_it(home, there):
    there.files |= {"netboot/linux": Kept(OTHER), "netboot/third": Kept(BODY)}
    (home.path / "files").mkdir()
    (home.path / "files/SUMS").write_text(f"{SUM}  third\n{LISTED}")
    check = Check(sums="SUMS")
    for name in ("linux", "third"):
        fetch(home, there.url(f"netboot/{name}"))

    with pytest.raises((OSError, UpstreamError), match="wrong sha256"):
        fetch(home, there.url("netboot/linux"), check)
    assert fetch(home, there.url("netboot/third"), check) == BODY
    assert there.downloads("netboot/third") == 1


def test_a_list_may_be_a_file_of_the_site(home, there):
    there.files["netboot/linux"] = Kept(BODY)
    (home.path / "files").mkdir()
    (home.path / "files/SUMS").write_text(LISTED)

    assert fetch(home, there.url("netboot/linux"), Check(sums="SUMS")) == BODY


@contextmanager
def later(monkeypatch):
    """What is here is not fresh any more."""
    with monkeypatch.context() as patch:
        patch.setattr(presence, "FRESH", -60)
        yield


def test_a_file_that_has_not_changed_is_not_fetched_again(home, there, monkeypatch):
    there.files["linux"] = Kept(BODY)
    fetch(home, there.url("linux"))
    with later(monkeypatch):
        assert fetch(home, there.url("linux")) == BODY

    assert [condition for _, condition in there.asked] == ["", '"1"']


def test_a_file_that_has_changed_is_fetched_again(home, there, monkeypatch):
    there.files["linux"] = Kept(BODY)
    fetch(home, there.url("linux"))
    there.files["linux"] = Kept(OTHER, '"2"')
    with later(monkeypatch):
        assert fetch(home, there.url("linux")) == OTHER


def test_without_its_server_what_is_here_is_served(home, there, monkeypatch):
    there.files["linux"] = Kept(BODY)
    fetch(home, there.url("linux"))
    there.files["linux"] = Kept(b"", status=500)
    with later(monkeypatch):
        assert fetch(home, there.url("linux")) == BODY

    assert home.outcomes() == ["fetching", "fetched", "kept"]


def test_who_reads_an_old_version_reads_it_to_its_end(home, there, monkeypatch):
    there.files["linux"] = Kept(BODY)
    fetch(home, there.url("linux"))
    there.files["linux"] = Kept(OTHER, '"2"')

    async def run():
        async with home.mirror() as mirror:
            old = await mirror.hold(Fetched(there.url("linux")))
            with later(monkeypatch):
                held = await mirror.hold(Fetched(there.url("linux")))
                new = await read(held)
            return await read(old), new, old.etag != held.etag

    assert asyncio.run(run()) == (BODY, OTHER, True)


def test_what_nobody_asked_for_longest_goes_first(home, there):
    for n in range(4):
        there.files[str(n)] = Kept(BODY)
    home.limit = 10_000_000
    for n in (0, 1, 2, 0, 3, 0, 2, 3, 1):
        fetch(home, there.url(str(n)))
        time.sleep(0.02)

    assert [there.downloads(str(n)) for n in range(4)] == [1, 2, 1, 1]


def test_what_does_not_fit_is_refused_before_its_first_octet(home, there):
    there.files["linux"] = Kept(BODY)
    home.limit = 1_000_000

    with pytest.raises(UpstreamError, match="no room") as caught:
        fetch(home, there.url("linux"))

    assert caught.value.status == 507
    assert "prune" in caught.value.hint


def test_what_does_not_end_takes_no_more_than_the_mirror_may_have(home, there):
    there.files["endless"] = Kept(bytes(40_000_000), length=False)
    home.limit = 20_000_000

    with pytest.raises(UpstreamError, match="no room"):
        fetch(home, there.url("endless"))

    assert sum(p.stat().st_size for p in (home.path / "state/mirror").iterdir()) < 20_000_000


@pytest.fixture
def begun(home, there, monkeypatch):
    """Of a file, a third is here: then its server went away."""
    monkeypatch.setattr(part, "SAFE_EVERY", 100_000)
    there.files["linux"] = Kept(BODY, breaks_after=[1_000_000] + [0] * 5)
    with pytest.raises(OSError, match="cut off"):
        fetch(home, there.url("linux"))
    there.asked.clear()
    time.sleep(0.1)


def test_what_an_earlier_process_began_is_gone_on_with(begun, home, there):
    assert fetch(Home(home.path), there.url("linux")) == BODY
    [(_, wanted)] = there.asked
    assert int(wanted.removeprefix("bytes=").rstrip("-")) > 800_000


def test_of_what_was_begun_another_version_may_be_there_by_now(begun, home, there):
    there.files["linux"] = Kept(OTHER[:500_000], '"2"')

    assert fetch(Home(home.path), there.url("linux")) == OTHER[:500_000]


def test_two_processes_fetch_it_once(home, there):
    gate = threading.Event()
    there.files["linux"] = Kept(BODY, gate=gate, opens_at=1_000_000)
    other = Home(home.path)

    async def run():
        async with home.mirror() as one, other.mirror() as two:
            first = await one.hold(Fetched(there.url("linux")))
            await first.growth.reach(500_000)
            second = await asyncio.wait_for(two.hold(Fetched(there.url("linux"))), 5)
            await second.growth.reach(500_000)
            gate.set()
            return await read(first), await read(second)

    assert asyncio.run(run()) == (BODY, BODY)
    assert there.downloads("linux") == 1


@pytest.mark.parametrize("kind", ["json", "body"])
def test_what_is_damaged_on_disk_is_fetched_anew(home, there, kind):
    there.files["linux"] = Kept(BODY)
    fetch(home, there.url("linux"))
    folder = home.path / "state/mirror"
    [json] = folder.glob("*.json")
    json.with_suffix(f".{kind}").write_text("{")

    assert fetch(home, there.url("linux")) == BODY
