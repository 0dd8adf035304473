"""What the server agrees to when a client asks for a file (RFC 2347, 2348, 2349, 7440)."""

from collections.abc import Mapping
from dataclasses import dataclass

from pxectl.wire.tftp import ERROR, RRQ, ErrorCode

MAX_WINDOWSIZE = 64  # performance.md 2: what one segmented send takes


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server is willing to agree to."""

    blksize: int = 1468
    """Largest block in octets, 512 to 65464: the MTU less 32 (netboot.md 2.8)."""
    windowsize: int = 16
    """Most blocks without an ACK, 1 to 64; more than 16 gains little and overruns boot ROMs."""


def objection(request: RRQ) -> ERROR | None:
    """The refusal of a mode that is not served; None if the mode is fine."""
    if request.mode == "octet":
        return None
    if request.mode in {"netascii", "mail"}:
        text = f"mode {request.mode} is not served, ask for octet (binary)"
    else:
        text = "mode is unknown, ask for octet (binary)"
    return ERROR(ErrorCode.ILLEGAL_OPERATION, text)


def agree(asked: Mapping[str, str], size: int, limits: Limits) -> dict[str, int]:
    """The options of an OACK: those that were asked, are understood and hold a legal value."""
    agreed: dict[str, int] = {}
    for name, text in asked.items():
        value = int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else -1
        match name:
            case "blksize" if value >= 8:
                agreed[name] = min(value, limits.blksize)
            case "windowsize" if value >= 1:
                agreed[name] = min(value, limits.windowsize, MAX_WINDOWSIZE)
            case "timeout" if 1 <= value <= 255:
                agreed[name] = value
            case "tsize" if value >= 0:
                agreed[name] = size
            case _:
                pass  # RFC 2347: leave out what is not acknowledged
    return agreed
