"""Datagrams through one answerer with a real ledger: what goes out, when, and what is kept."""

import asyncio
from ipaddress import IPv4Address

import pytest

from pxectl.boot.binding import State
from pxectl.boot.events import Conflicted, Dropped, PoolFull, Replied, Unanswered
from pxectl.boot.memory import Memory
from pxectl.boot.site import Mode
from pxectl.boot.subnet import Subnet
from pxectl.net import answering
from pxectl.net.answering import Answerer
from pxectl.store.leases import LeaseFile, read_leases
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.iana import MessageType
from tests.boot.test_dhcpserver import A, B, C, message
from tests.builders import NETWORK, SERVER, STRANGER, arrival, site

POOLED = Subnet(NETWORK, ((A, C),))
SITE = site(Mode.SERVER, subnets=(POOLED,))
DISCOVER = message(MessageType.DISCOVER)
SELECT = message(MessageType.REQUEST, wants=A, server=SERVER)


class Segment:
    """An answerer, the hosts that nobody knows of, and what came of it all."""

    def __init__(self, state, *, site_=SITE, taken=(), ledger=True):
        self.events, self.responses, self.probed = [], [], []
        self.taken, self.room = set(taken), True
        self.memory = Memory()
        self.answerer = Answerer(lambda: site_, self.memory, self.events.append, self.probe)
        if ledger:
            self.answerer.keep(LeaseFile(state))

    def probe(self, address, where, mac, done):
        assert where.interface == "eth0"
        if self.room:
            self.probed.append(address)
            by = "52:54:00:aa:aa:aa" if address in self.taken else ""
            asyncio.get_running_loop().call_soon(done, by)
        return self.room

    async def say(self, packet):
        """What comes of a datagram: the reply's type and address, or nothing."""
        got = asyncio.get_running_loop().create_future()
        self.answerer.answer(packet.pack(), arrival(), got.set_result)
        response = await asyncio.wait_for(got, 5)
        self.responses.append(response)
        if not response.payload:
            return None
        reply = DHCPPacket.parse(response.payload)
        return reply.message_type.name, reply.yiaddr


def play(tmp_path, scenario, **how):
    async def main():
        segment = Segment(tmp_path, **how)
        await scenario(segment)
        await segment.answerer.close()
        return segment

    return asyncio.run(main())


def test_an_offer_waits_for_the_probe_and_an_ack_for_the_disk(tmp_path):
    async def scenario(segment):
        assert await segment.say(DISCOVER) == ("OFFER", A)
        assert segment.probed == [A]
        assert read_leases(tmp_path) == []
        assert await segment.say(SELECT) == ("ACK", A)
        [row] = read_leases(tmp_path)
        assert (row.address, row.mac, row.state) == (A, STRANGER, State.LEASED)
        assert await segment.say(DISCOVER) == ("OFFER", A)
        assert segment.probed == [A], "its own address is not asked for again"

    play(tmp_path, scenario)


def test_an_address_that_somebody_uses_is_kept_from_all_and_the_next_one_offered(tmp_path):
    async def scenario(segment):
        assert await segment.say(DISCOVER) == ("OFFER", B)

    segment = play(tmp_path, scenario, taken=[A])
    [conflict] = segment.events
    assert isinstance(conflict, Conflicted)
    assert (conflict.address, conflict.by) == (A, "52:54:00:aa:aa:aa")
    [row] = read_leases(tmp_path)
    assert (row.address, row.state) == (A, State.QUARANTINED)


def test_where_every_address_is_used_the_client_gets_none(tmp_path):
    async def scenario(segment):
        assert await segment.say(DISCOVER) is None
        assert await segment.say(DISCOVER) is None

    segment = play(tmp_path, scenario, taken=[A, B, C])
    assert segment.probed == [A, B, C]
    assert [type(r.event) for r in segment.responses] == [Unanswered, Unanswered]
    assert [type(e) for e in segment.events] == [Conflicted] * 3 + [PoolFull]


def test_when_too_many_are_probed_the_client_has_to_ask_again(tmp_path):
    async def scenario(segment):
        segment.room = False
        assert await segment.say(DISCOVER) is None
        assert isinstance(segment.responses[0].event, Dropped)

    play(tmp_path, scenario)


def test_an_offer_that_went_to_another_while_it_was_probed_is_not_sent(tmp_path):
    async def scenario(segment):
        plain = segment.probe

        def slow(address, where, mac, done):
            segment.memory.leases.withdraw(A)
            segment.answerer._probe = plain
            return plain(address, where, mac, done)

        segment.answerer._probe = slow
        assert await segment.say(DISCOVER) == ("OFFER", A)
        assert segment.probed == [A, A]

    play(tmp_path, scenario)


def test_without_a_ledger_nothing_is_acknowledged(tmp_path):
    async def scenario(segment):
        assert await segment.say(DISCOVER) == ("OFFER", A)
        assert await segment.say(SELECT) is None
        assert len(segment.memory.leases) == 0

    play(tmp_path, scenario, ledger=False)


def test_in_the_shadow_no_lease_is_given(tmp_path):
    shadow = site(Mode.SERVER, subnets=(POOLED,), serving={"shadow": True})

    async def scenario(segment):
        assert await segment.say(SELECT) is None
        assert isinstance(segment.responses[0].event, Replied)
        assert len(segment.memory.leases) == 0

    play(tmp_path, scenario, site_=shadow, ledger=False)


def test_leases_of_before_a_restart_are_known(tmp_path):
    async def lease(segment):
        assert await segment.say(SELECT) == ("ACK", A)

    async def again(segment):
        other = type(STRANGER).parse("52:54:00:99:99:98")
        assert await segment.say(message(MessageType.DISCOVER, other)) == ("OFFER", B)
        assert await segment.say(message(MessageType.REQUEST, ciaddr=A)) == ("ACK", A)

    play(tmp_path, lease)
    play(tmp_path, again)


@pytest.mark.parametrize("step", [-1e8, 1e8])
def test_a_clock_that_is_set_ends_no_lease_and_prolongs_none(tmp_path, monkeypatch, step):
    async def scenario(segment):
        assert await segment.say(SELECT) == ("ACK", A)
        before = segment.memory.leases.row(A)
        real = answering.time.time
        monkeypatch.setattr(answering.time, "time", lambda: real() + step)
        assert await segment.say(message(MessageType.DISCOVER, wants=IPv4Address(0))) is not None
        after = segment.memory.leases.row(A)
        assert after.expires - before.expires == pytest.approx(step, abs=1)

    segment = play(tmp_path, scenario)
    assert read_leases(tmp_path) == list(segment.memory.leases.rows())
