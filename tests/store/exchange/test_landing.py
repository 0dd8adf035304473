import pytest

from pxectl.boot.profile import Profile
from pxectl.store.enroll import add_machine
from pxectl.store.exchange.blocks import Shelf
from pxectl.store.exchange.carried import Carried
from pxectl.store.exchange.landing import land
from pxectl.store.hardware import Hardware
from tests.builders import MAC1, machine

A, B, C = (f"02:00:00:00:00:0{n}" for n in "abc")


def draft(name, mac, where="f, line 1", **table):
    return Carried(name, {"mac": [mac], **table}, where, notes=("x",))


@pytest.mark.parametrize("dry", [True, False])
def test_each_machine_lands_or_is_refused_on_its_own(tmp_path, dry):
    add_machine(tmp_path, machine())
    drafts = [
        draft("a b", A, address="10.77.0.30"),
        draft("same mac", str(MAC1), "f, line 2"),
        draft("same address", B, "f, line 3", address="10.77.0.30"),
        draft("NODE1", B, "f, line 4"),
        draft("..", B, "f, line 5"),
        draft("wrong", B, "f, line 6", addres="10.77.0.31"),
        draft("b", B),
        draft("again", B, "f, line 8"),
    ]
    landed = land(drafts, tmp_path, Shelf({}), dry=dry)

    assert [one.machine.name for one in landed if one.machine] == ["a-b", "b"]
    assert [one.path for one in landed if one.machine] == [
        tmp_path / "a-b.toml",
        tmp_path / "b.toml",
    ]
    assert [one.refused.message for one in landed if one.refused] == [
        f"f, line 2: {MAC1} is another machine's: {tmp_path}/node1.toml",
        f"f, line 3: 10.77.0.30 is another machine's: {tmp_path}/a-b.toml",
        f"f, line 4: the name node1 is another machine's: {tmp_path}/node1.toml",
        "f, line 5: `..` can not be a machine's name",
        "f, line 6: addres: there is no such key",
        f"f, line 8: {B} is another machine's: {tmp_path}/b.toml",
    ]
    known = {one.name for one in Hardware(tmp_path).read().machines}
    assert known == ({"node1"} if dry else {"node1", "a-b", "b"})


def test_profiles_of_machines_that_can_not_be_are_not_asked_for(tmp_path):
    boots = [Profile("p", chain="http://x"), Profile("q", chain="http://y")]
    drafts = [Carried("a", {"mac": [A]}, profile=boots[0]), Carried("b", {}, profile=boots[1])]
    shelf = Shelf({})

    landed = land(drafts, tmp_path / "none", shelf, dry=True)
    assert [one.machine and one.machine.profile for one in landed] == ["p", None]
    assert shelf.new == boots[:1]
