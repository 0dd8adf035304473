from ipaddress import IPv4Address, IPv4Network
from uuid import UUID

import pytest

from pxectl.boot.client import Client, Firmware
from pxectl.boot.conditions import MATCH_KEYS, parse_match
from pxectl.boot.facts import Facts
from pxectl.boot.machine import Netboot
from pxectl.errors import ConfigError
from pxectl.wire.iana import Arch
from tests.builders import MAC1, NETWORK, NOW, machine

CLIENT = Client(
    MAC1,
    Arch.X64_UEFI,
    Firmware.UEFI,
    vendor_class="PXEClient:Arch:00007:UNDI:003000",
    user_class="ours",
    hostname="Node-1",
    uuid=UUID("00112233-4455-6677-8899-aabbccddeeff"),
    serial="SN7",
    interface="eth0",
    subnet=NETWORK,
    relay=IPv4Address("10.88.0.1"),
    circuit_id="ge-1/0/3",
    remote_id="sw1",
)
MACHINE = machine(tags=("gpu", "rack-3"), vars={"disk": "/dev/sda", "fast": True, "size": 3})
FACTS = Facts(CLIENT, MACHINE, NOW)
NOBODY = Facts(Client(None), None, NOW)

ROWS = [
    # key, values that match, values that do not, the reason of the first of these
    (
        "mac",
        [
            "52:54:00:77:00:01",
            "5254.0077.0001",
            "52:54:00:*",
            "52-54-00-77-*",
            ["02:00:00:00:00:01", "52*"],
        ],
        ["52:54:00:77:00:02", "*:02"],
        "mac is 52:54:00:77:00:01, not 52:54:00:77:00:02",
    ),
    (
        "arch",
        ["x64-uefi", "X64-UEFI", "ebc", "x64-*", 7, "arch7", ["arm64-uefi", "x64-uefi"]],
        ["arm64-uefi", "x64-uefi-http", "arch65535", "ARCH65535", "*-http"],
        "arch is x64-uefi, not arm64-uefi",
    ),
    (
        "firmware",
        ["uefi", "uefi*", ["bios", "uefi"]],
        ["bios", "uefi-http"],
        "firmware is uefi, not bios",
    ),
    (
        "vendor_class",
        ["PXEClient*", "*:UNDI:003000"],
        ["HTTPClient*"],
        "vendor_class is PXEClient:Arch:00007:UNDI:003000, not HTTPClient*",
    ),
    ("user_class", ["ours", "OURS"], ["iPXE"], "user_class is ours, not iPXE"),
    ("hostname", ["node-1", "node-*"], ["node-?", "node-[1]"], "hostname is Node-1, not node-?"),
    (
        "uuid",
        ["00112233-4455-6677-8899-AABBCCDDEEFF", "00112233*", "*DDEEFF"],
        ["10112233-4455-6677-8899-aabbccddeeff"],
        "uuid is 00112233-4455-6677-8899-aabbccddeeff, not 10112233-4455-6677-8899-aabbccddeeff",
    ),
    ("serial", ["SN7"], ["SN8"], "serial is SN7, not SN8"),
    ("interface", ["eth0", "eth*"], ["eth1"], "interface is eth0, not eth1"),
    (
        "subnet",
        ["10.77.0.0/24", "10.0.0.0/8"],
        ["10.77.0.0/25", "10.78.0.0/16"],
        "subnet is 10.77.0.0/24, not in 10.77.0.0/25",
    ),
    (
        "relay",
        ["10.88.0.1", "10.88.0.0/24"],
        ["10.89.0.0/24"],
        "relay is 10.88.0.1, not in 10.89.0.0/24",
    ),
    ("circuit_id", ["ge-1/0/3", "ge-1/*"], ["ge-2/*"], "circuit_id is ge-1/0/3, not ge-2/*"),
    ("remote_id", ["sw1"], ["sw2"], "remote_id is sw1, not sw2"),
    ("known", [True], [False], "the machine is known"),
    ("name", ["node1", "node*"], ["node2"], "name is node1, not node2"),
    (
        "tags",
        ["gpu", "rack-*", ["x", "GPU"]],
        ["board", ["a", "b"]],
        "tags are gpu, rack-3, none of board",
    ),
    ("netboot", ["always", ["never", "always"]], ["never"], "netboot is always, not never"),
    ("profile", ["debian", "*"], ["flatcar"], "profile is debian, not flatcar"),
    (
        "vars.disk",
        ["/dev/sda", "/dev/*"],
        ["/dev/nvme0n1"],
        "vars.disk is /dev/sda, not /dev/nvme0n1",
    ),
    ("vars.fast", [True, "true"], [False], "vars.fast is true, not false"),
    ("vars.size", [3, "3"], [4], "vars.size is 3, not 4"),
    (
        "vars",
        [{"disk": "/dev/sda", "size": 3}],
        [{"disk": "/dev/sda", "size": 4}],
        "vars.size is 3, not 4",
    ),
    (
        "time",
        [
            "08:00-09:00",
            "8:00 - 9:00",
            "00:00-24:00",
            "22:00-08:01",
            ["01:00-02:00", "07:00-24:00"],
        ],
        ["08:01-09:00", "22:00-08:00", "22:00-24:00", "22:00-00:00"],
        "time is 08:00, not 08:01-09:00",
    ),
    (
        "weekday",
        ["fri", "Friday", "mon-fri", "thurs - mon", ["mon", "fri"]],
        ["sat", "sat-thu", ["mon", "tue"]],
        "weekday is fri, not sat",
    ),
    ("boots", [0, "0", "<1", "<=0", ">=0"], [1, ">0", [1, 2]], "boots is 0, not 1"),
    (
        "not",
        [{"arch": "arm64-uefi"}, {"arch": "x64-uefi", "tags": "board"}, {"not": {"known": True}}],
        [{"arch": "x64-uefi"}, {"arch": "x64-uefi", "not": {"tags": "board"}}],
        "arch is x64-uefi, which `not` rules out",
    ),
    (
        "any",
        [[{"arch": "arm64-uefi"}, {"tags": "gpu"}], [{"not": {"name": "x"}}], {"tags": "gpu"}],
        [[{"arch": "arm64-uefi"}, {"tags": "board"}]],
        "none of any: arch is x64-uefi, not arm64-uefi; tags are gpu, rack-3, none of board",
    ),
]
MATCHING = [(row[0], value) for row in ROWS for value in row[1]]
FAILING = [(row[0], value) for row in ROWS for value in row[2]]


