"""What is wrong or odd in a site that can be read: rules, profiles, options, machines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from pxectl.boot.condition import Condition, keys_of
from pxectl.boot.implied import covers, impossible
from pxectl.boot.machine import Machine, Netboot
from pxectl.boot.profile import Profile
from pxectl.boot.rules import Rules
from pxectl.boot.site import Mode, Site
from pxectl.wire.options import Option
from pxectl.wire.registry import meaning_of


class Level(Enum):
    """How bad it is."""

    PROBLEM = "problem"
    """Something does not do what the site says."""
    NOTE = "note"
    """Nothing fails, but somebody may have meant it otherwise."""


class About(Enum):
    """What a finding is about; people read them in this order."""

    MACHINE = "machine"
    RULE = "rule"
    PROFILE = "profile"
    FILE = "file"
    TEMPLATE = "template"
    DHCP = "dhcp"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know about a site."""

    level: Level
    about: About
    where: str
    """Rule, profile, file or key, as people call it."""
    what: str
    hint: str = ""
    machines: tuple[str, ...] = ()
    """Names of the machines that it is true of; empty: it is not about some."""


def find_all(site: Site) -> Iterator[Finding]:
    """Everything that can be said without deciding for each machine."""
    yield from _rules(site.rules)
    yield from _profiles(site)
    yield from _once(site.inventory.machines, site)
    yield from _traps(site)
    yield from _without_effect(site)
    yield from _idle_quirks(site)
    yield from _loaders(site)


# ---- rules


def unreachable(rules: Rules) -> Iterator[tuple[int, int]]:
    """Rules of the site that can never win, and why. Not every such rule is found.

    Yields:
        Its number, from 1, and the number of the earlier one that takes all that it matches; 0 if
        its own conditions exclude each other.
    """
    alive: list[tuple[int, Sequence[Condition], frozenset[str]]] = []
    for number, rule in enumerate(rules.site, 1):
        if impossible(rule.match):
            yield number, 0
            continue
        keys = keys_of(rule.match)
        for other, match, needed in alive:
            if needed <= keys and covers(match, rule.match):
                yield number, other
                break
        else:
            # what `not`, `any` and `known` need can follow from other keys
            needed = frozenset(c.key for c in rule.match if not c.parts and c.key != "known")
            alive.append((number, rule.match, needed))


def _rules(rules: Rules) -> Iterator[Finding]:
    for number, by in unreachable(rules):
        where = f'rule {number} "{rules.all[number - 1].name}"'
        if by:
            winner = rules.all[by - 1]
            what = f'never reached: rule {by} "{winner.name}" matches all that it could'
            hint = f"move it above rule {by}, or remove it"
        else:
            what = "can never match: its conditions exclude each other"
            hint = "change one of them, or remove the rule"
        yield Finding(Level.PROBLEM, About.RULE, where, what, hint)


# ---- profiles and machines


def _profiles(site: Site) -> Iterator[Finding]:
    profiles, machines = site.rules.profiles, site.inventory.machines
    missing: dict[str, list[str]] = {}
    for machine in machines:
        own = machine.own is not None and machine.own.name == machine.profile
        if machine.profile and machine.profile not in profiles and not own:
            missing.setdefault(machine.profile, []).append(machine.name)
    for name, names in missing.items():
        yield Finding(
            Level.PROBLEM,
            About.PROFILE,
            f"profile `{name}`",
            "is not defined, and machines name it",
            f"add `[profile.{name}]` to pxectl.toml, or give them another profile",
            tuple(names),
        )
    used = {machine.profile for machine in machines} | {rule.profile for rule in site.rules.site}
    for name in profiles:
        if name not in used:
            yield Finding(
                Level.NOTE,
                About.PROFILE,
                f"profile `{name}`",
                "no rule and no machine names it",
                "name it in a rule or a machine's file, or remove it",
            )


def _once(machines: Iterable[Machine], site: Site) -> Iterator[Finding]:
    """Machines that would boot once, into what does not say when it has been loaded."""
    profiles = site.rules.profiles
    names = tuple(
        machine.name
        for machine in machines
        if machine.netboot is Netboot.ONCE
        and (profile := profiles.get(machine.profile)) is not None
        and not _says_when(profile, site)
    )
    if names:
        yield Finding(
            Level.NOTE,
            About.MACHINE,
            'netboot = "once"',
            "is never over: its profile is a script that does not say when all is loaded",
            "let it fetch `{{ urls.booted }}` before it boots, as in "
            "`imgfetch --name booted {{ urls.booted }} ||`",
            names,
        )


def _says_when(profile: Profile, site: Site) -> bool:
    if profile.recipe is not None:
        text = profile.recipe.script + str(profile.settings.get("text", ""))
        return bool(profile.recipe.kernel) or "booted" in text
    if profile.script:
        return "urls.booted" in site.templates.get(profile.script, "")
    return bool(profile.kernel or profile.nbp or profile.rpi)


