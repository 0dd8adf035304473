import json

import pytest

from pxectl.store.sources.hardwarefiles import FilesReader
from pxectl.store.sources.settings import HardwareFiles
from tests.kubeapi import hardware

ONE, TWO = "52:54:00:77:00:01", "52:54:00:77:00:02"


def text(*pairs):
    """YAML documents, which JSON is."""
    objects = [hardware(mac) | {"metadata": {"name": name}} for name, mac in pairs]
    return "---\n".join(json.dumps(raw) + "\n" for raw in objects)


def names(listed):
    return [machine.name for machine in listed.machines]


def test_a_file_with_several_objects_is_read(tmp_path):
    path = tmp_path / "hardware.yaml"
    path.write_text(text(("node1", ONE), ("node2", TWO)))

    listed = FilesReader(HardwareFiles(path)).listed()

    assert names(listed) == ["node1", "node2"]
    assert {machine.origin for machine in listed.machines} == {f"tinkerbell {path}"}
    assert listed.machines[0].as_of == pytest.approx(path.stat().st_mtime)


def test_of_a_directory_manifests_are_read_and_nothing_else(tmp_path):
    (tmp_path / "b.yml").write_text(text(("node2", TWO)))
    (tmp_path / "a.json").write_text(json.dumps([hardware(ONE) | {"metadata": {"name": "node1"}}]))
    (tmp_path / "template.yaml").write_text("kind: Template\nspec: {}\n")
    (tmp_path / ".hidden.yaml").write_text("[")
    (tmp_path / "notes.txt").write_text("[")

    listed = FilesReader(HardwareFiles(tmp_path)).listed()

    assert (names(listed), listed.notes) == (["node1", "node2"], ())


def test_a_change_is_seen_and_what_is_broken_keeps_its_machines(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(text(("node1", ONE)))
    reader = FilesReader(HardwareFiles(tmp_path))
    reader.listed()
    (tmp_path / "b.yaml").write_text(text(("node2", TWO)))
    path.write_text("kind: [")

    listed = reader.listed()

    assert names(listed) == ["node1", "node2"]
    [note] = listed.notes
    assert note.message.startswith(f"{path}: line ")

    path.unlink()
    assert (names(reader.listed()), reader.listed().notes) == (["node2"], ())


def test_a_directory_that_is_gone_keeps_its_machines(tmp_path):
    folder = tmp_path / "tink"
    folder.mkdir()
    (folder / "a.yaml").write_text(text(("node1", ONE)))
    reader = FilesReader(HardwareFiles(folder))
    reader.listed()
    folder.rename(tmp_path / "elsewhere")

    listed = reader.listed()

    assert names(listed) == ["node1"]
    assert "can not be read: No such file" in listed.notes[0].message
    assert listed.notes[0].hint


def test_one_object_that_can_not_be_takes_no_other_down(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(text(("bad", "no mac"), ("node1", ONE)))

    listed = FilesReader(HardwareFiles(path)).listed()

    assert names(listed) == ["node1"]
    assert "bad" in listed.notes[0].message


def test_what_is_no_text_is_told(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xff\xfe\x00")

    listed = FilesReader(HardwareFiles(path)).listed()

    assert listed.notes[0].message == f"{path}: is not UTF-8"
