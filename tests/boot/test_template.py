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


COSTLY = {
    "loops": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "a filter in a loop": "{% for a in range(99999) %}{{ range(99999) | sum }}{% endfor %}",
    "long text": "{{ 'x' * n }}",
    "long constant": "{{ 'x' * 10000000000 }}",
    "wide format": "{{ '%100000000000d' % 1 }}",
    "wide text": "{{ 'x'.ljust(n) }}",
    "growing text": "{% set s = namespace(x='xx') %}"
    "{% for i in range(60) %}{% set s.x = s.x ~ s.x %}{% endfor %}",
    "growing list": "{% set s = namespace(x=[1]) %}"
    "{% for i in range(60) %}{% set s.x = s.x + s.x %}{% endfor %}",
    "much comes of it": "{% for i in range(90000) %}{{ 'x' * 1000 }}{% endfor %}",
}


@pytest.mark.parametrize("name", COSTLY)
def test_what_costs_too_much_is_ended_and_told(name):
    with pytest.raises(PxectlError) as caught:
        render(name, COSTLY[name], {"n": 10**12}, {})

    assert caught.value.message.startswith(f"template {name}")
    assert caught.value.message.endswith(("needs more than 1 s", "MB of memory", "than 8 MB"))
    assert "changes" in caught.value.hint


def test_what_costs_too_much_names_the_line():
    with pytest.raises(PxectlError) as caught:
        render("t", "one\ntwo {{ 'x' * 10000000000 }}\n", {}, {})

    assert caught.value.message == "template t, line 2: needs more than 64 MB of memory"


def test_what_cost_too_much_three_times_is_not_tried_again_before_the_site_changes():
    text, small, large = "{{ 'x' * n }}", {"n": 1}, {"n": 10**12}
    others: dict[str, str] = {}
    for _ in range(3):
        with pytest.raises(PxectlError) as caught:
            render("strikes", text, large, others)

    with pytest.raises(PxectlError, match="needs more than 64 MB") as again:
        render("strikes", text, small, others)

    assert again.value.hint == caught.value.hint
    assert render("strikes", text, small, {}) == "x"
    assert render("other", text, small, others) == "x"


def test_one_strike_is_none():
    others: dict[str, str] = {}
    with pytest.raises(PxectlError):
        render("one strike", "{{ 'x' * n }}", {"n": 10**12}, others)

    assert render("one strike", "{{ 'x' * n }}", {"n": 2}, others) == "xx"
