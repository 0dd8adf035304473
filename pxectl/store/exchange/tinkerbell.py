"""A Tinkerbell Hardware object → a draft of a machine (netboot.md 4.2, and 4.1 for its first form).

Of today's objects this reads what its DHCP and netboot read, with their meaning: without
`allowPXE` a machine does not netboot. Both naming styles are known, wherever they stand.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pxectl.boot.claims import CLAIMS
from pxectl.errors import ConfigError
from pxectl.store.exchange.carried import Carried
from pxectl.store.exchange.fields import Fields
from pxectl.store.exchange.osie import read_boots
from pxectl.store.exchange.ownwords import read_own_words, without_empty
from pxectl.store.values import read_mac

ANNOTATION = "pxectl/machine"
"""Holds as JSON what Tinkerbell has no field for: keys of a machine's file, and `name`."""
DISABLED = "tinkerbell.org/disabled"

_OF_KUBERNETES = (
    "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink",
    "namespace", "ownerReferences", "finalizers", "deletionTimestamp",
)  # fmt: skip
OPTIONS = (
    ("gateway", "router"), ("netmask", "subnet-mask"), ("name_servers", "domain-name-server"),
    ("domain_name", "domain-name"), ("time_servers", "ntp-servers"),
)  # fmt: skip
"""Its fields, of an interface's `dhcp` and the `ip` in it → DHCP options by IANA's name."""
_ONE = "a machine has one"
_IPV6 = "this is about IPv4"


def is_hardware(raw: Mapping[str, Any]) -> bool:
    """True for a Hardware object of today, or of the first data model."""
    if "kind" in raw:
        return bool(raw["kind"] == "Hardware")
    inner = raw.get("spec", raw.get("network"))
    return isinstance(inner, dict) and "interfaces" in inner


def read_hardware(raw: Mapping[str, Any], where: str) -> Carried:
    """The machine that a Hardware object describes.

    Args:
        raw: the object, as YAML or JSON gave it.
        where: file and line, or what else to call it in errors.

    Returns:
        A draft that `machine_of` still has to check. What the object says that it boots is in
        `Carried.profile`, whose URLs, words and script can be served as they are. `profile` stands
        in the table only if our annotation says so; the profile has that name then.

    Raises:
        ConfigError: a field is not what it should be; names its path.
    """
    notes: list[str] = []
    top = Fields(raw, where)
    top.drop("apiVersion", "kind", "status")
    meta = top.table("metadata")
    meta.drop(*_OF_KUBERNETES)
    spec = top.table("spec" if "spec" in top else "network")
    table: dict[str, Any] = {"mac": [], "options": {}}
    interfaces = spec.tables("interfaces")
    for interface in interfaces:
        _dhcp(interface, table, notes)
    if not table["mac"]:
        raise ConfigError(f"{where}: no interface has a mac", hint="pxectl knows machines by MAC")
    unleased = [interface.flag("disableDhcp") for interface in interfaces]
    if all(unleased):
        table["dhcp"] = False
    elif any(unleased):
        notes.append("disableDhcp of some interfaces: not carried over, a machine has one `dhcp`")
    annotations = meta.table("annotations")
    boots = read_boots(interfaces, meta, table, notes)
    if annotations.take(DISABLED) is not None:
        notes.append(f"it is disabled ({DISABLED}): netboot is never, and no address is leased")
        table |= {"netboot": "never", "dhcp": False}
    rest = annotations.take(ANNOTATION)
    annotations.drop_rest()
    _labels_and_disks(meta, spec, table)
    name = meta.text("name") or table.get("hostname") or top.text("id") or table["mac"][0]
    top.drop("id")
    if table.get("hostname") == name:
        del table["hostname"]
    if rest is not None:
        table |= _own_words(rest, f"{where}: {annotations.under(ANNOTATION)}")
        name = table.pop("name", name)
    if boots and "profile" in table:
        boots = replace(boots, name=table["profile"])
    if not boots and "profile" not in table and table.get("netboot") != "never":
        notes.append("allowPXE without ipxe or osie: it boots Tinkerbell's own; name a profile")
    notes += [f"{path}: not carried over" for path in top.left()]
    return Carried(name, without_empty(table), where, tuple(notes), boots)


