"""What `serve` does, counted for Prometheus. No label holds a MAC, a host name or a path: machines
come and go, and who scrapes need not know them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pxectl import __version__
from pxectl.boot.binding import Binding
from pxectl.boot.decide import Decision
from pxectl.boot.events import (
    Dropped,
    Event,
    Mirrored,
    Reloaded,
    Replied,
    Requested,
    Transferred,
    Unanswered,
)
from pxectl.boot.timeline.ended import Ended
from pxectl.boot.underway import UnderWay

_SECONDS = (1, 2, 5, 10, 20, 30, 60, 120, 300)
"""Buckets of a boot, from its first DISCOVER until it has loaded all."""


@dataclass(frozen=True, slots=True)
class Gauges:
    """What is read when it is scraped."""

    under_way: Callable[[], Iterable[UnderWay]]
    bindings: Callable[[], Iterable[Binding]]
    machines: Callable[[], int]
    on: Callable[[], Iterable[str]]
    """Switches that are on."""


class Metrics:
    """Takes events; gives the text that Prometheus reads."""

    def __init__(self, gauges: Gauges) -> None:
        """Make it: `prometheus_client` is loaded now."""
        from prometheus_client import (
            CollectorRegistry,
            Counter,
            Gauge,
            Histogram,
            disable_created_metrics,
        )

        disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each
        self._registry = registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Any:  # noqa: ANN401 - of a library
            return Counter(f"pxectl_{name}", text, labels, registry=registry)

        self._messages = counter("dhcp_messages", "DHCP messages of clients, by type.", "type")
        self._replies = counter("dhcp_replies", "DHCP replies that were sent.", "type", "role")
        self._decisions = counter("decisions", "Decisions about DHCP messages.", "action", "rule")
        self._requests = counter(
            "requests", "Paths that were asked for.", "protocol", "what", "status"
        )
        self._transfers = counter("transfers", "Transfers that ended.", "protocol", "outcome")
        self._octets = counter("sent_bytes", "Octets that arrived at clients.", "protocol")
        self._boots = counter("boots", "Boots that ended.", "outcome", "cause")
        self._seconds = Histogram(
            "pxectl_boot_seconds", "From the first DISCOVER until all was loaded.",
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._dropped = counter("dropped", "What could not be understood.", "protocol")
        self._mirrored = counter("mirror", "Downloads of the mirror.", "outcome")
        self._reloads = counter("reloads", "New versions of the site in force.")
        build = Gauge("pxectl_build_info", "Its version.", ("version",), registry=registry)
        build.labels(__version__).set(1)
        for name, text, value in (
            ("transfers_under_way", "Transfers that run.", lambda: _count(gauges.under_way())),
            ("leases", "Addresses that are leased.", lambda: _count(gauges.bindings())),
            ("machines", "Machines that are known.", gauges.machines),
        ):
            Gauge(f"pxectl_{name}", text, registry=registry).set_function(value)
        self._listening = Gauge(
            "pxectl_listener_on", "1 for what is served.", ("listener",), registry=registry
        )
        self._on = gauges.on

    def note(self, event: Event) -> None:
        """Count an event."""
        match event:
            case Replied():
                self._messages.labels(event.request.name).inc()
                self._decided(event.decision)
                if event.sent:
                    self._replies.labels(event.reply.name, event.role).inc()
            case Unanswered():
                self._messages.labels(event.request.name if event.request else "BOOTP").inc()
                if not event.quiet:
                    self._decided(event.decision)
            case Requested() if not event.is_piece:
                what = event.what or "refused"
                self._requests.labels(event.protocol.value, what, str(event.status)).inc()
            case Transferred():
                self._transfers.labels(event.protocol.value, event.outcome).inc()
                self._octets.labels(event.protocol.value).inc(event.sent)
            case Ended():
                self._boots.labels(event.outcome, event.cause).inc()
                if event.outcome == "booted":
                    self._seconds.observe(event.ended - event.began)
            case Dropped():
                self._dropped.labels(event.protocol).inc()
            case Mirrored():
                self._mirrored.labels(event.outcome).inc()
            case Reloaded():
                self._reloads.inc()
            case _:
                pass

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """The text, and its content type.

        Args:
            accept: the header of who asks.
        """
        from prometheus_client.exposition import choose_encoder

        on = set(self._on())
        for listener in ("dhcp", "proxy", "tftp", "http", "https"):
            self._listening.labels(listener).set(listener in on)
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def _decided(self, decision: Decision | None) -> None:
        if decision is not None:
            self._decisions.labels(decision.action.value, decision.rule.name).inc()


def _count(things: Iterable[object]) -> int:
    return sum(1 for _ in things)
