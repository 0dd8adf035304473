import pytest

from pxectl.store.boots import boots_file, read_boots, write_boots

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
def test_a_file_that_is_none_counts_nothing(text, tmp_path):
    boots_file(tmp_path).parent.mkdir()
    boots_file(tmp_path).write_text(text)

    assert read_boots(tmp_path) == {}
