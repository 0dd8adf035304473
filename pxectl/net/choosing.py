"""Which mode of DHCP is safe here: the network is asked before anybody is answered."""

import asyncio
from collections.abc import Callable
from ipaddress import IPv4Address

from pxectl.boot.events import Event, Told, Warned
from pxectl.boot.site import Mode, Site
from pxectl.errors import HostError
from pxectl.net.discover import foreign_servers
from pxectl.net.interfaces import Interface

Found = tuple[tuple[Interface, tuple[IPv4Address, ...] | None], ...]


async def choose_mode(
    asked: Mode,
    interfaces: tuple[Interface, ...],
    site: Site,
    emit: Callable[[Event], None],
    *,
    force: bool,
) -> Mode:
    """What to do about DHCP; `auto` becomes one of the others.

    `auto` leases addresses only where no other server answers on any interface and the site has a
    `[[subnet]]` for each of them: beside another server it would be the second one of somebody.

    Args:
        asked: flag, variable or file.
        interfaces: where to serve.
        site: for its subnets.
        emit: is told what was chosen, and why.
        force: lease addresses though another server does, without asking.

    Raises:
        HostError: addresses are to be leased where another server does.
    """
    if asked in (Mode.OFF, Mode.PROXY):
        return asked
    ours = own_addresses(interfaces, site)
    bare = [one for one in interfaces if site.subnet_of(one.address) is None]
    if asked is Mode.SERVER:
        if not force:
            _refuse_second(await _ask(interfaces, ours), emit)
        for one in bare:
            emit(
                Warned(
                    f"{one} lies in no `[[subnet]]`: only machines with an `address` of it get one",
                    f'write `[[subnet]]` with `network = "{one.network}"` for its options and pool',
                )
            )
        return asked
    return _chosen(await _ask(interfaces, ours), bare, emit)


def own_addresses(interfaces: tuple[Interface, ...], site: Site) -> frozenset[IPv4Address]:
    """What our own answers may call their server: we may be asked while we serve."""
    advertise = site.serving.advertise
    return frozenset(one.address for one in interfaces) | ({advertise} if advertise else set())


async def _ask(interfaces: tuple[Interface, ...], ours: frozenset[IPv4Address]) -> Found:
    """All segments at once: each takes its time to stay silent."""
    answers = await asyncio.gather(*(foreign_servers(one, ours) for one in interfaces))
    return tuple(zip(interfaces, answers, strict=True))


def _refuse_second(found: Found, emit: Callable[[Event], None]) -> None:
    for interface, servers in found:
        if servers:
            raise HostError(
                f"{' and '.join(map(str, servers))} already leases addresses on {interface}",
                hint="`--dhcp proxy` boots machines beside it; `--force` leases addresses all the "
                "same, and both will give out some",
            )
        if servers is None:
            emit(
                Warned(
                    f"could not ask for other DHCP servers on {interface.name}",
                    "make sure that there is none: start it as root to have it asked",
                )
            )


def _chosen(found: Found, bare: list[Interface], emit: Callable[[Event], None]) -> Mode:
    unasked = [interface.name for interface, servers in found if servers is None]
    if unasked:
        emit(
            Warned(
                f"could not ask for DHCP servers on {' and '.join(unasked)}: running as proxyDHCP",
                "start it as root, or say `--dhcp proxy` or `--dhcp server`",
            )
        )
        return Mode.PROXY
    if servers := dict.fromkeys(server for _, answers in found for server in answers or ()):
        verb = "answers" if len(servers) == 1 else "answer"
        names = " and ".join(map(str, servers))
        emit(Told(f"{names} already {verb} DHCP here: running as proxyDHCP beside it"))
        return Mode.PROXY
    if bare:
        names = " and ".join(one.name for one in bare)
        emit(
            Warned(
                f"no DHCP server answers here, and no `[[subnet]]` covers {names}: "
                "running as proxyDHCP",
                "clients get no address until a DHCP server is there",
            )
        )
        return Mode.PROXY
    emit(Told("no DHCP server answers here: running as the DHCP server"))
    return Mode.SERVER
