"""What templates see as `site`: no key of tokens and no other machine is in it."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import digest
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from pxectl.boot.client import Client
from pxectl.boot.machine import NOTHING, Machine
from pxectl.boot.site import Site


@dataclass(frozen=True, slots=True)
class SiteView:
    """The site as one client's templates see it."""

    vars: Mapping[str, Any]
    """`[vars]` of `pxectl.toml`: what all machines have in common."""
    network: IPv4Network | None
    """Of the `[[subnet]]` that the client asks from; None: no `[[subnet]]` has it."""
    options: Mapping[str, Any]
    """DHCP options of that subnet, as the file holds them."""
    address: IPv4Address | None
    """`serve.advertise`; None: the one of the interface that it asks on, as `urls` have it."""
    _salt: str = field(repr=False)
    """Sixteen letters for password hashes: the same whenever a text is rendered for this machine.
    The sandbox keeps templates from what begins with an underscore."""


def view_of(site: Site, client: Client, machine: Machine | None = None) -> SiteView:
    """The site for one client.

    Args:
        site: what is in force.
        client: for whom something is rendered.
        machine: which that is, by whichever of its network cards.
    """
    subnets = (subnet for subnet in site.subnets if subnet.network == client.subnet)
    subnet = next(subnets, None)
    return SiteView(
        vars=site.vars,
        network=subnet.network if subnet else None,
        options=subnet.options if subnet else NOTHING,
        address=site.serving.advertise,
        _salt=_salt(site.secret, (machine.macs[0] if machine else client.mac) or b""),
    )


def _salt(secret: bytes, mac: bytes) -> str:
    """It must not come from the password: a quick hash of it would be told with it."""
    octets = digest(secret or b"none", b"salt of passwords" + mac, "sha256")
    return b64encode(octets[:12], b"./").decode()
