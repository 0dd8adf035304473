"""`pxectl rules test`: from the command line's words to a rehearsal."""

import re
import time
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from uuid import UUID

from pxectl.boot.kinds import Kind, default_uuid, kind_named, kind_of_machine
from pxectl.boot.machine import Machine
from pxectl.boot.rehearse import Rehearsal, Standpoint, rehearse
from pxectl.boot.site import Mode, Site
from pxectl.errors import HostError, PxectlError
from pxectl.mac import MAC
from pxectl.store.place import find_site
from pxectl.store.secret import site_secret
from pxectl.store.settings import Overrides
from pxectl.store.site import load_site
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.iana import RelaySuboption
from pxectl.wire.options import Option, pack_options

DOCUMENTATION = Standpoint("-", IPv4Address("192.0.2.1"), IPv4Network("192.0.2.0/24"))
"""Where a client asks if this host has no network at all (RFC 5737)."""


@dataclass(frozen=True, slots=True)
class Said:
    """What flags say about the client and the moment; None: nothing."""

    client: str | None = None
    vendor_class: str | None = None
    user_class: str | None = None
    hostname: str | None = None
    uuid: str | None = None
    relay: str | None = None
    circuit_id: str | None = None
    remote_id: str | None = None
    at: str | None = None
    interface: str | None = None
    dhcp: str | None = None

    @property
    def of_client(self) -> str:
        """The first flag that says something about the client; empty: none does."""
        facts = ("client", "vendor_class", "user_class", "hostname", "uuid", "relay", "circuit_id",
                 "remote_id")  # fmt: skip
        said = (f"--{fact.replace('_', '-')}" for fact in facts if getattr(self, fact) is not None)
        return next(said, "")


def rehearse_for(mac: str, said: Said, flag: Path | None) -> Rehearsal:
    """Rehearse a boot of `mac`.

    Raises:
        PxectlError: a word that can not be, or a site that can not be read.
    """
    chaddr = read_mac(mac)
    # without a word of its own a client says this UUID (boot/kinds.py)
    uuid = _uuid(said.uuid) or default_uuid(chaddr)
    site = in_mode(read_site(flag, chaddr, uuid), said.dhcp)
    machine = site.inventory.get(chaddr)
    kind = kind_of(machine, chaddr, site, said)
    packet = packet_of(kind, chaddr, machine, said)
    return rehearse(packet, kind, standpoint(site, said), site, moment(site, said.at))


def refuse_mixed(
    mac: str | None, said: Said, *, every: bool, pcap: Path | None, shown: bool
) -> None:
    """Let no word pass that would not be obeyed.

    Args:
        mac: of one machine.
        said: about the client and the moment.
        every: `--all`.
        pcap: `--pcap`.
        shown: `--script` or `--hex`.

    Raises:
        PxectlError: two words that exclude each other.
    """
    if mac is None and not every and pcap is None:
        raise PxectlError(
            "rules test: which machine?", hint="name a MAC, or say `--all` or `--pcap FILE`"
        )
    if every and (mac or pcap):
        other = "MAC" if mac else "--pcap"
        raise PxectlError(f"rules test: --all and {other} exclude each other", hint="say one")
    if shown and (every or pcap):
        raise PxectlError(
            "rules test: --script and --hex are for one machine", hint="name its MAC alone"
        )
    if pcap and said.of_client:
        raise PxectlError(
            f"rules test: {said.of_client} does not go with --pcap, which has its own clients",
            hint="leave it out; `--at` and `--dhcp` can be said",
        )


def read_mac(text: str) -> MAC:
    """A MAC in any spelling.

    Raises:
        PxectlError: it is none.
    """
    try:
        return MAC.parse(text)
    except ValueError as error:
        raise PxectlError(str(error), hint="any of the usual spellings will do") from None


def kind_of(machine: Machine | None, mac: MAC, site: Site, said: Said) -> Kind:
    """The kind of client that is meant: what the flag says, else the machine's own."""
    return kind_named(said.client) if said.client else kind_of_machine(machine, mac, site)


