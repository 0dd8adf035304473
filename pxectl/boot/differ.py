"""Two versions of a site → whose decision differs, before and after.

Each machine asks both versions with the same packet, as every kind of client that rules tell apart.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from pxectl.boot.arrival import Arrival
from pxectl.boot.claims import contradicts
from pxectl.boot.client import Client
from pxectl.boot.condition import keys_of
from pxectl.boot.decide import Decision, decide
from pxectl.boot.identify import identify
from pxectl.boot.kinds import KINDS, Kind, default_uuid, kind_of_claim
from pxectl.boot.machine import Machine
from pxectl.boot.raspberry import OUIS
from pxectl.boot.rehearse import Standpoint
from pxectl.boot.rules import Action
from pxectl.boot.site import Site
from pxectl.mac import MAC
from pxectl.wire.iana import DHCP_CLIENT_PORT, DHCP_SERVER_PORT

NOBODY = MAC.parse("02:00:00:00:00:01")
"""Stands for any machine that is not known."""
_OTHER_KINDS = (
    "bios", "uefi-x64", "uefi-arm64", "uefi-http", "uefi-arm64-http", "ipxe", "ipxe-arm64",
)  # fmt: skip
_BY_KIND = frozenset(("arch", "firmware", "vendor_class", "user_class"))
"""Keys that kinds of clients differ in."""
_UNNAMED = "rule "

Values = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One machine, and what becomes different for it."""

    name: str
    """Empty: any machine that is not known."""
    mac: MAC | None
    clients: tuple[str, ...]
    """The kinds of client that it is true for; empty: all that were compared."""
    before: Decision | None
    """None: the machine is only in the later version."""
    after: Decision | None
    """None: the machine is only in the earlier version."""
    changed: Mapping[str, tuple[str, str]]
    """Such as `action`, `profile`, `rule`, `quirks.style`, `options.router`, `address`,
    `profile.kernel` → before and after; an empty text where there was or is none."""

    def __str__(self) -> str:
        """One line; not yet safe to print."""
        who = (self.name or "unknown machines") + (
            f" as {', '.join(self.clients)}" if self.clients else ""
        )
        if self.before is None or self.after is None:
            return self._on_one_side(who)
        parts = []
        was, now = told(self.before), told(self.after)
        if was != now:
            parts.append(f"{was} → {now}")
        parts += [
            f"{key} {old or '-'} → {new or '-'}"
            for key, (old, new) in self.changed.items()
            if key not in ("action", "profile", "rule", "problem") or was == now
        ]
        return f"{who}: {', '.join(parts)}"

    def _on_one_side(self, who: str) -> str:
        if self.after is not None:
            return f"{who} added: {told(self.after)}"
        return f"{who} removed: {told(self.before)} before" if self.before else who


def told(decision: Decision) -> str:
    """A decision in a phrase: `boots debian by rule "gpu nodes"`, `denied by …`."""
    return f"boots {decision.reason}" if decision.action is Action.BOOT else decision.reason


def differences(
    before: Site, after: Site, here: Standpoint, now: float, only: Collection[str] | None = None
) -> Iterator[Difference]:
    """Whoever gets something else: unknown machines, then the machines by name.

    Args:
        before: the earlier version.
        after: the later one.
        here: where clients ask.
        now: seconds since 1970, for rules about the time.
        only: names of machines to look at, where rules and profiles are the same; None: all.
    """
    asking = _Asking(before, after, here, now)
    if only is None:
        yield from asking.both("", None, None)
    old = {machine.name: machine for machine in before.inventory.machines}
    kept = set()
    for machine in after.inventory.machines:
        same = old.get(machine.name) or before.inventory.get(machine.macs[0])
        if same is not None:
            kept.add(same.name)
        if only is None or machine.name in only:
            yield from asking.both(machine.name, same, machine)
    for machine in before.inventory.machines:
        if machine.name not in kept and (only is None or machine.name in only):
            yield from asking.both(machine.name, machine, None)


