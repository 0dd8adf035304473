"""Files with Tinkerbell Hardware objects ↔ machines (netboot.md 4.2)."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pxectl.boot.claims import CLAIMS
from pxectl.boot.machine import Machine, Netboot
from pxectl.boot.profile import Profile
from pxectl.boot.template import is_template
from pxectl.errors import ConfigError
from pxectl.store.exchange.carried import Haul, Written
from pxectl.store.exchange.joining import unused
from pxectl.store.exchange.ownwords import own_words
from pxectl.store.exchange.tinkerbell import ANNOTATION, OPTIONS, is_hardware, read_hardware
from pxectl.store.exchange.yamltext import read_documents

_LEASE = 86_400
"""Seconds: without any, Tinkerbell leases for none at all (netboot.md 4.2)."""


def read_manifests(text: str, where: str) -> Haul:
    """The machines of YAML or JSON: objects, several documents, lists, and Kubernetes' own lists.

    Raises:
        ConfigError: it is no YAML.
    """
    machines, refused, notes = [], [], []
    for place, raw in hardware_objects(text, where):
        if not isinstance(raw, dict) or not is_hardware(raw):
            kind = raw.get("kind") if isinstance(raw, dict) else None
            what = f"is a {kind}" if isinstance(kind, str) else "is no Hardware object"
            notes.append(f"{place}: {what}, not carried over")
            continue
        try:
            machines.append(read_hardware(raw, place))
        except ConfigError as error:
            refused.append(error)
    return Haul(tuple(machines), tuple(refused), tuple(notes))


def hardware_objects(text: str, where: str) -> Iterator[tuple[str, Any]]:
    """Each object of the text, whatever it is, with what to call it: file, line, name.

    Raises:
        ConfigError: it is no YAML.
    """
    for line, document in read_documents(text, where):
        listed = document
        if isinstance(document, dict) and isinstance(document.get("items"), list):
            listed = document["items"]
        if not isinstance(listed, list):
            yield f"{where}, line {line}{_name(document)}", document
            continue
        for n, item in enumerate(listed):
            yield f"{where}, line {line}, [{n}]{_name(item)}", item


def _name(raw: object) -> str:
    meta = raw.get("metadata") if isinstance(raw, dict) else None
    name = meta.get("name") if isinstance(meta, dict) else None
    return f", {name}" if isinstance(name, str) and name.isprintable() else ""


def write_manifests(machines: Iterable[Machine], profiles: Mapping[str, Profile]) -> Written:
    """One object a machine, as YAML. An annotation keeps what Tinkerbell has no field for."""
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    plain = type("Plain", (dumper,), {"ignore_aliases": lambda *_: True})
    objects, names = [], set[str]()
    notes: list[tuple[str, str]] = []
    for machine in machines:
        name = unused(_cluster_name(machine.name), names)
        raw = _object(machine, name, profiles, notes)
        rest = own_words(machine, read_hardware(raw, machine.name))
        if rest:
            raw["metadata"]["annotations"] = {ANNOTATION: json.dumps(rest, default=str)}
            keys = ", ".join(rest)
            notes.append((machine.name, f"{keys}: only in the annotation {ANNOTATION}"))
        objects.append(raw)
    text = yaml.dump_all(
        objects, Dumper=plain, sort_keys=False, allow_unicode=True, explicit_start=True
    )
    return Written(text, tuple(notes))


def _object(
    machine: Machine, name: str, profiles: Mapping[str, Profile], notes: list[tuple[str, str]]
) -> dict[str, Any]:
    netboot: dict[str, Any] = {"allowPXE": machine.netboot is not Netboot.NEVER}
    if machine.profile and (profile := profiles.get(machine.profile)) is not None:
        boots = _boots(profile)
        netboot |= boots
        if not boots:
            notes.append(
                (machine.name, f"profile {profile.name}: only its name, Tinkerbell takes URLs")
            )
    interfaces = [
        {
            "dhcp": _dhcp(machine, str(mac)) if n == 0 else {"mac": str(mac)},
            **({} if machine.dhcp else {"disableDhcp": True}),
            "netboot": {**netboot},
        }
        for n, mac in enumerate(machine.macs)
    ]
    disk = machine.vars.get("disk")
    return {
        "apiVersion": "tinkerbell.org/v1alpha1",
        "kind": "Hardware",
        "metadata": {"name": name},
        "spec": {
            **({"disks": [{"device": disk}]} if disk and isinstance(disk, str) else {}),
            "interfaces": interfaces,
        },
    }


def _dhcp(machine: Machine, mac: str) -> dict[str, Any]:
    dhcp: dict[str, Any] = {"mac": mac, "hostname": machine.hostname or machine.name}
    ip: dict[str, Any] = {"address": str(machine.address)} if machine.address else {}
    for field, option in OPTIONS:
        value = machine.options.get(option)
        texts = [str(item) for item in (value if isinstance(value, list) else [value]) if item]
        if texts and all(map(str.isprintable, texts)):
            several = field.endswith("_servers")
            (ip if field in ("gateway", "netmask") else dhcp)[field] = (
                texts if several else texts[0]
            )
    routes = machine.options.get("classless-static-route")
    if isinstance(routes, list) and all(re.fullmatch(r"\S+ via \S+", str(r)) for r in routes):
        dhcp["classless_static_routes"] = [
            {"destination_descriptor": to, "router": router}
            for to, _, router in (str(route).split(" ") for route in routes)
        ]
    if claimed := CLAIMS.get(machine.arch):
        dhcp |= {"arch": _arch(machine.arch), "uefi": claimed.is_uefi}
    return dhcp | ({"ip": ip} if ip else {}) | {"lease_time": _LEASE}


def _arch(claim: str) -> str:
    """The processor's name in uname's words, as Tinkerbell's own files have it."""
    for start, name in (("x86", "x86_64"), ("x64", "x86_64"), ("arm64", "aarch64")):
        if claim.startswith((f"{start}-", f"{start}_")) or claim == start:
            return name
    return claim


def _boots(profile: Profile) -> dict[str, Any]:
    """What of a profile Tinkerbell can hold: what a machine can fetch without a template."""
    if profile.chain and not is_template(profile.chain):
        return {"ipxe": {"url": profile.chain}}
    if profile.script_text:
        return {"ipxe": {"contents": profile.script_text}}
    base, slash, kernel = profile.kernel.rpartition("/")
    initrds = profile.initrd
    if "://" not in base or len(initrds) != 1 or any(map(is_template, profile.cmdline)):
        return {}
    same = initrds[0].startswith(f"{base}{slash}")
    initrd = initrds[0].removeprefix(f"{base}{slash}") if same else initrds[0]
    if not same and "://" not in initrd:
        return {}
    osie: dict[str, Any] = {"baseURL": base, "kernel": kernel, "initrd": initrd}
    return {"osie": osie | ({"kernelParams": list(profile.cmdline)} if profile.cmdline else {})}


def _cluster_name(name: str) -> str:
    """Kubernetes takes lower case, digits, `-` and `.`."""
    return re.sub(r"[^a-z0-9]*\.[^a-z0-9]*", ".", re.sub(r"[^a-z0-9.]", "-", name.lower())).strip(
        "-."
    )
