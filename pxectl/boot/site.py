"""Everything that answers are made from: one immutable picture of the site and of this server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from pxectl.boot.boots import Boots
from pxectl.boot.client import Client
from pxectl.boot.machine import Machine
from pxectl.boot.rules import Rules
from pxectl.boot.subnet import Subnet
from pxectl.mac import MAC
from pxectl.wire.iana import Arch


class Mode(Enum):
    """What is done about DHCP (`serve.dhcp`)."""

    AUTO = "auto"
    OFF = "off"
    PROXY = "proxy"
    SERVER = "server"


class HTTPS(Enum):
    """Who is told `https://` (`serve.https`)."""

    OFF = "off"
    ON = "on"
    """Nobody: it is served, for those who know the URL."""
    IPXE = "ipxe"
    """iPXE that says that it can."""
    ALL = "all"
    """And UEFI's HTTP boot."""


@dataclass(frozen=True, slots=True)
class NBP:
    """A first program that was found on this host."""

    name: str
    """What it is called on the wire: `undionly.kpxe`, `ipxe.efi`."""
    path: str
    """Absolute path of the file."""
    source: str
    """Where it comes from, for people: `site`, `Debian ipxe`, `beside pxectl`."""
    size: int
    """Octets; never 0."""
    signed: bool = False
    """It bears a signature, of whomever."""
    arch: Arch | None = None
    """What it runs on; None: not known."""


@dataclass(frozen=True, slots=True)
class Claims:
    """Whose word is taken about the MAC of a request that carries no token."""

    neighbour: bool = True
    """Whoever has that MAC in this host's neighbour table."""
    networks: tuple[IPv4Network, ...] = ()
    """And whoever asks from one of these."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What `serve` was told to do: flags, `PXECTL_*` and `[serve]`, in that order."""

    interfaces: tuple[str, ...] = ()
    """Empty: every up, physical interface with an IPv4 address."""
    dhcp: Mode = Mode.AUTO
    tftp: bool = True
    http: bool = True
    http_port: int = 8080
    tftp_port: int = 69
    tftp_single_port: bool = False
    """Transfers are answered from `tftp_port`, for NAT that knows nothing of TFTP."""
    https: HTTPS = HTTPS.OFF
    https_port: int = 8443
    tls_cert: str = "tls/server.crt"
    """Certificate and its chain, PEM; a path relative to the site."""
    tls_key: str = "tls/server.key"
    advertise: IPv4Address | None = None
    """Address in replies and URLs; None: the one of the interface that a request came in on."""
    claims: Claims = Claims()
    monitor: tuple[IPv4Address, int] | None = None
    """Address and port of health and metrics; None: nowhere."""
    shadow: bool = False
    """Decide and log, send nothing."""


@dataclass(frozen=True, slots=True)
class Mirroring:
    """`[mirror]`: what is done about URLs in profiles."""

    enabled: bool = True
    """False: machines fetch them by themselves."""
    size: int = 50_000_000_000
    """Octets on disk, at most; what nobody has asked for longest goes first."""
    prefetch: bool = False
    """Fetch what the known machines will ask for, before they do."""


class Inventory:
    """The known machines, found by MAC and by UUID. Immutable once made."""

    __slots__ = ("_by_address", "_by_mac", "_by_uuid", "_elsewhere", "is_complete", "machines")

    def __init__(
        self, machines: tuple[Machine, ...] = (), elsewhere: Mapping[MAC, Machine] | None = None
    ) -> None:
        """The machines of the site, then those that others tell of.

        Args:
            machines: in the order in which they are asked: the first that has a MAC wins.
            elsewhere: what sources that can only be asked for one MAC at a time have told so far;
                asked for a MAC that nothing of `machines` has. May grow while the site is in force.
        """
        self.machines = machines
        self.is_complete = elsewhere is None
        """True if there is nobody else to ask for a machine."""
        self._elsewhere: Mapping[MAC, Machine] = elsewhere if elsewhere is not None else {}
        self._by_mac = {mac: m for m in reversed(machines) for mac in m.macs}
        self._by_uuid = {m.uuid: m for m in reversed(machines) if m.uuid}
        self._by_address: dict[int, Machine] | None = None

    def with_machines(self, machines: tuple[Machine, ...]) -> "Inventory":
        """The same with other machines of the site."""
        return Inventory(machines, None if self.is_complete else self._elsewhere)

    def get(self, mac: MAC) -> Machine | None:
        """The machine that has this MAC."""
        return self._by_mac.get(mac) or self._elsewhere.get(mac)

    def of(self, client: Client) -> Machine | None:
        """The machine that asks: by its MAC, else (another NIC of it) by its UUID."""
        if client.mac is not None and (machine := self.get(client.mac)):
            return machine
        return self._by_uuid.get(client.uuid) if client.uuid else None

    def holder(self, number: int) -> Machine | None:
        """The machine whose `address` this is, as a number: nobody else gets it."""
        if self._by_address is None:
            self._by_address = {int(m.address): m for m in reversed(self.machines) if m.address}
        return self._by_address.get(number)

    def lists(self, client: Client) -> bool:
        """True if `machines` has it, or nobody else can: its MAC need not be looked up."""
        return self.is_complete or client.mac in self._by_mac or client.uuid in self._by_uuid

    def __len__(self) -> int:
        return len(self.machines)


@dataclass(frozen=True, slots=True)
class Site:
    """What is in force at one moment. A reload makes a new one."""

    path: str = ""
    """The site's directory; empty: none, the defaults."""
    serving: Serving = Serving()
    inventory: Inventory = field(default_factory=Inventory)
    rules: Rules = field(default_factory=Rules)
    subnets: tuple[Subnet, ...] = ()
    mirroring: Mirroring = Mirroring()
    nbps: Mapping[Arch, NBP] = field(default_factory=dict)
    """The iPXE binary for each architecture (`Arch.pxe`) that there is one for."""
    binaries: Mapping[str, NBP] = field(default_factory=dict)
    """Every other iPXE binary that was found, by its file's name, for the quirk `nbp`."""
    files: str = ""
    """Absolute path of `files/`; empty: none."""
    unsigned: frozenset[str] = frozenset()
    """Programs below `files/` for firmware that were found to bear no signature."""
    program_archs: Mapping[str, Arch] = field(default_factory=dict)
    """What each of them runs on, where that is known."""
    templates: Mapping[str, str] = field(default_factory=dict)
    """Text of each file below `templates/`, by its relative path."""
    vars: Mapping[str, Any] = field(default_factory=dict)
    """`[vars]` of the site file."""
    named_files: Mapping[str, str] = field(default_factory=dict)
    """Files that flags named (`--kernel /boot/vmlinuz`): name → absolute path."""
    boots: Boots = field(default_factory=Boots, compare=False, repr=False)
    """How often machines have booted; may grow while the site is in force."""
    secret: bytes = b""
    """Key of the tokens in paths (`boot/token.py`)."""

    def binary(self, name: str) -> NBP | None:
        """The iPXE binary that is called `name` on the wire."""
        named = {**self.binaries, **{nbp.name: nbp for nbp in self.nbps.values()}}
        if name in named or "/" in name:
            return named.get(name)
        small = name.lower()  # some firmware shouts (netboot.md 2.8)
        return next((nbp for known, nbp in named.items() if known.lower() == small), None)

    def subnet_of(self, address: IPv4Address) -> Subnet | None:
        """The subnet of the site that holds `address`."""
        for subnet in self.subnets:
            if address in subnet.network:
                return subnet
        return None
