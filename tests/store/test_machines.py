from datetime import date
from ipaddress import IPv4Address
from uuid import UUID

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.boot.machine import Machine, Netboot
from pxectl.boot.quirks import Quirks, Style
from pxectl.errors import ConfigError
from pxectl.mac import MAC
from pxectl.store.machines import KEYS, claims, is_machine_file, machine_of, safe_name, table_of
from pxectl.store.toml import parse_toml

A, B = MAC.parse("52:54:00:12:34:56"), MAC.parse("52:54:00:12:34:57")
FULL = Machine(
    "node1",
    (A, B),
    address=IPv4Address("10.77.0.21"),
    hostname="node1.lab",
    arch="x86_64",
    uuid=UUID("2b0b5a06-6e7a-4d1c-9e0a-7d1f7f1d2c11"),
    serial="CZ3",
    tags=("gpu", "rack-3"),
    netboot=Netboot.ONCE,
    profile="flatcar",
    dhcp=False,
    secure_boot=True,
    options={"router": "10.77.0.1"},
    quirks=Quirks(style=Style.BINL, reply_delay=0.5),
    vars={"disk": "/dev/nvme0n1", "nested": {"born": date(2026, 1, 2)}},
)


def read(text: str, name: str = "node1") -> Machine:
    return machine_of(parse_toml(text.encode(), "f"), name, "hardware/node1.toml")


@pytest.mark.parametrize("machine", [FULL, Machine("m", (A,))])
def test_what_is_written_is_read_back(machine):
    text = tomli_w.dumps(table_of(machine))
    assert read(text, machine.name) == machine


def test_defaults_are_not_written():
    assert table_of(Machine("m", (A,))) == {"mac": [str(A)]}


@pytest.mark.parametrize(
    "text", ["5254.0012.3456", "52-54-00-12-34-56", "525400123456", "52:54:00:12:34:56 "]
)
def test_macs_have_many_spellings(text):
    assert read(f'mac = "{text.upper()}"').macs == (A,)


@pytest.mark.parametrize(
    ("text", "told", "mend"),
    [
        ("", "mac is missing", "mac = ["),
        ("mac = []", "mac is empty", "mac = ["),
        ("mac = ['52:54:00:12:34']", "mac: `52:54:00:12:34` is not a MAC address", "six"),
        ("mac = [1]", "mac is not a text", "quotes"),
        ("mac = ['01:00:5e:00:00:01']", "mac: 01:00:5e:00:00:01 is a group address", "port"),
        ("maac = 1", "maac: there is no such key", "did you mean `mac`?"),
        ("adress = '10.0.0.1'", "adress: there is no such key", "did you mean `address`?"),
        ("address = '10.0.0.256'", "address: `10.0.0.256` is not an IPv4 address", "10.77"),
        ("address = '224.0.0.1'", "address: `224.0.0.1` can not be one host's", "10.77"),
        ("hostname = 'a b'", "hostname: `a b` is not a host name", "letters"),
        ("arch = 'x86_65'", "arch: there is no architecture `x86_65`", "did you mean `x86_64`?"),
        ("uuid = '1'", "uuid: `1` is not a UUID", "dmidecode"),
        ("tags = [1]", "tags[0] is not a text", "quotes"),
        ("netboot = 'sometimes'", "netboot: `sometimes` is none of always, once, never", "one"),
        ("netboot = 'nevr'", "netboot: `nevr`", "did you mean `never`?"),
        ("dhcp = 'no'", "dhcp is neither true nor false", "quotes"),
        ("secure_boot = 'on'", "secure_boot is neither true nor false", "quotes"),
        ("options = 1", "options is not a table", "options = {}"),
        ("options = { mtuu = 1 }", "options.mtuu: there is no DHCP option `mtuu`", "IANA"),
        ("options = { server-id = 1 }", "options.server-id: there is no DHCP option", "IANA"),
        (
            "options = { dhcp-server-id = '1.2.3.4' }",
            "options.dhcp-server-id: option 54 can not be set",
            "its own",
        ),
        (
            "options = { dns = '::' }",
            "options.dns: `::` is no value for `domain-name-server`",
            "hex:01ff",
        ),
        (
            "options = { dns = '1.1.1.1', domain-name-server = '1.1.1.2' }",
            "options.domain-name-server: option 6 is set above, as `dns`",
            "remove one",
        ),
        ("options = { router = 'x' }", "options.router: `x` is no value", "IANA"),
        ("quirks = { stile = 'binl' }", "quirks.stile: there is no such key", "`style`"),
        ("vars = []", "vars is not a table", "vars = {}"),
    ],
)
def test_a_mistake_names_file_key_and_mend(text, told, mend):
    if "mac" not in text.split("=")[0] and text:
        text = f"mac = '{A}'\n{text}"
    with pytest.raises(ConfigError) as error:
        read(text)
    assert error.value.message.startswith(f"hardware/node1.toml: {told}")
    assert mend in error.value.hint


def problem(raw):
    try:
        machine_of(raw, "x", "f")
    except ConfigError as error:
        return error
    return None


VALUES = st.booleans() | st.integers(-1, 99) | st.text(max_size=12) | st.just(str(A))


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(KEYS),
        VALUES | st.lists(VALUES, max_size=2) | st.dictionaries(st.text(), VALUES, max_size=2),
    )
)
def test_no_content_is_more_than_a_configuration_error(raw):
    found = problem(raw)
    assert found is None or (found.message.startswith("f: ") and found.hint)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("node1", "node1"),
        ("Node 1", "Node-1"),
        ("../../etc/passwd", "etc-passwd"),
        (".hidden", "hidden"),
        ("a/b\\c\0d", "a-b-c-d"),
        ("x" * 999, "x" * 200),
    ],
)
def test_a_name_is_a_file_name(text, name):
    assert safe_name(text) == name


@pytest.mark.parametrize("text", ["", "..", "/", "…", "-"])
def test_a_name_of_which_nothing_is_left_is_told(text):
    with pytest.raises(ConfigError, match="can not be a machine's name"):
        safe_name(text)


@given(st.text(min_size=1, max_size=300))
def test_no_name_leaves_the_folder_or_hides(text):
    try:
        name = safe_name(text)
    except ConfigError:
        return
    assert is_machine_file(f"{name}.toml")
    assert len(name.encode()) <= 200
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("node1.toml", True),
        ("52-54-00-12-34-56.toml", True),
        (".#node1.toml", False),
        ("#node1.toml#", False),
        ("node1.toml~", False),
        (".node1.toml.1f.tmp", False),
        ("node1.toml.swp", False),
        (".toml", False),
        ("README", False),
    ],
)
def test_leavings_of_editors_are_no_machines(file, counts):
    assert is_machine_file(file) is counts


def test_a_machine_claims_what_no_other_may_have():
    assert list(claims(FULL)) == [
        ("mac", A),
        ("mac", B),
        ("name", "node1"),
        ("name", "node1.lab"),
        ("address", IPv4Address("10.77.0.21")),
        ("uuid", FULL.uuid),
    ]
