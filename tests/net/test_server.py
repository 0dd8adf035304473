import asyncio
import re
import socket
import time
from ipaddress import IPv4Address, IPv4Network

import httpx
import pytest

from pxectl.boot.arrival import Asked, Protocol
from pxectl.boot.events import Dropped, Ready, Replied, Switched, Unanswered
from pxectl.boot.profile import Profile
from pxectl.boot.rules import Action, Rule
from pxectl.boot.site import Inventory, Mode
from pxectl.boot.token import make_token
from pxectl.errors import HostError
from pxectl.mac import MAC
from pxectl.net.interfaces import Interface
from pxectl.net.server import WAITING, Server, nobody
from pxectl.net.switches import Switch
from pxectl.store.leases import LeaseFile
from tests.builders import MAC1, STRANGER, arrival, discover, machine, plain_discover, site
from tests.net.test_sockets import free_port

LOOPBACK = Interface(
    "lo", 1, None, IPv4Address("127.0.0.1"), IPv4Network("127.0.0.0/8"), physical=False
)
EVERYONE = Rule("everyone", (), Action.BOOT, "debian")


def serving(**changes):
    ports = {"http_port": free_port(socket.SOCK_STREAM), "tftp_port": free_port(socket.SOCK_DGRAM)}
    return ports | changes


def run(site_, work=None):
    events = []

    async def main():
        server = Server(site_, (LOOPBACK,), events.append)
        await server.start()
        try:
            return await work(server) if work else None
        finally:
            await server.close()

    return asyncio.run(main()), events


def test_ready_names_the_listeners_and_the_binaries():
    ports = serving()

    _, [ready] = run(site(Mode.OFF, serving=ports))

    assert ready == Ready(
        (f"TFTP {ports['tftp_port']}", f"HTTP {ports['http_port']}"),
        ("x86-bios", "x64-uefi", "arm64-uefi"),
        ("tftp", "http"),
    )


@pytest.mark.parametrize("off", ["tftp", "http"])
def test_a_listener_that_is_off_is_not_bound(off):
    ports = serving(**{off: False})

    _, [ready] = run(site(Mode.OFF, serving=ports))

    assert [name.split()[0].lower() for name in ready.listeners] == [
        name for name in ("tftp", "http") if name != off
    ]


def test_in_the_shadow_nothing_is_bound_that_could_send():
    ports = serving(shadow=True)

    async def try_http(_):
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", ports["http_port"])

    run(site(Mode.OFF, serving=ports), try_http)


def test_a_taken_port_leaves_nothing_bound():
    ports = serving()
    with socket.create_server(("127.0.0.1", ports["http_port"])):
        with pytest.raises(HostError, match=f"TCP port {ports['http_port']}"):
            run(site(Mode.OFF, serving=ports))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", ports["tftp_port"]))


def test_a_replaced_site_is_in_force_for_the_next_request():
    ports = serving()
    before = site(Mode.OFF, serving=ports)

    async def change(server):
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports['http_port']}") as client:
            first = await client.get("/boot.ipxe")
            server.replace_site(site(Mode.PROXY, EVERYONE))
            return first.status_code, (await client.get("/boot.ipxe")).status_code, server.site

    (first, second, now), _ = run(before, change)

    assert (first, second) == (403, 200)
    assert now.serving == before.serving  # what listens stays as it was started


def test_what_was_turned_off_is_told_to_nobody_and_outlives_a_reload():
    ports = serving()
    token = make_token(site().secret, MAC1, time.time())

    def script(server):
        asked = Asked(Protocol.TFTP, f"{token}/boot.ipxe", LOOPBACK.address, "lo", LOOPBACK.address)
        return server._route(asked).answer.body.decode()

    async def turn(server):
        before = script(server)
        await server.disable(Switch.HTTP, "test")
        after = script(server)
        server.replace_site(site(Mode.OFF, serving=ports))
        return before, after, script(server), [one.on for one in server.status()]

    (before, after, reloaded, on), events = run(site(Mode.OFF, serving=ports), turn)

    assert f"http://127.0.0.1:{ports['http_port']}/" in before
    assert "tftp://127.0.0.1/" in after
    assert "http://" not in after
    assert reloaded == after
    assert on == [False, False, True, False, False]
    assert [type(event) for event in events] == [Ready, Switched]


