import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.errors import PxectlError
from pxectl.store.bulk import read_bulk, with_defaults

MAC = "52:54:00:12:34:56"


def carried(text):
    haul = read_bulk(text)
    assert haul.refused == ()
    return [(one.name, dict(one.table)) for one in haul.machines]


def test_each_line_of_json_is_a_machine():
    lines = [{"mac": MAC, "name": "a"}, {"mac": [MAC], "tags": ["x"], "address": None}]
    text = "\n".join(map(json.dumps, lines)) + "\n\n"

    assert carried(text) == [
        ("a", {"mac": MAC}),
        ("52-54-00-12-34-56", {"mac": [MAC], "tags": ["x"]}),
    ]


def test_what_begins_otherwise_is_csv():
    assert carried(f"name,mac\na,{MAC}\n")[0][0] == "a"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "is no JSON: "),
        ("[1]", "is no JSON object"),
        ("nonsense", "is no JSON: "),
        ('{"name": 7}', "name is not a text"),
        ("[" * 100_000, "is no JSON: it is nested too deep"),
    ],
)
def test_a_line_that_can_not_be_used_is_told_and_the_others_are_read(line, told):
    haul = read_bulk(f'{{"mac": "{MAC}"}}\n{line}\n')

    [error] = haul.refused
    assert error.message.startswith(f"stdin: line 2: {told}")
    assert error.hint
    assert len(haul.machines) == 1


def errors_of(text):
    try:
        return read_bulk(text).refused
    except PxectlError as error:
        return (error,)


@given(st.text())
def test_whatever_comes_there_is_an_answer_or_an_error_for_people(text):
    for error in (*errors_of(text), *errors_of("{" + text)):
        assert error.message.startswith("stdin")
        assert error.hint


def test_options_of_the_command_count_where_a_line_says_nothing():
    said = {"profile": "debian", "vars": {"a": 1, "b": 1}}
    haul = read_bulk(f'{{"mac": "{MAC}"}}\n{{"mac": "{MAC}", "profile": "x", "vars": {{"b": 2}}}}')

    first, second = (one.table for one in with_defaults(haul, said).machines)

    assert first == {"mac": MAC, "profile": "debian", "vars": {"a": 1, "b": 1}}
    assert second == {"mac": MAC, "profile": "x", "vars": {"a": 1, "b": 2}}
