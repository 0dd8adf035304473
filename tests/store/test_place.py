import os
import pwd
from pathlib import Path

import pytest

from pxectl.errors import ConfigError
from pxectl.store.place import Place, find_site


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A current directory with nothing in it, and no /etc/pxectl."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return tmp_path


def site(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pxectl.toml").touch()
    return folder


def test_flag_comes_before_everything_else(empty):
    site(empty / "here")
    assert find_site(empty / "flag", environ={"PXECTL_SITE": "/x"}) == Place(
        empty / "flag", "--site"
    )


def test_variable_comes_before_the_current_directory(empty):
    site(empty / "here")
    assert find_site(environ={"PXECTL_SITE": str(empty)}).path == empty


def test_current_directory_counts_only_if_it_holds_pxectl_toml(empty):
    system = site(empty / "etc")
    assert find_site(environ={}, system=system) == Place(system, "system")
    site(empty / "here")
    assert find_site(environ={}, system=system) == Place(empty / "here", "current directory")


def test_without_any_site_it_is_the_users_own_directory(empty):
    environ = {"XDG_CONFIG_HOME": str(empty / "config")}
    place = find_site(environ=environ, system=empty / "none")
    assert place == Place(empty / "config" / "pxectl", "default")
    assert not place.exists


def test_relative_configuration_directory_is_ignored(empty):
    place = find_site(environ={"XDG_CONFIG_HOME": "config"}, system=empty / "none")
    assert place.path == Path.home() / ".config" / "pxectl"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root acts for others")
def test_root_behind_sudo_uses_the_directory_of_the_person_who_called_it(empty):
    other = next(user for user in pwd.getpwall() if user.pw_uid and user.pw_dir != "/root")
    place = find_site(environ={"SUDO_USER": other.pw_name}, system=empty / "none")
    assert place.path == Path(other.pw_dir) / ".config" / "pxectl"
    unknown = find_site(environ={"SUDO_USER": "no such user"}, system=empty / "none")
    assert unknown.path == Path.home() / ".config" / "pxectl"


def test_relative_flag_becomes_absolute(empty):
    assert find_site(Path("lab"), environ={}).path == empty / "here" / "lab"


def test_file_as_a_site_is_an_error_that_names_the_flag(empty):
    file = empty / "file"
    file.touch()
    with pytest.raises(ConfigError, match=r"--site.*is not a directory") as error:
        find_site(file)
    assert error.value.hint


def test_removed_current_directory_is_no_site(empty):
    (empty / "here").rmdir()
    assert find_site(environ={}, system=empty / "none").chosen_by == "default"
