"""Which files of other servers the known machines will ask for."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from pxectl.boot.answer import Fetched
from pxectl.boot.arrival import Arrival
from pxectl.boot.client import Client
from pxectl.boot.decide import Decision, decide
from pxectl.boot.identify import identify
from pxectl.boot.image import split_member
from pxectl.boot.kinds import Kind, kind_of_claim
from pxectl.boot.machine import Machine
from pxectl.boot.nbp import COMMON
from pxectl.boot.noting import NotingUrls
from pxectl.boot.profile import Profile
from pxectl.boot.rehearse import Standpoint
from pxectl.boot.rules import Action
from pxectl.boot.script import script_for
from pxectl.boot.site import Site
from pxectl.boot.urls import is_url, urls_for
from pxectl.errors import PxectlError
from pxectl.mac import MAC
from pxectl.wire.dhcp import UNSPECIFIED
from pxectl.wire.iana import DHCP_CLIENT_PORT, DHCP_SERVER_PORT

_ANYBODYS_MAC = MAC.parse("02:00:00:00:00:01")


def foreseen(site: Site, here: Standpoint, now: float) -> tuple[Fetched, ...]:
    """What the mirror will be asked for, each once.

    A script is rendered for one machine of each profile and architecture, not for each machine:
    what `vars` say in a URL is seen when the machine asks.

    Args:
        site: what is in force.
        here: where machines ask.
        now: seconds since 1970.
    """
    wanted: dict[str, Fetched] = {}
    done = set()
    for machine in site.inventory.machines:
        kind = kind_of_claim(machine.arch)
        client, decision = _decision(site, here, machine, kind, now)
        profile = decision.profile
        if not decision.boots or profile is None or (profile.name, kind) in done:
            continue
        done.add((profile.name, kind))
        for one in _of(profile, client, decision, site, here, now):
            wanted.setdefault(one.url, one)
    return tuple(wanted.values())


def foreseen_of(profile: Profile, site: Site, here: Standpoint, now: float) -> tuple[Fetched, ...]:
    """What machines of any common architecture would ask for if they booted `profile`.

    Args:
        profile: of the site.
        site: what is in force.
        here: where machines ask.
        now: seconds since 1970.
    """
    wanted: dict[str, Fetched] = {}
    anybody = Machine("anybody", (_ANYBODYS_MAC,), profile=profile.name)
    for arch in COMMON:
        kind = kind_of_claim(arch.label)
        client, decision = _decision(site, here, anybody, kind, now)
        decision = replace(decision, action=Action.BOOT, profile=profile)
        for one in _of(profile, client, decision, site, here, now):
            wanted.setdefault(one.url, one)
    return tuple(wanted.values())


def _of(
    profile: Profile, client: Client, decision: Decision, site: Site, here: Standpoint, now: float
) -> Iterator[Fetched]:
    urls = NotingUrls.like(urls_for(client, here.address, site, now))
    urls.fetched.update((*profile.nbp.values(), *filter(None, [profile.iso])))
    with suppress(PxectlError):  # `rules check` tells it
        script_for(client, decision, site, urls)
    for url in sorted({split_member(one)[0] for one in urls.fetched}):
        if is_url(url) and urls.name(url) is not None:
            yield Fetched(url, profile.check_of(url))


def _decision(
    site: Site, here: Standpoint, machine: Machine, kind: Kind, now: float
) -> tuple[Client, Decision]:
    arrival = Arrival(
        here.interface, here.address, here.network, DHCP_SERVER_PORT, UNSPECIFIED, DHCP_CLIENT_PORT
    )
    discover = kind.after_nbp().discover(machine.macs[0], machine.uuid)
    client = identify(discover, arrival, None)
    boots = site.boots.of(client, machine)
    return client, decide(client, machine, site.rules, now, boots)
