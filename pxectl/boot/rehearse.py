"""What would happen: a boot played through the two doors, step by step, sending nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

from pxectl.boot.answer import Text
from pxectl.boot.arrival import Arrival, Asked, Protocol
from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import Decision
from pxectl.boot.events import Replied, Unanswered
from pxectl.boot.kinds import Kind
from pxectl.boot.lease import Lease
from pxectl.boot.memory import Memory
from pxectl.boot.nbp import is_own_program
from pxectl.boot.newcomer import GRUB_CFG
from pxectl.boot.outlook import outlook
from pxectl.boot.pifiles import RPI
from pxectl.boot.raspberry import CMDLINE, CONFIG
from pxectl.boot.respond import respond
from pxectl.boot.response import Response
from pxectl.boot.route import route
from pxectl.boot.site import Site
from pxectl.boot.urls import SCRIPT, medium_url, urls_for
from pxectl.errors import PxectlError
from pxectl.wire.dhcp import UNSPECIFIED, DHCPPacket
from pxectl.wire.iana import (
    BOOT_SERVER_PORT,
    DHCP_CLIENT_PORT,
    DHCP_SERVER_PORT,
    MessageType,
)
from pxectl.wire.options import Option
from pxectl.wire.pxe import PXE_CLIENT


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Where a rehearsed client asks: our interface."""

    interface: str
    address: IPv4Address
    network: IPv4Network | None


