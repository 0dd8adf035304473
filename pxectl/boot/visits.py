"""What has been seen of each client lately: bounded, in memory, gone with the process.

A path's token says for whom it was made (`boot/token.py`); what that client said of itself over
DHCP (architecture, relay, vendor class, …) is remembered here, so that TFTP and HTTP decide on
the same facts as DHCP did.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pxectl.boot.client import Client
from pxectl.boot.loops import Loops
from pxectl.mac import MAC

EXCHANGE = 60.0  # seconds from a DISCOVER to its REQUEST: EDK2 and Pi 4 give up sooner
LIMIT = 16384  # a flood of made-up MACs may not eat the host's memory


@dataclass(slots=True)
class Visit:
    """The last sign of life of one client."""

    client: Client
    at: float
    """Seconds since 1970."""
    boots_once: bool = False
    """It was let in by `netboot = "once"` since it last asked for an address."""
    purposes: Mapping[str, str] | None = None
    """What the files of its recipe are to this boot, once that is known."""
    is_counted: bool = False
    """Its boot is among those that rules see as `boots`."""
    xid: int | None = None
    """Of the DHCP exchange that it was last seen in."""


class Visits:
    """The clients seen last. Mutable; owned by the server that passes it to the two doors."""

    __slots__ = ("_by_mac", "_limit", "loops")

    def __init__(self, limit: int = LIMIT) -> None:
        self.loops = Loops()
        self._by_mac: OrderedDict[MAC, Visit] = OrderedDict()
        self._limit = limit

    def note(self, client: Client, now: float, xid: int | None = None) -> None:
        """Remember what `client` said of itself; the least recently seen gives way.

        Args:
            client: who.
            now: seconds since 1970.
            xid: of the DHCP message that said it.
        """
        if client.mac is None:
            return
        if client.is_ipxe:
            self.loops.is_ipxe(client.mac)
        self._by_mac[client.mac] = Visit(client, now, xid=xid)
        self._by_mac.move_to_end(client.mac)
        if len(self._by_mac) > self._limit:
            self._by_mac.popitem(last=False)

    def meet(self, client: Client, now: float) -> None:
        """Remember what `client` says of itself over HTTP; a boot that is under way goes on."""
        visit = self._by_mac.get(client.mac) if client.mac is not None else None
        if visit is None:
            self.note(client, now)
        else:
            visit.client, visit.at = client, now

    def begin(self, mac: MAC | None) -> None:
        """It is told what to boot: nothing of a boot before this one goes on."""
        visit = self._by_mac.get(mac) if mac is not None else None
        if visit is not None:
            visit.boots_once, visit.is_counted, visit.purposes = False, False, None

    def let_in_once(self, client: Client, now: float) -> None:
        """It boots because of `netboot = "once"`: what it installs goes on when that has become
        `never`, until it asks over DHCP to boot anew."""
        if client.mac is None:
            return
        if client.mac not in self._by_mac:
            self.note(client, now)
        self._by_mac[client.mac].boots_once = True

    def count(self, client: Client, now: float) -> bool:
        """It boots; false if that was counted since it last asked over DHCP to boot."""
        if client.mac is None:
            return False
        if client.mac not in self._by_mac:
            self.note(client, now)
        visit = self._by_mac[client.mac]
        is_new, visit.is_counted = not visit.is_counted, True
        return is_new

    def is_counted(self, mac: MAC | None) -> bool:
        """True while the boot that was counted last is under way."""
        visit = self._by_mac.get(mac) if mac is not None else None
        return visit is not None and visit.is_counted

    def purposes(self, mac: MAC | None) -> Mapping[str, str] | None:
        """What `keep_purposes` took since it last asked for an address."""
        visit = self._by_mac.get(mac) if mac is not None else None
        return visit.purposes if visit else None

    def keep_purposes(self, mac: MAC | None, purposes: Mapping[str, str]) -> None:
        """Remember what files are to its boot: `kernel`, `initrd`, `nbp`, by name."""
        visit = self._by_mac.get(mac) if mac is not None else None
        if visit is not None:
            visit.purposes = purposes

    def boots_once(self, mac: MAC | None) -> bool:
        """True while that boot is under way, or the system that came of it runs."""
        visit = self._by_mac.get(mac) if mac is not None else None
        return visit is not None and visit.boots_once

    def client(self, mac: MAC) -> Client | None:
        """What it last said of itself."""
        visit = self._by_mac.get(mac)
        return visit.client if visit else None

    def by_serial(self, serial: str) -> MAC | None:
        """The MAC of who last said that this is its serial number (Raspberry Pi)."""
        found = (mac for mac, visit in self._by_mac.items() if visit.client.serial == serial)
        return next(found, None)

    def located(self, client: Client) -> Client:
        """`client` with where it asked from over DHCP, if a relay stood between.

        What it sends by unicast, to port 4011, comes past the relay: without this a rule about
        the relay or its subnet would decide otherwise there than for the DISCOVER.
        """
        before = self.client(client.mac) if client.mac is not None else None
        if before is None or before.relay is None or client.relay is not None:
            return client
        return replace(
            client,
            interface=before.interface,
            subnet=before.subnet,
            relay=before.relay,
            circuit_id=before.circuit_id,
            remote_id=before.remote_id,
        )

    def as_begun(self, client: Client, xid: int, now: float) -> Client:
        """`client` as it introduced itself when it began this exchange.

        Raspberry Pi 4 leaves option 60 out of its REQUEST (netboot.md 3.1, 13). Pi 3 has one xid
        for all boards: it says nothing without the MAC.

        Args:
            client: who asks, without an option 60.
            xid: of its message.
            now: seconds since 1970.
        """
        visit = self._by_mac.get(client.mac) if client.mac is not None else None
        if visit is None or visit.xid != xid or now - visit.at > EXCHANGE:
            return client
        return visit.client

    def __len__(self) -> int:
        return len(self._by_mac)
