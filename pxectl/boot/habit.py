"""What programs ask for by habit: that it is not there says nothing of how a boot goes."""

from pxectl.boot import raspberry, shim
from pxectl.boot.client import Client, Firmware

_ENDS = ("autoexec.ipxe", ".lst", ".mod")
"""iPXE on EFI looks for a script beside itself, GRUB for lists and modules."""


def does_without(path: str, client: Client | None) -> bool:
    """True if a miss of `path` ends nothing.

    Args:
        path: as it was asked for.
        client: who asks; None: not known.
    """
    if path.endswith(_ENDS) or shim.does_without(path):
        return True
    is_pi = client is not None and client.firmware is Firmware.RPI
    return is_pi and raspberry.does_without(path)