# ---- options

_OURS: Mapping[int, str] = {
    # netboot.md 2.2: 60 alone makes a DhcpBinl offer, which beats and disables every proxy
    Option.VENDOR_CLASS: "UEFI that may not boot, or gets no 43 with it, asks port 4011 and hangs",
    Option.VENDOR_SPECIFIC: "PXE firmware takes it for menus and servers",
    Option.TFTP_SERVER_NAME: "firmware takes it for the server of its boot file",
    Option.BOOTFILE_NAME: "firmware loads it even where the rules say no",
}


def _traps(site: Site) -> Iterator[Finding]:
    if site.serving.dhcp not in (Mode.SERVER, Mode.AUTO):
        return
    for where, options, names in _all_options(site):
        for name in options:
            code = meaning_of(name).code
            if code in _OURS:
                yield Finding(
                    Level.PROBLEM,
                    About.DHCP,
                    f"{where}.{name}",
                    f"option {code} set by hand: {_OURS[code]}",
                    "remove it: pxectl sets 43, 60, 66 and 67 for those that boot",
                    names,
                )


def _all_options(site: Site) -> Iterator[tuple[str, Iterable[str], tuple[str, ...]]]:
    """Where options are set, their names, and the machines; machines that agree in one."""
    for subnet in site.subnets:
        yield f"subnet {subnet.network}: options", subnet.options, ()
    for number, rule in enumerate(site.rules.site, 1):
        yield f'rule {number} "{rule.name}": options', rule.options, ()
    by_name: dict[str, list[str]] = {}
    for machine in site.inventory.machines:
        for name in machine.options:
            by_name.setdefault(name, []).append(machine.name)
    for name, names in by_name.items():
        yield "machine: options", (name,), tuple(names)


def _without_effect(site: Site) -> Iterator[Finding]:
    """Beside a DHCP server of somebody else, addresses and options are that one's."""
    mode = site.serving.dhcp
    if mode not in (Mode.PROXY, Mode.OFF):
        return
    machines = site.inventory.machines
    of_machines: Mapping[str, tuple[str, ...]] = {
        "address": tuple(m.name for m in machines if m.address is not None),
        "options": tuple(m.name for m in machines if m.options),
    }
    for key, names in of_machines.items():
        if names:
            yield _ineffective(f"machine: {key}", mode, names)
    for number, rule in enumerate(site.rules.site, 1):
        if rule.options:
            yield _ineffective(f'rule {number} "{rule.name}": options', mode)
    for subnet in site.subnets:
        for key in ("pool", "options"):
            if getattr(subnet, key):
                yield _ineffective(f"subnet {subnet.network}: {key}", mode)


def _idle_quirks(site: Site) -> Iterator[Finding]:
    """Quirks of a listener that is off."""
    serving = site.serving
    idle = dict.fromkeys(("style", "reply_delay"), "dhcp") if serving.dhcp is Mode.OFF else {}
    if not serving.tftp:
        idle["blksize"] = "tftp"
    for quirk, listener in idle.items():
        setters: list[tuple[str, tuple[str, ...]]] = [
            (f'rule {number} "{rule.name}": quirks.{quirk}', ())
            for number, rule in enumerate(site.rules.site, 1)
            if getattr(rule.quirks, quirk) is not None
        ]
        machines = site.inventory.machines
        if names := tuple(m.name for m in machines if getattr(m.quirks, quirk) is not None):
            setters.append((f"machine: quirks.{quirk}", names))
        for where, of_machines in setters:
            yield Finding(
                Level.NOTE,
                About.DHCP,
                where,
                f"has no effect while {listener} is off",
                f"remove it, or switch {listener} on",
                of_machines,
            )


def _loaders(site: Site) -> Iterator[Finding]:
    """GRUB asks whom the ACK names, and beside another DHCP server that is not pxectl's."""
    names = [name for name, one in site.rules.profiles.items() if one.has_loader]
    if names and site.serving.dhcp is Mode.PROXY:
        yield Finding(
            Level.NOTE,
            About.PROFILE,
            f"profile `{names[0]}`" + (f" and {len(names) - 1} more" if len(names) > 1 else ""),
            "GRUB asks the next-server that the other DHCP server names for its grub.cfg",
            "set `next-server` there to the address of this host (dnsmasq: `dhcp-boot=,,ADDRESS`)",
        )


def _ineffective(where: str, mode: Mode, machines: tuple[str, ...] = ()) -> Finding:
    return Finding(
        Level.NOTE,
        About.DHCP,
        where,
        f"has no effect with dhcp = {mode.value}: another DHCP server gives addresses and options",
        'set it there, or run with `dhcp = "server"` and stop the other one',
        machines,
    )
