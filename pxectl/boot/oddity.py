"""What a machine's file says and the wire shows otherwise: worth a warning, no reason to refuse."""

from pxectl.boot.claims import contradicts
from pxectl.boot.client import Client, Firmware
from pxectl.boot.machine import Machine


def oddity(client: Client, machine: Machine | None) -> str:
    """What does not fit, as a person reads it; empty if everything does.

    Args:
        client: who asks.
        machine: what it was taken for.
    """
    if machine is None:
        return ""
    odd = []
    if client.mac is not None and client.mac not in machine.macs:
        # another NIC of it, or a board with a vendor's dummy UUID: a person has to know
        odd.append(f"taken for {machine.name} by its UUID: {client.mac} is not in its file")
    if (
        machine.arch
        and client.arch is not None
        and client.firmware is not Firmware.RPI  # whose 93 = 0 means nothing (netboot.md 2.6)
        and contradicts(client.arch, machine.arch)
    ):
        odd.append(f"arch is {client.arch.label}, its file says {machine.arch}")
    return "; ".join(odd)
