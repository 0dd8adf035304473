from dataclasses import replace
from uuid import UUID

from pxectl.mac import MAC
from pxectl.store.sources.listed import Listed, beside
from tests.builders import ADDRESS, machine

FILE = machine()
OTHER = replace(
    FILE, name="node2", macs=(MAC.parse("52:54:00:77:00:02"),), address=None, origin="tink"
)


def test_files_come_first_then_sources_in_their_order():
    later = replace(OTHER, name="node3", macs=(MAC.parse("52:54:00:77:00:03"),), origin="later")

    machines, notes = beside((FILE,), [Listed("tink", (OTHER,)), Listed("later", (later,))])

    assert (machines, notes) == ((FILE, OTHER, later), ())


def test_who_claims_what_an_earlier_one_has_is_left_out():
    uuid = UUID(int=7)
    rivals = (
        replace(OTHER, macs=FILE.macs),
        replace(OTHER, name="NODE1"),
        replace(OTHER, address=ADDRESS),
    )
    for rival in rivals:
        machines, [note] = beside((FILE,), [Listed("tink", (rival,))])

        assert machines == (FILE,)
        assert note.message.startswith(f"{rival.name} of tink is left out: ")
    first, second = replace(OTHER, uuid=uuid), replace(OTHER, name="x", macs=(), uuid=uuid)
    machines, [note] = beside((), [Listed("a", (first,)), Listed("b", (second,))])
    assert machines == (first,)
    assert f"uuid {uuid} is node2's by tink" in note.message


def test_what_sources_could_not_read_is_passed_on():
    from pxectl.errors import PxectlError

    note = PxectlError("broken")

    assert beside((FILE,), [Listed("tink", (), (note,))]) == ((FILE,), (note,))
