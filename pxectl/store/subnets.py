"""`[[subnet]]` and `--pool` → `Subnet`."""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from pxectl.boot.site import Mode
from pxectl.boot.subnet import Subnet
from pxectl.errors import ConfigError
from pxectl.store.settings import Overrides
from pxectl.store.values import (
    read_network,
    read_options,
    read_seconds,
    read_table,
    read_texts,
)

KEYS = ("network", "pool", "lease_time", "firmware_lease_time", "options")
_SHORTEST, _LONGEST = 30, 0xFFFFFFFE  # RFC 2131 3.3: 0xffffffff means for ever
Range = tuple[IPv4Address, IPv4Address]


def read_subnets(value: object, where: str) -> tuple[Subnet, ...]:
    """The networks of the site; none may overlap.

    Args:
        value: the array of tables as TOML gave it.
        where: file and key, as errors name it.

    Raises:
        ConfigError: a key or value that can not be, or two subnets that share addresses.
    """
    if not isinstance(value, list):
        raise ConfigError(f"{where} is not a list of tables", hint="write `[[subnet]]`")
    subnets: list[Subnet] = []
    for number, raw in enumerate(value):
        subnet = _subnet(raw, f"{where}[{number}]")
        for other in subnets:
            if other.network.overlaps(subnet.network):
                raise ConfigError(
                    f"{where}[{number}].network: {subnet.network} overlaps {other.network}",
                    hint="write each network once",
                )
        subnets.append(subnet)
    return tuple(subnets)


def _subnet(raw: object, where: str) -> Subnet:
    table: Mapping[str, Any] = read_table(raw, where, KEYS)
    if "network" not in table:
        raise ConfigError(f"{where} has no network", hint='write `network = "10.77.0.0/24"`')
    network = read_network(table["network"], f"{where}.network")
    texts = read_texts(table["pool"], f"{where}.pool") if "pool" in table else ()
    pool = tuple(_range(text, f"{where}.pool", network) for text in texts)
    for (_, last), (first, _) in zip(sorted(pool), sorted(pool)[1:], strict=False):
        if first <= last:
            raise ConfigError(
                f"{where}.pool: {first} stands in two ranges", hint="ranges must not overlap"
            )
    return Subnet(
        network,
        pool,
        read_seconds(table.get("lease_time", 3600), f"{where}.lease_time", _SHORTEST, _LONGEST),
        read_seconds(
            table.get("firmware_lease_time", 300),
            f"{where}.firmware_lease_time",
            _SHORTEST,
            _LONGEST,
        ),
        read_options(table.get("options", {}), f"{where}.options"),
    )


def _range(text: str, where: str, network: IPv4Network | None) -> Range:
    """`A-B`, or one address; inside `network`, without its own and its broadcast address."""
    ends = [part.strip() for part in text.split("-")]
    try:
        first, last = IPv4Address(ends[0]), IPv4Address(ends[-1])
        is_range = len(ends) <= 2 and first <= last
    except ValueError:
        is_range = False
    if not is_range:
        raise ConfigError(
            f"{where}: `{text}` is no range of addresses",
            hint="write the first and the last one: `10.77.0.100-10.77.0.199`",
        )
    if network is not None:
        for end in (first, last):
            if not _is_host(end, network):
                raise ConfigError(
                    f"{where}: {end} is no host's address in {network}",
                    hint="a pool lies inside its subnet",
                )
    return first, last


def _is_host(address: IPv4Address, network: IPv4Network) -> bool:
    reserved = network.prefixlen < 31  # RFC 3021: a /31 has hosts only
    return address in network and not (
        reserved and address in (network.network_address, network.broadcast_address)
    )


def with_pool(subnets: tuple[Subnet, ...], overrides: Overrides, mode: Mode) -> tuple[Subnet, ...]:
    """The subnets with the range of `--pool` in place of the pool of the one that holds it.

    Raises:
        ConfigError: no range, one in no known network, or one where pxectl leases nothing.
    """
    if overrides.pool is None:
        return subnets
    first, last = _range(overrides.pool, "--pool", None)
    if mode in (Mode.OFF, Mode.PROXY):
        raise ConfigError(
            f"--pool: with dhcp = {mode.value} no addresses are given out",
            hint="add `--dhcp server`, or leave `--pool` out",
        )
    for number, subnet in enumerate(subnets):
        if first in subnet.network:
            _range(overrides.pool, "--pool", subnet.network)
            pooled = replace(subnet, pool=((first, last),))
            return (*subnets[:number], pooled, *subnets[number + 1 :])
    for network in overrides.networks:
        if first in network:
            _range(overrides.pool, "--pool", network)
            return (*subnets, Subnet(network, ((first, last),)))
    known = ", ".join(map(str, overrides.networks)) or "none"
    raise ConfigError(
        f"--pool: {first} is in no network of the served interfaces ({known})",
        hint="choose addresses of an interface's network, or write a `[[subnet]]` for it",
    )
