import heapq
from dataclasses import dataclass, field
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.wire.negotiation import Limits
from pxectl.wire.tftp import ACK, DATA, ERROR, OACK, RRQ, ErrorCode, parse, segments
from pxectl.wire.transfer import RETRIES, Blocks, Kind, Transfer

LIMITS = Limits()


def read(size, limits=LIMITS, **options):
    return Transfer(RRQ("x", "octet", {k: str(v) for k, v in options.items()}), size, limits, 0.0)


# --- one step at a time


def test_without_options_the_first_answer_is_block_1():
    transfer = read(1000)
    assert transfer.start(0.0) == Blocks(1, 1)
    assert transfer.receive(ACK(1), 0.1) == Blocks(2, 2)
    assert transfer.length(Blocks(2, 2)) == 488
    assert transfer.receive(ACK(2), 0.2) is None
    assert transfer.outcome.kind is Kind.DONE
    assert transfer.outcome.sent == 1000
    assert transfer.outcome.seconds == 0.2


def test_options_are_acknowledged_before_the_first_window():
    transfer = read(100_000, blksize=1468, tsize=0, windowsize=4, password="x")
    assert transfer.start(0.0) == OACK({"blksize": "1468", "tsize": "100000", "windowsize": "4"})
    assert transfer.receive(ACK(0), 0.1) == Blocks(1, 4)
    assert transfer.receive(ACK(4), 0.2) == Blocks(5, 8)


@pytest.mark.parametrize(("size", "last", "length"), [(0, 1, 0), (512, 2, 0), (511, 1, 511)])
def test_a_short_block_ends_the_file(size, last, length):
    transfer = read(size)
    step = transfer.start(0.0)
    for block in range(1, last):
        step = transfer.receive(ACK(block), 0.0)
    assert step == Blocks(last, last)
    assert transfer.length(step) == length
    transfer.receive(ACK(last), 0.0)
    assert transfer.outcome.kind is Kind.DONE


def test_a_duplicate_ack_in_lock_step_is_never_answered():
    """RFC 1123 4.2.3.1, the sorcerer's apprentice."""
    transfer = read(5000)
    transfer.start(0.0)
    assert transfer.receive(ACK(1), 0.0) == Blocks(2, 2)
    assert transfer.receive(ACK(1), 0.0) is None
    assert transfer.receive(ACK(1), 0.0) is None


@pytest.mark.parametrize("block", [0, 3, 17, 65535])
def test_an_ack_of_what_was_never_sent_is_ignored(block):
    transfer = read(100_000)
    transfer.start(0.0)
    transfer.receive(ACK(1), 0.0)
    transfer.receive(ACK(2), 0.0) if block == 0 else None
    assert transfer.receive(ACK(block), 0.0) is None
    assert transfer.outcome is None


def test_an_ack_before_the_oack_was_answered_is_ignored():
    transfer = read(5000, blksize=512)
    transfer.start(0.0)
    assert transfer.receive(ACK(65535), 0.0) is None
    assert transfer.receive(ACK(1), 0.0) is None


def test_an_ack_inside_the_window_goes_back_to_the_gap():
    transfer = read(100_000, windowsize=8)
    transfer.start(0.0)
    transfer.receive(ACK(0), 0.01)
    step = transfer.receive(ACK(3), 0.02)
    assert step == Blocks(4, 7)  # half a window first: the client could not keep up
    assert transfer.expire(transfer.deadline) == Blocks(8, 11)  # but the window stays as agreed
    assert transfer.receive(ACK(3), 0.03) is None  # once per gap
    assert transfer.receive(ACK(11), 0.04) == Blocks(12, 16)
    assert transfer.outcome is None


def test_bursts_grow_again_when_windows_arrive():
    transfer = read(100_000, windowsize=4)
    transfer.start(0.0)
    transfer.receive(ACK(0), 0.0)
    assert transfer.receive(ACK(1), 0.0) == Blocks(2, 3)
    transfer.expire(transfer.deadline)
    assert transfer.receive(ACK(5), 0.1) == Blocks(6, 8)
    transfer.expire(transfer.deadline)
    assert transfer.receive(ACK(9), 0.2) == Blocks(10, 13)


