"""Machines → `host` declarations of ISC dhcpd."""

from collections.abc import Iterable, Iterator, Mapping

from pxectl.boot.machine import Machine, Netboot
from pxectl.boot.profile import Profile
from pxectl.store.exchange.carried import Written
from pxectl.store.exchange.isctext import quoted
from pxectl.store.exchange.joining import lost, unused
from pxectl.store.exchange.optiontext import NAMES, option_texts
from pxectl.wire.registry import Kind, Meaning, meaning_of
from pxectl.wire.values import encode_option, is_octets

_NAMES = NAMES | {
    5: "ien116-name-servers", 62: "nwip-domain", 67: "bootfile-name", 85: "nds-servers",
    86: "nds-tree-name", 87: "nds-context", 100: "pcode", 101: "tcode",
    108: "v6-only-preferred", 112: "netinfo-server-address", 113: "netinfo-server-tag",
    114: "default-url", 118: "subnet-selection", 138: "capwap-ac-v4",
    150: "tftp-server-address", 209: "loader-configfile", 210: "loader-pathprefix",
    211: "loader-reboottime",
}  # fmt: skip
_NOT_HERE = frozenset(
    (*range(50, 60), 61, 63, 77, 78, 79, 80, 81, 82, 88, 89, 90, 91, 92, 93, 94, 97, 98, 99, 116,
     117, 124, 125, 136, 137, 141, 142, 146, 159, 160, 212, 213)
)  # fmt: skip
"""What dhcpd sets itself or has a syntax of its own for; it refuses them as `unknown-N`."""
_PAIRS = frozenset((21, 33))
"""Options whose addresses come in twos: policy-filter, static-routes."""
_HEAD = "# hosts from pxectl: `include` this file in dhcpd.conf\n"


def write_isc(machines: Iterable[Machine], _: Mapping[str, Profile]) -> Written:
    """One host a MAC: dhcpd takes no more in a host, but an address in several."""
    parts, names = [_HEAD], set[str]()
    notes: list[tuple[str, str]] = []
    for machine in machines:
        body = [f"option host-name {quoted(machine.hostname or machine.name)};"]
        if machine.address:
            body.insert(0, f"fixed-address {machine.address};")
        if not machine.dhcp:
            body.append("deny booting;")
        body += _options(machine, notes)
        for mac in machine.macs:
            lines = [f"hardware ethernet {mac};", *body]
            inner = "".join(f"  {line}\n" for line in lines)
            parts.append(f"\nhost {unused(machine.name, names)} {{\n{inner}}}\n")
        holds = ["address", "hostname", "options", "dhcp"]
        if machine.netboot is Netboot.NEVER and not machine.dhcp:
            holds.append("netboot")
        notes += lost(machine, holds, "ISC dhcpd")
    return Written("".join(parts), tuple(notes))


def _options(machine: Machine, notes: list[tuple[str, str]]) -> Iterator[str]:
    for name, value in machine.options.items():
        meaning = meaning_of(name)
        if meaning.code == 12 or meaning.code in _NOT_HERE:
            notes.append((machine.name, f"options.{name}: ISC dhcpd takes it from nobody"))
        elif meaning.code in _NAMES and not is_octets(value):
            yield f"option {_NAMES[meaning.code]} {_value(meaning, value)};"
        else:
            octets = encode_option(meaning.name, value)[1]
            yield f"option unknown-{meaning.code} {octets.hex(':')};"


def _value(meaning: Meaning, value: object) -> str:
    texts = option_texts(value)
    match meaning.kind:
        case Kind.TEXT | Kind.DOMAINS:
            return ", ".join(map(quoted, texts))
        case Kind.HEX:
            return encode_option(meaning.name, value)[1].hex(":")
        case _ if meaning.code in _PAIRS:
            return ", ".join(map(" ".join, zip(texts[::2], texts[1::2], strict=False)))
        case _:
            return ", ".join(texts)
