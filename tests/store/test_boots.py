import pytest

from pxectl.errors import ConfigError
from pxectl.store.boots import boots_file, read_boots, write_boots
from pxectl.store.site import load_site

COUNTS = {"52:54:00:77:00:01": 3, "52:54:00:77:00:02": 1}


def test_counts_are_what_was_written(tmp_path):
    write_boots(tmp_path / "site", COUNTS)

    assert read_boots(tmp_path / "site") == COUNTS


def test_without_a_file_nothing_has_booted(tmp_path):
    assert read_boots(tmp_path / "none") == {}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "5", "null", '{"v": 1}', '{"v": 2, "boots": {"a": 1}}', '{"v": 1, "boots": []}',
     '{"v": 1, "boots": {"a": "x", "b": -1, "c": true, "d": 1.5, "e": 0}}', "[" * 100_000],
)  # fmt: skip
def test_a_file_that_is_none_is_told_with_what_comes_of_it(text, tmp_path):
    boots_file(tmp_path).parent.mkdir()
    boots_file(tmp_path).write_text(text)

    with pytest.raises(ConfigError, match=r"boots\.json: can not be used") as caught:
        read_boots(tmp_path)

    assert "begins at 0" in caught.value.hint
    loaded = load_site(tmp_path, environ={})
    assert [note.message for note in loaded.notes] == [caught.value.message]
    assert loaded.site.boots.counts() == {}


def test_a_person_may_spell_a_mac_otherwise(tmp_path):
    boots_file(tmp_path).parent.mkdir()
    boots_file(tmp_path).write_text('{"v": 1, "boots": {"52-54-00-77-00-01": 2}}')

    assert read_boots(tmp_path) == {"52:54:00:77:00:01": 2}
