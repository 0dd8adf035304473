"""Kea's reservations ↔ machines (Kea ARM, "Host Reservations in DHCPv4")."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pxectl.boot.machine import Machine
from pxectl.boot.profile import Profile
from pxectl.errors import ConfigError
from pxectl.store.exchange.carried import Carried, Haul, Written
from pxectl.store.exchange.fields import Fields
from pxectl.store.exchange.joining import joined
from pxectl.store.exchange.keatext import includes, parse_kea
from pxectl.store.exchange.optiontext import (
    NAMES,
    option_texts,
    read_octets,
    read_option,
)
from pxectl.store.exchange.ownwords import own_words, read_own_words, without_empty
from pxectl.store.values import read_mac
from pxectl.wire.registry import Kind, Meaning, meaning_of
from pxectl.wire.values import encode_option, is_octets

OWN = "pxectl"
"""Key in a reservation's user-context for what Kea has no field for: keys of a machine's file,
`name`, and in reservations for further MACs of a machine nothing but `machine`, its name."""

_DROP = "DROP"
_BUILT_IN = frozenset(("ALL", "KNOWN", "UNKNOWN", "BOOTP", "SKIP_DDNS"))
_BY_CSV = frozenset(
    (Kind.ADDRESS, Kind.ADDRESSES, Kind.U8, Kind.U16, Kind.U32, Kind.I32, Kind.BOOL, Kind.U8S,
     Kind.U16S, Kind.DOMAINS)
)  # fmt: skip
_SPLIT = _BY_CSV | {Kind.ROUTES}


def read_kea(text: str, where: str) -> Haul:
    """The reservations of a configuration: global ones and those of networks and subnets.

    Raises:
        ConfigError: it is no JSON as Kea has it.
    """
    raw = parse_kea(text, where)
    top = raw.get("Dhcp4", raw) if isinstance(raw, dict) else {"reservations": raw}
    machines: dict[str, Carried] = {}
    refused = []
    for place, reservation in _reservations(top, where):
        try:
            _add(_machine(reservation, place), machines)
        except ConfigError as error:
            refused.append(error)
    notes = list(_other(top, where))
    notes += [f"{where}: {file} is not read: import it, too" for file in includes(text)]
    return Haul(joined(machines.values()), tuple(refused), tuple(notes))


def _reservations(top: object, where: str, path: str = "") -> Iterator[tuple[str, object]]:
    if not isinstance(top, dict):
        raise _no(where, path.rstrip(".") or "Dhcp4", "object")
    for key in ("reservations", "subnet4", "shared-networks"):
        listed = top.get(key, [])
        if not isinstance(listed, list):
            raise _no(where, f"{path}{key}", "list")
        for n, item in enumerate(listed):
            place = f"{path}{key}[{n}]"
            if key == "reservations":
                yield f"{where}, {place}", item
            else:
                yield from _reservations(item, where, f"{place}.")


def _no(where: str, path: str, what: str) -> ConfigError:
    return ConfigError(f"{where}: {path} is no {what}", hint="`kea-dhcp4 -t FILE` checks it")


def _other(top: Mapping[str, Any], where: str) -> Iterator[str]:
    keys = [key for key in top if not key.startswith("reservation")]
    keys = [key for key in keys if key not in ("subnet4", "shared-networks")]
    subnets = [f"{len(top[key])} {key}" for key in ("subnet4", "shared-networks") if key in top]
    if keys or subnets:
        told = ", ".join((*subnets, *keys))[:300]
        yield f"{where}: not carried over, as it is about no machine: {told}"


def _add(draft: Carried, machines: dict[str, Carried]) -> None:
    """A further MAC goes to its machine."""
    owner = draft.table.get("machine")
    if owner in machines:
        machines[owner].table["mac"].extend(draft.table["mac"])
        return
    table = {key: value for key, value in draft.table.items() if key != "machine"}
    key = draft.name if draft.name not in machines else draft.where  # its like is refused later
    machines[key] = Carried(draft.name, table, draft.where, draft.notes)


def _machine(raw: object, where: str) -> Carried:
    fields = Fields(raw, where)
    text = fields.text("hw-address")
    if not text:
        raise ConfigError(f"{where}: has no hw-address", hint="pxectl knows machines by MAC")
    table: dict[str, Any] = {
        "mac": [str(read_mac(text.removeprefix("hwaddr="), f"{where}: hw-address"))],
        "address": fields.text("ip-address"),
        "hostname": fields.text("hostname"),
    }
    notes: list[str] = []
    _classes(fields, table)
    table["options"] = _options(fields, table, notes)
    if fields.take("next-server") not in (None, "0.0.0.0"):
        notes.append("next-server: not carried over, a profile says what a machine boots")
    if fields.take("boot-file-name"):
        notes.append("boot-file-name: not carried over, a profile says what a machine boots")
    context = fields.table("user-context")
    own = context.take(OWN)
    name = table["hostname"] or table["mac"][0].replace(":", "-")
    if isinstance(own, dict) and set(own) == {"machine"}:
        table["machine"] = own["machine"] if isinstance(own["machine"], str) else ""
    elif own is not None:
        del table["hostname"]  # it is the name, unless they say another
        table |= read_own_words(own, f"{where}: user-context.{OWN}")
        name = table.pop("name", name)
    notes += [f"{path}: not carried over" for path in fields.left()]
    return Carried(name, without_empty(table), where, tuple(notes))


def _classes(fields: Fields, table: dict[str, Any]) -> None:
    classes = fields.texts("client-classes")
    table["tags"] = [name for name in classes if name != _DROP and name not in _BUILT_IN]
    if _DROP in classes:  # it answers nothing at all then
        table |= {"dhcp": False, "netboot": "never"}


def _options(fields: Fields, table: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for data in fields.tables("option-data"):
        name, code = data.text("name"), data.take("code")
        space = data.text("space")
        try:
            if space not in ("", "dhcp4"):
                name = f"{space}.{name}"  # there is none of this name
                code = None
            meaning = meaning_of(code) if isinstance(code, int) else meaning_of(name)
            is_csv = data.take("csv-format") is not False
            value = _value(meaning, data.text("data"), is_csv=is_csv)
        except ValueError as error:
            notes.append(f"option {name or code}: not carried over: {error}")
            data.drop_rest()
            continue
        data.drop("always-send", "never-send")
        if meaning.code == 12:
            table["hostname"] = table["hostname"] or str(value)
        else:
            options[meaning.name] = value
    return options


def _value(meaning: Meaning, text: str, *, is_csv: bool) -> object:
    if quoted := re.fullmatch(r"\s*'(.*)'\s*", text, re.DOTALL):
        return read_octets(meaning, quoted[1].encode())
    if not is_csv or meaning.kind is Kind.HEX:
        return read_octets(meaning, bytes.fromhex(re.sub(r"^0[xX]|[:\s]", "", text)))
    if meaning.kind in _SPLIT:
        return read_option(meaning, [item.strip() for item in text.split(",")])
    return read_option(meaning, [text.replace("\\,", ",")])


def write_kea(machines: Iterable[Machine], _: Mapping[str, Profile]) -> Written:
    """Global reservations, one a MAC; the user-context keeps what Kea has no field for."""
    reservations: list[dict[str, Any]] = []
    notes: list[tuple[str, str]] = []
    for machine in machines:
        raw = _reservation(machine)
        found = _machine(raw, machine.name)
        hostname = {"hostname"} if found.table.get("hostname") == found.name else set()
        table = {key: value for key, value in found.table.items() if key not in hostname}
        if rest := own_words(machine, Carried(found.name, table)):
            raw["user-context"] = {OWN: rest}
            keys = ", ".join(rest)
            notes.append((machine.name, f"{keys}: only in the user-context, Kea passes over it"))
        reservations.append(raw)
        for mac in machine.macs[1:]:
            further = {"user-context": {OWN: {"machine": machine.name}}}
            reservations.append({**raw, "hw-address": str(mac), **further})
            reservations[-1].pop("ip-address", None)  # Kea takes one address once
    shape = {"Dhcp4": {"reservations-global": True, "reservations": reservations}}
    # Kea 2.2 reads UTF-8, but no escapes above \u00ff
    text = json.dumps(shape, indent=2, default=str, ensure_ascii=False)
    return Written(f"{text}\n", tuple(notes))


def _reservation(machine: Machine) -> dict[str, Any]:
    classes = [tag for tag in machine.tags if tag != _DROP and tag not in _BUILT_IN]
    raw = {
        "hw-address": str(machine.macs[0]),
        "ip-address": str(machine.address or ""),
        "hostname": machine.hostname or machine.name,
        "client-classes": classes if machine.dhcp else [*classes, _DROP],
        "option-data": [_data(name, value) for name, value in machine.options.items()],
    }
    return {key: value for key, value in raw.items() if value}


def _data(name: str, value: object) -> dict[str, Any]:
    """By name where Kea knows it and its values hold no commas of their own, else as octets."""
    meaning = meaning_of(name)
    named = meaning.code in NAMES and not is_octets(value)
    if named and meaning.kind in _BY_CSV:
        return {"name": NAMES[meaning.code], "data": ", ".join(option_texts(value))}
    text = option_texts(value)[0]
    if named and meaning.kind is Kind.TEXT and re.fullmatch(r"[\w./:@-]+", text):
        return {"name": NAMES[meaning.code], "data": text}
    octets = encode_option(meaning.name, value)[1]
    return {"code": meaning.code, "csv-format": False, "data": octets.hex().upper()}
