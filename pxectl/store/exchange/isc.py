"""`host` declarations of ISC dhcpd → drafts of machines (dhcpd.conf(5), dhcp-options(5)).

What groups around a host say is the host's, too. What subnets, pools and classes say is not about
one machine: it is counted, and left to `[[subnet]]` and rules.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from pxectl.errors import ConfigError
from pxectl.store.exchange.carried import Carried, Haul
from pxectl.store.exchange.isctext import Statement, Word, parse_statements
from pxectl.store.exchange.joining import joined
from pxectl.store.exchange.optiontext import read_octets, read_option
from pxectl.store.machines import read_hostname
from pxectl.store.values import read_address, read_mac
from pxectl.wire.registry import Kind, Meaning, meaning_of

_HARDLY = ("host", "group", "subnet", "shared-network", "pool")
_NOT_SERVED = {"dhcp": False, "netboot": "never"}


def read_isc(text: str, where: str) -> Haul:
    """The hosts of a dhcpd.conf, wherever they stand.

    Raises:
        ConfigError: quotes or braces do not match.
    """
    top = parse_statements(text, where)
    codes = dict(_definitions(top))
    machines, refused = [], []
    for host, inherited in _hosts(top, []):
        try:
            machines.append(_host(host, inherited, codes, where))
        except ConfigError as error:
            refused.append(error)
    return Haul(joined(machines), tuple(refused), tuple(_other(top, where)))


def _hosts(
    block: list[Statement], inherited: list[Statement]
) -> Iterator[tuple[Statement, list[Statement]]]:
    """Each host with what the groups around it say, the outermost first."""
    for statement in block:
        if statement.block is None:
            continue
        if statement.keyword == "host":
            yield statement, inherited
        elif statement.keyword == "group":
            own = [inner for inner in statement.block if inner.keyword not in _HARDLY]
            yield from _hosts(statement.block, [*inherited, *own])
        else:
            yield from _hosts(statement.block, inherited)


def _definitions(block: list[Statement]) -> Iterator[tuple[str, int]]:
    """`option NAME code N = …`: options that a site named itself."""
    for statement in block:
        match [word.text for word in statement.words]:
            case ["option", name, "code", code, *_] if re.fullmatch(r"[0-9]{1,5}", code):
                yield name.lower(), int(code)
        yield from _definitions(statement.block or [])


def _host(
    host: Statement, inherited: list[Statement], codes: dict[str, int], where: str
) -> Carried:
    name = " ".join(word.text for word in host.arguments)
    place = f"{where}, line {host.line}, {name}"
    table: dict[str, Any] = {"options": {}}
    notes: list[str] = []
    for statement in [*inherited, *(host.block or [])]:
        try:
            note = _take(statement, table, codes, place)
        except ValueError as error:
            note = f"{_short(statement)}: not carried over: {error}"
        if note:
            notes.append(note)
    if "mac" not in table:
        raise ConfigError(
            f"{place}: has no `hardware ethernet`", hint="pxectl knows machines by MAC"
        )
    said = {key: value for key, value in table.items() if value != {}}
    return Carried(name, said, place, tuple(dict.fromkeys(notes)))


def _take(statement: Statement, table: dict[str, Any], codes: dict[str, int], place: str) -> str:
    """Put what a statement says into the table; a note if it has no place there."""
    words = [word.text for word in statement.arguments]
    match (statement.keyword, *words):
        case ("hardware", kind, text):
            if kind.lower() != "ethernet":
                raise ConfigError(f"{place}: hardware is {kind}", hint="only ethernet netboots")
            octets = re.sub(r"\b([0-9a-fA-F])\b", r"0\1", text)  # `0:1:2:…` is written, too
            table["mac"] = [str(read_mac(octets, f"{place}: hardware"))]
        case ("fixed-address", *addresses):
            return _address(addresses, table, place)
        case ("option", "host-name", text):
            table["hostname"] = read_hostname(text, f"{place}: host-name")
        case ("option", name, *_):
            _option(name, statement.arguments[1:], table, codes)
        case ("deny" | "ignore", "booting"):  # it answers nothing at all then
            table.update(_NOT_SERVED)
        case ("allow", "booting"):
            for key in _NOT_SERVED:
                table.pop(key, None)
        case ("default-lease-time" | "max-lease-time" | "min-lease-time" as keyword, *_):
            return f"{keyword}: not carried over, `[[subnet]]` has lease_time"
        case ("filename" | "next-server" | "server-name" as keyword, *_):
            return f"{keyword}: not carried over, a profile says what a machine boots"
        case _:
            return f"{_short(statement)}: not carried over"
    return ""


def _address(addresses: list[str], table: dict[str, Any], place: str) -> str:
    numeric = [text for text in addresses if re.fullmatch(r"[0-9.]+", text)]
    if not numeric:
        return f"fixed-address {' '.join(addresses)}: not carried over, it is a name"
    table["address"] = str(read_address(numeric[0], f"{place}: fixed-address"))
    others = [text for text in addresses if text != numeric[0]]
    return (
        f"fixed-address {', '.join(others)}: not carried over, a machine has one" if others else ""
    )


def _option(name: str, words: list[Word], table: dict[str, Any], codes: dict[str, int]) -> None:
    code = codes.get(name.lower())
    meaning = meaning_of(name) if code is None else meaning_of(code)
    table["options"][meaning.name] = _value(meaning, words)


def _value(meaning: Meaning, words: list[Word]) -> object:
    """A value in any of the ways in which dhcpd takes it; octets may stand for anything."""
    texts = [word.text for word in words]
    try:
        if meaning.kind is not Kind.HEX and (meaning.kind is not Kind.TEXT or words[0].quoted):
            return read_option(meaning, texts)
    except ValueError:
        if not (octets := _octets(words)):
            raise
        return read_octets(meaning, octets)
    if words and words[0].quoted:
        return read_octets(meaning, texts[0].encode())
    return read_octets(meaning, _octets(words) or texts[0].encode())


def _octets(words: list[Word]) -> bytes:
    """`01:02:ff`, or numbers up to 255 with commas; empty if it is neither."""
    texts = [word.text for word in words if not word.quoted]
    if len(texts) == 1 and re.fullmatch(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2})*", texts[0]):
        return bytes(int(octet, 16) for octet in texts[0].split(":"))
    if all(re.fullmatch(r"[0-9]{1,3}", text) and int(text) < 256 for text in texts):
        return bytes(map(int, texts))
    return b""


def _short(statement: Statement) -> str:
    """A statement's beginning, for people."""
    return " ".join(word.text for word in statement.words)[:60] or "a block"


def _other(top: list[Statement], where: str) -> Iterator[str]:
    """What is about no host, counted."""
    counted: Counter[str] = Counter()

    def count(block: list[Statement], *, is_group: bool) -> None:
        for statement in block:
            if statement.keyword == "host":
                continue
            if statement.keyword != "group" and not is_group:
                counted[statement.keyword or "…"] += 1
            count(statement.block or [], is_group=statement.keyword == "group")

    count(top, is_group=False)
    if counted:
        told = ", ".join(f"{n} {keyword}" for keyword, n in counted.most_common(12))
        yield f"{where}: not carried over, as it is about no host: {told}"
    if "include" in counted:
        yield f"{where}: what it includes is not read: import those files, too"
