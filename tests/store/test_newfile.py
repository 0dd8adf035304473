import os

import pytest

from pxectl.store.newfile import create_file, make_folder


def test_a_file_that_is_there_is_not_touched(tmp_path):
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(FileExistsError):
        create_file(path, b"new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_file_has_content_and_mode(tmp_path):
    create_file(tmp_path / "key", b"x" * 100, 0o600)
    assert (tmp_path / "key").read_bytes() == b"x" * 100
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "key"]


def test_folders_above_are_made(tmp_path):
    make_folder(tmp_path / "a" / "b" / "c")
    make_folder(tmp_path / "a" / "b" / "c")
    assert (tmp_path / "a" / "b" / "c").is_dir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_creates_belongs_to_the_owner_of_the_folder(tmp_path):
    os.chown(tmp_path, 1234, 4321)
    make_folder(tmp_path / "hardware")
    create_file(tmp_path / "hardware" / "a.toml", b"")
    for path in (tmp_path / "hardware", tmp_path / "hardware" / "a.toml"):
        assert (path.stat().st_uid, path.stat().st_gid) == (1234, 4321)