def test_a_lost_first_block_of_a_window_is_sent_again_once_at_a_duplicate_ack():
    transfer = read(100_000, windowsize=4)
    transfer.start(0.0)
    transfer.receive(ACK(0), 0.0)
    transfer.receive(ACK(4), 0.0)
    assert transfer.receive(ACK(4), 0.01) == Blocks(5, 6)
    assert transfer.receive(ACK(4), 0.01) is None
    # the window went out twice, so its ACK comes twice: that is no gap
    transfer.expire(transfer.deadline)
    assert transfer.receive(ACK(8), 0.02).first == 9
    assert transfer.receive(ACK(8), 0.02) is None


def test_silence_sends_the_window_again_and_doubles_the_wait():
    transfer = read(5000)
    transfer.start(0.0)
    assert transfer.deadline == 0.5
    assert transfer.expire(0.4) is None
    assert transfer.expire(0.5) == Blocks(1, 1)
    assert transfer.deadline == 1.5
    assert transfer.expire(1.5) == Blocks(1, 1)
    assert transfer.deadline == 3.5


def test_the_wait_follows_the_measured_round_trip():
    transfer = read(5000)
    transfer.start(0.0)
    transfer.receive(ACK(1), 0.01)
    assert transfer.deadline == pytest.approx(0.01 + 0.03)


def test_an_ack_of_a_block_that_was_sent_twice_measures_nothing():
    """Karn's rule."""
    transfer = read(5000)
    transfer.start(0.0)
    transfer.expire(0.5)
    transfer.receive(ACK(1), 0.5001)
    assert transfer.deadline - 0.5001 == pytest.approx(1.0)


def test_the_client_s_timeout_is_an_upper_bound():
    transfer = read(5000, timeout=1)
    assert transfer.start(0.0) == OACK({"timeout": "1"})
    now = 0.0
    for _ in range(RETRIES):
        assert transfer.deadline - now <= 1.0
        now = transfer.deadline
        transfer.expire(now)


@pytest.mark.parametrize("options", [{}, {"blksize": 1024}, {"windowsize": 16}])
def test_gives_up_after_a_bounded_silence(options):
    transfer = read(100_000, **options)
    transfer.start(0.0)
    while transfer.outcome is None:
        assert transfer.deadline < 40
        transfer.expire(transfer.deadline)
    assert transfer.outcome.kind is Kind.TIMED_OUT
    assert transfer.outcome.retransmissions == RETRIES
    assert transfer.outcome.sent == 0
    assert 10 < transfer.outcome.seconds < 40  # ROMs and people with a flash to write need time


@pytest.mark.parametrize("code", [ErrorCode.NOT_DEFINED, ErrorCode.OPTION_NEGOTIATION])
def test_hanging_up_after_the_size_is_a_probe(code):
    """netboot.md 2.2: EDK2 says ERROR 8, BIOS ROMs say ERROR 0."""
    transfer = read(5000, tsize=0, blksize=1468)
    transfer.start(0.0)
    assert transfer.receive(ERROR(code, "User aborted the transfer"), 0.1) is None
    assert transfer.outcome.kind is Kind.SIZE_PROBE


@pytest.mark.parametrize(("options", "before"), [({}, []), ({"blksize": 1024}, [ACK(0)])])
def test_a_raspberry_pi_looks_whether_a_file_is_there(options, before):
    """dnsmasq's logs of it: "error 0 Early terminate received"."""
    transfer = read(5000, **options)
    transfer.start(0.0)
    for packet in before:
        transfer.receive(packet, 0.0)

    transfer.receive(ERROR(ErrorCode.NOT_DEFINED, "Early terminate"), 0.1)

    assert transfer.outcome.kind is Kind.SIZE_PROBE


