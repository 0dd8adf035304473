"""What TFTP answers from and with, beside transfers."""

import socket
from ipaddress import IPv4Address

from pxectl.boot.answer import Refusal
from pxectl.boot.arrival import Protocol
from pxectl.boot.events import Requested, Transferred
from pxectl.wire.tftp import ERROR, ErrorCode
from pxectl.wire.transfer import Kind, Outcome

_ERRORS = {403: ErrorCode.ACCESS_VIOLATION, 404: ErrorCode.FILE_NOT_FOUND}


def answering_socket(address: IPv4Address) -> socket.socket:
    """A socket that answers from the address that was asked (netboot.md 2.8)."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.bind((str(address), 0))
    except OSError:
        sock.close()
        raise
    return sock


def error_for(answer: object) -> ERROR:
    """What TFTP says for a refusal."""
    if not isinstance(answer, Refusal):
        raise TypeError(answer)
    reason = answer.reason.encode("ascii", "replace").decode().replace("\0", "?")
    return ERROR(_ERRORS.get(answer.status, ErrorCode.NOT_DEFINED), reason)


def transferred(asked: Requested, size: int, outcome: Outcome) -> Transferred:
    """The event that says how a transfer ended.

    Args:
        asked: what began it.
        size: octets of the file.
        outcome: its end.
    """
    return Transferred(
        protocol=Protocol.TFTP,
        peer=asked.peer,
        path=asked.path,
        mac=asked.client.mac if asked.client else None,
        size=size,
        sent=outcome.sent,
        seconds=outcome.seconds,
        outcome=outcome.kind.value,
        detail=_detail(outcome),
        blksize=outcome.blksize,
        is_agreed=outcome.is_agreed,
    )


def _detail(outcome: Outcome) -> str:
    """How a transfer went, for people."""
    if outcome.kind is Kind.ABORTED:
        return outcome.detail
    text = f"blksize {outcome.blksize}, windowsize {outcome.windowsize}"
    again = outcome.retransmissions
    return f"{text}, {again} sent again" if again else text
