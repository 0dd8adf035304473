"""The messages of a client: DISCOVER, REQUEST, the question on port 4011, RELEASE."""

import asyncio
import os
from collections.abc import Mapping
from dataclasses import replace

from pxectl.boot.kinds import Kind
from pxectl.boot.probing.offer import Offer
from pxectl.mac import MAC
from pxectl.net.probe.wire import Hearing, Wire
from pxectl.wire.dhcp import BROADCAST_FLAG, UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import (
    BOOT_SERVER_PORT,
    DHCP_SERVER_PORT,
    MessageType,
    Op,
    PXESuboption,
)
from pxectl.wire.options import Option, pack_options

PATIENCE = 2.0
"""Seconds that OFFERs are waited for; iPXE waits as long, EDK2 4 (netboot.md 2.2, 2.3)."""
_TRIES = (1.0, 2.0, 3.0)
"""Seconds between two tries of REQUEST and of 4011."""


class Exchange:
    """One client's DHCP."""

    def __init__(self, wire: Wire, kind: Kind, mac: MAC) -> None:
        """Nothing is sent yet."""
        self._wire, self._mac = wire, mac
        xid = int.from_bytes(os.urandom(4), "big")
        packet = kind.discover(mac)
        self._discover = replace(packet, xid=xid, flags=packet.flags | BROADCAST_FLAG)

    async def discover(self) -> list[Offer]:
        """All OFFERs that come within two seconds, in their order.

        Raises:
            HostError: nothing can be sent.
        """
        hearing = Hearing(self._wire, self._discover.xid, self._discover.chaddr)
        try:
            for pause in (PATIENCE / 2, PATIENCE / 2):
                if not hearing.heard:  # one lost packet is no verdict
                    self._wire.broadcast(self._discover)
                await asyncio.sleep(pause)
        finally:
            hearing.close()
        return [one for one in hearing.heard if _type(one) is MessageType.OFFER]

    async def first_address(self, patience: float) -> Offer | None:
        """The first OFFER of an address; None: none came in time.

        Args:
            patience: seconds.

        Raises:
            HostError: nothing can be sent.
        """
        hearing = Hearing(self._wire, self._discover.xid, self._discover.chaddr)
        try:
            self._wire.broadcast(self._discover)
            return await hearing.until(_gives_address, patience)
        finally:
            hearing.close()

    async def request(self, offer: Offer) -> Offer | None:
        """Ask for the address of an OFFER; the ACK or NAK, None if neither comes."""
        message = self._with(
            {
                Option.MESSAGE_TYPE: bytes((MessageType.REQUEST,)),
                Option.REQUESTED_ADDRESS: offer.packet.yiaddr.packed,
                Option.SERVER_IDENTIFIER: offer.server.packed,
            }
        )
        hearing = Hearing(self._wire, message.xid, message.chaddr)
        try:
            for patience in _TRIES:
                self._wire.broadcast(message)
                found = await hearing.until(lambda one: _settles(one, offer), patience)
                if found is not None:
                    return found
        finally:
            hearing.close()
        return None

    async def ask_boot_server(self, offer: Offer) -> list[Offer]:
        """Ask the boot server of an OFFER on port 4011; what it answers, at most one right answer.

        It comes from this host's address, which stands in `ciaddr`: some servers answer that.
        """
        here = self._wire.interface.address
        xid = int.from_bytes(os.urandom(4), "big")
        message = replace(self._with(_type_of_boot_server(offer)), xid=xid, ciaddr=here, flags=0)
        hearing = Hearing(self._wire, xid, message.chaddr)
        try:
            for patience in _TRIES:
                self._wire.unicast(message, offer.tftp_server, BOOT_SERVER_PORT)
                found = await hearing.until(
                    lambda one: one.source_port == BOOT_SERVER_PORT, patience
                )
                if found is not None:
                    return [found]
        finally:
            hearing.close()
        return hearing.heard

    def release(self, ack: Offer) -> None:
        """Give the address back."""
        options: dict[int, bytes] = {
            Option.MESSAGE_TYPE: bytes((MessageType.RELEASE,)),
            Option.SERVER_IDENTIFIER: ack.server.packed,
        }
        kept = {code: self._discover.options[code] for code in (Option.CLIENT_IDENTIFIER,)
                if code in self._discover.options}  # fmt: skip
        message = DHCPPacket(
            op=Op.BOOTREQUEST,
            xid=int.from_bytes(os.urandom(4), "big"),
            chaddr=self._mac,
            ciaddr=ack.packet.yiaddr,
            options=options | kept,
        )
        self._wire.unicast(message, ack.server, DHCP_SERVER_PORT)

    def _with(self, options: Mapping[int, bytes]) -> DHCPPacket:
        return replace(self._discover, options={**self._discover.options, **options})


def _type_of_boot_server(offer: Offer) -> dict[int, bytes]:
    """A REQUEST with the menu's first item, where there is a menu (netboot.md 2.2, 5)."""
    options: dict[int, bytes] = {Option.MESSAGE_TYPE: bytes((MessageType.REQUEST,))}
    menu = offer.pxe.get(PXESuboption.BOOT_MENU, b"")
    if len(menu) >= 2:
        item = {PXESuboption.BOOT_ITEM: menu[:2] + b"\0\0"}
        options[Option.VENDOR_SPECIFIC] = pack_options({int(k): v for k, v in item.items()})
    return options


def _settles(one: Offer, offer: Offer) -> bool:
    """iPXE takes no other server's ACK (netboot.md 2.3)."""
    kind = _type(one)
    if kind not in (MessageType.ACK, MessageType.NAK):
        return False
    is_his = one.server in (offer.server, offer.source)
    given = one.packet.yiaddr
    return is_his and (kind is MessageType.NAK or given == offer.packet.yiaddr != UNSPECIFIED)


def _gives_address(one: Offer) -> bool:
    return _type(one) is MessageType.OFFER and one.packet.yiaddr != UNSPECIFIED


def _type(one: Offer) -> MessageType | None:
    return one.packet.message_type
