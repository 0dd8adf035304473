import asyncio
import tomllib
from uuid import UUID

import pytest

from pxectl.boot.client import Client, Firmware
from pxectl.boot.events import Told, Warned
from pxectl.boot.unknown import Unknown
from pxectl.cli.welcoming import Welcoming
from pxectl.wire.iana import Arch
from tests.builders import NOW, STRANGER

ID = UUID(int=7)
ASKED = Unknown(
    Client(STRANGER, Arch.X64_UEFI, Firmware.UEFI, vendor_class="PXE\x1b[2J", uuid=ID), NOW, NOW
)


@pytest.fixture
def added(tmp_path):
    def add(profile="debian", asked=ASKED, times=1):
        told = []

        async def run():
            welcoming = Welcoming(tmp_path / "hardware", lambda mac: asked, told.append)
            for _ in range(times):
                welcoming.add(str(STRANGER), profile)
                await welcoming.close()

        asyncio.run(run())
        [file] = (tmp_path / "hardware").glob("*.toml")
        return tomllib.loads(file.read_text()), told

    return add


def test_its_file_has_what_it_said_and_its_profile(added):
    table, [told] = added()

    assert table == {
        "mac": [str(STRANGER)],
        "arch": "x64-uefi",
        "uuid": str(ID),
        "profile": "debian",
        "vars": {"vendor_class": r"PXE\x1b[2J"},
    }
    assert isinstance(told, Told)
    assert f"added {STRANGER}" in told.message
    assert "boots debian" in told.message


def test_without_a_profile_its_file_says_none_and_the_log_does(added):
    table, [told] = added(profile="", asked=None)

    assert table == {"mac": [str(STRANGER)]}
    assert "has no profile yet" in told.message


def test_a_second_time_it_is_refused_and_nothing_is_lost(added):
    _, (first, second) = added(times=2)

    assert isinstance(first, Told)
    assert isinstance(second, Warned)
    assert "is another machine's" in second.message
