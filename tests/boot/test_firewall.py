import pytest
from hypothesis import given
from hypothesis import strategies as st

from pxectl.boot.firewall import Blocked, Packet, blocked

TFTP = Packet("eth0", "udp", 69)
INPUT = ("inet", "filter", "input")


def chain(name="input", hook="input", policy="accept", **more):
    base = {"hook": hook, "policy": policy} if hook else {}
    return {"chain": {"family": "inet", "table": "filter", "name": name, **base, **more}}


def rule(*expr, name="input"):
    return {"rule": {"family": "inet", "table": "filter", "chain": name, "expr": list(expr)}}


def match(left, right, op="=="):
    return {"match": {"op": op, "left": left, "right": right}}


DPORT = {"payload": {"protocol": "udp", "field": "dport"}}
IIF = {"meta": {"key": "iifname"}}
STATE = {"ct": {"key": "state"}}
ACCEPT, DROP, REJECT = {"accept": None}, {"drop": None}, {"reject": {"type": "icmp"}}
BY_RULE, BY_POLICY = Blocked(*INPUT, "a rule"), Blocked(*INPUT, "its policy")


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([], None),
        ([chain()], None),
        ([chain(policy="drop")], BY_POLICY),
        ([chain(policy="drop"), rule(match(DPORT, 69), ACCEPT)], None),
        ([chain(policy="drop"), rule(match(DPORT, 67), ACCEPT)], BY_POLICY),
        ([chain(policy="drop"), rule(match(DPORT, {"set": [67, 69]}), ACCEPT)], None),
        ([chain(policy="drop"), rule(match(DPORT, {"range": [60, 70]}), ACCEPT)], None),
        ([chain(), rule(match(DPORT, 69), {"counter": {}}, DROP)], BY_RULE),
        ([chain(), rule(match(DPORT, 69), REJECT)], BY_RULE),
        ([chain(), rule(match(DPORT, 69, "!="), DROP)], None),
        ([chain(), rule(match(IIF, "eth1"), DROP)], None),
        ([chain(), rule(match(IIF, "eth0"), DROP)], BY_RULE),
        ([chain(policy="drop"), rule(match(STATE, ["established", "related"]), ACCEPT)], BY_POLICY),
        ([chain(policy="drop"), rule(match(STATE, ["new"]), ACCEPT)], None),
        ([chain(), rule(match(DPORT, 69), ACCEPT), rule(DROP)], None),
        ([chain(policy="drop"), rule({"jump": {"target": "in"}}), chain("in", ""),
          rule(match(DPORT, 69), ACCEPT, name="in")], None),
        ([chain(), rule({"goto": {"target": "in"}}), rule(DROP), chain("in", ""),
          rule({"return": None}, name="in")], None),
        ([chain(hook="output", policy="drop")], None),
        ([chain(family="ip6", policy="drop")], None),
        # what is not understood is passed over
        ([chain(), rule(match({"meta": {"key": "mark"}}, 7), DROP)], None),
        ([chain(), rule({"jump": {"target": "input"}})], None),
    ],
)  # fmt: skip
def test_it_says_where_a_packet_ends(items, expected):
    assert blocked({"nftables": items}, TFTP) == expected


EXPRESSIONS = st.sampled_from(
    [ACCEPT, DROP, REJECT, match(DPORT, 69), match(IIF, {"set": []}), match(STATE, "@x"),
     {"jump": {"target": "input"}}, {"goto": {"target": "none"}}, {"return": None}, {"log": {}}]
)  # fmt: skip


@given(st.lists(st.lists(EXPRESSIONS, min_size=1, max_size=3), max_size=6))
def test_no_ruleset_breaks_it(rules):
    blocked({"nftables": [chain(), *(rule(*expr) for expr in rules)]}, TFTP)
