"""Values for tests, with defaults: a test names only what it is about."""

from ipaddress import IPv4Address, IPv4Network

from pxectl.boot.arrival import Arrival, Asked, Protocol
from pxectl.boot.kinds import KINDS
from pxectl.boot.leasetable import LeaseTable
from pxectl.boot.machine import Machine
from pxectl.boot.memory import Memory
from pxectl.boot.profile import Profile
from pxectl.boot.respond import respond
from pxectl.boot.rules import Rule, Rules
from pxectl.boot.site import NBP, Inventory, Mode, Serving, Site
from pxectl.boot.subnet import Subnet
from pxectl.boot.token import make_token
from pxectl.boot.visits import Visits
from pxectl.mac import MAC
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.iana import Arch, MessageType
from pxectl.wire.options import Option

NOW = 1_800_000_000.0
MAC1 = MAC.parse("52:54:00:77:00:01")
STRANGER = MAC.parse("52:54:00:99:99:99")
SERVER = IPv4Address("10.77.0.1")
FOREIGN = IPv4Address("10.77.0.2")
NETWORK = IPv4Network("10.77.0.0/24")
ADDRESS = IPv4Address("10.77.0.21")
DEBIAN = Profile("debian", kernel="debian/linux", initrd=("debian/initrd.gz",), cmdline=("quiet",))
PIS = Profile("pis", rpi="rpi/bookworm")
NBPS = {
    Arch.X86_BIOS: NBP("undionly.kpxe", "/lib/ipxe/undionly.kpxe", "test", 1),
    Arch.X64_UEFI: NBP("ipxe.efi", "/lib/ipxe/ipxe.efi", "test", 1),
    Arch.ARM64_UEFI: NBP("ipxe-arm64.efi", "/lib/ipxe/ipxe-arm64.efi", "test", 1),
}


def machine(**changes) -> Machine:
    values = {"name": "node1", "macs": (MAC1,), "address": ADDRESS, "profile": "debian"} | changes
    return Machine(**values)


def site(
    mode: Mode = Mode.PROXY,
    *rules: Rule,
    machines: tuple[Machine, ...] | None = None,
    profiles: tuple[Profile, ...] = (DEBIAN,),
    subnets: tuple[Subnet, ...] = (Subnet(NETWORK, options={"router": "10.77.0.1"}),),
    serving: dict | None = None,
    **changes,
) -> Site:
    values = {
        "serving": Serving(**({"dhcp": mode} | (serving or {}))),
        "inventory": Inventory((machine(),) if machines is None else machines),
        "rules": Rules(rules, {profile.name: profile for profile in profiles}),
        "subnets": subnets,
        "nbps": NBPS,
        "files": "/srv/files",
        "secret": b"0123456789abcdef0123456789abcdef",
    }
    return Site(**(values | changes))


def arrival(port: int = 67, peer: str = "0.0.0.0", peer_port: int = 68, **changes) -> Arrival:
    values = {
        "interface": "eth0", "address": SERVER, "network": NETWORK,
        "port": port, "peer": IPv4Address(peer), "peer_port": peer_port,
    }  # fmt: skip
    return Arrival(**(values | changes))


def discover(kind: str = "uefi-x64", mac: MAC = MAC1, **changes) -> DHCPPacket:
    """A DISCOVER of this kind of client, with header fields changed and `options` added."""
    packet = KINDS[kind].discover(mac)
    options = dict(packet.options) | changes.pop("options", {})
    return DHCPPacket(**(_fields(packet) | {"options": options} | changes))


def request(kind: str = "uefi-x64", mac: MAC = MAC1, **changes) -> DHCPPacket:
    options = {Option.MESSAGE_TYPE: bytes((MessageType.REQUEST,))} | changes.pop("options", {})
    return discover(kind, mac, options=options, **changes)


def plain_discover(mac: MAC = MAC1) -> DHCPPacket:
    """What an operating system sends: no boot options at all."""
    packet = KINDS["bios"].discover(mac)
    options = {
        Option.MESSAGE_TYPE: bytes((MessageType.DISCOVER,)),
        Option.VENDOR_CLASS: b"udhcp 1.35.0",
    }
    return DHCPPacket(**(_fields(packet) | {"options": options}))


def _fields(packet: DHCPPacket) -> dict:
    return {name: getattr(packet, name) for name in packet.__dataclass_fields__}


def asked(path: str, protocol: Protocol = Protocol.HTTP, peer: str = "10.77.0.130") -> Asked:
    return Asked(protocol, path, IPv4Address(peer), "eth0", SERVER)


TOKEN = make_token(site().secret, MAC1, NOW)


def ask(packet, site_, port=67, visits=None, leases=None, now=NOW, **way_in):
    memory = Memory(
        Visits() if visits is None else visits, LeaseTable() if leases is None else leases
    )
    return respond(packet.pack(), arrival(port, **way_in), site_, memory, now)


def reply_to(packet, site_, port=67, **way_in) -> DHCPPacket:
    """The reply as it goes over the wire."""
    response = ask(packet, site_, port, **way_in)
    assert response.payload, response.event
    return DHCPPacket.parse(response.payload)


def to_4011(kind="uefi-x64", port=4011, **changes):
    """What EDK2 and ROMs send to the boot server."""
    packet = request(kind, ciaddr=IPv4Address("10.77.0.130"), flags=0, **changes)
    return packet, {"peer": "10.77.0.130", "peer_port": port}
