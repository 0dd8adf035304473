import json
import tomllib
from types import MappingProxyType

import pytest
from passlib.handlers.sha2_crypt import sha512_crypt

from pxectl.boot.client import Client
from pxectl.boot.siteview import view_of
from pxectl.boot.template import render
from tests.builders import MAC1, site
from tests.strategies import MACS

VALUES = MappingProxyType({"a": "x <&> é", "n": [1, True], "t": MappingProxyType({"b": "2"})})


def filled(text, **context):
    return render("t", text, context, {})


def test_json_is_what_it_was():
    assert json.loads(filled("{{ v | to_json }}", v=VALUES)) == {
        "a": "x <&> é", "n": [1, True], "t": {"b": "2"}
    }  # fmt: skip


def test_toml_is_what_it_was():
    assert tomllib.loads(filled("{{ v | to_toml }}", v=VALUES)) == {
        "a": "x <&> é", "n": [1, True], "t": {"b": "2"}
    }  # fmt: skip


@pytest.mark.parametrize("value", [MACS[0], MACS])
def test_what_json_has_no_type_for_is_its_text(value):
    assert str(MACS[0]) in filled("{{ v | to_json }}", v=value)


def test_password_hash_is_what_crypt_takes_for_that_password():
    view = view_of(site(), Client(MAC1))

    said = filled("{{ v | password_hash }}", v="se cret", site=view)

    _, kind, salt, _ = said.split("$")
    assert (kind, len(salt)) == ("6", 16)
    assert sha512_crypt.verify("se cret", said)
    assert said == filled("{{ v | password_hash }}", v="se cret", site=view)


def test_password_hash_differs_from_machine_to_machine():
    one, other = (view_of(site(), Client(mac)) for mac in MACS[:2])

    assert filled("{{ 'x' | password_hash }}", site=one) != filled(
        "{{ 'x' | password_hash }}", site=other
    )
