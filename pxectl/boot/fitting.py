"""What of a reply's options fits into the message that its client can take.

Option 52, which would put more into `file` and `sname`, confuses old clients (netboot.md 2.0); what
does not fit is left out, and the event says so.
"""

from collections.abc import Iterable

from pxectl.wire.dhcp import MINIMUM_SIZE, DHCPPacket
from pxectl.wire.registry import meaning_of

_HEADERS = 20 + 8  # IP and UDP: option 57 counts them as 576, its least value, does (RFC 791, 2132)
_MTU = 1500  # EDK2 drops what does not fit into a frame (netboot.md 2.0), whatever it says in 57
_AROUND = 236 + 4 + 1  # fields and cookie before the options, END behind them


def room_for(request: DHCPPacket) -> int:
    """Octets that the options of a reply may take, with their tags and lengths."""
    if request.message_type is None:
        # a BOOTP client's buffer may be no larger (RFC 1542 section 2.1)
        return MINIMUM_SIZE - _AROUND
    return min(request.maximum_message_size, _MTU) - _HEADERS - _AROUND


def fit(options: dict[int, bytes], room: int, spare: Iterable[int]) -> tuple[str, ...]:
    """Takes out of `options` what there is no room for.

    Args:
        options: octets by code.
        room: octets for all, tags and lengths included.
        spare: codes that may go, the most important first.

    Returns:
        The names of what went, the most important first.
    """
    # two octets for each 255 that long ones are split into (RFC 3396), never less than there are
    total = sum(map(len, options.values()))
    if total + 2 * (len(options) + total // 255) <= room:
        return ()
    may_go = [code for code in spare if code in options]
    left = room - sum(_size(value) for code, value in options.items() if code not in may_go)
    gone = []
    for code in may_go:
        size = _size(options[code])
        if size <= left:
            left -= size
        else:
            gone.append(meaning_of(code).name)
            del options[code]
    return tuple(gone)


def _size(value: bytes) -> int:
    return len(value) + 2 * max(1, -(-len(value) // 255))
