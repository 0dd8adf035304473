import subprocess
import sys
from ipaddress import IPv4Address

import pytest

from pxectl.boot.machine import Machine
from pxectl.errors import HostError, RefusedError
from pxectl.mac import MAC
from pxectl.store.enroll import add_machine, add_machines
from pxectl.store.hardware import Hardware

A, B = MAC.parse("52:54:00:12:34:56"), MAC.parse("52:54:00:12:34:57")
HOME = IPv4Address("10.77.0.21")


def test_the_folder_is_made_and_the_machine_read_back(tmp_path):
    machine = Machine("node1", (A, B), address=HOME, tags=("gpu",), vars={"disk": "/dev/sda"})
    path = add_machine(tmp_path / "site" / "hardware", machine)
    assert path == tmp_path / "site" / "hardware" / "node1.toml"
    assert Hardware(path.parent).read().machines == (machine,)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("there", "new", "told"),
    [
        ('mac = "5254.0012.3456"', Machine("b", (A,)), str(A)),
        ('mac = ["525400123457", "52-54-00-12-34-56"]', Machine("b", (A,)), str(A)),
        (r'mac = "52:54:00:12:34:\u0035\u0036"', Machine("b", (A,)), str(A)),
        (f'mac = "{B}"', Machine("a", (A,)), "the name a"),
        (f'mac = "{B}"', Machine("A", (A,)), "the name a"),
        (f'mac = "{B}"\nhostname = "h"', Machine("H", (A,)), "the name h"),
        (f"mac = '{B}'\nhostname = 'h'", Machine("b", (A,), hostname="H"), "the name h"),
        (f'mac = "{B}"', Machine("b", (A,), hostname="a"), "the name a"),
        (f'mac = "{B}"\naddress = "{HOME}"', Machine("b", (A,), address=HOME), str(HOME)),
        (f'mac = "{A}', Machine("b", (A,)), "can not be used"),
    ],
)
def test_what_another_machine_has_is_refused_and_its_file_named(tmp_path, there, new, told):
    (tmp_path / "a.toml").write_text(there + "\n")
    with pytest.raises(RefusedError) as error:
        add_machine(tmp_path, new)
    assert told in error.value.message
    assert str(tmp_path / "a.toml") in error.value.message
    assert error.value.exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.toml"]


@pytest.mark.parametrize(
    "there",
    [
        f'mac = "{B}"\n# {A} was here, {HOME} and b, too',
        f'mac = "{B}"\ntags = ["b"]\nprofile = "b"\naddress = "10.77.0.210"',
        f'mac = "{B}"\nhostname = "bb"',
        f'mac = "{B}" oops',
    ],
)
def test_what_only_looks_alike_is_no_reason(tmp_path, there):
    (tmp_path / "a.toml").write_text(there + "\n")
    add_machine(tmp_path, Machine("b", (A,), address=HOME))
    assert (tmp_path / "b.toml").exists()


def test_leavings_of_editors_claim_nothing(tmp_path):
    (tmp_path / ".#a.toml").write_text(f'mac = "{A}"')
    (tmp_path / "a.toml~").write_text(f'mac = "{A}"')
    add_machine(tmp_path, Machine("b", (A,)))


def test_a_folder_that_can_not_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(HostError, match="can not be written"):
        add_machine(tmp_path / "file" / "hardware", Machine("b", (A,)))


RACER = """
import sys
from pathlib import Path
from pxectl.boot.machine import Machine
from pxectl.errors import RefusedError
from pxectl.mac import MAC
from pxectl.store.enroll import add_machine, add_machines

folder, racer = Path(sys.argv[1]), int(sys.argv[2])
landed = []
sys.stdin.read()  # all start at one moment
for number in range(5):
    own = Machine(f"own-{racer}-{number}", (MAC(bytes((2, 0, 0, 0, racer, number))),))
    same_mac = Machine(f"r{racer}-{number}", (MAC(bytes((2, 1, 0, 0, 0, number))),))
    same_name = Machine(f"shared-{number}", (MAC(bytes((2, 2, 0, 0, racer, number))),))
    for machine in (own, same_mac, same_name):
        try:
            add_machine(folder, machine)
            landed.append(machine.name)
        except RefusedError:
            pass
print(*landed)
"""


def test_twenty_processes_at_once_each_land_or_are_refused(tmp_path):
    folder = tmp_path / "hardware"
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(folder), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(20)
    ]
    for racer in racers:
        racer.stdin.close()
    landed = []
    for racer in racers:
        with racer:
            landed += racer.stdout.read().split()
        assert racer.returncode == 0
    known = Hardware(folder).read()
    assert known.problems == ()
    assert sorted(landed) == sorted(machine.name for machine in known.machines)
    assert sum(name.startswith("own-") for name in landed) == 100
    assert sum(name.startswith("shared-") for name in landed) == 5
    assert sum(name.startswith("r") for name in landed) == 5
    assert len(list(folder.iterdir())) == 110


def test_many_at_once_each_meet_their_own_fate(tmp_path):
    folder = tmp_path / "hardware"
    add_machine(folder, Machine("there", (MAC.parse("52:54:00:00:00:01"),)))
    (folder / "broken.toml").write_text('mac = "52:54:00:00:00:02"\nprofil = "x"')
    new = [
        Machine("one", (MAC.parse("52:54:00:00:00:11"),), address=IPv4Address("10.77.0.5")),
        Machine("two", (MAC.parse("52:54:00:00:00:01"),)),
        Machine("three", (MAC.parse("52:54:00:00:00:02"),)),
        Machine("ONE", (MAC.parse("52:54:00:00:00:12"),)),
        Machine("four", (MAC.parse("52:54:00:00:00:13"),), address=IPv4Address("10.77.0.5")),
        Machine("five", (MAC.parse("52:54:00:00:00:14"),)),
    ]

    done = add_machines(folder, new)

    assert [getattr(one, "message", "") for one in done] == [
        "",
        f"52:54:00:00:00:01 is another machine's: {folder / 'there.toml'}",
        f"52:54:00:00:00:02 stands in {folder / 'broken.toml'}, which can not be used: "
        f"{folder / 'broken.toml'}: profil: there is no such key",
        f"the name one is another machine's: {folder / 'one.toml'}",
        f"10.77.0.5 is another machine's: {folder / 'one.toml'}",
        "",
    ]
    assert [m.name for m in Hardware(folder).read().machines] == ["five", "one", "there"]