@pytest.mark.parametrize(
    ("options", "before", "error", "detail"),
    [
        ({"tsize": 0}, [], ERROR(ErrorCode.DISK_FULL, "full"), "ERROR 3: full"),
        ({"tsize": 0}, [ACK(0)], ERROR(ErrorCode.NOT_DEFINED, "no"), "ERROR 0: no"),
        ({"blksize": 8}, [], ERROR(ErrorCode.OPTION_NEGOTIATION), "ERROR 8"),
        ({}, [ACK(1)], ERROR(ErrorCode(99), "what"), "ERROR 99: what"),
    ],
)
def test_other_errors_of_the_client_abort(options, before, error, detail):
    transfer = read(5000, **options)
    transfer.start(0.0)
    for packet in before:
        transfer.receive(packet, 0.0)
    transfer.receive(error, 0.1)
    assert transfer.outcome.kind is Kind.ABORTED
    assert transfer.outcome.detail == detail


@pytest.mark.parametrize("packet", [DATA(1, b"x"), RRQ("x"), OACK({"blksize": "8"})])
def test_packets_that_make_no_sense_here_are_ignored(packet):
    transfer = read(5000)
    transfer.start(0.0)
    assert transfer.receive(packet, 0.0) is None
    assert transfer.outcome is None


def test_nothing_happens_after_the_end():
    transfer = read(0)
    transfer.start(0.0)
    transfer.receive(ACK(1), 0.0)
    outcome = transfer.outcome
    assert transfer.receive(ACK(1), 0.1) is None
    assert transfer.receive(ERROR(ErrorCode.NOT_DEFINED), 0.1) is None
    assert transfer.expire(99.0) is None
    assert transfer.outcome is outcome


def test_our_own_end_is_told_to_the_client():
    transfer = read(5000)
    transfer.start(0.0)
    assert transfer.abort("file became shorter", 1.0) == ERROR(
        ErrorCode.NOT_DEFINED, "file became shorter"
    )
    assert transfer.outcome.kind is Kind.ABORTED
    assert transfer.outcome.detail == "file became shorter"


def test_untouched_until_the_first_ack():
    for transfer, block in ((read(5000), 1), (read(5000, tsize=0), 0)):
        transfer.start(0.0)
        transfer.expire(transfer.deadline)
        assert transfer.is_untouched
        transfer.receive(ACK(block), 1.0)
        assert not transfer.is_untouched


# --- against a client, over a link that loses, doubles and reorders

DELAY = 0.001
STRAIGHT = (DELAY,)
FATES = [STRAIGHT] * 6 + [(), (DELAY, DELAY * 2), (DELAY * 7,), (DELAY, 0.3)]


@dataclass
class Client:
    """Acknowledges once per gap and a repeated last block again; if eager, all unexpected ones."""

    options: dict[str, str]
    blksize: int = 512
    windowsize: int = 1
    expected: int = 1
    received: bytearray = field(default_factory=bytearray)
    count: int = 0
    gap: bool = False
    is_done: bool = False
    is_eager: bool = False  # as EDK2: Mtftp4RrqHandleData

    def take(self, packet):
        match packet:
            case OACK(options):
                assert options.keys() <= self.options.keys()
                self.blksize = int(options.get("blksize", 512))
                self.windowsize = int(options.get("windowsize", 1))
                return ACK(0) if not self.received else None
            case DATA(block, data):
                ahead = (block - self.expected + 0x8000 & 0xFFFF) - 0x8000
                if ahead == 0:
                    return self.keep(data)
                repeat = self.is_eager or ahead == -1 or (ahead > 0 and not self.gap)
                self.gap = self.gap or ahead > 0
                self.count = 0 if repeat else self.count
                return self.last_ack() if repeat else None
        raise AssertionError(packet)

    def keep(self, data):
        assert len(data) <= self.blksize
        self.received += data
        self.expected += 1
        self.gap = False
        self.count += 1
        self.is_done = self.is_done or len(data) < self.blksize
        if self.count >= self.windowsize or self.is_done:
            self.count = 0
            return self.last_ack()
        return None

    def last_ack(self):
        return ACK(self.expected - 1 & 0xFFFF)


