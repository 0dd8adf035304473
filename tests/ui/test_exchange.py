from pxectl.boot.machine import Netboot
from pxectl.ui.exchange import grouped, hints, note_lines, summary, wanted_profiles
from tests.builders import machine

NOTES = [("a", "vlan"), ("", "line 3: x"), ("b", "vlan"), ("c", "vlan"), ("d", "vlan")]


def test_the_same_note_of_many_machines_is_one_line():
    assert list(note_lines(NOTES)) == [
        "note: vlan (a, b, c and 1 more)",
        "note: line 3: x",
    ]
    assert grouped(NOTES) == {"vlan": ["a", "b", "c", "d"], "line 3: x": []}


def test_notes_are_bounded_and_harmless():
    notes = [("a", f"{n}\x1b[31m" + "x" * 9999) for n in range(99)]
    lines = list(note_lines(notes))

    assert len(lines) == 41
    assert max(map(len, lines)) <= 400
    assert all(line.isprintable() for line in lines)
    assert lines[-1] == "note: 59 more kinds of notes, which --json tells"


def test_the_summary_counts():
    assert summary(12, 2, 3, dry=False) == "imported 12, refused 2, 3 things not carried over"
    assert summary(1, 0, 1, dry=True) == "would import 1, refused 0, 1 thing not carried over"


def test_profiles_are_shown_ready_to_be_pasted():
    blocks = [
        ('[profile.a]\nchain = "x"\n', "", ""),
        ("[profile.b]\n", "b.ipxe", "a\tb\n\x1b[2J\n"),
    ]
    assert wanted_profiles(blocks) == (
        '\nadd to pxectl.toml:\n\n[profile.a]\nchain = "x"\n'
        "\nadd to pxectl.toml:\n\n[profile.b]\n"
        "\nand put into templates/b.ipxe:\n\na   b\n\\x1b[2J\n"
    )
    assert wanted_profiles([]) == ""


def test_machines_that_boot_nothing_yet_are_told():
    idle = machine(profile="")
    assert list(hints([machine(), machine(profile="", netboot=Netboot.NEVER)])) == []
    assert "hint: node1 will boot only if a rule" in next(hints([idle, machine()]))
    assert "hint: 2 of them will boot only if a rule" in next(hints([idle, idle]))
