import os

import pytest

from pxectl.store.newfile import ReadOnlyError, create_file, make_folder, replace_file


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


def test_a_file_is_replaced_whole_and_keeps_its_mode(tmp_path):
    path = tmp_path / "a"
    replace_file(path, b"one")
    path.chmod(0o604)
    before = path.stat()
    with path.open("rb") as reader:
        replace_file(path, b"two")
        assert reader.read() == b"one"
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode == before.st_mode
    assert list(tmp_path.iterdir()) == [path]


def test_a_read_only_file_is_not_replaced(tmp_path):
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "a").chmod(0o444)
    (tmp_path / "link").symlink_to("a")
    with pytest.raises(ReadOnlyError):
        replace_file(tmp_path / "link", b"two")
    assert (tmp_path / "a").read_bytes() == b"one"
