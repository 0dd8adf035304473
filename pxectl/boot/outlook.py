"""What firmware will make of a reply, in a sentence (the decision trees of netboot.md 2.2, 2.3)."""

from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import Decision
from pxectl.boot.events import Replied
from pxectl.boot.nbp import is_own_program
from pxectl.boot.reply import Role
from pxectl.boot.response import Response
from pxectl.boot.rules import Action

_NAMES = {
    Firmware.BIOS: "the PXE ROM",
    Firmware.UEFI: "EDK2",
    Firmware.UEFI_HTTP: "EDK2's HTTP boot",
    Firmware.RPI: "the Raspberry Pi",
    Firmware.U_BOOT: "U-Boot",
    Firmware.OTHER: "the firmware",
    Firmware.IPXE: "iPXE",
}


def outlook(
    client: Client, decision: Decision, response: Response, *, asks_boot_server: bool
) -> str:
    """What happens next.

    Args:
        client: who asked.
        decision: what it may do.
        response: to its first DISCOVER.
        asks_boot_server: the reply sends it to port 4011.
    """
    if client.firmware is None:
        return "it does not netboot: it gets no boot data from anybody"
    who = _NAMES[client.firmware]
    if response.reply is None:
        return _silence(client, who)
    if decision.action is Action.LOCAL or not decision.boots:
        return _leaving(client, who)
    if not response.reply.bootfile and not asks_boot_server:
        return f"{who} gets an address and nothing to boot"
    if isinstance(response.event, Replied) and response.event.unsigned:
        return f"{who} loads it, says Access Denied and goes on to the next boot device"
    if asks_boot_server:
        return f"{who} sees option 60 without 43: it asks port 4011 next, and loads what that says"
    then = _after_nbp(decision, response)
    if then and client.firmware is not Firmware.IPXE:
        http = client.firmware is Firmware.UEFI_HTTP
        first = "asks HEAD, then GET" if http else "loads the NBP without asking port 4011"
        return f"{who} {first}; {then}"
    match client.firmware:
        case Firmware.IPXE:
            return "iPXE fetches the script and runs it"
        case Firmware.UEFI_HTTP:
            return f"{who} asks HEAD, then GET; iPXE asks again over DHCP and gets the script"
        case Firmware.RPI:
            return "the Raspberry Pi asks for its own file names over TFTP"
        case _:
            return (
                f"{who} loads the NBP without asking port 4011; iPXE asks again and gets the script"
            )


def _after_nbp(decision: Decision, response: Response) -> str:
    """What follows a program of the site; empty: what it loads is no such program."""
    profile, event = decision.profile, response.event
    if profile is None or not isinstance(event, Replied) or not is_own_program(event.bootfile):
        return ""
    if profile.is_program:
        return "what comes then is up to that program"
    # it looks at the ACK alone, which is another server's
    whom = "" if event.role == Role.DHCP.value else " the DHCP server's next-server"
    told = f"GRUB, behind it or itself, asks{whom} for grub.cfg and gets the profile's kernel"
    if event.client.firmware is Firmware.UEFI_HTTP:
        # Debian 12's takes its address from what PXE left, and there is none (seen in the lab)
        return f"{told}, if it is one that has a network after HTTP boot: Debian's has not"
    return told


def _silence(client: Client, who: str) -> str:
    match client.firmware:
        case Firmware.UEFI | Firmware.UEFI_HTTP:
            return f"{who} waits up to a minute (4, 8, 16, 32 s) for boot data, then goes on"
        case Firmware.IPXE:
            return "iPXE finds nothing to boot and goes back to the firmware"
        case Firmware.RPI | Firmware.U_BOOT:
            return f"{who} asks a few times more, then goes on to its next boot device"
        case _:
            return f"{who} says PXE-E53 and goes on to the next boot device"


def _leaving(client: Client, who: str) -> str:
    match client.firmware:
        case Firmware.IPXE:
            return "iPXE runs a script that goes back to the firmware"
        case Firmware.UEFI_HTTP:
            return f"{who} gets a 404 at once and goes on to the next boot device"
        case _:
            return f"{who} takes the menu's only line, the local disk, and leaves PXE at once"
