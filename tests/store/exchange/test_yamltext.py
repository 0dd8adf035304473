import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.errors import ConfigError
from pxectl.store.exchange.yamltext import read_documents


def read(text):
    return list(read_documents(text, "f.yaml"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("52:54:00:12:34:56", "52:54:00:12:34:56"),  # a number to the base of 60 in YAML 1.1
        ("2026-01-02", "2026-01-02"),
        ("yes", "yes"),
        ("true", True),
        ("~", None),
        ("", None),
        ("16", 16),
        ("016", "016"),
        ("-1", -1),
        ("1.5", 1.5),
        ("9" * 5000, "9" * 5000),
        ("'16'", "16"),
        ("!!str 16", "16"),
        ("|\n  a\n  b\n", "a\nb\n"),
    ],
)
def test_scalars_are_what_people_mean(text, value):
    assert read(f"x: {text}") == [(1, {"x": value})]


def test_documents_come_with_their_lines_and_empty_ones_not():
    assert read("# c\na: 1\n---\n---\n- b\n...\n---\nc\n") == [(2, {"a": 1}), (5, ["b"]), (8, "c")]


def test_json_is_yaml():
    assert read('{"a": [1, {"b": null}]}') == [(1, {"a": [1, {"b": None}]})]


def test_aliases_and_merged_mappings_are_filled_in():
    text = "d: &d {a: 1, b: &b [2]}\ne: {<<: *d, a: 3}\nf:\n  <<: [{a: 4}, *d]\ng: *b\n"
    assert read(text)[0][1] == {
        "d": {"a": 1, "b": [2]},
        "e": {"a": 3, "b": [2]},
        "f": {"a": 4, "b": [2]},
        "g": [2],
    }


def bomb(item, more):
    levels = [f"a{n}: &a{n} {more}".replace("*", ",".join([f"*a{n - 1}"] * 9)) for n in range(30)]
    return "\n".join([f"z: &a-1 {item}", *levels])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[" * 200_000, "line 1: is nested deeper than 64 levels"),
        ("{a: " * 200_000, "line 1: is nested deeper than 64 levels"),
        (bomb("[x]", "[*]"), "unfolds to more than"),
        (bomb("{x: 1}", "{<<: [*]}"), "unfolds to more than"),
        ("a: *b", "line 1: `*b` stands for nothing"),
        ("a: &a {x: *a}", "line 1: `*a` stands for nothing"),
        ("&a a: 1\n---\nb: *a", "line 3: `*a` stands for nothing"),
        ("a: !!python/object:os.system x", "python/object:os.system` is a type"),
        ("a: !!timestamp 2026-01-02", "is a type"),
        ("a: 1\nb: 2\na: 3", "line 3: `a` stands there twice"),
        ("<<: [1]", "`<<` takes in something"),
        ("? [a]\n: b", "has a key that is no text"),
        ("a: [", "line 2: "),
        ("a: 'x\n", "line 2: "),
        ("a:\n\t- b", "line 2: "),
        ("a\0", "f.yaml: "),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, told):
    with pytest.raises(ConfigError) as error:
        read(text)
    assert error.value.message.startswith("f.yaml: ")
    assert told in error.value.message
    assert error.value.hint


def test_a_text_too_large_is_refused_unread():
    with pytest.raises(ConfigError, match="is larger than 64 MB"):
        read("x" * ((64 << 20) + 1))


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn")))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(TEXTS.filter(lambda key: key != "<<"), VALUES, min_size=1))
def test_what_pyyaml_writes_is_read_back(value):
    assert read(yaml.safe_dump(value, allow_unicode=True)) == [(1, value)]


@settings(max_examples=200, deadline=None)
@given(st.text("ab:-[]{}&*!|>'\"#%@<, \n\t\0~1", max_size=30))
def test_no_text_is_more_than_a_configuration_error(text):
    try:
        read(text)
    except ConfigError as error:
        told = error
    else:
        told = None
    assert told is None or told.message.startswith("f.yaml: ")
