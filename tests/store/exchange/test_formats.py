from contextlib import suppress

import pytest

from pxectl.errors import ConfigError
from pxectl.store.exchange.formats import LARGEST, Format, decoded, reader, recognise, writer


@pytest.mark.parametrize("format_", Format)
def test_every_format_is_read_and_written(format_):
    written = writer(format_)([], {})
    assert reader(format_)(written.text, "f").machines == ()


@pytest.mark.parametrize(
    ("text", "name", "format_"),
    [
        ("apiVersion: tinkerbell.org/v1alpha1\n", "stdin", Format.TINKERBELL),
        ("- metadata: {}\n  spec: {}\n", "x.yaml", Format.TINKERBELL),
        ('{"kind": "HardwareList", "items": []}', "x.json", Format.TINKERBELL),
        ('{"id": "x", "network": {"interfaces": []}}', "x.json", Format.TINKERBELL),
        ("kind: Hardware\nx: |\n  dhcp-host=a\n", "x.yml", Format.TINKERBELL),
        ("# x\nmac,name\n", "stdin", Format.CSV),
        ("name;mac\n", "x.txt", Format.CSV),
        ("name\n", "x.csv", Format.CSV),
        ("interface=eth0\n dhcp-host=a\n", "dnsmasq.conf", Format.DNSMASQ),
        ("# x\n52:54:00:12:34:56,node1\n", "hosts", Format.DNSMASQ),
        ("52:54:00:12:34:56 node1\n", "ethers", Format.DNSMASQ),
        ("subnet x {\n  host a { hardware\n", "dhcpd.conf", Format.ISC),
        ("# c\nhost a\n{\n", "dhcpd.conf", Format.ISC),
        ('// c\n{ "Dhcp4": {} }', "kea.conf", Format.KEA),
        ('[ { "hw-address": "x" } ]', "x.json", Format.KEA),
    ],
)
def test_formats_are_told_by_what_stands_in_a_file(text, name, format_):
    assert recognise(text, name) is format_


@pytest.mark.parametrize(
    "piece", ["\n", " ", "/*", "<?include ", '"', "host ", "{", "a,", "- ", "x: &a ", '\\"']
)
def test_no_text_takes_long(piece):
    """Each piece is what some pattern could try again and again."""
    text = piece * (200_000 // len(piece))
    with suppress(ConfigError):
        recognise(text, "f")
    for format_ in Format:
        with suppress(ConfigError):
            reader(format_)(text, "f")


@pytest.mark.parametrize("text", ["", "hello\n", "[a]\nb = 1\n", '{"a": 1}'])
def test_what_can_not_be_told_asks_for_the_format(text):
    with pytest.raises(ConfigError) as error:
        recognise(text, "x.txt")
    assert "--format" in error.value.hint


def test_a_file_is_utf_8_with_or_without_its_mark():
    assert decoded("\ufeffä\r\n".encode(), "f") == "ä\n"
    with pytest.raises(ConfigError, match="f: line 2 is not UTF-8"):
        decoded(b"a\n\xff", "f")
    with pytest.raises(ConfigError, match="f: is larger than 64 MB"):
        decoded(b"x" * (LARGEST + 1), "f")
