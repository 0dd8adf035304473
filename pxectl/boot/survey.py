"""What every machine of the inventory would get, one after the other, sending nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pxectl.boot.client import Client
from pxectl.boot.decide import Decision
from pxectl.boot.events import Replied, Unanswered
from pxectl.boot.machine import Machine
from pxectl.boot.memory import Memory
from pxectl.boot.rehearse import Standpoint, Step, first_stage, unsigned_in
from pxectl.boot.site import Site
from pxectl.wire.dhcp import DHCPPacket


@dataclass(frozen=True, slots=True)
class Surveyed:
    """One machine, and what its first program is told over DHCP. No script is made."""

    machine: Machine
    client: Client
    decision: Decision
    steps: tuple[Step, ...]

    @property
    def bootfile(self) -> str:
        """Name or URL of what it is to load; empty: nothing."""
        return next((step.bootfile for step in self.steps if step.bootfile), "")

    @property
    def would_netboot(self) -> bool:
        """True if it gets something to boot, and nothing is known that keeps it from running it."""
        return self.decision.boots and bool(self.bootfile) and not unsigned_in(self.steps)

    @property
    def reason(self) -> str:
        """Why it does not boot what it may; empty if nothing stands in the way."""
        if not self.decision.boots:
            return self.decision.problem
        event = self.steps[-1].response.event
        match event:
            case Replied():
                return event.problem or event.unsigned
            case Unanswered():
                return event.reason
            case _:
                return ""


def survey(
    site: Site, discover: Callable[[Machine], DHCPPacket], here: Standpoint, now: float
) -> Iterator[Surveyed]:
    """Each machine of the inventory, in its order.

    Args:
        site: what is in force.
        discover: the DISCOVER that a machine would send.
        here: where it would come in.
        now: seconds since 1970.

    Raises:
        PxectlError: a DISCOVER can not be answered at all.
    """
    for machine in site.inventory.machines:
        client, decision, steps = first_stage(discover(machine), here, site, Memory(), now)
        yield Surveyed(machine, client, decision, tuple(steps))
