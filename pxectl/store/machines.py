"""`hardware/NAME.toml` ↔ `Machine`: one file, every key checked."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Any
from uuid import UUID

from pxectl.boot.claims import CLAIMS
from pxectl.boot.machine import NOTHING, Machine, Netboot
from pxectl.boot.quirks import NO_QUIRKS
from pxectl.errors import ConfigError
from pxectl.mac import MAC
from pxectl.store.quirks import read_quirks
from pxectl.store.values import (
    near,
    read_address,
    read_choice,
    read_flag,
    read_mac,
    read_options,
    read_table,
    read_text,
    read_texts,
    read_uuid,
)

SUFFIX = ".toml"
KEYS = (
    "mac", "address", "hostname", "arch", "uuid", "serial", "tags", "netboot", "profile", "dhcp",
    "secure_boot", "options", "quirks", "vars",
)  # fmt: skip
_HOSTNAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.(?!-)[A-Za-z0-9_-]{1,63})*")
_LONGEST_HOSTNAME = 253
_LONGEST_NAME = 200  # a file name holds 255 octets, and the draft beside it has a longer one


def is_machine_file(name: str) -> bool:
    """False for what editors and pxectl itself leave beside files: `.#x`, `x~`, `.x.toml.tmp`."""
    return name.endswith(SUFFIX) and not name.startswith((".", "#")) and name != SUFFIX


def safe_name(text: str) -> str:
    """A machine's name for `text` that is its file's name, too, on every system.

    Raises:
        ConfigError: nothing is left of it.
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:_LONGEST_NAME]
    if not name:
        raise ConfigError(
            f"`{text}` can not be a machine's name", hint="use letters, digits, `.`, `_` and `-`"
        )
    return name


def machine_of(raw: dict[str, Any], name: str, file: str) -> Machine:
    """The machine that a file describes.

    Args:
        raw: the file as TOML gave it.
        name: the file's name without `.toml`.
        file: what errors call it.

    Raises:
        ConfigError: a key or value that can not be; names file, key and mend.
    """
    read_table(raw, file, KEYS)
    if not name.isprintable():
        raise ConfigError(f"{file}: the name can not be printed", hint="rename the file")
    if "mac" not in raw:
        raise ConfigError(f"{file}: mac is missing", hint='write `mac = ["52:54:00:12:34:56"]`')
    get = raw.get
    return Machine(
        name,
        _macs(raw["mac"], f"{file}: mac"),
        address=read_address(raw["address"], f"{file}: address") if "address" in raw else None,
        hostname=read_hostname(raw["hostname"], f"{file}: hostname") if "hostname" in raw else "",
        arch=read_arch(raw["arch"], f"{file}: arch") if "arch" in raw else "",
        uuid=read_uuid(raw["uuid"], f"{file}: uuid") if "uuid" in raw else None,
        serial=read_text(raw["serial"], f"{file}: serial") if "serial" in raw else "",
        tags=read_texts(raw["tags"], f"{file}: tags") if "tags" in raw else (),
        netboot=read_choice(get("netboot", "always"), f"{file}: netboot", Netboot),
        profile=read_text(raw["profile"], f"{file}: profile") if "profile" in raw else "",
        dhcp=read_flag(get("dhcp", True), f"{file}: dhcp"),
        secure_boot=read_flag(get("secure_boot", False), f"{file}: secure_boot"),
        options=read_options(raw["options"], f"{file}: options") if "options" in raw else NOTHING,
        quirks=read_quirks(raw["quirks"], f"{file}: quirks") if "quirks" in raw else NO_QUIRKS,
        vars=read_table(raw["vars"], f"{file}: vars") if "vars" in raw else NOTHING,
    )


def _macs(value: object, where: str) -> tuple[MAC, ...]:
    texts = value if isinstance(value, list) else [value]
    macs = tuple(dict.fromkeys(read_mac(text, where) for text in texts))
    if not macs:
        raise ConfigError(f"{where} is empty", hint='write `mac = ["52:54:00:12:34:56"]`')
    return macs


def read_hostname(value: object, where: str) -> str:
    """A host name, with or without its domain (RFC 1123 2.1, and `_`, which people use)."""
    text = read_text(value, where)
    if len(text) > _LONGEST_HOSTNAME or not _HOSTNAME.fullmatch(text):
        raise ConfigError(
            f"{where}: `{text}` is not a host name", hint="use letters, digits and `-`"
        )
    return text


def read_arch(value: object, where: str) -> str:
    """A claim about the processor, lower case."""
    text = read_text(value, where).lower()
    if text not in CLAIMS:
        raise ConfigError(
            f"{where}: there is no architecture `{text}`", hint=near(text, sorted(CLAIMS))
        )
    return text


Claim = tuple[str, MAC | str | IPv4Address | UUID]


def claims(machine: Machine) -> Iterator[Claim]:
    """What no other machine may have: key of the file, value. File name and hostname are one."""
    for mac in machine.macs:
        yield "mac", mac
    yield "name", machine.name.lower()
    if machine.hostname and machine.hostname.lower() != machine.name.lower():
        yield "name", machine.hostname.lower()
    if machine.address is not None:
        yield "address", machine.address
    if machine.uuid is not None:
        yield "uuid", machine.uuid


def table_of(machine: Machine) -> dict[str, Any]:
    """What its file holds: the counterpart of `machine_of`. Defaults are left out."""
    quirks = {key: getattr(machine.quirks, key) for key in machine.quirks.__slots__}
    table = {
        "mac": [str(mac) for mac in machine.macs],
        "address": str(machine.address or ""),
        "hostname": machine.hostname,
        "arch": machine.arch,
        "uuid": str(machine.uuid or ""),
        "serial": machine.serial,
        "tags": list(machine.tags),
        "netboot": "" if machine.netboot is Netboot.ALWAYS else machine.netboot.value,
        "profile": machine.profile,
        "secure_boot": machine.secure_boot,
        "options": dict(machine.options),
        "quirks": {key: getattr(v, "value", v) for key, v in quirks.items() if v is not None},
        "vars": dict(machine.vars),
    }
    said = {key: value for key, value in table.items() if value}
    return said if machine.dhcp else {"mac": said.pop("mac"), "dhcp": False, **said}
