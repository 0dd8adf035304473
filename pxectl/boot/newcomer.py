"""Who asks for a path without a token: where no DHCP of ours told one, or a person typed the URL.

What such a client says of itself is believed as far as the site says (`serve.claims`): by default
its MAC must be the one that this host's neighbour table has for its address.

ipxe?mac=…&uuid=…          its script; without `mac` that of its neighbour entry
boot.ipxe                  the same
autoexec.ipxe              a script that asks for `ipxe` with what the machine is
undionly.kpxe, ipxe.efi    an iPXE binary, for who is sent here by somebody else's DHCP server
pxelinux.cfg/01-MAC        what PXELINUX and U-Boot ask for (netboot.md 2.1)
grub.cfg-01-MAC, grub.cfg  what GRUB asks for; Debian's asks for the second alone
grubx64.efi and its like   what shim asks for
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qs
from uuid import UUID

from pxectl.boot.arrival import Asked
from pxectl.boot.client import Client, Firmware
from pxectl.boot.shim import is_shims
from pxectl.boot.site import Mode, Site
from pxectl.boot.urls import AUTOEXEC, IPXE, SCRIPT
from pxectl.boot.visits import Visits
from pxectl.mac import MAC
from pxectl.wire.iana import Arch

_IN_NAME = re.compile(r"(?:^|/)(?:pxelinux\.cfg/|grub\.cfg-)01-([0-9a-f-]{17})$", re.IGNORECASE)
_ARCHS = {
    ("x86_64", "efi"): Arch.X64_UEFI,
    ("i386", "efi"): Arch.X86_UEFI,
    ("arm64", "efi"): Arch.ARM64_UEFI,
    ("arm32", "efi"): Arch.ARM32_UEFI,
    ("riscv64", "efi"): Arch.RISCV64_UEFI,
    ("i386", "pcbios"): Arch.X86_BIOS,
    ("x86_64", "pcbios"): Arch.X86_BIOS,
}
"""iPXE's `${buildarch}` and `${platform}`."""
GRUB_CFG = "grub.cfg"
_GRUBS_OWN = (".lst", ".mod")
"""Modules and lists of them: GRUB asks for them first and goes on without."""
_NAMES = frozenset(("uuid", "serial", "hostname"))
"""What tells one machine from another."""
_FIELDS = 32
_LONGEST = 256  # characters of a text that a client says of itself; option 12 has 255


@dataclass(frozen=True, slots=True)
class Disbelieved:
    """What it says of itself is not taken for true."""

    reason: str
    hint: str = ""


def is_entry(path: str, site: Site) -> bool:
    """True for a path that may be asked for without a token, by whom its MAC lets in.

    Args:
        path: normalised, with `/` between its parts.
        site: what binaries there are.
    """
    name = path.rpartition("/")[2]
    return (
        path in (IPXE, SCRIPT)
        or is_shims(path)
        or name in (AUTOEXEC, GRUB_CFG)
        or path.endswith(_GRUBS_OWN)
        or site.binary(path) is not None
        or claimed_in(path) is not None
    )


def claimed_in(path: str) -> str | None:
    """The MAC that a boot loader puts into the name of its configuration, as it spells it."""
    found = _IN_NAME.search(path)
    return found[1] if found else None


def newcomer(asked: Asked, path: str, site: Site, visits: Visits) -> Client | Disbelieved:
    """Who asks for an entry.

    Args:
        asked: who asks, from where.
        path: normalised.
        site: whose word is taken.
        visits: what clients said over DHCP; what this one says now is remembered there by `route`.
    """
    said = _said(asked.query)
    mac = mac_of(asked, claimed_in(path) or said.get("mac", ""), site)
    if isinstance(mac, Disbelieved):
        return mac
    client = (visits.client(mac) if mac is not None else None) or unseen(asked, mac, site)
    if path not in (IPXE, SCRIPT):
        return client
    if mac is None and not is_believed(asked, site):
        # a UUID names a machine as a MAC does: whose word is not taken has none
        said = {key: value for key, value in said.items() if key not in _NAMES}
    return _described(client, said)


def unseen(asked: Asked, mac: MAC | None, site: Site) -> Client:
    """A client of which no DHCP has told anything, since `serve` began.

    Args:
        asked: who asks, from where.
        mac: who that is, as far as it is known.
        site: what networks there are.
    """
    subnet = site.subnet_of(asked.peer)
    network = subnet.network if subnet else asked.network
    return Client(mac, interface=asked.interface, subnet=network)


