"""Secure Boot: firmware that enforces it runs no program that nobody vouches for.

pxectl does not see whether a machine enforces: what it refuses to run looks on the wire like what
hangs. Its file may say so (`secure_boot = true`).
"""

from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import Decision
from pxectl.boot.nbp import is_own_program, own_program
from pxectl.boot.site import Site

HINT = "shim and GRUB as `nbp = { … }` of its profile boot it; or turn Secure Boot off there"


def unsigned(client: Client, decision: Decision, site: Site, bootfile: str) -> str:
    """Why firmware will not run what it is told to load, as a person reads it.

    Whether a signature is one that this firmware trusts is not looked at.

    Args:
        client: who asks.
        decision: what it may do.
        site: which programs bear a signature.
        bootfile: name or URL that it is told; empty: none.

    Returns:
        Empty if nothing is known that speaks against it.
    """
    machine = decision.machine
    if machine is None or not machine.secure_boot or not decision.boots or not bootfile:
        return ""
    if client.firmware not in (Firmware.UEFI, Firmware.UEFI_HTTP):
        return ""
    if is_own_program(bootfile):
        own = own_program(client, decision, site)
        return _told(own) if own in site.unsigned else ""
    nbp = site.binary(bootfile.rpartition("/")[2])
    return _told(nbp.name) if nbp is not None and not nbp.signed else ""


def _told(program: str) -> str:
    return f"{program} bears no signature, and by its file this machine enforces Secure Boot"
