"""Random inventories whose machines can stand beside each other, for round trips."""

import string
from dataclasses import replace
from ipaddress import IPv4Address

from hypothesis import strategies as st

from pxectl.boot.machine import Machine, Netboot
from pxectl.boot.quirks import Deny, Quirks, Style
from pxectl.mac import MAC
from pxectl.wire.registry import Kind
from pxectl.wire.values import encode_option

PLAIN = st.text(
    string.ascii_letters + string.digits + " -_./:;,=#'\"\\{}$ä→", min_size=1, max_size=12
)
PLAIN = PLAIN.filter(str.strip)
NASTY = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
WORDS = st.text(string.ascii_letters + string.digits + "-_.", min_size=1, max_size=8)
_SERVERS = st.lists(st.sampled_from(["10.77.0.1", "10.77.0.2", "8.8.8.8"]), min_size=1, max_size=2)
OPTIONS = {
    "router": st.just("10.77.0.1") | _SERVERS,
    "domain-name-server": st.just("10.77.0.1") | _SERVERS,
    "domain-name": st.sampled_from(["lab", "rack-3.example.com"]),
    "ntp-servers": _SERVERS,
    "subnet-mask": st.just("255.255.255.0"),
    "mtu-interface": st.integers(576, 9000),
    "root-path": PLAIN | NASTY.filter(str.strip),
    "mask-supplier": st.booleans(),
    "time-offset": st.integers(-3600, 3600),
    "domain-search": st.lists(st.sampled_from(["lab", "a.lab"]), min_size=1, max_size=2),
    "classless-static-route": st.just(["10.88.0.0/16 via 10.77.0.254", "0.0.0.0/0 via 10.77.0.1"]),
    "option-200": st.just("01:02:ff"),
}
VARS = st.dictionaries(
    WORDS.filter(lambda key: "." not in key),
    PLAIN | NASTY | st.booleans() | st.integers(-9, 9) | st.lists(PLAIN, max_size=2),
    max_size=3,
)


def _quirks():
    return st.builds(
        Quirks,
        style=st.sampled_from([None, *Style]),
        reply_delay=st.none() | st.just(0.5),
        blksize=st.none() | st.just(1024),
        nbp=st.none() | st.just("uki.efi"),
        deny=st.sampled_from([None, *Deny]),
    )


def _machine(n: int):
    """Number n: its MACs, address and name are no other one's."""
    macs = tuple(MAC(bytes((2, 0, 0, 0, n, m))) for m in range(3))
    return st.builds(
        Machine,
        st.sampled_from([f"node{n}", f"Node_{n}", f"{n}.rack-3", f"52-54-00-00-00-0{n}"]),
        st.integers(1, 3).map(lambda count: macs[:count]),
        address=st.none() | st.just(IPv4Address(f"10.77.0.{n + 1}")),
        hostname=st.sampled_from(["", f"host{n}.lab", f"h_{n}"]),
        arch=st.sampled_from(["", "x86_64", "arm64", "x86-bios", "riscv64", "x64-uefi-http"]),
        uuid=st.none() | st.uuids(),
        serial=st.just("") | PLAIN,
        tags=st.lists(WORDS | PLAIN, max_size=3, unique=True).map(tuple),
        netboot=st.sampled_from(Netboot),
        profile=st.sampled_from(["", "debian"]),
        dhcp=st.booleans(),
        options=st.fixed_dictionaries({}, optional=OPTIONS),
        quirks=st.just(Quirks()) | _quirks(),
        vars=VARS,
    )


def inventories(most: int = 3) -> st.SearchStrategy[list[Machine]]:
    return st.integers(1, most).flatmap(lambda n: st.tuples(*map(_machine, range(n))).map(list))


def on_the_wire(machines):
    """The machines with their options as octets: `"a"` and `["a"]` are the same router."""
    return [
        replace(one, options={encode_option(name, value) for name, value in one.options.items()})
        for one in machines
    ]


def held(machine, fields):
    """The machine with nothing but these fields; what says no more than the default is dropped."""
    kept = Machine(
        machine.name, **{name: getattr(machine, name) for name in fields if name != "name"}
    )
    return replace(kept, hostname="" if kept.hostname == kept.name else kept.hostname)


SAMPLES = {
    Kind.ADDRESS: "10.77.0.1", Kind.ADDRESSES: ["10.77.0.1", "10.77.0.2"], Kind.TEXT: "a b;\\\"ä",
    Kind.U8: 1, Kind.U16: 576, Kind.U32: 70_000, Kind.I32: -5, Kind.U8S: [1, 2],
    Kind.U16S: [68, 576], Kind.BOOL: True, Kind.DOMAINS: ["lab", "a.lab"],
    Kind.ROUTES: ["10.0.0.0/8 via 10.77.0.1"], Kind.HEX: "01:02:ff",
}  # fmt: skip
