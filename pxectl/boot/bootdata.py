"""The boot part of a DHCP reply: one row of netboot.md 2.1 for each kind of client."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address

from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import Decision
from pxectl.boot.loops import Loop
from pxectl.boot.nbp import Missing, binary_arch, bootfile
from pxectl.boot.quirks import Deny, Style
from pxectl.boot.rules import Action
from pxectl.boot.site import Site
from pxectl.boot.urls import Urls
from pxectl.wire.iana import DiscoveryControl, IPXEFeature
from pxectl.wire.options import Option, pack_options
from pxectl.wire.pxe import HTTP_CLIENT, LOCAL_BOOT, PXE_CLIENT, MenuItem, pack_pxe

NOT_THERE = "local"  # a name that is answered with "not found", so that HTTP boot gives up at once

_LOAD_OPTIONS: dict[int, bytes] = {
    Option.VENDOR_CLASS: PXE_CLIENT,
    Option.VENDOR_SPECIFIC: pack_pxe(control=DiscoveryControl.SKIP_DISCOVERY),
}
"""60 and 43.6 = 8 together: EDK2 (DhcpPxe10, ProxyPxe10), ROMs and iPXE load at once. 60 alone
would send EDK2 to port 4011 (netboot.md 2.2)."""
_IPXE_OPTIONS: dict[int, bytes] = {
    Option.IPXE: pack_options({IPXEFeature.NO_PXEDHCP: b"\1"})[:-1],
}
"""Do not wait two seconds for a proxy (netboot.md 2.3)."""


@dataclass(frozen=True, slots=True)
class BootData:
    """What makes a reply a boot offer."""

    bootfile: str = ""
    """Name or URL of the NBP or script; empty with a boot menu."""
    options: dict[int, bytes] = field(default_factory=dict)
    """60 and 43, and what else this kind of client needs."""
    ask_boot_server: bool = False
    """The client is sent to port 4011 for the rest."""


def boot_data(
    client: Client, decision: Decision, site: Site, urls: Urls, address: IPv4Address
) -> BootData | Missing | None:
    """What `client` is told about booting.

    Args:
        client: who asks.
        decision: what it may do.
        site: what binaries there are.
        urls: the client's paths.
        address: our own, for what needs it spelled out.

    Returns:
        None if it is told nothing: it may not boot, or what asks does not netboot.
    """
    if not client.netboots:
        return None
    if decision.action is Action.BOOT:
        name = bootfile(client, decision, site, urls)
        return name if isinstance(name, Missing) else _load(client, name, address)
    if decision.action is Action.LOCAL:
        return _leave(client, urls)
    if decision.action is Action.DENY:
        match decision.quirks.deny:
            case Deny.FAST:
                return _leave(client, urls)
            case Deny.SCRIPT if client.is_ipxe:
                return _load(client, urls.script, address)
    return None


def out_of_loop(
    client: Client, loop: Loop, site: Site, urls: Urls, address: IPv4Address
) -> BootData | None:
    """What leads a machine that goes round to the script that says so; None: what it always gets.

    Args:
        client: who asks, as firmware.
        loop: what it loads again and again.
        site: what binaries there are.
        urls: the client's paths.
        address: our own.
    """
    if client.firmware not in (Firmware.BIOS, Firmware.UEFI):
        return None
    if site.binary(loop.name) is None:
        # a program of its profile: iPXE in its place, which then gets the script
        nbp = site.nbps.get(binary_arch(client))
        return _load(client, urls.path(nbp.name), address) if nbp else None
    # iPXE that does not say so runs what is behind the URL; firmware finds no such file, and leaves
    return None if loop.has_been_ipxe else _load(client, urls.script, address)


def _load(client: Client, name: str, address: IPv4Address) -> BootData:
    match client.firmware:
        case Firmware.UEFI_HTTP:
            # the first ten octets of 60 are compared, the URI is taken from the OFFER
            return BootData(
                name,
                {Option.VENDOR_CLASS: HTTP_CLIENT, Option.BOOTFILE_NAME: name.encode()},
            )
        case Firmware.RPI:
            return BootData(name, _raspberry_pi(address))
        case _:
            return BootData(name, _LOAD_OPTIONS | (_IPXE_OPTIONS if client.is_ipxe else {}))


def _raspberry_pi(address: IPv4Address) -> dict[int, bytes]:
    """netboot.md 2.6: the words in 43.9 are looked for; 66 is a dotted quad without NUL."""
    words = pack_pxe(
        control=DiscoveryControl.NO_BROADCAST | DiscoveryControl.NO_MULTICAST,
        prompt=(0, "PXE"),
        menu=(MenuItem(LOCAL_BOOT, "Raspberry Pi Boot"),),
    )
    return {
        Option.VENDOR_CLASS: PXE_CLIENT,
        Option.VENDOR_SPECIFIC: words,
        Option.TFTP_SERVER_NAME: str(address).encode(),
    }


def _leave(client: Client, urls: Urls) -> BootData | None:
    """What makes this firmware go on to its next boot device, at once."""
    match client.firmware:
        case Firmware.IPXE:
            return BootData(urls.script, _LOAD_OPTIONS | _IPXE_OPTIONS)
        case Firmware.UEFI_HTTP:
            url = urls.url(NOT_THERE)
            return BootData(
                url, {Option.VENDOR_CLASS: HTTP_CLIENT, Option.BOOTFILE_NAME: url.encode()}
            )
        case Firmware.BIOS | Firmware.UEFI:
            # a menu whose only line is "the local disk", taken without a wait (PXE 2.1; EDK2
            # ends with EFI_ABORTED, PxeBcBoot.c). Without any answer EDK2 would wait a minute.
            menu = pack_pxe(
                control=DiscoveryControl.NO_BROADCAST | DiscoveryControl.NO_MULTICAST,
                prompt=(0, "local disk"),
                menu=(MenuItem(LOCAL_BOOT, "local disk"),),
            )
            return BootData("", {Option.VENDOR_CLASS: PXE_CLIENT, Option.VENDOR_SPECIFIC: menu})
        case _:
            return None


def by_boot_server(client: Client, decision: Decision) -> bool:
    """True if a proxy's offer only names the boot server on 4011 (`style = binl`)."""
    return (
        decision.boots
        and decision.quirks.style is Style.BINL
        and client.firmware in (Firmware.BIOS, Firmware.UEFI)
    )


BINL = BootData("", {Option.VENDOR_CLASS: PXE_CLIENT}, ask_boot_server=True)
"""60 without 43: the client asks `siaddr` on port 4011 (netboot.md 2.1, school b)."""
