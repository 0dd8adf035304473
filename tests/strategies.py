"""Random sites and clients that are alike enough to meet: every value comes from a small pool."""

from ipaddress import IPv4Address, IPv4Network
from uuid import UUID

from hypothesis import strategies as st

from pxectl.boot.client import Client, Firmware
from pxectl.boot.conditions import parse_match
from pxectl.boot.machine import Machine, Netboot
from pxectl.boot.quirks import Deny, Local, Quirks, Style
from pxectl.boot.rules import Action, Rule
from pxectl.mac import MAC
from pxectl.wire.iana import Arch

MACS = [MAC.parse(f"52:54:00:77:00:0{n}") for n in range(1, 5)]
UUIDS = [UUID(int=0x42 + n) for n in range(2)]
NAMES = ["node1", "node2", "Rack3-node1", "arm-1"]
TAGS = ["gpu", "rack-3", "board", "GPU"]
ARCHS = [Arch.X86_BIOS, Arch.X64_UEFI, Arch.ARM64_UEFI, Arch.X64_UEFI_HTTP]
WORDS = ["iPXE", "PXEClient:Arch:00007:UNDI:003016", "lab", "a*b", "[x]", "Straße", "?"]
NETWORKS = [IPv4Network("10.77.0.0/24"), IPv4Network("10.77.0.0/16"), IPv4Network("10.88.1.0/24")]
RELAYS = [IPv4Address("10.88.1.1"), IPv4Address("10.99.0.1")]
PROFILES = ["debian", "menu"]


def _some(*values):
    """A value, or a list of some."""
    one = st.sampled_from(values)
    return one | st.lists(one, min_size=1, max_size=3)


_TEXTS = {
    "mac": _some(*map(str, MACS), "52-54-00-77-00-01", "52:54:00:*", "*:01"),
    "arch": _some("x86-bios", "x64-uefi", "arm64-uefi", "*-http", "x64*", "7"),
    "firmware": _some("bios", "uefi", "uefi-http", "ipxe", "uefi*"),
    "vendor_class": _some("PXEClient*", "*00007*", *WORDS),
    "user_class": _some(*WORDS, "ipx*"),
    "hostname": _some(*WORDS, *NAMES),
    "uuid": _some(*map(str, UUIDS), "00000000-*"),
    "interface": _some("eth0", "eth*", "eth1"),
    "subnet": _some("10.77.0.0/24", "10.77.0.0/16", "10.88.0.0/16", "0.0.0.0/0"),
    "relay": _some("10.88.1.1", "10.88.0.0/16", "10.99.0.0/16"),
    "circuit_id": _some("port-1", "port-*"),
    "name": _some(*NAMES, "node*", "*1", "RACK*"),
    "tags": _some(*TAGS, "rack*", "*a*"),
    "netboot": _some("always", "once", "never"),
    "profile": _some(*PROFILES, "*", "deb*"),
    "vars.disk": _some("/dev/sda", "/dev/*", "*"),
    "time": _some("22:00-06:00", "08:00-16:00", "00:00-24:00"),
    "weekday": _some("mon", "tue-thu", "fri-mon"),
    "boots": _some("<3", 0, ">=1"),
}


def matches(depth: int = 1) -> st.SearchStrategy[dict]:
    """`match` tables as TOML would give them."""
    keys = dict(_TEXTS) | {"known": st.booleans()}
    if depth:
        inner = matches(depth - 1).filter(bool)
        keys |= {"not": inner, "any": st.lists(inner, min_size=1, max_size=3)}
    pairs = st.sampled_from(sorted(keys)).flatmap(lambda key: st.tuples(st.just(key), keys[key]))
    return st.lists(pairs, max_size=3).map(dict)


def quirks() -> st.SearchStrategy[Quirks]:
    return st.builds(
        Quirks,
        style=st.sampled_from([None, *Style]),
        reply_delay=st.none() | st.just(0.5),
        deny=st.sampled_from([None, *Deny]),
        local=st.none() | st.sampled_from(Local),
    )


def rules() -> st.SearchStrategy[Rule]:
    def rule(number: int, match: dict, action: Action, profile: str, quirks_: Quirks) -> Rule:
        profile = profile if action is Action.BOOT else ""
        return Rule(f"rule {number}", parse_match(match, "x"), action, profile, quirks_)

    return st.builds(
        rule,
        st.integers(0, 99),
        matches(),
        st.sampled_from([*Action, Action.BOOT, Action.BOOT]),
        st.sampled_from([*PROFILES, *PROFILES, "", "gone"]),
        st.just(Quirks()) | quirks(),
    )


def machines(name: str = "", macs: tuple[MAC, ...] = ()) -> st.SearchStrategy[Machine]:
    return st.builds(
        Machine,
        st.just(name) if name else st.sampled_from(NAMES),
        st.just(macs) if macs else st.sampled_from(MACS).map(lambda mac: (mac,)),
        address=st.none(),
        arch=st.sampled_from(["", "x86_64", "arm64"]),
        tags=st.lists(st.sampled_from(TAGS), max_size=2, unique=True).map(tuple),
        netboot=st.sampled_from([Netboot.ALWAYS, *Netboot]),
        profile=st.sampled_from([*PROFILES, *PROFILES, "", "gone"]),
        serial=st.sampled_from(["", "S1"]),
        quirks=st.just(Quirks()) | quirks(),
        vars=st.just({}) | st.just({"disk": "/dev/sda"}),
    )


def clients() -> st.SearchStrategy[Client]:
    return st.builds(
        Client,
        st.none() | st.sampled_from(MACS),
        st.none() | st.sampled_from(ARCHS),
        st.none() | st.sampled_from(Firmware),
        vendor_class=st.sampled_from(["", *WORDS]),
        user_class=st.sampled_from(["", *WORDS]),
        hostname=st.sampled_from(["", *WORDS, *NAMES]),
        uuid=st.none() | st.sampled_from(UUIDS),
        interface=st.sampled_from(["", "eth0", "eth1"]),
        subnet=st.none() | st.sampled_from(NETWORKS),
        relay=st.none() | st.sampled_from(RELAYS),
        circuit_id=st.sampled_from(["", "port-1", "42:00"]),
    )