def others_token(asked: Asked, mac: MAC, site: Site) -> Disbelieved | None:
    """Why a token is not taken from whom it was not made for; None: it is.

    Who can tell is the neighbour table. A card that no machine has may be the second one of the
    machine itself, which its installer took: only a known machine with another one's token is
    refused. Where the site takes everybody's word (behind a proxy, say), nobody is.

    Args:
        asked: who asks, from where.
        mac: for whom the token was made.
        site: what is in force.
    """
    claims, own = site.serving.claims, asked.neighbour
    if own is None or own == mac or not claims.neighbour:
        return None
    machine = site.inventory.get(own)
    if machine is None or machine is site.inventory.get(mac):
        return None
    if is_believed(asked, site):
        return None
    return Disbelieved(f"the token is of {mac}, and the network card is {own} of {machine.name}")


def has_to_ask(asked: Asked, mac: MAC | None, site: Site, visits: Visits) -> bool:
    """True for iPXE that no DHCP of ours tells its script, and that will be believed when it asks.

    EFI iPXE asks for `autoexec.ipxe` at the root, wherever it was loaded from (seen with 1.21.1):
    whom DHCP told its script has to go on as if there were no such file.

    Args:
        asked: who asks for `autoexec.ipxe`, from where.
        mac: who that is.
        site: whose word is taken.
        visits: what clients said over DHCP.
    """
    if mac is None:
        return is_believed(asked, site)
    return site.serving.dhcp is Mode.OFF or visits.client(mac) is None


def mac_of(asked: Asked, claimed: str, site: Site) -> MAC | Disbelieved | None:
    """The MAC of who asks; None: nobody knows, and it did not say.

    Args:
        asked: who asks, from where.
        claimed: what it says that its MAC is, as it spells it; empty: nothing.
        site: whose word is taken.
    """
    own = asked.neighbour if site.serving.claims.neighbour else None
    if not claimed:
        return own
    try:
        mac = MAC.parse(claimed)
    except ValueError:
        return Disbelieved("the MAC in the request is none")
    if is_believed(asked, site) or mac == own or (own is not None and _are_one(mac, own, site)):
        return mac
    if own is not None:
        return Disbelieved(f"it says it is {mac}, and its network card is {own}")
    return Disbelieved(
        f"it says it is {mac}, and nothing here can tell: {asked.peer} is no neighbour",
        f'`claims = ["{asked.peer}/32"]` in [serve] takes its word for it',
    )


def is_believed(asked: Asked, site: Site) -> bool:
    """True for whose word is taken without the neighbour table."""
    return any(asked.peer in network for network in site.serving.claims.networks)


def _are_one(mac: MAC, other: MAC, site: Site) -> bool:
    """Two network cards of one known machine."""
    machine = site.inventory.get(mac)
    return machine is not None and machine is site.inventory.get(other)


def _said(query: str) -> Mapping[str, str]:
    try:
        found = parse_qs(query, max_num_fields=_FIELDS, errors="replace")
    except ValueError:
        return {}
    return {key.lower(): values[0][:_LONGEST] for key, values in found.items()}


def _described(client: Client, said: Mapping[str, str]) -> Client:
    """What iPXE's `chain` says in the query, over what was known."""
    build = said.get("arch", said.get("buildarch", "")).lower()
    arch = _ARCHS.get((build, said.get("platform", "efi").lower()), client.arch)
    try:
        uuid = UUID(said["uuid"]) if said.get("uuid") else client.uuid
    except ValueError:
        uuid = client.uuid
    return replace(
        client,
        firmware=Firmware.IPXE,
        arch=arch,
        uuid=uuid,
        serial=said.get("serial", client.serial),
        hostname=said.get("hostname", client.hostname),
    )


def asks_back(base: str) -> str:
    """The script of `autoexec.ipxe` and of whom no token was told: it asks with what it is.

    Args:
        base: our URL, such as `http://10.77.0.1:8080`.
    """
    what = "&".join(
        f"{key}=${{{value}}}"
        for key, value in (
            ("mac", "netX/mac"), ("uuid", "uuid"), ("serial", "serial:uristring"),
            ("hostname", "hostname:uristring"), ("arch", "buildarch"), ("platform", "platform"),
        )
    )  # fmt: skip
    return (
        "#!ipxe\n"
        "isset ${netX/ip} || dhcp || goto failed\n"
        f"chain --autofree {base}/{IPXE}?{what} || goto failed\n"
        ":failed\n"
        "echo pxectl: that did not load, trying the next boot device\n"
        "sleep 5\n"
        "exit 1\n"
    )
