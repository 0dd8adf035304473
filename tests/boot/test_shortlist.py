from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.boot.client import Client, Firmware
from pxectl.boot.conditions import parse_match
from pxectl.boot.facts import Facts
from pxectl.boot.rules import Action, Rule, Rules
from pxectl.boot.shortlist import Shortlist
from pxectl.wire.iana import Arch
from tests.builders import MAC1, NETWORK, NOW, machine
from tests.strategies import clients, machines, matches

CLIENT = Client(MAC1, Arch.X64_UEFI, Firmware.UEFI, subnet=NETWORK)


def places(*tables, facts):
    return Shortlist(parse_match(table, "rule") for table in tables).places(facts)


@settings(max_examples=400, deadline=None)
@given(st.lists(matches(), max_size=8), clients(), st.none() | machines())
def test_the_same_rule_wins_as_if_each_were_tried_in_turn(tables, client, machine_):
    rules = Rules(
        tuple(Rule(str(n), parse_match(t, "x"), Action.DENY) for n, t in enumerate(tables))
    )
    facts = Facts(client, machine_, NOW)

    tried = [n for n, rule in enumerate(rules.all) if rule.failing(facts) is None]

    assert rules.first_match(facts) == tried[0]


def test_rules_that_can_not_match_are_not_even_tried():
    facts = Facts(CLIENT, machine(name="node7", tags=("gpu", "rack-3")), NOW)
    by_name = [{"name": f"node{n}"} for n in range(100)]

    assert places(*by_name, facts=facts) == [7]
    assert places({"tags": "rack-1*"}, {"tags": "rack-3*"}, {"tags": "gpu"}, facts=facts) == [1, 2]
    assert places({"subnet": "10.1.0.0/16"}, {"subnet": "10.77.0.0/16"}, facts=facts) == [1]


def test_a_rule_is_filed_under_its_rarest_condition():
    facts = Facts(CLIENT, machine(name="node7"), NOW)
    both = [{"known": True, "name": f"node{n}"} for n in range(100)]

    assert places(*both, facts=facts) == [7]


def test_what_can_not_be_filed_is_always_tried_in_its_place():
    facts = Facts(CLIENT, machine(), NOW)

    found = places({"name": "x"}, {"weekday": "mon"}, {"not": {"name": "x"}}, {}, facts=facts)

    assert found == [1, 2, 3]


def test_letters_of_either_case_are_filed_alike():
    facts = Facts(CLIENT, machine(name="Rack3-Node1", tags=("GPU",)), NOW)

    assert places({"name": "RACK3*"}, {"name": "rack3-NODE1"}, {"tags": "gp*"}, facts=facts) == [
        0, 1, 2,
    ]  # fmt: skip
