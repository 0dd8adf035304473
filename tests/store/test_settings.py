from ipaddress import IPv4Address, IPv4Network

import pytest

from pxectl.boot.site import Claims, Mode, Serving
from pxectl.errors import ConfigError
from pxectl.store.settings import Overrides, read_settings, variable_of


def serving(raw=None, environ=None, **flags):
    return read_settings(raw or {}, "f: serve", environ or {}, Overrides(**flags)).serving


def test_flags_come_before_variables_and_variables_before_the_file():
    raw = {"dhcp": "proxy", "http_port": 1, "tftp": False}
    environ = {"PXECTL_DHCP": "server", "PXECTL_HTTP_PORT": "2"}
    assert serving(raw, environ, dhcp=Mode.OFF) == Serving(dhcp=Mode.OFF, http_port=2, tftp=False)


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("PXECTL_INTERFACES", "eth0, eth1", {"interfaces": ("eth0", "eth1")}),
        ("PXECTL_DHCP", "proxy", {"dhcp": Mode.PROXY}),
        ("PXECTL_TFTP", "off", {"tftp": False}),
        ("PXECTL_HTTP", "0", {"http": False}),
        ("PXECTL_TFTP_PORT", "6969", {"tftp_port": 6969}),
        ("PXECTL_ADVERTISE", "10.77.0.1", {"advertise": IPv4Address("10.77.0.1")}),
        ("PXECTL_SHADOW", "Yes", {"shadow": True}),
        ("PXECTL_DHCP", "", {}),
    ],
)
def test_variables_are_texts(variable, text, expected):
    assert serving(environ={variable: text}) == Serving(**expected)


@pytest.mark.parametrize(
    ("said", "claims"),
    [
        ("neighbour", Claims()),
        ("off", Claims(neighbour=False)),
        ("any", Claims(networks=(IPv4Network("0.0.0.0/0"),))),
        (["10.1.0.0/16", "10.2.0.1/32"],
         Claims(networks=(IPv4Network("10.1.0.0/16"), IPv4Network("10.2.0.1/32")))),
    ],
)  # fmt: skip
def test_whose_word_is_taken_is_a_word_or_networks(said, claims):
    assert serving({"claims": said}).claims == claims
    text = said if isinstance(said, str) else ", ".join(said)
    assert serving(environ={"PXECTL_CLAIMS": text}).claims == claims


@pytest.mark.parametrize("said", ["all", ["10.1.0.1/16"], ["x"], 5, [""]])
def test_other_words_are_no_claims(said):
    with pytest.raises(ConfigError, match="claims is none of neighbour, any, off") as caught:
        serving({"claims": said})

    assert caught.value.hint == 'write it as `["10.77.8.0/24"]`'


@pytest.mark.parametrize(
    ("variable", "text"),
    [("PXECTL_DHCP", "porxy"), ("PXECTL_HTTP_PORT", "http"), ("PXECTL_TFTP", "maybe")],
)
def test_a_wrong_variable_is_named(variable, text):
    with pytest.raises(ConfigError, match=f"^{variable}"):
        serving(environ={variable: text})


def test_every_setting_has_a_key_and_every_key_a_setting():
    assert {*Serving.__slots__} | {"timezone"} == {*_keys()}


def _keys():
    with pytest.raises(ConfigError) as error:
        serving({"?": 1})
    return error.value.hint.removeprefix("there is: ").split(", ")


def test_variables_are_named_after_the_keys():
    assert variable_of("http_port") == "PXECTL_HTTP_PORT"
