import pytest

from pxectl.boot.template import is_template, literal, render
from pxectl.errors import PxectlError


def test_names_are_filled_in():
    assert render("t", "{{ a }}-{{ b.c }}\n", {"a": 1, "b": {"c": 2}}, {}) == "1-2\n"


def test_plain_text_stays_as_it_is():
    assert not is_template("100 % { plain }")
    assert render("t", "100 % { plain }", {}, {}) == "100 % { plain }"


@pytest.mark.parametrize("text", ["a", "{{ a }}", "{% x", "{#", "{{ '{' }}", "{{{%}}", "{ $x }"])
def test_what_others_wrote_stays_as_it_is(text):
    assert render("t", literal(text), {}, {}) == text


def test_one_template_may_include_another():
    assert render("t", "{% include 'part' %}", {"x": 3}, {"part": "x is {{ x }}"}) == "x is 3"


def test_nothing_is_escaped_as_if_it_were_html():
    assert render("t", "{{ a }}", {"a": "<&'"}, {}) == "<&'"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("one\n{{ nothing }}", "template t, line 2: 'nothing' is undefined"),
        ("one\n\n{% if %}", "template t, line 3: "),
        ("{{ 1 / 0 }}", "template t, line 1: division by zero"),
        ("{% include 'gone' %}", "template t, line 1: gone"),
        ("{{ ''.__class__.__mro__ }}", "template t, line 1: access to attribute '__class__'"),
    ],
)
def test_what_does_not_render_says_where(text, message):
    with pytest.raises(PxectlError) as caught:
        render("t", text, {}, {})

    assert caught.value.message.startswith(message)