class Link:
    """Runs one transfer to its end in simulated time; `fate()` says the delays of a datagram."""

    def __init__(self, content, transfer, client, fate):
        self.content, self.transfer, self.client, self.fate = content, transfer, client, fate
        self.queue = []
        self.now = 0.0
        self.datagrams = 0

    def send(self, receiver, wire):
        self.datagrams += 1
        for delay in self.fate():
            heapq.heappush(self.queue, (self.now + delay, len(self.queue), receiver, bytes(wire)))

    def step(self, step):
        match step:
            case Blocks(first, last):
                at = self.transfer.offset(first)
                content = self.content[at : at + self.transfer.length(step)]
                parts = segments(first, last, memoryview(content), self.transfer.blksize)
                for header, data in zip(parts[::2], parts[1::2], strict=True):
                    self.send("client", header + data)
            case None:
                pass
            case packet:
                self.send("client", bytes(packet))

    def run(self, step):
        self.step(step)
        while self.transfer.outcome is None:
            if not self.queue or self.transfer.deadline <= self.queue[0][0]:
                self.now = max(self.now, self.transfer.deadline)
                self.step(self.transfer.expire(self.now))
                continue
            self.now, _, receiver, wire = heapq.heappop(self.queue)
            if receiver == "server":
                self.step(self.transfer.receive(parse(wire), self.now))
            elif (answer := self.client.take(parse(wire))) is not None:
                self.send("server", bytes(answer))
        return self.transfer.outcome


def download(content, options, fate, limits=LIMITS, is_eager=False):
    asked = {name: str(value) for name, value in options.items()}
    transfer = Transfer(RRQ("x", "octet", asked), len(content), limits, 0.0)
    link = Link(content, transfer, Client(asked, is_eager=is_eager), fate)
    outcome = link.run(transfer.start(0.0))
    return outcome, link


def lossy(percent, seed=1):
    random = Random(seed)
    return lambda: () if random.random() * 100 < percent else STRAIGHT


def then_straight(fates):
    rest = iter(fates)
    return lambda: next(rest, STRAIGHT)


link_options = st.fixed_dictionaries(
    {},
    optional={
        "blksize": st.sampled_from([8, 16, 512, 1468]),
        "windowsize": st.sampled_from([1, 2, 4, 16, 64]),
        "tsize": st.just(0),
        "timeout": st.sampled_from([1, 5]),
    },
)
fates = st.lists(st.sampled_from(FATES), max_size=150)


@given(st.integers(0, 3000), link_options, fates, st.booleans())
@settings(deadline=None, max_examples=150)
def test_every_octet_arrives_over_a_bad_link(size, options, fates, is_eager):
    content = Random(size).randbytes(size)
    outcome, link = download(content, options, then_straight(fates), is_eager=is_eager)
    assert bytes(link.client.received) == content
    assert outcome.kind is Kind.DONE
    assert outcome.sent == size


@given(st.sampled_from([1, 4, 16, 64]), st.integers(1, 80), fates)
@settings(deadline=None, max_examples=60)
def test_block_numbers_roll_over_on_a_bad_link(windowsize, before, fates):
    size = 8 * 65536 + 8 * 90 + 3
    content = Random(1).randbytes(size)
    options = {"blksize": "8", "windowsize": str(windowsize)}
    transfer = Transfer(RRQ("x", "octet", options), size, Limits(windowsize=64), 0.0)
    transfer.start(0.0)
    at = 65536 - before  # as if all before had gone well
    transfer._acked = transfer._highest = transfer._sent = at
    client = Client(options, 8, windowsize, expected=at + 1)
    link = Link(content, transfer, client, then_straight(fates))
    outcome = link.run(transfer._window(0.0))
    assert bytes(client.received) == content[8 * at :]
    assert outcome.kind is Kind.DONE
    assert outcome.sent == size


