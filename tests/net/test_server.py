import asyncio
import socket
from ipaddress import IPv4Address, IPv4Network

import httpx
import pytest

from pxectl.boot.events import Ready
from pxectl.boot.rules import Action, Rule
from pxectl.boot.site import Mode
from pxectl.errors import HostError
from pxectl.net.interfaces import Interface
from pxectl.net.server import Server
from tests.builders import site
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