def read_site(flag: Path | None, mac: MAC | None = None, uuid: UUID | None = None) -> Site:
    """The site as `serve` would read it; a machine's file that can not be used is an error.

    Args:
        flag: what `--site` said.
        mac: of the only machine that matters (`load_site`); None: all.
        uuid: which that machine says it has.
    """
    place = find_site(flag)
    loaded = load_site(place.path, Overrides(), secret=site_secret(place.path), mac=mac, uuid=uuid)
    if loaded.problems:
        raise loaded.problems[0]
    if loaded.notes:
        from pxectl.ui.errors import print_warning

        for note in loaded.notes:
            print_warning(note)
    return loaded.site


def in_mode(site: Site, dhcp: str | None) -> Site:
    """The site as if `serve` ran with `--dhcp`."""
    mode = Mode(dhcp) if dhcp else site.serving.dhcp
    # `auto` is decided by what answers on the wire when serve starts; proxy is the safe one
    mode = Mode.PROXY if mode is Mode.AUTO else mode
    return replace(site, serving=replace(site.serving, dhcp=mode))


def standpoint(site: Site, said: Said) -> Standpoint:
    """Where a rehearsed client asks: the interface that was said, or the first of the site."""
    from pxectl.net.interfaces import choose

    try:
        found = choose((said.interface,) if said.interface else site.serving.interfaces)
    except HostError:
        if said.interface:
            raise
        # the site is often looked at from another host than the one that serves it
        address = site.serving.advertise
        return replace(DOCUMENTATION, address=address) if address else DOCUMENTATION
    return Standpoint(found[0].name, found[0].address, found[0].network)


def packet_of(kind: Kind, mac: MAC, machine: Machine | None, said: Said) -> DHCPPacket:
    """The DISCOVER of a machine, with what flags say in it."""
    serial = machine.serial if machine else ""
    packet = kind.discover(mac, _uuid(said.uuid) or (machine.uuid if machine else None), serial)
    options = dict(packet.options)
    for code, text in (
        (Option.VENDOR_CLASS, said.vendor_class),
        (Option.USER_CLASS, said.user_class),
        (Option.HOST_NAME, said.hostname),
    ):
        if text is not None:
            options[code] = text.encode()
    relayed: dict[int, bytes] = {
        code: text.encode()
        for code, text in (
            (RelaySuboption.CIRCUIT_ID, said.circuit_id),
            (RelaySuboption.REMOTE_ID, said.remote_id),
        )
        if text is not None
    }
    if relayed:
        options[Option.RELAY_AGENT_INFORMATION] = pack_options(relayed)[:-1]
    giaddr = _address(said.relay) if said.relay else packet.giaddr
    return replace(packet, options=options, giaddr=giaddr)


def _address(text: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except ValueError:
        raise PxectlError(
            f"--relay: `{text}` is no IPv4 address", hint="write it as 10.77.0.1"
        ) from None


def _uuid(text: str | None) -> UUID | None:
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise PxectlError(
            f"--uuid: `{text}` is not a UUID", hint="write it as `dmidecode -s system-uuid` does"
        ) from None


def moment(site: Site, at: str | None) -> float:
    """`--at TIME` on the site's clock, as seconds since 1970; None: now."""
    now = time.time()
    if at is None:
        return now
    today = datetime.fromtimestamp(now, site.rules.zone)
    try:
        if re.fullmatch(r"\d{1,2}:\d{2}", at):
            hour, minute = map(int, at.split(":"))
            return today.replace(hour=hour, minute=minute, second=0).timestamp()
        said = datetime.fromisoformat(at)
    except ValueError:
        raise PxectlError(
            f"--at: `{at}` is no time", hint="write `23:00` or `2026-11-30T23:00`"
        ) from None
    if said.tzinfo is None:
        said = said.replace(tzinfo=site.rules.zone)
    return said.timestamp()
