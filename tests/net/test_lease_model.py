"""Hundreds of clients say anything at all, in any order, while clocks are set, the disk fails, the
site changes and the server dies: nobody ever holds an address that somebody else holds.

The model is what clients believe: each counts the seconds of its ACK by a clock of its own. The
server is the real one below its sockets: answerer, core, table, committer and file.
"""

import asyncio
import tempfile
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

from hypothesis import event, given, settings
from hypothesis import strategies as st

from pxectl.boot.binding import State
from pxectl.boot.memory import Memory
from pxectl.boot.site import Mode
from pxectl.boot.subnet import Subnet
from pxectl.errors import HostError
from pxectl.mac import MAC
from pxectl.net.answering import Answerer
from pxectl.store.leases import LeaseFile, read_leases
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.iana import MessageType
from pxectl.wire.options import Option
from tests.boot.test_dhcpserver import message
from tests.builders import FOREIGN, NETWORK, NOW, SERVER, arrival, discover, machine, site

CLIENTS = 300
FIRST = 100


def mac_of(number):
    return MAC((0x525400000000 + number).to_bytes(6, "big"))


def address(number):
    return IPv4Address(f"10.77.0.{FIRST + number}")


def a_site(pool, reserved, lease_time):
    """Addresses FIRST to FIRST + `pool`, some of them and others reserved for the first clients."""
    machines = tuple(
        machine(name=f"n{n}", macs=(mac_of(2 * n), mac_of(2 * n + 1)), address=address(at))
        for n, at in enumerate(reserved)
    )
    subnet = Subnet(NETWORK, ((address(0), address(pool)),), lease_time)
    return site(Mode.SERVER, machines=machines, subnets=(subnet,))


