"""A certificate is followed while `serve` runs; the last good one stays."""

import asyncio
import ssl
import time
from datetime import UTC, datetime, timedelta

import pytest

from pxectl.boot.events import Told, Warned
from pxectl.boot.site import HTTPS, Serving
from pxectl.cli import certifying
from pxectl.cli.certifying import Certifier
from pxectl.errors import ConfigError
from tests.certificates import YEAR, certificate, key, pem, put


@pytest.fixture
def site(tmp_path, monkeypatch):
    monkeypatch.setattr(certifying, "LOOK", 0.02)
    return tmp_path


def fresh(private, **when):
    now = datetime.fromtimestamp(time.time(), UTC)
    return certificate(private, **({"begins": now - YEAR, "ends": now + YEAR} | when))


class Following:
    def __init__(self, site):
        self.site, self.events, self.heard = site, [], asyncio.Event()
        self.serving = Serving(https=HTTPS.ON, tls_cert="server.crt", tls_key="server.key")
        self.certifier = Certifier(site, lambda: self.serving, self.emit)

    def emit(self, event):
        self.events.append(event)
        self.heard.set()

    def run(self, work):
        async def main():
            keeping = asyncio.create_task(self.certifier.keep())
            try:
                async with asyncio.timeout(10):
                    return await work()
            finally:
                keeping.cancel()

        return asyncio.run(main())

    async def until(self, count):
        while len(self.events) < count:
            self.heard.clear()
            await self.heard.wait()


def test_renewed_certificate_is_taken(site):
    put(site, fresh(key()), pem(key()))
    following = Following(site)

    async def work():
        first = following.certifier.context()
        put(site, fresh(key()), pem(key()))
        await following.until(1)
        return first, following.certifier.context()

    first, second = following.run(work)

    assert isinstance(second, ssl.SSLContext)
    assert first is not second
    assert [type(event) for event in following.events] == [Told]


def test_bad_one_is_told_once_and_the_one_before_stays(site):
    put(site, fresh(key()), pem(key()))
    following = Following(site)

    async def work():
        first = following.certifier.context()
        put(site, fresh(key()), pem(key(which=1)))
        await following.until(1)
        await asyncio.sleep(0.1)
        kept = following.certifier.context() is first
        put(site, fresh(key(which=1)), pem(key(which=1)))
        await following.until(2)
        return kept, following.certifier.context() is first

    kept, still = following.run(work)

    assert (kept, still) == (True, False)
    assert [type(event) for event in following.events] == [Warned, Told]
    assert "goes on with the one before" in following.events[0].hint


def test_other_files_named_in_the_site_are_taken(site):
    put(site, fresh(key()), pem(key()))
    (site / "other").mkdir()
    put(site / "other", fresh(key()), pem(key()))
    following = Following(site)

    async def work():
        following.certifier.context()
        following.serving = Serving(
            https=HTTPS.ON, tls_cert="other/server.crt", tls_key="other/server.key"
        )
        await following.until(1)

    following.run(work)

    assert "other/server.crt" in following.events[0].message


def test_first_one_that_can_not_be_used_is_an_error(site):
    put(site, fresh(key(), ends=datetime(2020, 1, 1, tzinfo=UTC),
                    begins=datetime(2019, 1, 1, tzinfo=UTC)), pem(key()))  # fmt: skip

    with pytest.raises(ConfigError, match="expired"):
        Following(site).certifier.context()


def test_the_end_is_told_once_before_it_comes(site):
    now = datetime.fromtimestamp(time.time(), UTC)
    put(site, fresh(key(), ends=now + timedelta(days=5)), pem(key()))
    following = Following(site)

    async def work():
        following.certifier.context()
        await asyncio.sleep(0.2)

    following.run(work)

    [warned] = following.events
    assert "expires on" in warned.message
