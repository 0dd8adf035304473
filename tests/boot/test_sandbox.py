import pytest

from pxectl.boot.client import Client
from pxectl.boot.decide import decide
from pxectl.boot.script import template_context
from pxectl.boot.template import render
from pxectl.boot.urls import urls_for
from pxectl.errors import PxectlError
from tests.builders import MAC1, NOW, SERVER, machine, site


def of_a_machine():
    site_, client = site(vars={"ntp": "10.77.0.1"}), Client(MAC1)
    decision = decide(client, machine(), site_.rules, NOW)
    return template_context(client, decision, site_, urls_for(client, SERVER, site_, NOW))


@pytest.mark.parametrize(
    "text",
    [
        "{{ 2 ** 100000000 }}",
        "{{ n ** n }}",
        "{% set x = namespace(n=3) %}{% for i in range(50) %}{% set x.n = x.n * x.n %}{% endfor %}",
        "{{ (('f' * 2000000) | int(0, 16)) // (('f' * 1000000) | int(0, 16)) }}",
        "{{ (('f' * 2000000) | int(0, 16)) % (('f' * 1000000) | int(0, 16)) }}",
    ],
)
def test_numbers_that_would_take_minutes_are_not_reckoned_with(text):
    with pytest.raises(PxectlError) as caught:
        render("t", text, {"n": 10**9}, {})

    assert caught.value.message == "template t, line 1: a number is too long"


def test_ordinary_numbers_are():
    text = "{{ 7 * 6 }} {{ 2 ** 10 }} {{ 7 // 2 }} {{ 7 % 4 }} {{ 1.5 * 2 }} {{ 'ab' * 2 }}"

    assert render("t", text, {}, {}) == "42 1024 3 3 3.0 abab"


@pytest.mark.parametrize(
    "text",
    [
        "{{ site._salt }}",
        "{{ site | attr('_salt') }}",
        "{{ [site] | map(attribute='_salt') | first }}",
        "{{ '{0._salt}'.format(site) }}",
        "{{ site.secret }}",
        "{{ site.inventory }}",
        "{{ machine.__class__ }}",
        "{{ urls.file.__globals__ }}",
        "{{ site.vars.update({'a': 1}) }}",
        "{{ vars.clear() }}",
    ],
)
def test_templates_get_at_nothing_that_is_not_theirs(text):
    with pytest.raises(PxectlError):
        render("t", text, of_a_machine(), {})


@pytest.mark.parametrize("text", ["{{ site }}", "{{ site | to_json }}", "{{ site | string }}"])
def test_the_site_shows_no_secret_as_a_text(text):
    context = of_a_machine()

    assert context["site"]._salt not in render("t", text, context, {})
