"""Both ends of the control socket: `net/control.py` and `net/steer.py`."""

import asyncio
import json
import os
import socket
import stat
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pxectl.errors import HostError, RefusedError
from pxectl.net import control
from pxectl.net.control import CONNECTIONS, LONGEST, Control
from pxectl.net.steer import NAME, reachable, steer


def refuse(_):
    raise RefusedError("the port is taken", hint="stop that")


async def slowly(request):
    await asyncio.sleep(0.05)
    return {"slow": request.get("n")}


HANDLERS = {
    "echo": lambda request: {"heard": request.get("text")},
    "slow": slowly,
    "no": refuse,
    "fail": lambda _: {}["nothing"],
    "big": lambda _: {"text": "x" * (8 << 20)},
}


@pytest.fixture
def state(tmp_path):
    return tmp_path


def running(state, work, handlers=HANDLERS):
    """Run the blocking `work()` in a thread beside a control socket; its result, and complaints."""
    complaints = []

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context["exception"]))
        it = Control(state / NAME, handlers, lambda _: None)
        it.bind()
        await it.start()
        try:
            async with asyncio.timeout(20):
                return await asyncio.to_thread(work)
        finally:
            await it.close()

    return asyncio.run(main()), complaints


def talk(state, octets, *, end=True):
    """What comes back for raw octets, until the other end is done."""
    with reachable(state / NAME) as address, socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(15)
        sock.connect(address)
        sock.sendall(octets)
        if end:
            sock.shutdown(socket.SHUT_WR)
        parts = []
        while part := sock.recv(65536):
            parts.append(part)
        return [json.loads(line) for line in b"".join(parts).splitlines()]


def test_a_command_is_done_and_its_answer_comes_back(state):
    answer, _ = running(state, lambda: steer(state, "echo", {"text": "ä\n\x1b"}))

    assert answer == {"v": 1, "ok": True, "heard": "ä\n\x1b"}


def test_an_answer_may_take_its_time_and_be_long(state):
    def work():
        return steer(state, "slow", {"n": 3})["slow"], len(steer(state, "big")["text"])

    assert running(state, work)[0] == (3, 8 << 20)


def test_several_requests_go_over_one_connection(state):
    lines = b'{"do": "echo", "text": 1}\n{"do": "slow", "n": 2}\n{"do": "echo"}\n'

    answers, _ = running(state, lambda: talk(state, lines))

    assert [(one.get("heard"), one.get("slow")) for one in answers] == [
        (1, None), (None, 2), (None, None),
    ]  # fmt: skip


def test_a_no_comes_back_with_its_hint(state):
    def work():
        with pytest.raises(RefusedError) as caught:
            steer(state, "no")
        return caught.value

    error, _ = running(state, work)

    assert (error.message, error.hint, error.exit_code) == ("the port is taken", "stop that", 1)


def test_a_command_of_another_version_is_told_so(state):
    def work():
        with pytest.raises(RefusedError) as caught:
            steer(state, "dance")
        return caught.value

    assert "version" in running(state, work)[0].hint


def test_a_mistake_of_ours_is_told_on_both_ends_and_ends_nothing(state):
    def work():
        with pytest.raises(RefusedError, match="internal error: KeyError"):
            steer(state, "fail")
        return steer(state, "echo", {"text": "on"})["heard"]

    heard, complaints = running(state, work)

    assert heard == "on"
    assert [type(one) for one in complaints] == [KeyError]


# ---- hostile


@pytest.mark.parametrize(
    "line",
    [b"\n", b"[]\n", b"7\n", b"\xff\xfe\n", b'{"do": ["x"]}\n', b"{" * 5000 + b"\n",
     b"[" * 60000 + b"\n", b'{"do": {}}\n', b"null\n"],
    ids=lambda line: repr(line[:12]),
)  # fmt: skip
def test_what_is_no_request_is_told_so(state, line):
    answers, complaints = running(state, lambda: talk(state, line + b'{"do": "echo"}\n'))

    assert [one["ok"] for one in answers] == [False, True]
    assert complaints == []


def test_a_request_without_end_is_cut_off(state):
    def work():
        try:
            return talk(state, b"x" * (LONGEST + 100_000))
        except ConnectionError:  # it went while we were still sending
            return [{"ok": False}]

    answers, complaints = running(state, work)

    assert [one["ok"] for one in answers] == [False]
    assert complaints == []


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=200))
def test_no_octets_are_a_mistake_of_ours(state, octets):
    _, complaints = running(state, lambda: talk(state, octets))

    assert complaints == []


