import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.boot.template import render
from pxectl.errors import ConfigError
from pxectl.store.sources.pixiecore import read_answer
from tests.builders import MAC1

URL = "http://api:8080/lab"


def read(answer, body=None):
    body = json.dumps(answer).encode() if body is None else body
    return read_answer(body, MAC1, URL, URL, 12.0)


def test_an_answer_is_a_known_machine_with_a_profile_of_its_own():
    machine = read(
        {
            "kernel": "https://files.local/kernel",
            "initrd": ["/initrd.0", "more/initrd.1"],
            "cmdline": 'quiet autoinst={{ URL "ks?a=b" }} x={{URL `http://x/y`}}',
            "message": "hello",
            "something": "else",
        }
    )

    assert (machine.name, machine.macs, machine.profile) == (str(MAC1), (MAC1,), URL)
    assert (machine.origin, machine.as_of, machine.own.name) == (URL, 12.0, URL)
    assert machine.own.kernel == "https://files.local/kernel"
    assert machine.own.initrd == ("http://api:8080/initrd.0", "http://api:8080/lab/more/initrd.1")
    assert machine.own.cmdline == ("quiet autoinst=http://api:8080/lab/ks?a=b x=http://x/y",)
    assert machine.own.message == "hello"


@pytest.mark.parametrize(
    ("cmdline", "words"),
    [
        ("", ()),
        (None, ()),
        ({}, ()),
        ({"a.autologin": None, "b": "", "c": True, "no": False}, "a.autologin b c"),
        ({"cloud-config-url": {"url": "/cloud"}}, "cloud-config-url=http://api:8080/cloud"),
        ({"title": "a b", "n": 5}, 'title="a b" n=5'),
    ],
)  # fmt: skip
def test_cmdline_may_be_a_text_or_an_object(cmdline, words):
    own = read({"kernel": "/k", "cmdline": cmdline}).own

    assert own.cmdline == ((words,) if words else ())


def test_a_script_overrides_everything():
    own = read({"ipxe-script": "#!ipxe\nshell", "kernel": "file:///k"}).own

    assert (own.script_text, own.kernel) == ("#!ipxe\nshell\n", "")


def test_a_url_that_would_end_the_line_of_a_script_is_quoted():
    assert read({"kernel": '/a b"c'}).own.kernel == "http://api:8080/a%20b%22c"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([], "no JSON object"),
        ({}, "kernel is missing"),
        ({"initrd": ["/i"]}, "kernel is missing"),
        ({"kernel": 5}, "kernel is not a text"),
        ({"kernel": "/k\n"}, "can not be printed"),
        ({"kernel": "ftp:///k"}, "no URL with a host"),
        ({"kernel": "http://[x/"}, "no URL"),
        ({"kernel": "/k", "initrd": "/i"}, "initrd is not a list"),
        ({"kernel": "/k", "initrd": ["file:///srv/i"]}, "initrd[0]: `file:///srv/i` is a file of"),
        ({"kernel": "/k", "cmdline": 'x={{ ID "y" }}'}, "template that is not"),
        ({"kernel": "/k", "cmdline": ["x"]}, "cmdline is not a table"),
        ({"kernel": "/k", "cmdline": {"x": ["y"]}}, "cmdline.x is neither"),
        ({"kernel": "/k", "cmdline": {"x": {"url": "file:///y"}}}, "cmdline.x: `file:///y` is"),
        ({"kernel": "/k", "cmdline": "a\nb"}, "can not be printed"),
        ({"kernel": "/k", "message": 5}, "message is not a text"),
        ({"ipxe-script": ["#!ipxe"]}, "ipxe-script is not a text"),
    ],
)  # fmt: skip
def test_an_answer_that_can_not_be_used_says_why(answer, said):
    with pytest.raises(ConfigError) as error:
        read(answer)

    assert said in error.value.message


@pytest.mark.parametrize("body", [b"", b"{", b'{"kernel": "/k"', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_is_refused(body):
    with pytest.raises(ConfigError, match="not JSON"):
        read(None, body)


@given(st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1))
@settings(max_examples=200, deadline=None)
def test_a_cmdline_arrives_as_it_was_said(text):
    try:
        words = read({"kernel": "/k", "cmdline": {"a": text.strip(), "b": None}}).own.cmdline
    except ConfigError:
        return
    rendered = render("cmdline", words[0], {}, {})
    assert rendered.replace('"', "") == f"a={text.strip()} b".replace('"', "") or not text.strip()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


keys = ("kernel", "initrd", "cmdline", "message", "ipxe-script")


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(keys, json_values)))
@settings(max_examples=200, deadline=None)
def test_whatever_is_said_is_a_machine_or_an_error(answer):
    try:
        machine = read(answer)
    except ConfigError:
        return
    own = machine.own
    assert own.script_text or (own.kernel.isprintable() and " " not in own.kernel)
