import pytest

from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Deny, Quirks
from pxectl.boot.rules import Action
from pxectl.errors import ConfigError
from pxectl.store.rules import read_rules

PROFILES = {"debian": Profile("debian", "linux")}


def rules(*raw):
    return read_rules(list(raw), "f", PROFILES)


def test_rules_keep_the_order_of_the_file():
    read = rules({"action": "deny", "name": "z"}, {"action": "ignore"}, {"action": "local"})
    assert [(rule.name, rule.action) for rule in read] == [
        ("z", Action.DENY),
        ("rule 2", Action.IGNORE),
        ("rule 3", Action.LOCAL),
    ]
    assert not any(rule.built_in for rule in read)


def test_a_rule_may_boot_the_machines_own_profile_and_override_quirks():
    [rule] = rules({"action": "boot", "quirks": {"deny": "fast"}, "match": {"known": True}})
    assert (rule.profile, rule.quirks) == ("", Quirks(deny=Deny.FAST))
    assert [condition.key for condition in rule.match] == ["known"]


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"action": "boot", "profile": "debain"},
        {"action": "local", "profile": "debian"},
        {"action": "Boot"},
        {"action": "deny", "match": []},
        {"action": "deny", "match": {"taggs": "x"}},
        {"action": "deny", "name": ""},
        {"action": "deny", "priority": 1},
        "deny",
    ],
)
def test_a_mistake_names_the_rule(raw):
    with pytest.raises(ConfigError, match=r"^f: rule 1") as error:
        rules(raw)
    assert error.value.hint