SITES = st.builds(
    a_site,
    st.integers(0, 12),
    st.lists(st.integers(0, 20), max_size=4, unique=True),
    st.sampled_from([30, 400, 3600]),
)
SAID = st.tuples(
    st.sampled_from(
        ["discover", "firmware", "select", "reboot", "renew", "release", "decline", "other server"]
    ),
    # few of them speak often, so that they meet
    st.one_of(st.integers(0, 5), st.integers(0, 5), st.integers(0, CLIENTS - 1)),
    st.integers(0, 14),
)
# at once, one word a machine
TOGETHER = st.lists(SAID, min_size=1, max_size=12, unique_by=lambda said: said[1] // 2)
TALK = st.tuples(st.just("say"), TOGETHER)
STEPS = st.one_of(
    TALK,
    TALK,
    TALK,
    # said, and no reply arrives: lost on the wire, or the server died before it could send it
    st.tuples(st.just("lose"), TOGETHER),
    st.tuples(st.just("pass"), st.integers(1, 4000)),
    st.tuples(st.just("set the clock"), st.sampled_from([-1e8, -4000, 4000, 1e8])),
    st.tuples(st.just("restart"), st.none()),
    st.tuples(st.just("read again"), SITES),
    st.tuples(st.just("disk"), st.booleans()),
)


@dataclass
class Client:
    """What a client knows of itself."""

    mac: MAC
    offered: IPv4Address | None = None
    held: IPv4Address | None = None
    until: float = 0.0
    """By its own clock, that nobody sets."""
    in_firmware: bool = False
    got_in_firmware: bool = False


class Failing(LeaseFile):
    """A real file on a disk that may be full."""

    full = False

    def commit(self, changes):
        if Failing.full:
            raise HostError("no room")
        super().commit(changes)


@dataclass
class World:
    """All of it; `play` lets one step happen."""

    state: Path
    site: object
    passed: float = 0.0
    set_by: float = 0.0
    clients: list = field(default_factory=lambda: [Client(mac_of(n)) for n in range(CLIENTS)])
    answerer: Answerer | None = None

    def start(self):
        self.answerer = Answerer(
            lambda: self.site, Memory(), lambda _: None, clock=lambda: (self.wall, self.passed)
        )
        self.answerer.keep(Failing(self.state))

    @property
    def wall(self):
        return NOW + self.passed + self.set_by

    async def play(self, what, how):
        match what:
            case "say":
                await asyncio.gather(*(self.say(*one) for one in how))
            case "lose":
                await asyncio.gather(*(self.say(*one, lost=True) for one in how))
            case "pass":
                self.passed += how
            case "set the clock":
                self.set_by += how
                self.answerer._now()  # as its timer does within a second
            case "restart":
                await self.answerer.close()
                self.start()
            case "read again":
                self.site = how
            case "disk":
                Failing.full = how
        self.check()

    def check(self):
        holders = [c for c in self.clients if c.held and self.passed < c.until]
        held = [c.held for c in holders]
        assert len(set(held)) == len(held), sorted(map(str, held))

    async def say(self, kind, number, at, *, lost=False):
        client = self.clients[number]
        packet = self.packet(client, kind, address(at))
        got = asyncio.get_running_loop().create_future()
        self.answerer.answer(packet.pack(), arrival(), got.set_result)
        began = self.passed
        if kind in ("release", "decline"):
            client.held = None  # it stops using it when it says so
        response = await got
        if response.payload and not lost:
            self.hear(client, DHCPPacket.parse(response.payload), kind, began)

    def packet(self, client, kind, wanted):
        match kind:
            case "discover":
                return message(MessageType.DISCOVER, client.mac, wants=wanted)
            case "firmware":
                return discover("uefi-x64", client.mac)
            case "select":
                chosen = client.offered or wanted
                if not client.in_firmware:
                    return message(MessageType.REQUEST, client.mac, wants=chosen, server=SERVER)
                options = message(MessageType.REQUEST, wants=chosen, server=SERVER).options
                boots = {code: value for code, value in options.items() if code in (50, 53, 54)}
                return discover("uefi-x64", client.mac, options=boots)
            case "other server":
                return message(MessageType.REQUEST, client.mac, wants=wanted, server=FOREIGN)
            case "reboot":
                return message(MessageType.REQUEST, client.mac, wants=client.held or wanted)
            case "renew":
                return message(MessageType.REQUEST, client.mac, ciaddr=client.held or wanted)
            case "release":
                ciaddr = client.held or wanted
                return message(MessageType.RELEASE, client.mac, ciaddr=ciaddr, server=SERVER)
            case "decline":
                wants = client.held or wanted
                return message(MessageType.DECLINE, client.mac, wants=wants, server=SERVER)

    def hear(self, client, reply, kind, began):
        match reply.message_type:
            case MessageType.OFFER:
                client.offered = reply.yiaddr
                client.in_firmware = kind == "firmware"
            case MessageType.NAK:
                client.offered = client.held = None
            case MessageType.ACK:
                event(f"ACK to {kind}")
                [row] = [r for r in read_leases(self.state) if r.address == reply.yiaddr]
                assert (row.mac, row.state) == (client.mac, State.LEASED), "told, but not on disk"
                seconds = int.from_bytes(reply.options[Option.LEASE_TIME], "big")
                assert row.expires >= self.wall + seconds - 1
                self.take_over(client, reply.yiaddr)
                client.held, client.until = reply.yiaddr, began + seconds
                client.offered = None
                client.got_in_firmware = kind == "select" and client.in_firmware

    def take_over(self, client, taken):
        """Two NICs of one machine: what one got in firmware is over when the other one asks, and
        what it got at all when the machine is in its firmware again."""
        number = self.clients.index(client)
        sibling = self.clients[number ^ 1]
        if sibling.held == taken and (client.in_firmware or sibling.got_in_firmware):
            holder = self.site.inventory.get(client.mac)
            if holder is not None and holder.address == taken:
                sibling.held = None


@settings(max_examples=200, deadline=None)
@given(SITES, st.lists(STEPS, min_size=20, max_size=80))
def test_no_address_is_held_twice_and_every_ack_is_on_disk(first, steps):
    async def main(state):
        world = World(state, first)
        Failing.full = False
        world.start()
        for what, how in steps:
            await world.play(what, how)
        await world.answerer.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(main(Path(folder)))
