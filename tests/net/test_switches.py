import asyncio
from dataclasses import replace

import pytest

from pxectl.boot.site import HTTPS, Mode, Serving
from pxectl.errors import HostError, RefusedError
from pxectl.net.switches import Switch, Switchboard

START = Serving(dhcp=Mode.PROXY, tftp=True, http=True)


class Listening:
    """Listeners without sockets: what is open, and what can not be."""

    def __init__(self):
        self.open, self.taken = set(), set()

    def _open(self, what):
        if what in self.taken:
            raise HostError(f"{what} is taken", hint="stop that")
        assert what not in self.open
        self.open.add(what)

    def open_dhcp(self):
        self._open("dhcp")

    def close_dhcp(self):
        self.open.remove("dhcp")

    def open_tftp(self, _, *, single):
        self._open("tftp")

    def close_tftp(self):
        self.open.remove("tftp")

    async def open_http(self, _):
        await asyncio.sleep(0)
        self._open("http")

    async def close_http(self):
        await asyncio.sleep(0)
        self.open.remove("http")

    async def open_https(self, _):
        self._open("https")

    async def close_https(self):
        self.open.remove("https")

    def transfers(self):
        return 0, 0, 0


class Board:
    """A switchboard that has started, and everything that it did."""

    def __init__(self, serving=START, auto=Mode.PROXY):
        self.listeners, self.events, self.auto, self.served = Listening(), [], auto, serving
        self.board = Switchboard(
            serving, self.listeners, self.become, self.serve_as, self.events.append
        )

    async def become(self, mode):
        await asyncio.sleep(0)
        if mode is Mode.SERVER and "server" in self.listeners.taken:
            raise HostError("another server answers", hint="--force")
        return self.auto if mode is Mode.AUTO else mode

    def serve_as(self, serving):
        self.served = serving

    def run(self, *steps):
        async def main():
            await self.board.start()
            return [await step(self.board) for step in steps]

        return asyncio.run(main())

    @property
    def on(self):
        return self.board.on()


def turn(what, on):
    return lambda board: board.turn(Switch(what), on=on, why="test")


def follow(**changes):
    return lambda board: board.follow(replace(START, **changes), "pxectl.toml")


@pytest.mark.parametrize(
    ("steps", "on", "opened"),
    [
        ([], ("proxy", "tftp", "http"), {"dhcp", "tftp", "http"}),
        ([turn("tftp", False)], ("proxy", "http"), {"dhcp", "http"}),
        ([turn("http", False)], ("proxy", "tftp"), {"dhcp", "tftp"}),
        ([turn("proxy", False)], ("tftp", "http"), {"tftp", "http"}),
        ([turn("dhcp", False)], ("proxy", "tftp", "http"), {"dhcp", "tftp", "http"}),
        ([turn("dhcp", True)], ("dhcp", "tftp", "http"), {"dhcp", "tftp", "http"}),
        ([turn("dhcp", True), turn("proxy", True)], ("proxy", "tftp", "http"), None),
        ([turn("dhcp", True), turn("dhcp", False)], ("tftp", "http"), {"tftp", "http"}),
        ([turn("tftp", False), turn("tftp", True)], ("proxy", "tftp", "http"), None),
    ],
)
def test_switches_turn_one_thing_each(steps, on, opened):
    board = Board()

    board.run(*steps)

    assert board.on == on
    assert board.listeners.open == (opened or {"dhcp", "tftp", "http"})
    assert (board.served.dhcp.value, board.served.tftp, board.served.http) == (
        {"dhcp": "server", "proxy": "proxy"}.get(on[0], "off"), "tftp" in on, "http" in on,
    )  # fmt: skip


def test_a_switch_says_whether_it_was_so_already_and_what_is_on_now():
    board = Board()

    said = board.run(turn("tftp", False), turn("tftp", False), turn("tftp", True))

    assert said == [True, False, True]
    assert [(event.what, event.to, event.why) for event in board.events] == [
        ("tftp", False, "test"), ("tftp", True, "test"),
    ]  # fmt: skip
    assert board.events[0].listeners == ("proxyDHCP 67 4011", "HTTP 8080")
    assert board.events[0].on == ("proxy", "http")


@pytest.mark.parametrize("what", ["dhcp", "proxy", "tftp", "http"])
def test_what_can_not_be_had_leaves_everything_as_it_was(what):
    board = Board(replace(START, dhcp=Mode.OFF, tftp=False, http=False))
    board.listeners.taken |= {"dhcp", "tftp", "http"}

    async def refused(switchboard):
        before = board.served
        with pytest.raises(HostError):
            await turn(what, True)(switchboard)
        return board.served == before

    assert board.run(refused) == [True]
    assert (board.on, board.listeners.open, board.events) == ((), set(), [])