def _dhcp(interface: Fields, table: dict[str, Any], notes: list[str]) -> None:
    """What one interface says of addresses; the first one that says something is heard."""
    dhcp = interface.table("dhcp")
    ip = dhcp.table("ip")
    text = dhcp.text("mac")
    mac = str(read_mac(text, f"{dhcp.where}: {dhcp.under('mac')}")) if text else ""
    if not mac:
        notes.append(f"{interface.path}: has no mac, not carried over")
    elif mac not in table["mac"]:
        table["mac"].append(mac)
    address = ip.text("address")
    if ":" in address:
        notes.append(f"{ip.under('address')} {address}: not carried over, {_IPV6}")
        address = ""
    said: dict[str, Any] = {
        "address": address,
        "hostname": dhcp.text("hostname"),
        "arch": _arch(dhcp, notes),
    }
    ip.drop("family", "address_family", "public", "management")
    dhcp.drop("iface_name")
    if dhcp.take("lease_time"):
        notes.append("lease_time: not carried over, `[[subnet]]` has it")
    for key, value in said.items():
        if value and value != table.setdefault(key, value):
            told = ip.under(key) if key == "address" else dhcp.under(key)
            notes.append(f"{told} {value}: not carried over, {_ONE}")
    options = _options(dhcp, ip, notes)
    for option, value in options.items():
        if value != table["options"].setdefault(option, value):
            notes.append(f"{interface.path}: {option} not carried over, {_ONE}")


def _options(dhcp: Fields, ip: Fields, notes: list[str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for field, option in OPTIONS:
        fields = ip if field in ("gateway", "netmask") else dhcp
        several = field.endswith("_servers")
        texts = fields.texts(field) if several else [fields.text(field)]
        known = [text for text in texts if ":" not in text]
        if len(known) < len(texts):
            notes.append(f"{fields.under(field)}: some not carried over, {_IPV6}")
        if any(known):
            options[option] = known if several else known[0]
    routes = [
        f"{route.text('destination_descriptor')} via {route.text('router')}"
        for route in dhcp.tables("classless_static_routes")
    ]
    return options | ({"classless-static-route": routes} if routes else {})


def _arch(dhcp: Fields, notes: list[str]) -> str:
    """`uefi: false` makes an x86 a BIOS machine; other processors have no BIOS."""
    arch = dhcp.text("arch").lower()
    is_bios = "uefi" in dhcp and not dhcp.flag("uefi")
    if arch in ("x86_64", "amd64", "i386", "x86") and is_bios:
        return "x86-bios"
    if arch and arch not in CLAIMS:
        notes.append(f"{dhcp.under('arch')} {arch}: not carried over, it is no architecture")
        return ""
    if is_bios and arch:
        notes.append(f"{dhcp.under('uefi')}: not carried over, {arch} has no BIOS")
    return arch


def _labels_and_disks(meta: Fields, spec: Fields, table: dict[str, Any]) -> None:
    """Labels are what people choose machines by: tags of ours. Templates ask for `vars.disk`."""
    labels = meta.take("labels")
    table["tags"] = [
        f"{key}={value}" if value else f"{key}"
        for key, value in (labels.items() if isinstance(labels, dict) else ())
        if isinstance(value, str | None)  # whatever else it is may unfold to megabytes
    ]
    disks = [disk for fields in spec.tables("disks") if (disk := fields.text("device"))]
    if disks:
        table["vars"] = {"disk": disks[0]} | ({"disks": disks} if len(disks) > 1 else {})


def _own_words(text: object, where: str) -> dict[str, Any]:
    """What an annotation of ours says."""
    try:
        raw = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        raise ConfigError(f"{where}: is no JSON", hint="write an object") from None
    return read_own_words(raw, where)
