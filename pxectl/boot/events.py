"""All that the core and the listeners say, as values for console, JSON log and live view.

Every event has `kind`, its name in the JSON log. Times are not part of an event: whoever emits
knows the clock. Texts that come from the network are raw here; `ui/` filters them.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address

from pxectl.boot.arrival import Protocol
from pxectl.boot.client import Client
from pxectl.boot.decide import Decision
from pxectl.boot.overheard import Overheard
from pxectl.boot.timeline.ended import Ended
from pxectl.mac import MAC
from pxectl.wire.iana import MessageType


@dataclass(frozen=True, slots=True)
class Replied:
    """A DHCP message was answered."""

    kind = "replied"
    client: Client
    request: MessageType
    reply: MessageType
    role: str
    """`dhcp`, `proxy` or `boot-server`."""
    decision: Decision
    address: IPv4Address | None
    """The address given, in the role of a DHCP server."""
    bootfile: str
    """Name or URL of what it is told to load; empty if nothing."""
    sent: bool
    """False with `--shadow`."""
    problem: str = ""
    """What it may boot but can not: it got an address and no boot data, for this reason."""
    hint: str = ""
    """What to do about the problem."""
    warning: str = ""
    """What is odd: not the architecture that its file says, no room for options."""
    unsigned: str = ""
    """Why its firmware will not run what it is told to load, if it enforces Secure Boot."""
    unfit: str = ""
    """Why it can not: a program for another kind of machine."""
    secs: int = 0
    """Seconds that it has been asking for, by its own word (RFC 2131 section 2)."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A DHCP message that gets no reply, and why."""

    kind = "unanswered"
    client: Client
    request: MessageType | None
    reason: str
    hint: str = ""
    decision: Decision | None = None
    quiet: bool = False
    """True when nobody expected an answer: another server's client. Logged only when asked for."""
    chose: IPv4Address | None = None
    """The server whose OFFER its REQUEST takes, where that is not us."""


@dataclass(frozen=True, slots=True)
class Released:
    """A client gave its address back before its time."""

    kind = "released"
    client: Client
    address: IPv4Address


@dataclass(frozen=True, slots=True)
class Conflicted:
    """An address that was to be given is used by a host that pxectl does not know."""

    kind = "conflict"
    client: Client
    """Who was to get it."""
    address: IPv4Address
    by: str
    """MAC or address of who answered our probe; empty: the client itself found it taken."""
    seconds: float
    """How long nobody gets it."""


@dataclass(frozen=True, slots=True)
class PoolFull:
    """A pool has no address left; told again after a while, not for each client."""

    kind = "pool-full"
    pool: str
    """`10.77.0.100-10.77.0.199 of 10.77.0.0/24`."""
    client: Client
    """One that got none."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A datagram or request that is not what it should be."""

    kind = "dropped"
    protocol: str
    """`dhcp`, `tftp`, `http` or `https`."""
    peer: str
    interface: str
    reason: str
    size: int
    """Octets received."""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Requested:
    """A path was asked for over TFTP or HTTP."""

    kind = "requested"
    protocol: Protocol
    peer: IPv4Address
    path: str
    client: Client | None
    """None when the path carries no token that is ours."""
    status: int
    """As in HTTP: 200, 403, 404."""
    what: str
    """`nbp`, `script`, `kernel`, `initrd`, `template`, `iso`, `file`, `booted`; empty: refused."""
    reason: str = ""
    """Why it was refused."""
    hint: str = ""
    is_piece: bool = False
    """One of very many, of a disk that is read block by block."""

    @property
    def who(self) -> str:
        """The MAC of who asks, or its address where that is not known."""
        client = self.client
        return str(client.mac if client is not None and client.mac is not None else self.peer)


@dataclass(frozen=True, slots=True)
class Looped:
    """A machine has loaded the same first program so often that it gets a script that says so."""

    kind = "looped"
    client: Client
    name: str
    """The program's."""
    times: int
    seconds: float
    """Within which it did, and for which it gets that script."""


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What the mirror does about a file of another server."""

    kind = "mirrored"
    url: str
    outcome: str
    """`fetching`, `fetched`, `failed`, or `kept`: the server can not be asked whether the one that
    is here is the present one."""
    size: int | None
    """Octets of the file; None: not known."""
    seconds: float
    """From the first question to the end of it."""
    detail: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Transferred:
    """A transfer ended, in one way or another."""

    kind = "transferred"
    protocol: Protocol
    peer: IPv4Address
    path: str
    mac: MAC | None
    size: int
    """Octets of the file."""
    sent: int
    """Octets that the client has acknowledged or taken."""
    seconds: float
    outcome: str
    """`done`, `size probe`, `aborted` or `timed out`."""
    detail: str = ""
    """TFTP: negotiated options and retransmissions, or the client's own words."""
    is_piece: bool = False
    """As in `Requested`."""
    blksize: int = 0
    """TFTP: octets of a block; 0: not TFTP."""
    is_agreed: bool = False
    """TFTP: the client has acknowledged the options."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Everything that was asked for is bound."""

    kind = "ready"
    listeners: tuple[str, ...]
    """Such as `proxyDHCP 67 4011`."""
    archs: tuple[str, ...]
    """Architectures that there is an iPXE binary for."""
    on: tuple[str, ...] = ()
    """Which of the switches are on: `dhcp` or `proxy`, `tftp`, `http`."""


@dataclass(frozen=True, slots=True)
class Switched:
    """A listener was turned on or off while `serve` runs."""

    kind = "switched"
    what: str
    """`dhcp`, `proxy`, `tftp` or `http`."""
    to: bool
    """True: on."""
    why: str
    """Who wanted it: `pxectl ctl`, `key`, `pxectl.toml`."""
    listeners: tuple[str, ...]
    """All that listens now, as in `Ready`."""
    on: tuple[str, ...]
    """All switches that are on now."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The site was read again and is in force."""

    kind = "reloaded"
    changes: tuple[str, ...]
    """One line each: `machine node1 added`."""


@dataclass(frozen=True, slots=True)
class Redecided:
    """A machine gets something else than before the site was read again."""

    kind = "redecided"
    machine: str
    """Its name; empty: any machine that is not known."""
    before: str
    """`boots debian by rule "gpu nodes"`; `after` in the same words."""
    after: str
    changed: tuple[str, ...]
    """What is different: `action`, `profile`, `rule`, `quirks.style`, …"""
    text: str
    """All of it in a line."""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that a person should know: a rejected file, a foreign server, a missing binary."""

    kind = "warned"
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """Plain talk of `serve` itself, such as the mode that it chose."""

    kind = "told"
    message: str


Event = (
    Replied
    | Unanswered
    | Released
    | Conflicted
    | PoolFull
    | Dropped
    | Requested
    | Looped
    | Transferred
    | Mirrored
    | Overheard
    | Ended
    | Ready
    | Switched
    | Reloaded
    | Redecided
    | Warned
    | Told
)