def condition(key, value):
    [made] = parse_match({key: value}, "rule")
    return made


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    """NOW is a Friday, 08:00 UTC; the site's zone is the host's where it says nothing."""
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(("key", "value"), MATCHING)
def test_key_holds(key, value):
    assert condition(key, value).holds(FACTS)


@pytest.mark.parametrize(("key", "value"), FAILING)
def test_key_does_not_hold(key, value):
    assert not condition(key, value).holds(FACTS)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [(row[0], row[2][0], row[3]) for row in ROWS],
    ids=[row[0] for row in ROWS],
)
def test_reason_reads_like_a_sentence(key, value, reason):
    assert condition(key, value).why_not(FACTS) == reason


@pytest.mark.parametrize(("key", "value"), MATCHING)
def test_key_of_what_is_not_known_does_not_hold_and_says_so(key, value):
    made = condition(key, value)
    if key in ("time", "weekday", "boots", "not", "any"):
        return
    assert not made.holds(NOBODY)
    assert made.why_not(NOBODY)


@pytest.mark.parametrize(
    ("match", "reason"),
    [
        ({"tags": "gpu"}, "the machine is not known"),
        ({"profile": "*"}, "the machine is not known"),
        ({"netboot": "never"}, "the machine is not known"),
        ({"vars.disk": "x"}, "the machine is not known"),
        ({"relay": "10.0.0.0/8"}, "it came through no relay"),
        ({"vendor_class": "*"}, "vendor_class is not known"),
    ],
    ids=str,
)
def test_reason_names_what_a_stranger_lacks(match, reason):
    [made] = parse_match(match, "rule")

    assert made.why_not(NOBODY) == reason


@pytest.mark.parametrize(
    ("match", "reason"),
    [
        ({"tags": "gpu"}, "node1 has no tags"),
        ({"profile": "*"}, "node1 has no profile"),
        ({"vars.disk": "x"}, "node1 has no vars.disk"),
    ],
    ids=str,
)
def test_reason_names_what_the_machines_file_lacks(match, reason):
    [made] = parse_match(match, "rule")

    assert made.why_not(Facts(CLIENT, machine(profile=""), NOW)) == reason


@pytest.mark.parametrize(
    ("match", "what_is"),
    [
        ({"time": "07:00-09:00"}, "time is 08:00"),
        ({"weekday": "mon-fri"}, "weekday is fri"),
        ({"boots": "<3"}, "boots is 0"),
        ({"known": True}, "the machine is known"),
        ({"tags": "gpu"}, "tags are gpu, rack-3"),
        ({"subnet": "10.0.0.0/8"}, "subnet is 10.77.0.0/24"),
        ({"tags": "gpu", "boots": 0}, "tags are gpu, rack-3 and boots is 0"),
        ({"any": [{"known": False}, {"boots": 0}]}, "boots is 0"),
        ({"not": {"netboot": "never"}}, "netboot is always, not never"),
    ],
    ids=str,
)
def test_reason_of_a_not_says_what_is(match, what_is):
    assert condition("not", match).why_not(FACTS) == f"{what_is}, which `not` rules out"


def test_every_key_has_its_row():
    assert {row[0].partition(".")[0] for row in ROWS} == {
        key.partition(".")[0] for key in MATCH_KEYS
    }