class _Asking:
    """Asks two sites the same."""

    def __init__(self, before: Site, after: Site, here: Standpoint, now: float) -> None:
        self._before, self._after, self._here, self._now = before, after, here, now
        self._keys = frozenset[str]().union(
            *(keys_of(rule.match) for site in (before, after) for rule in site.rules.site)
        )
        self._clients: dict[tuple[str, IPv4Network | None], Client] = {}

    def both(self, name: str, old: Machine | None, new: Machine | None) -> Iterator[Difference]:
        """What differs for one machine, or for an unknown one; one for each way in which it does.

        Args:
            name: its name.
            old: as the earlier version knows it; None: not at all.
            new: as the later version knows it.
        """
        known = new or old
        found: dict[tuple[object, ...], list[tuple[str, Decision, Decision, Any]]] = {}
        views = tuple(self._views(known))
        for label, kind, network in views:
            was = self._decide(self._before, old, kind, network)
            is_ = self._decide(self._after, new, kind, network)
            changed = _changed(was, is_)
            if changed or (known is not None and (old is None or new is None)):
                key = (told(was), told(is_), tuple(changed.items()))
                found.setdefault(key, []).append((label, was, is_, changed))
        for same in found.values():
            labels = tuple(label for label, *_ in same) if len(same) < len(views) else ()
            _, was, is_, changed = same[0]
            one_sided = known is not None and (old is None or new is None)
            yield Difference(
                name,
                known.macs[0] if known else None,
                labels,
                None if one_sided and old is None else was,
                None if one_sided and new is None else is_,
                {} if one_sided else changed,
            )

    def _views(self, machine: Machine | None) -> Iterator[tuple[str, Kind, IPv4Network | None]]:
        """As what, and from where, a machine asks: as far as rules look at it."""
        claim = machine.arch if machine else ""
        own = kind_of_claim(claim)
        kinds = [own]
        if self._keys & _BY_KIND:
            others = (KINDS[name] for name in _OTHER_KINDS)
            kinds += [k for k in others if k is not own and not contradicts(k.arch, claim)]
        networks = {self._here.network: ""}
        if "subnet" in self._keys and machine is not None and machine.address is not None:
            for site in (self._before, self._after):
                subnet = site.subnet_of(machine.address)
                if subnet is not None and subnet.network not in networks:
                    networks[subnet.network] = f" in {subnet.network}"
        for kind in kinds:
            for network, where in networks.items():
                yield kind.name + where, kind, network

    def _decide(
        self, site: Site, machine: Machine | None, kind: Kind, network: IPv4Network | None
    ) -> Decision:
        mac = machine.macs[0] if machine else NOBODY
        uuid = (machine.uuid if machine else None) or default_uuid(mac)
        client = replace(self._client(kind, mac, network), mac=mac, uuid=uuid)
        # the earlier version may be read from git, which knows of no boots
        boots = self._after.boots.of(client, machine)
        return decide(client, machine, site.rules, self._now, boots)

    def _client(self, kind: Kind, mac: MAC, network: IPv4Network | None) -> Client:
        if mac[:3] in OUIS:  # its MAC is what tells it from a BIOS
            return _identified(kind, mac, self._here, network)
        key = (kind.name, network)
        if key not in self._clients:
            self._clients[key] = _identified(kind, mac, self._here, network)
        return self._clients[key]


def _identified(kind: Kind, mac: MAC, here: Standpoint, network: IPv4Network | None) -> Client:
    nowhere = IPv4Address(0)
    way = (here.interface, here.address, network, DHCP_SERVER_PORT, nowhere, DHCP_CLIENT_PORT)
    return identify(kind.discover(mac), Arrival(*way), None)


def _changed(was: Decision, is_: Decision) -> Mapping[str, tuple[str, str]]:
    if _outcome(was) == _outcome(is_):
        return {}
    old, new = values_of(was), values_of(is_)
    if was.profile and is_.profile and was.profile.name == is_.profile.name:
        old, new = {**old, **_contents(was)}, {**new, **_contents(is_)}
    changed = {
        key: (old.get(key, ""), new.get(key, ""))
        for key in {**old, **new}
        if old.get(key) != new.get(key)
    }
    return {} if changed.keys() == {"rule"} and _only_counted(*changed["rule"]) else changed


def _outcome(decision: Decision) -> tuple[object, ...]:
    """All that two decisions can differ in, quick to compare."""
    address = decision.machine.address if decision.machine else None
    return (
        decision.action,
        decision.rule.name,
        decision.profile,
        decision.quirks,
        decision.options,
        decision.problem,
        address,
        decision.machine.macs if decision.machine else (),
    )


def values_of(decision: Decision) -> dict[str, str]:
    """What is decided, as texts; keys that nobody set are left out."""
    quirks = {f.name: getattr(decision.quirks, f.name) for f in fields(decision.quirks)}
    address = decision.machine.address if decision.machine else None
    return {
        "action": decision.action.value,
        **({"profile": decision.profile.name} if decision.profile else {}),
        "rule": decision.rule.name,
        **({"problem": decision.problem} if decision.problem else {}),
        **{f"quirks.{k}": str(getattr(v, "value", v)) for k, v in quirks.items() if v is not None},
        **{f"options.{name}": _text(value) for name, value in decision.options.items()},
        **({"address": str(address)} if address else {}),
        **({"mac": " ".join(map(str, decision.machine.macs))} if decision.machine else {}),
    }


def _contents(decision: Decision) -> Values:
    """What stands in the profile."""
    profile = decision.profile
    if profile is None:
        return {}
    said = ((f.name, getattr(profile, f.name)) for f in fields(profile) if f.name != "name")
    return {f"profile.{key}": _text(value) for key, value in said if value}


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{getattr(k, 'label', k)}={v}" for k, v in value.items())
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _only_counted(old: str, new: str) -> bool:
    """True for rules without a name: their number says nothing about what they do."""
    return all(n.startswith(_UNNAMED) and n.removeprefix(_UNNAMED).isdigit() for n in (old, new))
