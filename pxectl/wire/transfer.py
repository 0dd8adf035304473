"""One TFTP read as the server sees it (RFC 1350, 7440): no socket, no file, no clock.

The owner feeds packets to `receive` and calls `expire` when `deadline` has passed; each may return
one step: a packet to send, or a range of blocks to read and send. Blocks are counted from 1 without
roll-over; block 0 is the OACK, because an ACK 0 answers it. When `outcome` is set, all is over.
"""

from dataclasses import dataclass
from enum import Enum

from pxectl.wire.negotiation import Limits, agree
from pxectl.wire.roundtrip import CEILING, RoundTrip
from pxectl.wire.tftp import ACK, ERROR, OACK, RRQ, ErrorCode, Packet

DEFAULT_BLKSIZE = 512
RETRIES = 12  # without progress: 12 to 25 s, about as long as ROMs keep asking
FIRST_PAUSE = 0.001  # between two bursts of one window


@dataclass(frozen=True, slots=True)
class Blocks:
    """Send these blocks, first and last included."""

    first: int
    last: int


Step = OACK | ERROR | Blocks


class Kind(Enum):
    """How a transfer ended."""

    DONE = "done"
    SIZE_PROBE = "size probe"
    ABORTED = "aborted"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a transfer."""

    kind: Kind
    sent: int
    """Octets of the file that the client has acknowledged."""
    seconds: float
    retransmissions: int
    """How often the OACK or a window was sent again, after silence or a gap."""
    blksize: int
    windowsize: int
    is_agreed: bool = False
    """The client has acknowledged the OACK, or a block."""
    detail: str = ""
    """ABORTED: who said what; raw text of the client."""


class Transfer:
    """Sends one file to one client."""

    def __init__(self, request: RRQ, size: int, limits: Limits, now: float) -> None:
        """Take in an RRQ that `objection` has nothing against.

        Args:
            request: what the client asked.
            size: octets of the file.
            limits: what to agree to at most.
            now: seconds of any clock that never goes back; the same in every method.
        """
        self.size = size
        self.options = agree(request.options, size, limits)
        self.blksize = self.options.get("blksize", DEFAULT_BLKSIZE)
        self.windowsize = self.options.get("windowsize", 1)
        self.outcome: Outcome | None = None
        self.deadline = now
        """When `expire` wants to be called; meaningless once there is an outcome."""
        self._began = now
        self._rtt = RoundTrip(float(self.options.get("timeout", CEILING)))
        self._last = (
            size // self.blksize + 1
        )  # a short block ends the file, if need be an empty one
        self._acked = -1 if self.options else 0
        self._end = self._acked  # of the window
        self._sent = self._acked  # of the window, until now
        self._highest = self._acked  # ever sent
        self._sent_at = now
        self._fresh = False  # block `_sent` was sent once only: its ACK measures a round trip
        self._burst = self.windowsize
        self._copies = 0  # how often blocks of this window were sent before
        self._is_gap = False  # perhaps, within such copies
        self._spare = 0  # duplicate ACKs that are due, because of such copies
        self._tries = 0  # since the last progress
        self._retransmissions = 0

    @property
    def is_untouched(self) -> bool:
        """True until the client has acknowledged anything: its RRQ may be on its way once more."""
        return self._acked == (-1 if self.options else 0) and self.outcome is None

    @property
    def sent(self) -> int:
        """Octets of the file that the client has acknowledged."""
        return min(max(self._acked, 0) * self.blksize, self.size)

    def seconds(self, now: float) -> float:
        """Since it began.

        Args:
            now: of the same clock as everywhere.
        """
        return now - self._began

    def start(self, now: float) -> Step:
        """The answer to the RRQ: the OACK if any option was agreed, else block 1."""
        return self._window(now)

    def receive(self, packet: Packet, now: float) -> Step | None:
        """Take in what the client sent; what makes no sense here is ignored."""
        if self.outcome is not None:
            return None
        match packet:
            case ACK(block):
                return self._acknowledge(block, now)
            case ERROR():
                self._fail(packet, now)
        return None

    def expire(self, now: float) -> Step | None:
        """Go on when `deadline` has passed: the rest of a window, the window again, or the end."""
        if self.outcome is not None or now < self.deadline:
            return None
        if self._sent < self._end:
            return self._send(now)
        if self._tries == RETRIES:
            self._finish(Kind.TIMED_OUT, now)
            return None
        if not self._is_gap:
            self._tries += 1
            self._rtt.back_off()
        self._is_gap = False
        self._burst = max(self._burst // 2, 1)  # an overrun that took the end of a window is silent
        return self._again(now)

    def held_up(self, now: float, blocks: Blocks) -> Blocks:
        """The last step, which can be taken only now: the file was not there yet."""
        self._fresh = False
        self._tries = 0
        self.deadline = now + self._rtt.timeout
        return blocks

    def abort(self, reason: str, now: float) -> ERROR:
        """End it from our side; the ERROR tells the client why."""
        self._finish(Kind.ABORTED, now, reason)
        return ERROR(ErrorCode.NOT_DEFINED, reason)

    def offset(self, block: int) -> int:
        """Where block number `block` (from 1) begins in the file."""
        return (block - 1) * self.blksize

    def length(self, blocks: Blocks) -> int:
        """Octets of the file in these blocks."""
        return min(blocks.last * self.blksize, self.size) - self.offset(blocks.first)

    def _acknowledge(self, block: int, now: float) -> Step | None:
        distance = (block - self._acked) & 0xFFFF
        if distance > self._highest - self._acked:
            return None  # of an earlier window, or of nothing that was ever sent
        if distance == 0:
            return self._duplicate(now)
        self._acked += distance
        self._tries = 0
        self._is_gap = False
        if self._acked == self._sent and self._fresh:
            self._rtt.measure(now - self._sent_at)
        if self._acked == self._last:
            self._finish(Kind.DONE, now)
            return None
        if self._acked < self._sent:
            return self._gap(now)
        # a client may acknowledge each block of a copy once more (EDK2 does)
        self._spare = self._copies * self.windowsize
        self._copies = 0
        self._burst = min(self._burst + 1, self.windowsize)
        return self._window(now)

    def _gap(self, now: float) -> Step | None:
        """An ACK from inside the window: the client lost the next block (RFC 7440 section 4)."""
        if not self._copies:
            self._burst = max(self._burst // 2, 1)
            return self._again(now)
        # Or a copy of a block made it acknowledge all that it has, and its window begins here from
        # now on. Going back once more would send copies for ever: fill up what it waits for, and
        # leave a second gap to the timer, which needs no back-off for it.
        self._is_gap = True
        self._end = min(self._acked + self.windowsize, self._last)
        if self._sent < self._end:
            return self._send(now)
        self.deadline = now + self._rtt.measured
        return None

    def _duplicate(self, now: float) -> Step | None:
        # RFC 1123 4.2.3.1: in lock-step never answer a duplicate, or every block is sent twice from
        # here on. With a window it may mean that the first block of the window was lost: answer
        # one, unless it can stem from a copy.
        if self.windowsize == 1 or self._acked < 0 or self._copies:
            return None
        if self._spare:
            self._spare -= 1
            return None
        return self._gap(now)

    def _again(self, now: float) -> Step:
        self._retransmissions += 1
        self._copies += 1
        return self._window(now)

    def _window(self, now: float) -> Step:
        self._sent = self._acked
        self._end = 0 if self._acked < 0 else min(self._acked + self.windowsize, self._last)
        return self._send(now)

    def _send(self, now: float) -> Step:
        """The next burst: the whole window, unless gaps told that the client can not keep up."""
        first = self._sent + 1
        self._sent = min(self._sent + self._burst, self._end)
        self._fresh = self._sent > self._highest
        self._highest = max(self._highest, self._sent)
        self._sent_at = now
        if self._sent < self._end:
            # a client acknowledges whole windows only, so a smaller one is a window with pauses,
            # each as long as it took for as many blocks before
            share = self._rtt.mean * self._burst / self.windowsize
            self.deadline = now + max(share, FIRST_PAUSE)
        else:
            self.deadline = now + (self._rtt.measured if self._is_gap else self._rtt.timeout)
        if first == 0:
            return OACK({name: str(value) for name, value in self.options.items()})
        return Blocks(first, self._sent)

    def _fail(self, error: ERROR, now: float) -> None:
        # EDK2 and BIOS ROMs ask for tsize, read the OACK and hang up (netboot.md 2.2, 3.3 34)
        hung_up = error.code in {ErrorCode.NOT_DEFINED, ErrorCode.OPTION_NEGOTIATION}
        asks_size = self._acked < 0 and "tsize" in self.options
        # Raspberry Pi looks so whether a file is there (netboot.md 2.6; Hexxeh/rpi-firmware#269)
        if hung_up and (asks_size or error.message == "Early terminate"):
            self._finish(Kind.SIZE_PROBE, now)
        else:
            code = f"ERROR {int(error.code)}"
            self._finish(Kind.ABORTED, now, f"{code}: {error.message}" if error.message else code)

    def _finish(self, kind: Kind, now: float, detail: str = "") -> None:
        self.outcome = Outcome(
            kind=kind,
            sent=self.sent,
            seconds=self.seconds(now),
            retransmissions=self._retransmissions,
            blksize=self.blksize,
            windowsize=self.windowsize,
            is_agreed=bool(self.options) and self._acked >= 0,
            detail=detail,
        )
