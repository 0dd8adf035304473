"""One step of a boot, as it was seen: what the live view lists and the diagnosis reasons from."""

from dataclasses import dataclass
from enum import Enum


class Step(Enum):
    """What of a boot."""

    DISCOVER = "DISCOVER"
    OFFER = "OFFER"
    REQUEST = "REQUEST"
    ACK = "ACK"
    NAK = "NAK"
    BOOT_SERVER = "4011"
    NBP = "NBP"
    SCRIPT = "script"
    KERNEL = "kernel"
    INITRD = "initrd"
    FILE = "file"
    DENIED = "denied"
    IGNORED = "ignored"
    LOCAL = "local"
    NO_ADDRESS = "no address"
    LOOP = "loop"
    BOOTED = "booted"


class State(Enum):
    """How far a step has come, or whose it is."""

    PLAIN = ""
    VIA_4011 = "via 4011"
    """OFFER: what to load is said on port 4011 (netboot.md 2.2, style binl)."""
    NOTHING = "with nothing to boot"
    FOREIGN = "of another server"
    FOREIGN_BOOT = "of another server, with boot data"
    BARE = "of another server, PXEClient without option 43"
    ANSWERED = "answered"
    ASKED = "asked"
    PROBED = "probed"
    """Only its size was asked for."""
    SILENT = "silent"
    """It was sent and nothing of it was acknowledged."""
    UNACKNOWLEDGED = "unacknowledged"
    """The options were agreed on, and no block was acknowledged."""
    BROKEN = "broken off"
    ABORTED = "aborted"
    """By the client, which said why."""
    LOADED = "loaded"
    MISSING = "missing"
    REFUSED = "refused"
    RANGE = "range refused"
    """HTTP 416."""
    FAILED = "failed"
    """The server could not: HTTP 500 and its like."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A step, when it was seen first, and what is known of it. Texts may be the network's own."""

    at: float
    """Seconds since 1970."""
    step: Step
    state: State = State.PLAIN
    by_ipxe: bool = False
    """True for DHCP that iPXE speaks, not the firmware that loaded it."""
    detail: str = ""
    """Address, server, or why not."""
    hint: str = ""
    path: str = ""
    """Of a file: as it was asked for."""
    size: int = 0
    """Octets of the file; 0: not known."""
    sent: int = 0
    """Octets that arrived."""
    seconds: float = 0.0
    """How long the transfer took."""
    blksize: int = 0
    """TFTP: octets of a block; 0: not TFTP."""
    times: int = 1
    """How often in a row."""
    last: float = 0.0
    """When it was seen last; 0: once only."""

    @property
    def word(self) -> str:
        """What the table of causes calls it: `iPXE DISCOVER`, `NBP loaded`."""
        who = "iPXE " if self.by_ipxe else ""
        state = f" {self.state.value}" if self.state is not State.PLAIN else ""
        return f"{who}{self.step.value}{state}"

    def repeats(self, old: "Mark") -> bool:
        """True for the same step of the same file."""
        return (
            self.step is old.step
            and self.state is old.state
            and self.by_ipxe is old.by_ipxe
            and self.path == old.path
        )

    @property
    def is_foreign(self) -> bool:
        """True for what another server said."""
        return self.state in _FOREIGN and self.step in _REPLIES

    @property
    def until(self) -> float:
        """When it was seen last."""
        return self.last or self.at


FILES = frozenset((Step.NBP, Step.SCRIPT, Step.KERNEL, Step.INITRD, Step.FILE))
_FOREIGN = frozenset((State.FOREIGN, State.FOREIGN_BOOT, State.BARE))
_REPLIES = frozenset((Step.OFFER, Step.ACK, Step.NAK))
