import json
import tomllib
from types import MappingProxyType

import pytest

from pxectl.boot.template import render
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
