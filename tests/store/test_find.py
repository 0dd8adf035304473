import pytest

from pxectl.errors import RefusedError
from pxectl.store.find import find_file, machine_files

MAC = "52:54:00:12:34:56"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "node1.toml").write_text(f'mac = "{MAC}"\n')
    (tmp_path / "Node2.toml").write_text('mac = ["525400123457", "5254.0012.3458"]\n')
    (tmp_path / "node3.toml").write_text("mac = 1 # broken\n")
    (tmp_path / "52-54-00-12-34-59.toml").write_text('mac = "52:54:00:12:34:59"\n')
    (tmp_path / ".#node4.toml").write_text('mac = "525400123460"\n')
    return tmp_path


@pytest.mark.parametrize(
    ("who", "file"),
    [
        ("node1", "node1.toml"),
        ("NODE1", "node1.toml"),
        ("node2", "Node2.toml"),
        ("node3", "node3.toml"),
        (MAC, "node1.toml"),
        ("52-54-00-12-34-56", "node1.toml"),
        ("52:54:00:12:34:58", "Node2.toml"),
        ("52-54-00-12-34-59", "52-54-00-12-34-59.toml"),
        ("525400123459", "52-54-00-12-34-59.toml"),
    ],
)
def test_a_machine_is_found_by_name_and_by_any_of_its_macs(folder, who, file):
    assert find_file(folder, who) == folder / file


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("nod1", "`node1`"),
        ("52:54:00:12:34:5a", "`52-54-00-12-34-59`"),
        ("aa:aa:aa:aa:aa:aa", "hardware list"),
        ("../node1", ""),
        ("", "hardware list"),
    ],
)
def test_an_unknown_machine_is_refused_with_the_nearest_names(folder, who, told):
    with pytest.raises(RefusedError, match="there is no machine") as error:
        find_file(folder, who)
    assert told in error.value.hint


def test_a_mac_that_names_another_machine_is_ambiguous(folder):
    (folder / "52-54-00-12-34-59.toml").write_text('mac = "525400123461"\n')
    (folder / "x.toml").write_text('mac = "525400123459"\n')
    with pytest.raises(RefusedError, match="is the name of"):
        find_file(folder, "52-54-00-12-34-59")
    assert find_file(folder, "525400123459") == folder / "x.toml"


def test_without_a_folder_there_is_none(tmp_path):
    assert machine_files(tmp_path / "none") == []
    with pytest.raises(RefusedError) as error:
        find_file(tmp_path / "none", "node1")
    assert error.value.hint == "there is none yet"
