from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.errors import ConfigError
from pxectl.store.toml import parse_toml, read_toml

FILE = Path("pxectl.toml")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a = 1\nb = yes\n", "pxectl.toml: line 2"),
        (b"a = 1\nb = 'x\n", "pxectl.toml: line 2"),
        (b"[serve\n", "pxectl.toml: line 1"),
        (b"a = 1\n[a", "pxectl.toml: line 2"),
        (b"a = 1\na = 2\n", "pxectl.toml: line 2"),
        (b"a = 1\nb = '\xff'\n", "pxectl.toml: line 2 is not UTF-8"),
        (b"a = " + b"[" * 5000 + b"]" * 5000, "pxectl.toml: is nested too deeply"),
    ],
)
def test_an_error_names_file_and_line(content, told):
    with pytest.raises(ConfigError) as error:
        parse_toml(content, FILE)
    assert error.value.message.startswith(told)
    assert error.value.hint


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet='[]{}="\n.#a1\\u', max_size=60).map(str.encode))
def test_only_one_exception_leaves_the_parser(content):
    found = problem(content)
    assert found is None or found.message.startswith("pxectl.toml: ")


def problem(content):
    try:
        parse_toml(content, FILE)
    except ConfigError as error:
        return error
    return None


def test_a_folder_in_place_of_a_file_is_told(tmp_path):
    with pytest.raises(ConfigError, match="is a directory"):
        read_toml(tmp_path)


def test_a_missing_file_is_the_callers_business(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_toml(tmp_path / "none")