def test_a_mode_that_can_not_be_had_leaves_the_other_one_on():
    board = Board()
    board.listeners.taken.add("server")

    async def refused(switchboard):
        with pytest.raises(HostError):
            await turn("dhcp", True)(switchboard)

    board.run(refused)

    assert board.on == ("proxy", "tftp", "http")


def test_in_the_shadow_nothing_is_served_nor_turned_on():
    board = Board(replace(START, shadow=True))

    async def refused(switchboard):
        with pytest.raises(RefusedError, match="shadow"):
            await turn("tftp", True)(switchboard)

    board.run(refused, turn("http", False))

    assert (board.on, board.listeners.open) == (("proxy",), {"dhcp"})
    assert board.served.tftp  # what a client would be told


# ---- what the file says


@pytest.mark.parametrize(
    ("steps", "on"),
    [
        ([follow()], ("proxy", "tftp", "http")),
        ([follow(tftp=False)], ("proxy", "http")),
        ([follow(http=False), follow()], ("proxy", "tftp", "http")),
        ([follow(dhcp=Mode.OFF)], ("tftp", "http")),
        ([follow(dhcp=Mode.SERVER)], ("dhcp", "tftp", "http")),
        ([turn("dhcp", True), follow(dhcp=Mode.OFF)], ("tftp", "http")),
        ([turn("proxy", False), follow(dhcp=Mode.AUTO)], ("proxy", "tftp", "http")),
        # a switch outlives a version of the site that says nothing new of it
        ([turn("tftp", False), follow(http=False), follow()], ("proxy", "http")),
        ([turn("tftp", False), follow(tftp=False), follow()], ("proxy", "tftp", "http")),
        ([turn("proxy", False), follow(tftp=False)], ("http",)),
    ],
)
def test_what_changed_in_the_file_is_followed_and_nothing_else(steps, on):
    board = Board()

    board.run(*steps)

    assert board.on == on


def test_what_the_file_wants_and_can_not_have_is_told_and_the_rest_is_done():
    board = Board(replace(START, http=False))
    board.listeners.taken.add("http")

    [[problem]] = board.run(follow(tftp=False, http=True))

    assert board.on == ("proxy",)
    assert [(event.what, event.to) for event in board.events] == [("tftp", False)]
    assert (problem.message, problem.hint) == ("http is taken", "stop that")


def test_an_address_to_be_told_is_followed_at_once():
    board = Board()

    board.run(follow(advertise="10.77.0.9", claims="off"))

    assert (board.served.advertise, board.served.claims) == ("10.77.0.9", "off")


def test_what_takes_a_restart_is_told_once():
    board = Board()

    told = board.run(
        follow(http_port=81), follow(http_port=81, tftp=False), follow(), follow(http_port=81)
    )

    assert [len(problems) for problems in told] == [1, 0, 0, 1]
    assert told[0][0].message == "serve.http_port changed, which a running `serve` does not follow"
    assert board.served.http_port == 8080


def test_switches_are_turned_one_after_the_other():
    board = Board()

    async def at_once(switchboard):
        return await asyncio.gather(
            *(turn("http", on)(switchboard) for on in (False, False, True, True, False))
        )

    assert board.run(at_once) == [[True, False, True, False, True]]
    assert board.listeners.open == {"dhcp", "tftp"}


def test_https_is_told_as_it_was_asked_for_and_turned_off_without_http():
    board = Board(replace(START, https=HTTPS.IPXE))
    seen = []
    board.run(
        turn("https", False),
        lambda _: _note(seen, board),
        turn("https", True),
        lambda _: _note(seen, board),
    )

    assert seen == [(HTTPS.OFF, {"dhcp", "tftp", "http"}), (HTTPS.IPXE, board.listeners.open)]


async def _note(seen, board):
    seen.append((board.served.https, set(board.listeners.open)))


def test_https_turned_on_by_hand_is_told_to_nobody():
    board = Board()
    board.run(turn("https", True))

    assert board.served.https is HTTPS.ON


@pytest.mark.parametrize("who", [HTTPS.ON, HTTPS.IPXE, HTTPS.ALL])
def test_who_is_told_of_https_is_followed_without_closing_it(who):
    board = Board(replace(START, https=HTTPS.IPXE))
    board.run(lambda b: b.follow(replace(START, https=who, tls_cert="new.crt"), "test"))

    assert (board.served.https, board.served.tls_cert) == (who, "new.crt")
    assert "https" in board.listeners.open


@pytest.mark.parametrize(("was", "now"), [(HTTPS.OFF, HTTPS.ALL), (HTTPS.ALL, HTTPS.OFF)])
def test_https_in_the_file_opens_and_closes_it(was, now):
    board = Board(replace(START, https=was))
    board.run(lambda b: b.follow(replace(START, https=now), "test"))

    assert board.served.https is now
    assert ("https" in board.listeners.open) is (now is HTTPS.ALL)