@dataclass(frozen=True, slots=True)
class Step:
    """One request and what came of it."""

    asks: str
    """`DISCOVER`, `REQUEST to 4011`, `iPXE's DISCOVER`."""
    response: Response

    @property
    def bootfile(self) -> str:
        """Name or URL of what it is told to load; empty: nothing."""
        event = self.response.event
        return event.bootfile if isinstance(event, Replied) else ""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A boot that did not happen."""

    client: Client
    decision: Decision
    steps: tuple[Step, ...]
    """DHCP, in the order in which the client would ask."""
    script: str
    """The iPXE script that it would get, or what another loader or a Raspberry Pi reads; empty if
    none."""
    then: str
    """What this firmware makes of it, one sentence."""
    medium: str = ""
    """URL of the virtual medium for its BMC; empty: its profile has none."""

    @property
    def lease(self) -> Lease | None:
        """The address that it would be given first."""
        return next((step.response.lease for step in self.steps if step.response.lease), None)

    @property
    def would_netboot(self) -> bool:
        """True if it gets something to boot, and nothing is known that keeps it from running it."""
        has = self.decision.boots and any(step.bootfile for step in self.steps)
        return has and not self.unsigned

    @property
    def unsigned(self) -> str:
        """Why its firmware will not run what it is told to load; empty: nothing is known."""
        return unsigned_in(self.steps)


def rehearse(packet: DHCPPacket, kind: Kind, here: Standpoint, site: Site, now: float) -> Rehearsal:
    """Play a boot that begins with `packet`.

    Args:
        packet: the first DISCOVER.
        kind: the client that it is of.
        here: where it comes in.
        site: what is in force.
        now: seconds since 1970.

    Raises:
        PxectlError: the packet can not be answered at all, or the script does not render.
    """
    memory = Memory()
    client, decision, steps = first_stage(packet, here, site, memory, now)
    script = ""
    if client.netboots:
        refused = unsigned_in(steps)
        if not client.is_ipxe and decision.boots and _loads_ipxe(steps, site) and not refused:
            mac = client.mac
            assert mac is not None  # noqa: S101 - a decision is only made for a machine's MAC
            second = _by_the_same_way(kind.after_nbp().discover(mac, client.uuid), packet)
            steps.append(_ask(second, here, DHCP_SERVER_PORT, site, memory, now))
        if not refused:
            args = (steps, site, memory, now)
            script = _script(*args) or _grub_cfg(*args) or _pi_texts(*args)
    asks_boot_server = sent_to_boot_server(steps[0].response)
    then = outlook(client, decision, steps[0].response, asks_boot_server=asks_boot_server)
    medium = ""
    if decision.boots and decision.profile is not None and decision.profile.iso and client.mac:
        medium = medium_url(client.mac, decision.profile.iso, here.address, site)
    return Rehearsal(client, decision, tuple(steps), script, then, medium)


def unsigned_in(steps: Sequence[Step]) -> str:
    """Why firmware will not run what one of these replies tells it to load; empty: no reason."""
    events = (step.response.event for step in steps)
    return next((e.unsigned for e in events if isinstance(e, Replied) and e.unsigned), "")


def first_stage(
    packet: DHCPPacket, here: Standpoint, site: Site, memory: Memory, now: float
) -> tuple[Client, Decision, list[Step]]:
    """What one program of a boot asks over DHCP: its DISCOVER and, if it is sent there, port 4011.

    Args:
        packet: the DISCOVER.
        here: where it comes in.
        site: what is in force.
        memory: what is known of clients so far.
        now: seconds since 1970.

    Raises:
        PxectlError: the packet can not be answered at all.
    """
    steps = [_ask(packet, here, DHCP_SERVER_PORT, site, memory, now)]
    event = steps[0].response.event
    if not isinstance(event, Replied | Unanswered) or event.decision is None:
        reason = getattr(event, "reason", "it is not answered")
        raise PxectlError(f"no decision for this request: {reason}")
    if sent_to_boot_server(steps[0].response):
        steps.append(_ask(_to_boot_server(packet, here), here, BOOT_SERVER_PORT, site, memory, now))
    return event.client, event.decision, steps


def _ask(
    packet: DHCPPacket, here: Standpoint, port: int, site: Site, memory: Memory, now: float
) -> Step:
    peer_port = DHCP_CLIENT_PORT if port == DHCP_SERVER_PORT else BOOT_SERVER_PORT
    arrival = Arrival(here.interface, here.address, here.network, port, packet.ciaddr, peer_port)
    asks = packet.message_type.name if packet.message_type else "BOOTP"
    if port == BOOT_SERVER_PORT:
        asks += " to 4011"
    response = respond(packet.pack(), arrival, site, memory, now)
    event = response.event
    if isinstance(event, Replied | Unanswered) and event.client.is_ipxe:
        asks = f"iPXE's {asks}"
    return Step(asks, response)


def sent_to_boot_server(response: Response) -> bool:
    """EDK2's and a ROM's sign for it: 60 `PXEClient` without 43 (netboot.md 2.2)."""
    if response.reply is None:
        return False
    options = response.reply.packet.options
    return options.get(Option.VENDOR_CLASS) == PXE_CLIENT and Option.VENDOR_SPECIFIC not in options


def _to_boot_server(discover: DHCPPacket, here: Standpoint) -> DHCPPacket:
    options = dict(discover.options) | {Option.MESSAGE_TYPE: bytes((MessageType.REQUEST,))}
    address = here.network[-2] if here.network and here.network.num_addresses > 2 else here.address
    options.pop(Option.RELAY_AGENT_INFORMATION, None)  # by unicast, past the relay
    return replace(discover, options=options, ciaddr=address, flags=0, giaddr=UNSPECIFIED)


def _by_the_same_way(packet: DHCPPacket, before: DHCPPacket) -> DHCPPacket:
    """What the relay that forwarded `before` makes of `packet`."""
    added = {Option.RELAY_AGENT_INFORMATION} & before.options.keys()
    options = dict(packet.options) | {code: before.options[code] for code in added}
    return replace(packet, options=options, giaddr=before.giaddr)


def _grub_cfg(steps: list[Step], site: Site, memory: Memory, now: float) -> str:
    """What GRUB gets to read, if the profile has a boot loader and firmware is handed that.

    Empty, too, if it can be told nothing: whether the loader is GRUB is not known here.
    """
    event = steps[-1].response.event
    if not isinstance(event, Replied) or not is_own_program(event.bootfile):
        return ""
    profile = event.decision.profile
    if profile is None or profile.is_program:
        return ""
    address = steps[-1].response.source
    urls = urls_for(event.client, address, site, now)
    asked = Asked(Protocol.TFTP, urls.path(GRUB_CFG), address, event.client.interface, address)
    answer = route(asked, site, memory.visits, now).answer
    return answer.body.decode() if isinstance(answer, Text) else ""


def _pi_texts(steps: list[Step], site: Site, memory: Memory, now: float) -> str:
    """What is written for a Raspberry Pi: its texts, each behind its name; empty: none is.

    Raises:
        PxectlError: one does not render.
    """
    event = steps[-1].response.event
    if not isinstance(event, Replied) or event.client.firmware is not Firmware.RPI:
        return ""
    address = steps[-1].response.source
    urls = urls_for(event.client, address, site, now)
    texts = []
    for name in (CONFIG, CMDLINE):
        path = urls.path(f"{RPI}/{name}")
        asked = Asked(Protocol.TFTP, path, address, event.client.interface, address)
        routed = route(asked, site, memory.visits, now)
        if routed.event.status == 500:
            raise PxectlError(routed.event.reason, hint=routed.event.hint)
        if isinstance(routed.answer, Text):
            texts.append(f"# {name}\n{routed.answer.body.decode()}")
    return "\n".join(texts)


def _loads_ipxe(steps: list[Step], site: Site) -> bool:
    told = [s.response.reply.bootfile for s in steps if s.response.reply is not None]
    return any(site.binary(name.rpartition("/")[2]) for name in told)


def _script(steps: list[Step], site: Site, memory: Memory, now: float) -> str:
    """The script behind the last URL that the client was told, if it is one."""
    event = steps[-1].response.event
    if not isinstance(event, Replied) or not event.bootfile.endswith(f"/{SCRIPT}"):
        return ""
    address = steps[-1].response.source
    urls = urls_for(event.client, address, site, now)
    asked = Asked(Protocol.HTTP, urls.path(SCRIPT), address, event.client.interface, address)
    answer = route(asked, site, memory.visits, now)
    if isinstance(answer.answer, Text):
        return answer.answer.body.decode()
    raise PxectlError(answer.event.reason, hint=answer.event.hint)
