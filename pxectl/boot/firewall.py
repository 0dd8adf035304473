"""What an nftables ruleset does with the first packet of a client (`nft -j list ruleset`)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_MOST_JUMPS = 16
_MOST_RULES = 10_000


@dataclass(frozen=True, slots=True)
class Packet:
    """A client's packet as it comes in."""

    interface: str
    protocol: str
    """`udp` or `tcp`."""
    port: int


@dataclass(frozen=True, slots=True)
class Blocked:
    """Where a packet ends."""

    family: str
    table: str
    chain: str
    by: str
    """`a rule` or `its policy`."""


class _Unknown(Exception):  # noqa: N818 - no error: a match that is not understood
    pass


def blocked(ruleset: Mapping[str, Any], packet: Packet) -> Blocked | None:
    """Where the rules drop or reject it; None: they let it pass, as far as they are understood.

    A rule with a match that is not understood is passed over.

    Args:
        ruleset: what `nft -j list ruleset` prints.
        packet: it.
    """
    items = ruleset.get("nftables", [])
    rules: dict[tuple[str, str, str], list[list[Any]]] = {}
    for one in (item["rule"] for item in items if "rule" in item):
        rules.setdefault((one["family"], one["table"], one["chain"]), []).append(one["expr"])
    for chain in (item["chain"] for item in items if "chain" in item):
        if chain.get("hook") != "input" or chain["family"] not in ("ip", "inet"):
            continue
        key = (chain["family"], chain["table"], chain["name"])
        verdict = _Walk(rules, packet).run(key)
        if verdict in ("drop", "reject"):
            return Blocked(*key, "a rule")
        if verdict is None and chain.get("policy") == "drop":
            return Blocked(*key, "its policy")
    return None


class _Walk:
    """Through the chains, as far as it goes in bounded time: the kernel refuses chains that go
    round, a text does not."""

    def __init__(
        self, rules: Mapping[tuple[str, str, str], list[list[Any]]], packet: Packet
    ) -> None:
        self._rules, self._packet, self._left = rules, packet, _MOST_RULES

    def run(self, key: tuple[str, str, str], depth: int = 0) -> str | None:
        """`accept`, `drop` or `reject`; None: no rule says anything."""
        for expressions in self._rules.get(key, []):
            self._left -= 1
            if self._left < 0:
                return None
            try:
                if not all(_matches(one, self._packet) for one in expressions):
                    continue
            except _Unknown:
                continue
            for verdict in _verdicts(expressions):
                name = next(iter(verdict))
                if name in ("accept", "drop", "reject"):
                    return name
                if name in ("jump", "goto") and depth < _MOST_JUMPS:
                    came = self.run((key[0], key[1], verdict[name]["target"]), depth + 1)
                    if came is not None or name == "goto":
                        return came
                if name == "return":
                    return None
        return None


def _verdicts(expressions: list[Any]) -> Iterator[Mapping[str, Any]]:
    words = ("accept", "drop", "reject", "jump", "goto", "return")
    yield from (one for one in expressions if next(iter(one)) in words)


def _matches(expression: Mapping[str, Any], packet: Packet) -> bool:
    if "match" not in expression:
        return True  # a verdict, a counter, a log
    match = expression["match"]
    holds = _contains(match["right"], _value(match["left"], packet))
    if match["op"] in ("==", "in"):
        return holds
    if match["op"] == "!=":
        return not holds
    raise _Unknown


def _value(left: Mapping[str, Any], packet: Packet) -> object:
    match left:
        case {"meta": {"key": "iifname" | "iif"}}:
            return packet.interface
        case {"meta": {"key": "l4proto"}}:
            return packet.protocol
        case {"payload": {"protocol": "ip", "field": "protocol"}}:
            return packet.protocol
        case {"payload": {"protocol": "udp" | "tcp" | "th" as protocol, "field": "dport"}}:
            return packet.port if protocol in (packet.protocol, "th") else None
        case {"ct": {"key": "state"}}:
            return "new"
        case {"meta": {"key": "nfproto"}}:
            return "ipv4"
        case _:
            raise _Unknown


def _contains(right: object, value: object) -> bool:
    match right:
        case {"set": list() as members}:
            return any(_contains(member, value) for member in members)
        case list() as members:
            return any(_contains(member, value) for member in members)
        case {"range": [int() as low, int() as high]}:
            return isinstance(value, int) and low <= value <= high
        case str() | int():
            return right == value
        case _:
            raise _Unknown
