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
        ("1", "is no JSON object"),
        ('{"mac": ' + "9" * 5000 + "}", "is no JSON: a number is too long"),
        ('{"nmae": "x"}', "nmae: there is no such key"),
        ("nonsense", "is no JSON: "),
        ('{"name": 7}', "name is not a text"),
        ("[" * 100_000, "is no JSON: it is nested too deep"),
    ],
)
def test_a_line_that_can_not_be_used_is_told_and_the_others_are_read(line, told):
    haul = read_bulk(f'{{"mac": "{MAC}"}}\n{line}\n')

    [error] = haul.refused
    assert error.message.startswith(f"stdin, line 2: {told}")
    assert error.hint
    assert len(haul.machines) == 1


B = MAC.replace("56", "57")


@pytest.mark.parametrize(
    "text",
    [
        f'{{"mac": "{MAC}"}}\n{{"mac": "{B}"}}',
        f'{{"mac": "{MAC}"}} {{"mac": "{B}"}}',
        f'[{{"mac": "{MAC}"}}, {{"mac": "{B}"}}]',
        f'{{"mac": "{MAC}"}}\r\n\r\n{{"mac": "{B}"}}\r\n',
        f'# rack 3\n{{"mac": "{MAC}"}}\n# and\n\n{{"mac": "{B}"}}\n',
        f'\x1e{{"mac": "{MAC}"}}\n\x1e{{"mac": "{B}"}}\n',
        json.dumps({"mac": MAC}, indent=2) + "\n" + json.dumps({"mac": B}, indent=2) + "\n",
    ],
    ids=["lines", "one line", "list", "CRLF", "comments", "RFC 7464", "jq"],
)
def test_objects_may_stand_as_programs_print_them(text):
    assert [table for _, table in carried(text)] == [{"mac": MAC}, {"mac": B}]


def test_a_text_may_hold_what_some_take_for_the_end_of_a_line():
    [(_, table)] = carried(f'{{"mac": "{MAC}", "serial": "a\u2028b\x85c"}}')

    assert table["serial"] == "a\u2028b\x85c"


def test_a_broken_object_of_several_lines_is_told_once_with_its_line():
    broken = json.dumps({"mac": MAC, "tags": ["a"]}, indent=2).replace('"tags":', '"tags"')
    haul = read_bulk(f'{{"mac": "{MAC}"}}\n{broken}\n{{"mac": "{B}"}}\n')

    [error] = haul.refused
    assert error.message == "stdin, line 2: is no JSON: Expecting ':' delimiter"
    assert [dict(one.table)["mac"] for one in haul.machines] == [MAC, B]


def test_of_a_list_the_item_is_named():
    [error] = read_bulk(f'\n[{{"mac": "{MAC}"}}, 7]').refused

    assert error.message == "stdin, line 2, item 2: is no JSON object"


@pytest.mark.parametrize("text", ["", "\n \n", "# nothing\n"])
def test_nothing_at_all_is_told(text):
    with pytest.raises(PxectlError, match="stdin: is empty") as told:
        read_bulk(text)
    assert "CSV" in told.value.hint


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


JSONISH = st.text(alphabet='{}[]":,\n #ma1c\\', max_size=60)


@given(JSONISH)
def test_what_looks_like_json_comes_to_an_end(text):
    for error in errors_of("{" + text):
        assert error.hint
