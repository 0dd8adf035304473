import os
import time
from pathlib import Path

import pytest

from pxectl.mac import MAC
from pxectl.store import hardware as hardware_module
from pxectl.store.hardware import Hardware


def write(folder: Path, name: str, last: int, more: str = "") -> Path:
    path = folder / f"{name}.toml"
    path.write_text(f'mac = ["52:54:00:00:00:{last:02x}"]\n{more}\n')
    return path


def names(known) -> list[str]:
    return [machine.name for machine in known.machines]


def test_no_folder_is_an_empty_inventory(tmp_path):
    assert Hardware(tmp_path / "none").read().machines == ()


def test_machines_come_in_the_order_of_their_names(tmp_path):
    for number, name in enumerate(("b", "c", "a"), 1):
        write(tmp_path, name, number)
    (tmp_path / ".#a.toml").symlink_to("nowhere")
    (tmp_path / "e.toml").symlink_to("nowhere")
    known = Hardware(tmp_path).read()
    assert names(known) == ["a", "b", "c"]
    assert known.problems == ()


def test_what_is_no_file_is_told_and_not_waited_for(tmp_path):
    write(tmp_path, "a", 1)
    (tmp_path / "b.toml").mkdir()
    (tmp_path / "c.toml").symlink_to("c.toml")
    os.mkfifo(tmp_path / "d.toml")

    known = Hardware(tmp_path).read()

    assert names(known) == ["a"]
    assert [p.message.removeprefix(f"{tmp_path}/") for p in known.problems] == [
        "b.toml: is a directory",
        "c.toml: can not be read: Too many levels of symbolic links",
        "d.toml: is not a file",
    ]


def test_a_broken_file_takes_nobody_down(tmp_path):
    write(tmp_path, "a", 1)
    write(tmp_path, "b", 2, "adress = '10.0.0.1'")
    known = Hardware(tmp_path).read()
    assert names(known) == ["a"]
    assert [p.message for p in known.problems] == [
        f"{tmp_path}/b.toml: adress: there is no such key"
    ]


def test_the_last_good_version_stays_in_force_until_the_file_is_mended(tmp_path):
    path = write(tmp_path, "a", 1, "profile = 'one'")
    hardware = Hardware(tmp_path)
    hardware.read()
    path.write_text("mac = [")
    for _ in range(2):
        known = hardware.read()
        assert [m.profile for m in known.machines] == ["one"]
        assert len(known.problems) == 1
    write(tmp_path, "a", 1, "profile = 'two'")
    known = hardware.read()
    assert [m.profile for m in known.machines] == ["two"]
    assert known.problems == ()


def test_a_removed_file_is_a_removed_machine(tmp_path):
    path = write(tmp_path, "a", 1)
    hardware = Hardware(tmp_path)
    hardware.read()
    path.unlink()
    assert hardware.read().machines == ()


def test_an_edit_within_one_tick_of_the_clock_is_noticed(tmp_path):
    path = write(tmp_path, "a", 1, "profile = 'one'")
    hardware = Hardware(tmp_path)
    hardware.read()
    before = path.stat().st_mtime_ns
    path.write_text(path.read_text().replace("one", "two"))
    os.utime(path, ns=(before, before))
    assert [m.profile for m in hardware.read().machines] == ["two"]


@pytest.mark.parametrize(
    ("one", "two", "key"),
    [
        ("", "", "mac: 52:54:00:00:00:01"),
        ("address = '10.0.0.1'", "address = '10.0.0.1'", "address: 10.0.0.1"),
        ("hostname = 'X'", "hostname = 'x'", "name: x"),
        ("", "hostname = 'one'", "name: one"),
        (
            "uuid = '2b0b5a06-6e7a-4d1c-9e0a-7d1f7f1d2c11'",
            "uuid = '2B0B5A066E7A4D1C9E0A7D1F7F1D2C11'",
            "uuid: 2b0b5a06",
        ),
    ],
)
def test_two_files_that_claim_the_same_are_both_named(tmp_path, one, two, key):
    write(tmp_path, "one", 1, one)
    write(tmp_path, "two", 1 if key.startswith("mac") else 2, two)
    known = Hardware(tmp_path).read()
    assert names(known) == ["one"]
    [problem] = known.problems
    assert problem.message.startswith(f"{tmp_path}/two.toml: {key}")
    assert f"{tmp_path}/one.toml" in problem.message


def test_names_that_differ_in_case_only_are_one(tmp_path):
    write(tmp_path, "Node", 1)
    write(tmp_path, "node", 2)
    assert names(Hardware(tmp_path).read()) == ["Node"]


def test_the_machine_that_was_there_first_keeps_what_a_new_file_claims(tmp_path):
    write(tmp_path, "z", 1)
    hardware = Hardware(tmp_path)
    hardware.read()
    write(tmp_path, "a", 1)
    known = hardware.read()
    assert names(known) == ["z"]
    assert known.problems[0].message.startswith(f"{tmp_path}/a.toml")


def test_two_machines_can_change_places(tmp_path):
    write(tmp_path, "a", 1)
    write(tmp_path, "b", 2)
    hardware = Hardware(tmp_path)
    hardware.read()
    write(tmp_path, "a", 2)
    write(tmp_path, "b", 1)
    known = hardware.read()
    assert known.problems == ()
    assert {m.name: m.macs[0] for m in known.machines} == {
        "a": MAC.parse("525400000002"),
        "b": MAC.parse("525400000001"),
    }


def test_files_that_did_not_change_are_not_opened_again(tmp_path, monkeypatch):
    for number in range(20):
        write(tmp_path, f"n{number}", number + 1)
    later = time.time_ns() + 10 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: later)
    hardware = Hardware(tmp_path)
    first = hardware.read()
    opened = []
    original = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: opened.append(path) or original(path))
    write(tmp_path, "n3", 4, "profile = 'p'")
    second = hardware.read()
    assert opened == [tmp_path / "n3.toml"]
    assert len(second.machines) == len(first.machines)


def test_a_file_whose_time_was_set_back_is_read_again_while_its_clock_stands(tmp_path, monkeypatch):
    """`cp -p` and tar set mtime back; within one tick all else may be the same, too."""
    now = time.time_ns() // 10**9 * 10**9 + 5 * 10**8
    monkeypatch.setattr(time, "time_ns", lambda: now)
    stamp = (now - 10 * 10**9, now // 10**9 * 10**9, 25, 1)
    monkeypatch.setattr(hardware_module, "stamps_of", lambda _: {"n.toml": stamp})
    hardware = Hardware(tmp_path)

    write(tmp_path, "n", 1)
    first = hardware.read().machines
    write(tmp_path, "n", 2)

    assert first[0].macs != hardware.read().machines[0].macs


def test_ten_thousand_machines_load_in_about_a_second(tmp_path):
    for number in range(10_000):
        (tmp_path / f"node{number}.toml").write_text(
            f'mac = ["02:00:00:00:{number >> 8:02x}:{number & 255:02x}"]\n'
            f'address = "10.77.{number >> 8}.{number & 255}"\n'
            'profile = "flatcar"\ntags = ["gpu", "rack-3"]\n'.replace("10.77.0.0", "10.78.0.1")
        )
    hardware = Hardware(tmp_path)
    start = time.process_time()
    assert len(hardware.read().machines) == 10_000
    assert time.process_time() - start < 4  # a shared machine; alone it is 0.8
