"""What the files that a client fetches are to its boot."""

from collections.abc import Mapping

from pxectl.boot.client import Client
from pxectl.boot.decide import Decision
from pxectl.boot.profile import Profile
from pxectl.boot.script import loaded
from pxectl.boot.site import Site
from pxectl.boot.urls import Urls
from pxectl.boot.visits import Visits
from pxectl.errors import PxectlError


def purposes(
    client: Client, decision: Decision, site: Site, urls: Urls, visits: Visits
) -> Mapping[str, str]:
    """What files are to the boot, by name: `kernel`, `initrd`, `loader` (it asks what to boot),
    `nbp` (nothing is asked for after it); all others are just files.

    A recipe is rendered for it once a boot: an installer may fetch a thousand packages from here.

    Args:
        client: who asks.
        decision: what it may do.
        site: what is in force.
        urls: the client's paths.
        visits: where it is remembered.
    """
    profile = decision.profile
    if profile is None:
        return {}
    named = _loaded(profile, client, decision, site, urls, visits)
    if (wanted := decision.quirks.nbp) and not site.binary(wanted):
        return {**named, wanted: "nbp" if profile.is_program else "loader"}
    return named


def _loaded(
    profile: Profile, client: Client, decision: Decision, site: Site, urls: Urls, visits: Visits
) -> Mapping[str, str]:
    if profile.recipe is None:
        return _named(profile)
    known = visits.purposes(client.mac)
    if known is None:
        try:
            known = _named(loaded(client, decision, site, urls)[0])
        except PxectlError:  # told to who asks for the script; the file is there all the same
            known = {}
        visits.keep_purposes(client.mac, known)
    return known


def _named(profile: Profile | None) -> Mapping[str, str]:
    if profile is None:
        return {}
    kinds = (
        (profile.nbp.values(), "loader" if profile.has_loader else "nbp"),
        (profile.initrd, "initrd"),
        ((profile.kernel,), "kernel"),
    )
    return {name: kind for names, kind in kinds for name in names}
