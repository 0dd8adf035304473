"""Requests that were recorded, each put to the first door."""

from collections.abc import Iterable
from dataclasses import dataclass

from pxectl.boot.client import Client
from pxectl.boot.decide import Decision
from pxectl.boot.events import Replied, Unanswered
from pxectl.boot.outlook import outlook
from pxectl.boot.rehearse import Step, sent_to_boot_server, unsigned_in
from pxectl.wire.iana import MessageType


@dataclass(frozen=True, slots=True)
class Replayed:
    """One recorded request and what came of it."""

    at: float
    """Seconds since 1970: when it was recorded."""
    step: Step

    @property
    def client(self) -> Client | None:
        """Who asked; None for what can not be read."""
        event = self.step.response.event
        return event.client if isinstance(event, Replied | Unanswered) else None

    @property
    def decision(self) -> Decision | None:
        """What it may do; None where nothing had to be decided."""
        event = self.step.response.event
        return event.decision if isinstance(event, Replied | Unanswered) else None

    @property
    def reason(self) -> str:
        """Why it gets no reply, or none that it could boot by; empty if it does."""
        event = self.step.response.event
        return event.problem if isinstance(event, Replied) else getattr(event, "reason", "")

    @property
    def is_quiet(self) -> bool:
        """True if nobody expects an answer from us: another server's client."""
        event = self.step.response.event
        return isinstance(event, Unanswered) and event.quiet

    @property
    def would_netboot(self) -> bool:
        """True if this reply gives it something to boot that it would run, as far as is known."""
        gets = bool(self.decision and self.decision.boots and self.step.bootfile)
        return gets and not unsigned_in((self.step,))

    @property
    def then(self) -> str:
        """What its firmware makes of the answer to a DISCOVER; empty for any other request."""
        event = self.step.response.event
        if self.client is None or self.decision is None:
            return ""
        if getattr(event, "request", None) is not MessageType.DISCOVER:
            return ""
        sent = sent_to_boot_server(self.step.response)
        return outlook(self.client, self.decision, self.step.response, asks_boot_server=sent)


def all_netboot(replayed: Iterable[Replayed]) -> bool:
    """True if somebody netboots, and each program that does gets something to boot.

    Firmware and the iPXE that it loads are two: a boot that ends at the second has failed.
    """
    got: dict[tuple[object, ...], bool] = {}
    for one in replayed:
        client = one.client
        if client is None or not client.netboots or one.is_quiet:
            continue
        who = (client.mac, client.firmware, client.arch)
        got[who] = got.get(who, False) or one.would_netboot
    return bool(got) and all(got.values())
