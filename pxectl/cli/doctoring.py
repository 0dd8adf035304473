"""`pxectl doctor`: each check, from what it looks at to its line."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pxectl.boot import checkup
from pxectl.boot.checkup import Check, Level
from pxectl.boot.firewall import Packet, blocked
from pxectl.boot.nbp import without_binary
from pxectl.boot.site import HTTPS, Mode, Site
from pxectl.cli.checking import check_site
from pxectl.errors import HostError, PxectlError, RefusedError
from pxectl.net import surroundings
from pxectl.net.choosing import own_addresses
from pxectl.net.interfaces import Interface, choose
from pxectl.net.pktinfo import mtu_of
from pxectl.net.steer import steer
from pxectl.store.place import STATE, find_site
from pxectl.store.secret import site_secret
from pxectl.store.settings import Overrides
from pxectl.store.site import load_site
from pxectl.wire.iana import BOOT_SERVER_PORT, DHCP_SERVER_PORT


def examine(flag: Path | None, names: tuple[str, ...]) -> Iterator[Check]:
    """Every check, as soon as it is made.

    Args:
        flag: what `--site` said.
        names: interfaces; empty: those that `serve` would use.

    Raises:
        PxectlError: the site can not be read at all, or a named interface is not there.
    """
    place = find_site(flag).path
    loaded = load_site(place, Overrides(), secret=site_secret(place))
    site = loaded.site
    interfaces = choose(names or site.serving.interfaces)
    pid = _serving(place)
    for one in interfaces:
        yield _interface(one)
        yield from _ports(one, site, pid)
        yield checkup.mtu(one.name, mtu_of(one.name))
        yield _reverse_path(one)
    yield from _firewall(interfaces, site)
    for one in interfaces:
        yield from _servers(one, interfaces, site)
    yield _advertise(site, interfaces)
    have = tuple(arch.label for arch in site.nbps)
    yield checkup.ipxe(tuple(arch.label for arch in without_binary(site)), have)
    yield _disk(place, site)
    yield checkup.clock(time.time(), surroundings.clock_synchronised())
    if site.serving.https is not HTTPS.OFF:
        yield _certificate(place, site)
    yield checkup.site(check_site(flag))


def _serving(place: Path) -> int | None:
    """The process of a `serve` that runs on the site."""
    try:
        return int(steer(place / STATE, "status")["pid"])
    except (HostError, RefusedError, KeyError, ValueError):
        return None


def _interface(one: Interface) -> Check:
    if surroundings.carrier(one.name) is False:
        mend = "is the cable in, and the switch on?"
        return Check("interface", Level.BAD, f"{one}: no carrier", mend)
    return Check("interface", Level.OK, f"{one} is up")


def _ports(one: Interface, site: Site, pid: int | None) -> Iterator[Check]:
    serving = site.serving
    http = [serving.http_port] * serving.http
    if serving.https is not HTTPS.OFF:
        http.append(serving.https_port)
    tftp = serving.tftp_port if serving.tftp else None
    free = []
    for kind, port, error in surroundings.refused_ports(one, tftp, tuple(http)):
        if error is None:
            free.append(f"{kind} {port}")
        elif pid is not None and f"(pid {pid})" in error.message:
            text = f"{kind} {port} on {one}: `serve` of this site has it (pid {pid})"
            yield Check("ports", Level.OK, text)
        else:
            yield Check("ports", Level.BAD, error.message, error.hint)
    if free:
        yield Check("ports", Level.OK, f"free on {one.name}: {', '.join(free)}")
    if why := surroundings.packet_socket_refused(one):
        yield Check(
            "privileges", Level.BAD, f"no packet socket on {one.name}: {why}",
            surroundings.privilege_hint(),
        )  # fmt: skip
    else:
        yield Check("privileges", Level.OK, f"packet sockets on {one.name}")


def _reverse_path(one: Interface) -> Check:
    if surroundings.strict_reverse_path(one.name):
        return Check(
            "rp_filter", Level.NOTE,
            f"{one.name} drops what it would not answer by the same way: relayed machines, perhaps",
            f"`sysctl -w net.ipv4.conf.{one.name}.rp_filter=2 net.ipv4.conf.all.rp_filter=2`",
        )  # fmt: skip
    return Check("rp_filter", Level.OK, f"{one.name}: not strict")


def _firewall(interfaces: tuple[Interface, ...], site: Site) -> Iterator[Check]:
    try:
        ruleset = surroundings.nft_ruleset()
    except HostError as error:
        yield Check("firewall", Level.UNKNOWN, error.message, error.hint)
        return
    if ruleset is None:
        yield Check("firewall", Level.UNKNOWN, "there is no `nft` to ask", "`apt install nftables`")
        return
    manager = surroundings.firewall_manager()
    serving, found = site.serving, False
    ports = [("udp", DHCP_SERVER_PORT), ("udp", BOOT_SERVER_PORT)]
    ports += [("udp", serving.tftp_port)] * serving.tftp
    ports += [("tcp", serving.http_port)] * serving.http
    ports += [("tcp", serving.https_port)] * (serving.https is not HTTPS.OFF)
    for one in interfaces:
        for protocol, port in ports:
            where = blocked(ruleset, Packet(one.name, protocol, port))
            if where is None:
                continue
            found = True
            text = f"{protocol} {port} on {one.name} is dropped by {where.by} of {where.chain}"
            place = f"{where.family} {where.table} {where.chain}"
            mend = {
                "ufw": f"`ufw allow in on {one.name} proto {protocol} to any port {port}`",
                "firewalld": f"`firewall-cmd --add-port={port}/{protocol}`, and --permanent",
            }.get(manager, f"`nft insert rule {place} {protocol} dport {port} accept`")
            yield Check("firewall", Level.BAD, text, mend)
    if not found:
        by = f" ({manager})" if manager else ""
        yield Check("firewall", Level.OK, f"nftables{by} lets DHCP, TFTP and HTTP in")


def _servers(
    one: Interface, interfaces: tuple[Interface, ...], site: Site
) -> Iterator[Check]:  # fmt: skip
    ours = frozenset[object](own_addresses(interfaces, site))
    try:
        heard = asyncio.run(surroundings.heard_offers(one, ours))
    except HostError as error:
        yield Check("servers", Level.UNKNOWN, f"not asked: {error.message}", error.hint)
        return
    yield from checkup.offers(heard, site.serving.dhcp is Mode.SERVER)


def _advertise(site: Site, interfaces: tuple[Interface, ...]) -> Check:
    told = site.serving.advertise
    if told is None or told in {one.address for one in interfaces}:
        names = ", ".join(str(told or one.address) for one in interfaces)
        return Check("advertise", Level.OK, f"clients are told {names}")
    return Check(
        "advertise", Level.NOTE, f"clients are told {told}, which is no address of this host",
        "right behind NAT; else take `advertise` out of [serve]",
    )  # fmt: skip


def _disk(place: Path, site: Site) -> Check:
    folder = place / STATE
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Check("disk", Level.UNKNOWN, f"{folder}: {error.strerror}")
    mirroring = site.mirroring
    return checkup.disk(str(folder), free, mirroring.size if mirroring.enabled else 0)


def _certificate(place: Path, site: Site) -> Check:
    from pxectl.store.certificate import read_certificate

    serving = site.serving
    try:
        now = datetime.fromtimestamp(time.time(), UTC)
        found = read_certificate(place / serving.tls_cert, place / serving.tls_key, now)
    except PxectlError as error:
        return Check("https", Level.BAD, error.message, error.hint)
    return Check("https", Level.OK, f"the certificate is valid until {found.ends:%Y-%m-%d}")
