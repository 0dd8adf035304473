"""Beside the log of `serve`: health and metrics, if `[serve] monitor` says where."""

from collections.abc import Callable
from typing import Protocol

from pxectl.boot.events import Event, Ready, Switched
from pxectl.net.server import Server


class _Vital(Protocol):
    async def close(self) -> None: ...


class Monitoring:
    """Takes every event, passes it on, and counts it."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        """Make it; nothing is counted before `start`.

        Args:
            emit: takes the events after this.
        """
        self._emit = emit
        self._note: Callable[[Event], None] | None = None
        self._monitor: _Vital | None = None
        self._listeners: tuple[str, ...] = ()
        self._is_ready = False

    def emit(self, event: Event) -> None:
        """Count an event and pass it on."""
        if isinstance(event, Ready | Switched):
            self._is_ready, self._listeners = True, event.listeners
        if self._note is not None:
            self._note(event)
        self._emit(event)

    async def start(self, server: Server, problems: Callable[[], tuple[str, ...]]) -> None:
        """Listen, where the site says so.

        Args:
            server: whose transfers, leases and switches are told.
            problems: what of the site can not be used at the moment.

        Raises:
            HostError: its port can not be had.
        """
        where = server.site.serving.monitor
        if where is None:
            return
        from pxectl.net.monitor import Monitor, Vitals
        from pxectl.ui.metrics import Gauges, Metrics

        metrics = Metrics(
            Gauges(
                server.under_way,
                server.bindings,
                lambda: len(server.site.inventory),
                lambda: (one.switch.value for one in server.status() if one.on),
            )
        )
        self._note = metrics.note

        def vitals() -> Vitals:
            return Vitals(self._is_ready, self._listeners, problems())

        monitor = Monitor(vitals, metrics.exposition)
        await monitor.start(*where)
        self._monitor = monitor

    async def close(self) -> None:
        """Listen no more."""
        self._is_ready = False
        if self._monitor is not None:
            await self._monitor.close()
