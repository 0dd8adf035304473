"""Where each value of a decision came from: part of its explanation."""

from collections.abc import Iterator, Mapping

from pxectl.boot.decide import Decision
from pxectl.boot.lease import Lease
from pxectl.boot.machine import Machine


def origins(decision: Decision, lease: Lease | None = None) -> Mapping[str, str]:
    """Each value that the site set, and who set it: the nearest of rule, machine and subnet.

    Args:
        decision: what was decided.
        lease: the address that is given with it, if one is.

    Returns:
        Such as `profile`, `quirks.style`, `options.router`, `address` → `rule "gpu nodes"`,
        `machine node1`, `subnet 10.77.0.0/24`.
    """
    return dict(_origins(decision, lease))


def _origins(decision: Decision, lease: Lease | None) -> Iterator[tuple[str, str]]:
    rule, machine = decision.rule, decision.machine
    by_rule, by_machine = f'rule "{rule.name}"', _machine(machine) if machine else ""
    if decision.profile is not None:
        yield "profile", by_rule if rule.profile else by_machine
    for name in decision.quirks.__slots__:
        if getattr(decision.quirks, name) is not None:
            own = getattr(rule.quirks, name) is not None
            yield f"quirks.{name}", by_rule if own else by_machine
    if lease is None:
        return
    below = f"subnet {lease.subnet.network}"
    yield "address", by_machine if lease.reserved else f"pool of {below}"
    for name in {**lease.subnet.options, **decision.options}:
        own = name in rule.options
        yield (
            f"options.{name}",
            by_rule if own else by_machine if name in decision.options else below,
        )


def _machine(machine: Machine) -> str:
    return f"machine {machine.name}" + (f" of {machine.origin}" if machine.origin else "")
