"""Who asked to netboot and is nobody's machine: bounded, so that made-up MACs cost little."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace

from pxectl.boot.claims import CLAIMS
from pxectl.boot.client import Client, Firmware
from pxectl.boot.events import Event, Replied, Unanswered
from pxectl.boot.site import Inventory
from pxectl.mac import MAC
from pxectl.wire.iana import Arch

LIMIT = 1024
_LONGEST = 255
"""Characters of a text that are kept. Options of one code are joined (RFC 3396): a datagram can
hold one of sixty thousand octets."""
_NO_UUIDS = (0, (1 << 128) - 1)
"""What boards say that were never given one."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """One of them."""

    client: Client
    """What it said of itself, with its MAC; what it left out later is as it was said before."""
    first_seen: float
    """Seconds since 1970."""
    last_seen: float
    times: int = 1
    """How many DHCP messages it has sent."""

    @property
    def arch(self) -> str:
        """What its file may claim as `arch`; empty if that can not be told."""
        client = self.client
        if client.arch is None or (
            client.firmware is Firmware.RPI and client.arch is Arch.X86_BIOS
        ):
            return ""  # a Raspberry Pi's ROM says so (netboot.md 2.6) and is no x86
        return client.arch.label if client.arch.label in CLAIMS else ""

    @property
    def has_uuid(self) -> bool:
        """Whether its UUID can be told from another board's."""
        return self.client.uuid is not None and self.client.uuid.int not in _NO_UUIDS


class UnknownMachines:
    """Those seen last. Mutable; one owner, who feeds it every event."""

    __slots__ = ("_by_mac", "_limit", "changes")

    def __init__(self, seen: Iterable[Unknown] = (), limit: int = LIMIT) -> None:
        """Make it.

        Args:
            seen: from an earlier run.
            limit: how many are kept; the least recently seen gives way.
        """
        self._limit = limit
        self.changes = 0
        """Grows with every change."""
        self._by_mac: OrderedDict[MAC, Unknown] = OrderedDict(
            (one.client.mac, one)
            for one in sorted(seen, key=lambda one: one.last_seen)[-limit:]
            if one.client.mac is not None
        )

    def observe(self, event: Event, now: float) -> None:
        """Note who asked, if nobody knows it; whoever has become known goes.

        Args:
            event: any.
            now: seconds since 1970.
        """
        if not isinstance(event, Replied | Unanswered) or event.decision is None:
            return
        client = event.client
        if client.mac is None:
            return
        if event.decision.machine is not None:
            if self._by_mac.pop(client.mac, None) is not None:
                self.changes += 1
        elif client.netboots and client.mac.is_usable:
            self._note(client.mac, client, now)

    def _note(self, mac: MAC, client: Client, now: float) -> None:
        before = self._by_mac.get(mac)
        if before is None:
            self._by_mac[mac] = Unknown(_joined(client, Client(mac)), now, now)
            if len(self._by_mac) > self._limit:
                self._by_mac.popitem(last=False)
        else:
            said = _joined(client, before.client)
            self._by_mac[mac] = Unknown(said, before.first_seen, now, before.times + 1)
            self._by_mac.move_to_end(mac)
        self.changes += 1

    def forget_known(self, inventory: Inventory) -> None:
        """Let go of those that are machines now."""
        for mac, one in list(self._by_mac.items()):
            if inventory.of(one.client) is not None:
                del self._by_mac[mac]
                self.changes += 1

    def get(self, mac: MAC) -> Unknown | None:
        """One of them."""
        return self._by_mac.get(mac)

    def __iter__(self) -> Iterator[Unknown]:
        """Who was seen last comes first."""
        return iter(tuple(reversed(self._by_mac.values())))

    def __len__(self) -> int:
        return len(self._by_mac)


def _joined(client: Client, before: Client) -> Client:
    """What it says now, and what it said before where it says nothing now.

    iPXE that its firmware has loaded speaks for itself: what the firmware said of the machine is
    worth more.
    """
    if client == before:  # most say the same in each message, and a boot storm says a lot
        return before
    said = {field.name: getattr(client, field.name) for field in fields(client)}
    said = {key: v[:_LONGEST] if isinstance(v, str) else v for key, v in said.items()}
    if client.is_ipxe and before.netboots and not before.is_ipxe:
        del said["arch"], said["firmware"], said["vendor_class"]
    return replace(before, **{key: value for key, value in said.items() if value not in (None, "")})
