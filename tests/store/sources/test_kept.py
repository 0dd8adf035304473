import stat

import pytest

from pxectl.store.sources.kept import load, save

ORIGIN = "http://api:8080"


def test_what_was_said_is_there_again(tmp_path):
    save(tmp_path / "state", ORIGIN, {"answers": [1]})
    save(tmp_path / "state", ORIGIN, {"answers": [1, 2]})
    save(tmp_path / "state", "http://other", {"answers": []})

    assert load(tmp_path / "state", ORIGIN)["answers"] == [1, 2]


def test_others_may_not_read_it_and_no_draft_stays(tmp_path):
    save(tmp_path, ORIGIN, {})

    [file] = (tmp_path / "sources").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"v": 9}', '{"v": 1, "origin": "x"}', "[" * 99999]
)
def test_a_file_that_is_not_ours_says_nothing(tmp_path, content):
    save(tmp_path, ORIGIN, {"answers": [1]})
    [file] = (tmp_path / "sources").iterdir()
    file.write_text(content)

    assert load(tmp_path, ORIGIN) == {}


def test_nothing_is_kept_of_what_was_never_asked(tmp_path):
    assert load(tmp_path / "state", ORIGIN) == {}