@pytest.mark.parametrize(
    ("match", "message", "hint"),
    [
        ({"arhc": "x"}, "rule.arhc: there is no such key", "did you mean `arch`?"),
        ({"qqq": "x"}, "rule.qqq: there is no such key", "keys are mac, arch"),
        (
            {"arch": "x64_uefi"},
            "rule.arch: there is no arch `x64_uefi`",
            "did you mean `x64-uefi`?",
        ),
        ({"arch": "arch65536"}, "rule.arch: there is no arch `arch65536`", ""),
        ({"arch": "sparc*"}, "rule.arch: there is no arch `sparc*`", "it is one of x86-bios"),
        ({"Arch": "x"}, "rule.Arch: there is no such key", "did you mean `arch`?"),
        ({"vendor-class": "x"}, "rule.vendor-class: there is no", "did you mean `vendor_class`?"),
        ({"tag": "x"}, "rule.tag: there is no such key", "did you mean `tags`?"),
        ({"user_class": ""}, "rule.user_class is an empty text", "not = {"),
        ({"tags": ["gpu", ""]}, "rule.tags is an empty text", "not = {"),
        ({"firmware": "efi"}, "rule.firmware: there is no firmware `efi`", "did you mean `uefi`?"),
        ({"netboot": "sometimes"}, "rule.netboot: there is no netboot `sometimes`", "always"),
        ({"mac": "52:54:00:77:00"}, "rule.mac: `52:54:00:77:00` is not a MAC", "six octets"),
        ({"mac": "5254*"}, "rule.mac: `5254*` can match no MAC address", "52:54:00:*"),
        ({"mac": "zz:*"}, "rule.mac: `zz:*` can match no MAC address", "52:54:00:*"),
        ({"uuid": "x"}, "rule.uuid: `x` is not a UUID", "dmidecode"),
        ({"uuid": "xyz*"}, "rule.uuid: `xyz*` is not a UUID", "dmidecode"),
        ({"subnet": "10.77.0.1/24"}, "rule.subnet: 10.77.0.1/24 has host bits set", "10.77.0.0/24"),
        ({"relay": "x"}, "rule.relay: ", "network"),
        ({"known": "yes"}, "rule.known is neither true nor false", "known = true"),
        ({"tags": []}, "rule.tags is an empty list", "name a value"),
        ({"tags": {"a": 1}}, "rule.tags is neither text nor a list", "text"),
        ({"time": "22-6"}, "rule.time: `22-6` is not a span of time", "22:00-06:00"),
        ({"time": "25:00-06:00"}, "rule.time: `25:00-06:00` is not", "22:00-06:00"),
        ({"time": "22:00-24:30"}, "rule.time: `22:00-24:30` is not", "22:00-06:00"),
        ({"time": "08:00-08:00"}, "rule.time: `08:00-08:00` begins when it ends", "00:00-24:00"),
        ({"weekday": "friends"}, "rule.weekday: `friends` is not a day", "mon-fri"),
        ({"weekday": "mo"}, "rule.weekday: `mo` is not a day", "mon-fri"),
        ({"weekday": "mon-wed-fri"}, "rule.weekday: `mon-wed-fri` is not a day", "mon-fri"),
        ({"weekday": "someday"}, "rule.weekday: `someday` is not a day", "mon-fri"),
        ({"boots": "few"}, "rule.boots: `few` is not a number", "<3"),
        ({"not": {}}, "rule.not is empty", "name a key"),
        ({"not": {"arhc": "x"}}, "rule.not.arhc: there is no such key", "arch"),
        ({"any": []}, "rule.any is an empty list", "name a table"),
        ({"any": [{}]}, "rule.any[0] is empty", "name a key"),
        ({"vars": {}}, "rule.vars is empty", "name a key"),
        ({"any": [{"arhc": 1}]}, "rule.any[0].arhc: there is no such key", "arch"),
        ("text", "rule is not a table", "match = {"),
    ],
    ids=str,
)
def test_what_could_never_match_is_an_error_with_the_mend(match, message, hint):
    with pytest.raises(ConfigError) as caught:
        parse_match(match, "rule")

    assert caught.value.message.startswith(message)
    assert hint in caught.value.hint


def test_every_key_of_a_match_must_hold():
    both = parse_match({"arch": "x64-uefi", "tags": "board"}, "rule")

    assert [made.holds(FACTS) for made in both] == [True, False]


def test_time_is_that_of_the_sites_zone():
    from zoneinfo import ZoneInfo

    night = condition("time", "22:00-06:00")

    assert not night.holds(FACTS)
    assert night.holds(Facts(CLIENT, MACHINE, NOW, ZoneInfo("America/New_York")))


def test_never_is_a_state_of_the_machine():
    assert condition("netboot", "never").holds(Facts(CLIENT, machine(netboot=Netboot.NEVER), NOW))


def test_a_client_behind_an_unknown_relay_is_of_no_subnet():
    assert not condition("subnet", "0.0.0.0/0").holds(NOBODY)
    assert condition("subnet", "0.0.0.0/0").holds(FACTS)
    assert IPv4Network("0.0.0.0/0").num_addresses == 2**32
