"""dnsmasq's `dhcp-host` lines, its hosts files and /etc/ethers ↔ machines (dnsmasq(8))."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pxectl.boot.machine import Machine, Netboot
from pxectl.boot.profile import Profile
from pxectl.errors import ConfigError
from pxectl.mac import MAC
from pxectl.store.exchange.carried import Carried, Haul, Written
from pxectl.store.exchange.joining import joined, lost
from pxectl.store.values import read_mac

_OPTION = re.compile(r"(?:--)?([a-z0-9-]+)(?:\s*=\s*(.*)|\s*)$")
_HOST = "dhcp-host"
_TYPED_MAC = re.compile(r"(?:([0-9A-Fa-f]{1,2})-)?([0-9A-Fa-f]{1,2}(?::[0-9A-Fa-f]{1,2}){5})")
_ETHERS = re.compile(r"([0-9A-Fa-f]{1,2}(?:[:-][0-9A-Fa-f]{1,2}){5})\s+(\S+)$")
_LEASE = re.compile(r"[0-9]+[smhdwSMHDW]?|infinite")
_TAG = re.compile(r"[A-Za-z0-9_.:=+@/-]+")
_OTHER_FILES = ("conf-file", "conf-dir", "dhcp-hostsfile", "dhcp-hostsdir", "read-ethers")


def read_dnsmasq(text: str, where: str) -> Haul:
    """The machines of a dnsmasq.conf, a file for `dhcp-hostsfile`, or of /etc/ethers.

    Raises:
        ConfigError: never; lines that are none of these are counted in a note.
    """
    machines, refused = [], []
    others: Counter[str] = Counter()
    for number, line in enumerate(text.splitlines(), 1):
        plain = re.sub(r"(?:^|\s)#.*", "", line).strip()
        if not plain:
            continue
        place = f"{where}, line {number}"
        found = _OPTION.match(plain)
        fields = _fields(plain, found)
        if fields is None:
            others[found[1] if found else "…"] += 1
            continue
        try:
            machines.append(_machine(fields, place))
        except ConfigError as error:
            refused.append(error)
    return Haul(joined(machines), tuple(refused), tuple(_told(others, where)))


def _fields(line: str, option: re.Match[str] | None) -> list[str] | None:
    """What a line says of one host; None: it is about none."""
    if option is not None and (option[2] is not None or "," not in line):
        return option[2].split(",") if option[1] == _HOST and option[2] else None
    if found := _ETHERS.match(line):
        return [found[1].replace("-", ":"), found[2]]
    return line.split(",") if "," in line else None


@dataclass(slots=True)
class _Said:
    macs: list[str] = field(default_factory=list)
    table: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def _machine(fields: list[str], place: str) -> Carried:
    said = _Said()
    for text in map(str.strip, fields):
        if text:
            _take(text, said, place)
    if not said.macs:
        raise ConfigError(
            f"{place}: has no MAC", hint="pxectl knows machines by MAC: add it to the line"
        )
    table = {"mac": said.macs, **said.table} | ({"tags": said.tags} if said.tags else {})
    name = said.table.get("hostname") or MAC.parse(said.macs[0]).dashed
    return Carried(name, table, place, tuple(said.notes))


def _take(text: str, said: _Said, place: str) -> None:
    """Sort one field of a line, as dnsmasq tells them apart."""
    kind, colon, rest = text.partition(":")
    if typed := _TYPED_MAC.fullmatch(text):
        if typed[1] and int(typed[1], 16) != 1:
            raise ConfigError(f"{place}: {text} is not ethernet", hint="only ethernet netboots")
        octets = [octet.zfill(2) for octet in typed[2].split(":")]
        said.macs.append(str(read_mac(":".join(octets), place)))
    elif "*" in text and re.fullmatch(r"(?:[0-9A-Fa-f]{1,2}-)?[0-9A-Fa-f*:]+", text):
        raise ConfigError(
            f"{place}: {text} is many machines", hint='a rule does this: `match = { mac = "…:*" }`'
        )
    elif colon and kind in ("set", "net"):
        said.tags.append(rest)
    elif colon and kind in ("id", "tag"):
        if text != "id:*":  # clients are known by their MAC in any case
            said.notes.append(f"{kind}: not carried over")
    elif text.startswith("["):
        said.notes.append(f"{text}: not carried over, no machine has an IPv6 address here")
    elif re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,3}){3}", text):
        said.table["address"] = text
    elif text == "ignore":  # it answers nothing at all then
        said.table |= {"dhcp": False, "netboot": "never"}
    elif _LEASE.fullmatch(text):
        said.notes.append("lease time: not carried over, `[[subnet]]` has lease_time")
    else:
        said.table["hostname"] = text


def _told(others: Counter[str], where: str) -> Iterator[str]:
    if others:
        told = ", ".join(f"{n} {name}" for name, n in others.most_common(12))
        yield f"{where}: not carried over, as it is about no machine: {told}"
    files = [name for name in _OTHER_FILES if name in others]
    if files:
        yield f"{where}: what {', '.join(files)} names is not read: import those files, too"


def write_dnsmasq(machines: Iterable[Machine], _: Mapping[str, Profile]) -> Written:
    """One `dhcp-host` line a machine."""
    lines = ["# machines from pxectl: `conf-file=` reads this file into dnsmasq.conf"]
    notes: list[tuple[str, str]] = []
    for machine in machines:
        called = machine.name if machine.name != machine.macs[0].dashed else ""
        hostname = machine.hostname or called
        is_name = not (_LEASE.fullmatch(hostname) or hostname in ("ignore", "infinite"))
        is_name = is_name and not re.fullmatch(r"[0-9.]+", hostname)
        tags = [tag for tag in machine.tags if _TAG.fullmatch(tag)]
        fields = [
            *map(str, machine.macs),
            *(f"set:{tag}" for tag in tags),
            *([str(machine.address)] if machine.address else []),
            *([hostname] if is_name and hostname else []),
            *([] if machine.dhcp else ["ignore"]),
        ]
        lines.append(f"{_HOST}={','.join(fields)}")
        holds = ["address", "dhcp", *(["hostname"] if is_name else [])]
        if len(tags) == len(machine.tags):
            holds.append("tags")
        if machine.netboot is Netboot.NEVER and not machine.dhcp:
            holds.append("netboot")
        notes += lost(machine, holds, "dnsmasq")
        if called not in (hostname, "") or (machine.hostname and not called):
            notes.append((machine.name, "name: dnsmasq knows it by its hostname"))
    return Written("\n".join(lines) + "\n", tuple(notes))
