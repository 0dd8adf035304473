import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.boot.conditions import parse_match
from pxectl.boot.decide import decide
from pxectl.boot.findings import unreachable
from pxectl.boot.implied import covers, impossible
from pxectl.boot.rules import Rules
from tests import strategies

COVERED = [
    ({}, {"arch": "x64-uefi"}),
    ({"arch": ["x64-uefi", "arm64-uefi"]}, {"arch": "x64-uefi"}),
    ({"arch": "*"}, {"arch": "x64-*"}),
    ({"name": "rack*"}, {"name": ["rack1", "RACK2-*"]}),
    ({"name": "a*c"}, {"name": "a*b*c"}),
    ({"mac": "52:54:00:*"}, {"mac": "52-54-00-12-34-56"}),
    ({"subnet": "10.77.0.0/16"}, {"subnet": ["10.77.0.0/24", "10.77.9.0/24"]}),
    ({"relay": "10.77.0.0/16"}, {"relay": "10.77.0.1"}),
    ({"tags": ["gpu", "board"]}, {"tags": "gpu", "arch": "x64-uefi"}),
    ({"known": True}, {"tags": "gpu"}),
    ({"known": True}, {"vars": {"disk": "sda"}}),
    ({"vars.disk": "*"}, {"vars": {"disk": "sda"}}),
    ({"time": "20:00-08:00"}, {"time": ["22:00-06:00", "23:00-24:00"]}),
    ({"weekday": "fri-mon"}, {"weekday": ["sat", "sun"]}),
    ({"boots": ["<3", ">=3"]}, {"boots": 7}),
    ({"boots": "<=2"}, {"boots": "<3"}),
    ({"not": {"arch": "x86-bios"}}, {"arch": "x64-uefi"}),
    ({"not": {"arch": "x86-bios", "tags": "gpu"}}, {"not": {"arch": "x86-*"}}),
    ({"any": [{"arch": "x86-bios"}, {"tags": "gpu"}]}, {"tags": "gpu"}),
    ({"known": True}, {"any": [{"tags": "gpu"}, {"profile": "*"}]}),
    ({"any": [{"name": "a"}, {"name": "b"}]}, {"any": [{"name": "b"}, {"name": "a"}]}),
]  # fmt: skip
NOT_COVERED = [
    ({"arch": "x64-uefi"}, {}),
    ({"arch": "x64-uefi"}, {"arch": ["x64-uefi", "arm64-uefi"]}),
    ({"name": "rack?"}, {"name": "rack1"}),
    ({"name": "a*b*c"}, {"name": "a*c"}),
    ({"subnet": "10.77.0.0/24"}, {"subnet": "10.77.0.0/16"}),
    ({"tags": "gpu", "known": True}, {"tags": "board"}),
    ({"not": {"tags": "gpu"}}, {"tags": "board"}),  # a machine has several
    ({"known": True}, {"serial": "S1"}),  # a client may tell it itself
    ({"time": "22:00-06:00"}, {"time": "20:00-08:00"}),
    ({"boots": "<3"}, {"boots": "<=3"}),
    ({"any": [{"arch": "x86-bios"}, {"tags": "gpu"}]}, {"known": True}),
    ({"not": {"arch": "x86-bios", "tags": "gpu"}}, {"tags": "gpu"}),
]
IMPOSSIBLE = [
    {"known": False, "tags": "gpu"},
    {"known": False, "any": [{"name": "a"}, {"profile": "*"}]},
    {"known": False, "vars": {"disk": "sda"}},
    {"arch": "x64-uefi", "any": [{"arch": "arm64-uefi"}, {"arch": "x86-bios"}]},
    {"name": "a*", "any": [{"name": "b*"}]},
    {"subnet": "10.77.0.0/24", "any": [{"subnet": "10.78.0.0/24"}]},
    {"time": "08:00-10:00", "any": [{"time": "22:00-06:00"}]},
    {"boots": 0, "any": [{"boots": ">0"}]},
    {"arch": "x64-uefi", "not": {"arch": "x64-*"}},
    {"known": False, "not": {"not": {"known": True}}},
]
POSSIBLE = [
    {"tags": "gpu", "any": [{"tags": "board"}]},
    {"known": False, "not": {"tags": "gpu"}},
    {"name": "a*", "any": [{"name": "*b"}]},
    {"known": False, "serial": "S1"},
    {"subnet": "10.77.0.0/16", "any": [{"subnet": "10.77.1.0/24"}]},
]


def match(table):
    return parse_match(table, "x")


@pytest.mark.parametrize(("earlier", "later"), COVERED, ids=str)
def test_what_follows_is_seen(earlier, later):
    assert covers(match(earlier), match(later))


@pytest.mark.parametrize(("earlier", "later"), NOT_COVERED, ids=str)
def test_what_does_not_follow_is_not_said(earlier, later):
    assert not covers(match(earlier), match(later))


@pytest.mark.parametrize("table", IMPOSSIBLE, ids=str)
def test_a_contradiction_is_seen(table):
    assert impossible(match(table))


@pytest.mark.parametrize("table", POSSIBLE, ids=str)
def test_what_can_be_is_no_contradiction(table):
    assert not impossible(match(table))


@given(st.lists(strategies.rules(), max_size=6), st.data())
@settings(max_examples=200, deadline=None)
def test_no_rule_that_is_called_unreachable_ever_wins(listed, data):
    rules = Rules(tuple(listed))
    dead = {number for number, _ in unreachable(rules)}

    for _ in range(5):
        client = data.draw(strategies.clients())
        machine = data.draw(st.none() | strategies.machines())
        now = data.draw(st.integers(0, 14 * 24).map(lambda hour: 1.8e9 + hour * 3600.0))
        boots = data.draw(st.integers(0, 4))
        assert decide(client, machine, rules, now, boots).number not in dead


@given(strategies.matches(), strategies.matches())
@settings(max_examples=200, deadline=None)
def test_a_rule_that_only_asks_for_more_is_always_seen(earlier, more):
    assert covers(match(earlier), match(more | earlier))
