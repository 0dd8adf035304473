import os
import sqlite3
import time
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from pxectl.boot.client import Client
from pxectl.boot.site import Inventory
from pxectl.mac import MAC
from pxectl.store import index
from pxectl.store.enroll import add_machines
from pxectl.store.hardware import Hardware, stamps_of
from pxectl.store.index import files_claiming, known_among
from tests.builders import machine

MACS = [MAC.parse(f"52:54:00:77:00:0{n}") for n in range(1, 5)]
UUIDS = [UUID(int=0x42 + n) for n in range(2)]
FILES = ["a.toml", "b.toml", "C.toml", "c.toml", ".hidden.toml", "notes.txt"]
SECOND = 1_000_000_000
TEXTS = [
    *(f'mac = "{mac}"\n' for mac in MACS),
    f'mac = ["{MACS[0]}", "{MACS[1]}"]\naddress = "10.77.0.1"\n',
    f'mac = "{MACS[2]}"\naddress = "10.77.0.1"\n',
    f'mac = "{MACS[3]}"\nuuid = "{UUIDS[0]}"\n',
    f'mac = "{MACS[1]}"\nuuid = "{UUIDS[0]}"\nhostname = "a"\n',
    'mac = "52-54-00-77-00-0\\u0031"\n',
    "mac = \n",
    'mac = "52:54:00:77:00:01"\nprofil = "debian"\n',
]


@pytest.fixture(autouse=True)
def always_indexed(monkeypatch):
    """Sites of tests are small, and would need none."""
    monkeypatch.setattr(index, "FEW", 0)


class Folder(RuleBasedStateMachine):
    """Whatever happens to the files, the index finds what a full reading would."""

    @initialize(root=st.uuids())
    def start(self, root):
        self.site = Path(os.environ["PYTEST_INDEX"]) / root.hex
        self.folder = self.site / "hardware"
        self.folder.mkdir(parents=True, exist_ok=True)

    @rule(name=st.sampled_from(FILES), text=st.sampled_from(TEXTS), aged=st.booleans())
    def write(self, name, text, aged):
        path = self.folder / name
        path.write_text(text)
        if aged:  # otherwise written again within one tick of the clock
            past = time.time_ns() - 10_000_000_000
            os.utime(path, ns=(past, past))

    @rule(name=st.sampled_from(FILES), to=st.sampled_from(FILES))
    def rename(self, name, to):
        if (self.folder / name).exists():
            (self.folder / name).rename(self.folder / to)

    @rule(name=st.sampled_from(FILES))
    def remove(self, name):
        (self.folder / name).unlink(missing_ok=True)

    @rule()
    def throw_index_away(self):
        (self.site / "state" / "hardware.index").unlink(missing_ok=True)

    @invariant()
    def finds_what_a_full_reading_finds(self):
        if not hasattr(self, "folder"):
            return
        full = Hardware(self.folder).read()
        everyone = Inventory(full.machines)
        for mac in MACS:
            for uuid in (None, *UUIDS):
                wanted = [("mac", mac)] + ([("uuid", uuid)] if uuid else [])
                found = known_among(self.site, wanted)
                client = Client(mac, uuid=uuid)
                assert Inventory(found.machines).of(client) == everyone.of(client)
                assert [p.message for p in found.problems] == [p.message for p in full.problems]


def coarse(folder):
    """Stamps as a file system with a clock of whole seconds gives them."""
    return {
        file: (mtime // SECOND * SECOND, ctime // SECOND * SECOND, size, 1)
        for file, (mtime, ctime, size, _) in stamps_of(folder).items()
    }


@pytest.mark.parametrize("clock", [stamps_of, coarse], ids=["nanoseconds", "seconds"])
def test_the_index_finds_what_a_full_reading_finds(tmp_path, monkeypatch, clock):
    monkeypatch.setattr(index, "stamps_of", clock)
    monkeypatch.setenv("PYTEST_INDEX", str(tmp_path))
    run_state_machine_as_test(
        Folder, settings=settings(max_examples=40, stateful_step_count=12, deadline=None)
    )


@pytest.fixture
def site(tmp_path):
    add_machines(
        tmp_path / "hardware",
        [machine(name=f"node{n}", macs=(mac,), address=None) for n, mac in enumerate(MACS)],
    )
    return tmp_path


def names(known):
    return [found.name for found in known.machines]


def test_only_the_files_that_matter_are_read_again(site):
    for path in (site / "hardware").iterdir():
        os.utime(path, ns=(0, 0))
    known_among(site, [("mac", MACS[0])])

    assert names(known_among(site, [("mac", MACS[2])])) == ["node2"]
    assert files_claiming(site, [("name", "node1"), ("mac", MACS[3])]) == {
        "node1.toml", "node3.toml",
    }  # fmt: skip


@pytest.mark.parametrize(
    "content", [b"", b"no database at all, but a text of some length " * 99, b"SQLite format 3\0"]
)
def test_an_index_that_is_not_sound_is_made_again(site, content):
    path = site / "state" / "hardware.index"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)

    assert names(known_among(site, [("mac", MACS[1])])) in (
        ["node1"],
        [f"node{n}" for n in range(4)],
    )
    assert names(known_among(site, [("mac", MACS[1])])) == ["node1"]


def test_an_index_of_another_version_is_made_again(site):
    known_among(site, [("mac", MACS[1])])
    with sqlite3.connect(site / "state" / "hardware.index") as database:
        database.execute("UPDATE facts SET value = '0 0.0.1' WHERE name = 'format'")
        database.execute("DELETE FROM claims")
    database.close()

    assert names(known_among(site, [("mac", MACS[1])])) == ["node1"]


def test_a_table_of_somebody_else_is_no_index(site):
    known_among(site, [("mac", MACS[1])])
    path = site / "state" / "hardware.index"
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE facts (other TEXT)")
    database.close()

    assert "node1" in names(known_among(site, [("mac", MACS[1])]))


def test_where_no_index_can_be_kept_everything_is_read(site):
    (site / "state").write_text("a file where the folder should be")

    assert names(known_among(site, [("mac", MACS[1])])) == [f"node{n}" for n in range(4)]
    assert files_claiming(site, [("mac", MACS[1])]) is None


def test_while_another_process_writes_everything_is_read(site, monkeypatch):
    monkeypatch.setattr(index, "_PATIENCE", 0.01)
    known_among(site, [("mac", MACS[1])])
    (site / "hardware" / "new.toml").write_text('mac = "52:54:00:77:00:aa"')
    writer = sqlite3.connect(site / "state" / "hardware.index", isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")

    assert len(known_among(site, [("mac", MACS[1])]).machines) == 5
    writer.close()


def test_a_site_without_machines_gets_no_index(tmp_path, monkeypatch):
    monkeypatch.setattr(index, "FEW", 1)

    assert known_among(tmp_path, [("mac", MACS[1])]).machines == ()
    assert list(tmp_path.iterdir()) == []


def test_a_small_site_needs_no_index(site, monkeypatch):
    monkeypatch.setattr(index, "FEW", 300)

    assert len(known_among(site, [("mac", MACS[1])]).machines) == 4
    assert not (site / "state").exists()
