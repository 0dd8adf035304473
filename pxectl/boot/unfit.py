"""A program for another kind of machine: it is loaded whole and never starts."""

from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import Decision
from pxectl.boot.nbp import binary_arch, is_own_program, own_program
from pxectl.boot.site import Site
from pxectl.wire.iana import Arch

_FIRMWARE = (Firmware.BIOS, Firmware.UEFI, Firmware.UEFI_HTTP)


def unfit(client: Client, decision: Decision, site: Site, bootfile: str) -> str:
    """Why firmware can not run what it is told to load, as a person reads it.

    Args:
        client: who asks.
        decision: what it may do.
        site: which programs are for what.
        bootfile: name or URL that it is told; empty: none.

    Returns:
        Empty if nothing is known that speaks against it.
    """
    if not bootfile or not decision.boots or client.arch is None:
        return ""
    if client.firmware not in _FIRMWARE:
        return ""
    if is_own_program(bootfile):
        name = own_program(client, decision, site)
        arch = site.program_archs.get(name)
    else:
        name = bootfile.rpartition("/")[2]
        nbp = site.binary(name)
        arch = nbp.arch if nbp is not None else None
    wanted = binary_arch(client)
    if arch is None or arch is wanted:
        return ""
    kind = "a program for a BIOS" if arch is Arch.X86_BIOS else f"a program for {arch.label}"
    return f"{name} is {kind}, and its firmware is {wanted.label}"
