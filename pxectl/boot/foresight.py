"""Which files of other servers the known machines will ask for."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from pxectl.boot.answer import Fetched
from pxectl.boot.arrival import Arrival
from pxectl.boot.client import Client
from pxectl.boot.decide import Decision, decide
from pxectl.boot.identify import identify
from pxectl.boot.kinds import Kind, kind_of_claim
from pxectl.boot.machine import Machine
from pxectl.boot.nbp import COMMON
from pxectl.boot.profile import Profile
from pxectl.boot.rehearse import Standpoint
from pxectl.boot.rules import Action
from pxectl.boot.script import script_for
from pxectl.boot.site import Site
from pxectl.boot.urls import Urls, is_url, urls_for
from pxectl.errors import PxectlError
from pxectl.mac import MAC
from pxectl.wire.dhcp import UNSPECIFIED
from pxectl.wire.iana import DHCP_CLIENT_PORT, DHCP_SERVER_PORT

_ANYBODYS_MAC = MAC.parse("02:00:00:00:00:01")


@dataclass(frozen=True, slots=True)
class _Noting(Urls):
    """The URLs of a client, and the names that its script asked the mirror for."""

    asked: set[str] = field(default_factory=set)

    def fetch(self, file: str) -> str:
        self.asked.add(file)
        return Urls.fetch(self, file)


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
    told = urls_for(client, here.address, site, now)
    urls = _Noting(told.base, told.token, told._seal)  # noqa: SLF001 - of the same class
    urls.asked.update(profile.nbp.values())
    with suppress(PxectlError):  # `rules check` tells it
        script_for(client, decision, site, urls)
    for url in sorted(urls.asked):
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