def test_65536_blocks_and_more_arrive_from_the_first_to_the_last():
    content = Random(2).randbytes(8 * 65540)
    outcome, link = download(
        content, {"blksize": 8, "windowsize": 64}, lambda: STRAIGHT, Limits(windowsize=64)
    )
    assert bytes(link.client.received) == content
    assert outcome.retransmissions == 0


@pytest.mark.parametrize("is_eager", [False, True])
@pytest.mark.parametrize("windowsize", [1, 4, 16])
@pytest.mark.parametrize("trouble", [(DELAY, DELAY), (DELAY, DELAY * 4), ()])
@pytest.mark.parametrize("at", range(8))
def test_a_copy_or_a_loss_does_not_multiply(windowsize, is_eager, trouble, at):
    """One accident at the start must not double the rest of the file."""
    content = bytes(512 * 400)
    fate = then_straight([*[STRAIGHT] * at, trouble])
    options = {"windowsize": windowsize}
    _, link = download(content, options, fate, is_eager=is_eager)
    _, quiet = download(content, options, lambda: STRAIGHT)
    assert link.datagrams <= quiet.datagrams + 4 * windowsize + 4


class FixedTimer:
    timeout = measured = 1.0
    mean = 0.0

    def measure(self, seconds):
        pass

    def back_off(self):
        pass


def test_loss_costs_round_trips_and_not_seconds():
    """performance.md 2: fixed one-second timers are the whole story."""
    content = Random(3).randbytes(1 << 20)
    options = {"blksize": 1468}
    measured, link = download(content, options, lossy(1))
    assert bytes(link.client.received) == content
    transfer = Transfer(RRQ("x", "octet", {"blksize": "1468"}), len(content), Limits(), 0.0)
    transfer._rtt = FixedTimer()
    link = Link(content, transfer, Client({"blksize": "1468"}), lossy(1))
    fixed = link.run(transfer.start(0.0))
    assert bytes(link.client.received) == content
    assert measured.kind is fixed.kind is Kind.DONE
    assert measured.seconds * 4 < fixed.seconds
    print(f"1 MB, 1 % loss each way: {measured.seconds:.2f} s against {fixed.seconds:.2f} s")


@pytest.mark.parametrize("is_eager", [False, True])
@pytest.mark.parametrize("windowsize", [4, 16, 64])
def test_windows_survive_loss(windowsize, is_eager):
    content = Random(4).randbytes(1 << 20)
    options = {"blksize": 1468, "windowsize": windowsize}
    outcome, link = download(content, options, lossy(1), Limits(windowsize=64), is_eager)
    assert bytes(link.client.received) == content
    assert outcome.seconds < 1.5
    assert link.datagrams < 718 * 3
    print(f"window {windowsize}: {outcome.seconds:.2f} s, {outcome.retransmissions} sent again")


def test_a_client_that_can_hold_eight_frames_still_gets_its_file():
    """performance.md 2: sixteen frames back to back overrun a boot ROM."""
    content = Random(5).randbytes(1468 * 1000)
    asked = {"blksize": "1468", "windowsize": "16"}
    transfer = Transfer(RRQ("x", "octet", asked), len(content), Limits(), 0.0)
    client = Client(asked)

    class Ring(Link):
        def step(self, step):
            if isinstance(step, Blocks) and step.last - step.first >= 8:
                whole, self.fate = step, then_straight([STRAIGHT] * 8 + [()] * 8)
                super().step(whole)
                self.fate = lambda: STRAIGHT
            else:
                super().step(step)

    outcome = Ring(content, transfer, client, lambda: STRAIGHT).run(transfer.start(0.0))
    assert bytes(client.received) == content
    assert outcome.kind is Kind.DONE
    assert outcome.retransmissions < 1000 / 16
    assert outcome.seconds < 1.0