def test_who_says_nothing_or_takes_nothing_is_let_go_of(state, monkeypatch):
    monkeypatch.setattr(control, "IDLE", 0.1)

    def work():
        silent = talk(state, b"", end=False)
        with reachable(state / NAME) as address, socket.socket(socket.AF_UNIX) as sock:
            sock.connect(address)
            sock.sendall(b'{"do": "big"}\n')
            time.sleep(0.4)
            taken = steer(state, "echo", {"text": "others"})["heard"]
            size = 0
            try:
                while part := sock.recv(1 << 20):
                    size += len(part)
            except ConnectionError:
                pass
        return silent, taken, size

    (silent, taken, size), complaints = running(state, work)

    assert (silent, taken, complaints) == ([], "others", [])
    assert size < 8 << 20


def test_no_more_than_a_few_speak_at_once(state):
    def work():
        with reachable(state / NAME) as address:
            socks = [socket.socket(socket.AF_UNIX) for _ in range(CONNECTIONS)]
            for sock in socks:
                sock.connect(address)
            time.sleep(0.1)
            with pytest.raises(RefusedError, match="too many"):
                steer(state, "echo")
            for sock in socks:
                sock.close()
            time.sleep(0.1)
            return steer(state, "echo", {"text": "again"})["heard"]

    assert running(state, work)[0] == "again"


# ---- the socket


def test_it_is_its_owners_alone_and_gone_afterwards(state):
    mode, _ = running(state, lambda: (state / NAME).stat().st_mode)

    assert (stat.S_ISSOCK(mode), stat.S_IMODE(mode)) == (True, 0o600)
    assert list(state.iterdir()) == []


def test_it_is_given_away_before_anybody_can_find_it(state):
    given = []

    def own(path):
        given.append((path.name != NAME, stat.S_IMODE(path.stat().st_mode), path.parent))

    it = Control(state / NAME, {}, own)
    it.bind()
    asyncio.run(it.close())

    assert given == [(True, 0o600, state)]


def test_the_path_of_a_site_may_be_long(tmp_path):
    deep = tmp_path
    while len(os.fsencode(deep)) < 300:
        deep /= "a-site-in-a-folder-with-a-long-name"
    deep.mkdir(parents=True)

    answer, _ = running(deep, lambda: steer(deep, "echo", {"text": "deep"}))

    assert answer["heard"] == "deep"


def test_a_second_serve_of_the_site_is_refused_and_the_first_one_stays(state):
    def work():
        with pytest.raises(HostError) as caught:
            Control(state / NAME, {}, lambda _: None).bind()
        return caught.value, steer(state, "echo", {"text": "first"})["heard"]

    (error, heard), _ = running(state, work)

    assert heard == "first"
    assert f"another `pxectl serve` (pid {os.getpid()})" in error.message
    assert "--site" in error.hint


@pytest.mark.parametrize("left", ["socket", "file"])
def test_what_a_dead_serve_left_is_replaced(state, left):
    if left == "socket":
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(state / NAME))
            dead.listen()
    else:
        (state / NAME).touch()

    answer, _ = running(state, lambda: steer(state, "echo", {"text": 1}))

    assert answer["heard"] == 1


def test_a_socket_of_somebody_later_is_not_taken_away(state):
    first = Control(state / NAME, {}, lambda _: None)
    first.bind()
    (state / NAME).unlink()
    (state / NAME).touch()

    asyncio.run(first.close())

    assert (state / NAME).exists()


def test_a_folder_that_can_not_be_written_leaves_nothing_behind(tmp_path):
    it = Control(tmp_path / "missing" / NAME, {}, lambda _: None)

    with pytest.raises(OSError, match="No such file"):
        it.bind()

    assert not it.is_bound


# ---- nobody there


@pytest.mark.parametrize("left", ["nothing", "no state", "dead"])
def test_without_a_serve_it_is_told_what_starts_one(tmp_path, left):
    state = tmp_path / "state"
    if left != "no state":
        state.mkdir()
    if left == "dead":
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(state / NAME))

    with pytest.raises(HostError) as caught:
        steer(state, "status")

    assert caught.value.message == f"no `pxectl serve` runs on the site {tmp_path}"
    assert "`pxectl serve`" in caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("said", [b"", b"{", b"nonsense\n", b"[1]\n"])
def test_a_strange_answer_is_two_lines_for_the_user(state, said):
    def work():
        async def one(reader, writer):
            await reader.readline()
            writer.write(said)
            writer.close()

        async def main():
            async with await asyncio.start_unix_server(one, str(state / NAME)):
                with pytest.raises(HostError) as caught:
                    await asyncio.to_thread(steer, state, "status")
                return caught.value

        return asyncio.run(main())

    assert "log of `pxectl serve`" in work().hint
