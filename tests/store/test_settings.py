from ipaddress import IPv4Address

import pytest

from pxectl.boot.site import Mode, Serving
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