def test_a_start_that_fails_leaves_the_leases_to_others(tmp_path):
    ports = serving()

    async def main():
        with socket.create_server(("127.0.0.1", ports["http_port"])):
            server = Server(
                site(Mode.SERVER, serving=ports), (LOOPBACK,), print, nobody,
                lambda: LeaseFile(tmp_path),
            )  # fmt: skip
            server._listeners.open_dhcp = lambda: None
            with pytest.raises(HostError, match="TCP port"):
                await server.start()
            await server.close()  # as `serve` does on its way out
        LeaseFile(tmp_path).close()

    asyncio.run(main())


# ---- machines that have to be looked up


class Elsewhere(dict):
    """A service that knows a machine once it was asked, and takes the time that it is given."""

    def __init__(self, seconds):
        super().__init__()
        self.seconds, self.asked = seconds, []

    def look_up(self, mac):
        return None if mac in self else asyncio.ensure_future(self.ask(mac))

    async def ask(self, mac):
        self.asked.append(mac)
        await asyncio.sleep(self.seconds.get(mac, 0))
        profile = Profile("api", kernel="http://api/k")
        self[mac] = machine(name=str(mac), macs=(mac,), profile="api", own=profile)


def looking_up(work, seconds=None, **changes):
    """Run `work(server, elsewhere)` with machines that only others know; its result, and events."""
    events, elsewhere = [], Elsewhere(seconds or {})
    site_ = site(Mode.PROXY, inventory=Inventory((), elsewhere), **changes)

    async def main():
        server = Server(site_, (LOOPBACK,), events.append, elsewhere.look_up)
        try:
            return await work(server, elsewhere)
        finally:
            await server.close()

    return asyncio.run(main()), events


def test_a_datagram_waits_for_what_others_say_of_its_machine():
    async def work(server, elsewhere):
        responses = []
        server._respond(discover().pack(), arrival(), responses.append)
        at_once = list(responses)
        await asyncio.gather(*server._waiting)
        server._respond(discover("ipxe").pack(), arrival(), responses.append)
        return at_once, responses, elsewhere.asked

    (at_once, responses, asked), _ = looking_up(work, {MAC1: 0.05})
    assert (at_once, asked) == ([], [MAC1])
    assert [type(response.event) for response in responses] == [Replied, Replied]


def test_others_are_answered_while_one_waits():
    async def work(server, _):
        said = []
        for packet in (discover(), discover(mac=STRANGER), plain_discover()):
            server._respond(packet.pack(), arrival(), said.append)
        waiting = len(server._waiting)
        await asyncio.wait(server._waiting, return_when=asyncio.FIRST_COMPLETED)
        return waiting, [type(r.event).__name__ + str(r.event.client.mac) for r in said]

    result, _ = looking_up(work, {MAC1: 5})
    assert result == (2, [f"Unanswered{MAC1}", f"Replied{STRANGER}"])


def test_a_flood_of_made_up_macs_fills_no_memory():
    async def work(server, elsewhere):
        responses = []
        for number in range(WAITING + 5):
            mac = MAC(b"\x52" + number.to_bytes(5, "big"))
            server._respond(discover(mac=mac).pack(), arrival(), responses.append)
            elsewhere.seconds[mac] = 5
        server._respond(plain_discover().pack(), arrival(), responses.append)
        return len(server._waiting), [type(response.event) for response in responses]

    (waiting, answered), events = looking_up(work)
    assert (waiting, answered) == (WAITING, [Unanswered])
    assert [type(event) for event in events] == [Dropped] * 5
    assert "has to ask again" in events[0].reason


def test_a_script_is_made_of_what_others_say_now():
    ports = serving()

    async def work(server, elsewhere):
        await server.start()
        token = make_token(server.site.secret, MAC1, time.time())
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports['http_port']}") as http:
            script = await http.get(f"/{token}/boot.ipxe")
        return script.text, elsewhere.asked

    (script, asked), _ = looking_up(work, serving=ports | {"dhcp": Mode.OFF})
    assert re.search(r"kernel http://\S+/mirror/\w+/http/api/k \|\| goto failed", script)
    assert asked == [MAC1]
