import asyncio
import socket
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from pxectl.boot.events import Dropped, Replied
from pxectl.boot.memory import Memory
from pxectl.boot.quirks import Quirks
from pxectl.boot.respond import respond
from pxectl.boot.site import Mode
from pxectl.net.dhcp import DHCPListener
from pxectl.net.interfaces import Interface
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.iana import MessageType
from pxectl.wire.options import Option
from tests.builders import NOW, discover, machine, site

LOCALHOST = IPv4Address("127.0.0.1")
LOOPBACK = Interface("lo", 1, None, LOCALHOST, IPv4Network("127.0.0.0/8"), physical=False)
INFORM = replace(
    discover(ciaddr=LOCALHOST),
    options=discover().options | {Option.MESSAGE_TYPE: bytes((MessageType.INFORM,))},
)


def ask(datagrams, machine_=None, wait=0.2):
    """Replies and events that a listener on loopback has for datagrams from one socket."""
    events, replies = [], []
    site_ = site(Mode.SERVER, machines=(machine_ or machine(address=LOCALHOST),), subnets=())

    async def run():
        loop = asyncio.get_running_loop()
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.bind(("127.0.0.1", 0))
        memory = Memory()

        def answer(data, arrival, reply):
            reply(respond(data, arrival, site_, memory, NOW))

        listener = DHCPListener(sock, LOOPBACK, None, answer, events.append)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.setblocking(False)
            client.bind(("127.0.0.1", 0))
            for datagram in datagrams:
                client.sendto(datagram, sock.getsockname())
            try:
                async with asyncio.timeout(wait):
                    while True:
                        reply = await loop.sock_recv(client, 2000)
                        replies.append((loop.time(), reply))
            except TimeoutError:
                pass
        listener.close()

    asyncio.run(run())
    return replies, events


def test_reply_goes_back_to_where_the_client_asked_from():
    [(_, reply)], [event] = ask([INFORM.pack()])

    assert DHCPPacket.parse(reply).message_type is MessageType.ACK
    assert isinstance(event, Replied)


def test_many_datagrams_that_wait_are_all_answered():
    datagrams = [replace(INFORM, xid=number).pack() for number in range(100)]

    replies, _ = ask(datagrams, wait=0.5)

    assert [DHCPPacket.parse(reply).xid for _, reply in replies] == list(range(100))


def test_malformed_datagram_is_one_line_and_the_next_is_answered():
    replies, events = ask([b"\x01\x02", INFORM.pack()[:240] + b"\x35\xff", INFORM.pack()])

    assert len(replies) == 1
    assert [type(event) for event in events] == [Dropped, Dropped, Replied]
    assert events[0].reason == "2 octets are too few: a BOOTP message has at least 236"
    assert (events[0].peer, events[0].interface, events[0].size) == ("127.0.0.1", "lo", 2)


def test_delayed_reply_does_not_hold_up_others():
    """The Raspberry Pi 3 misses replies that come too soon (netboot.md 3.1, 11)."""
    slow = machine(address=LOCALHOST, quirks=Quirks(reply_delay=0.2))

    replies, events = ask([INFORM.pack()] * 2, slow, wait=0.6)

    assert len(replies) == 2
    assert replies[1][0] - replies[0][0] < 0.15  # both waited at the same time
    assert len(events) == 2
