"""What of DHCP, proxyDHCP, TFTP and HTTP is on, and turning each on and off while `serve` runs."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import assert_never

from pxectl.boot.events import Event, Switched
from pxectl.boot.site import HTTPS, Mode, Serving
from pxectl.errors import HostError, PxectlError, RefusedError
from pxectl.net.listeners import DHCP_PORTS, Listeners


class Switch(Enum):
    """What can be turned on and off."""

    DHCP = "dhcp"
    PROXY = "proxy"
    TFTP = "tftp"
    HTTP = "http"
    HTTPS = "https"


MODES = {Switch.DHCP: Mode.SERVER, Switch.PROXY: Mode.PROXY}
"""A server is one or the other: turning one on turns the other one off."""
_BY_MODE = {mode: switch for switch, mode in MODES.items()}
_NAMES = {
    Switch.DHCP: "DHCP", Switch.PROXY: "proxyDHCP", Switch.TFTP: "TFTP", Switch.HTTP: "HTTP",
    Switch.HTTPS: "HTTPS",
}  # fmt: skip
_FIXED = (
    "interfaces",
    "http_port",
    "https_port",
    "tftp_port",
    "tftp_single_port",
    "shadow",
    "monitor",
)
"""Keys of `[serve]` that are read at the start only."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How one switch stands."""

    switch: Switch
    on: bool
    ports: tuple[int, ...]
    """Where it listens, or would."""
    transfers: int | None
    """Files under way, also after it was turned off; None: it transfers none."""


class Switchboard:
    """Opens and closes listeners as it is told, one switch at a time."""

    def __init__(
        self,
        serving: Serving,
        listeners: Listeners,
        become: Callable[[Mode], Awaitable[Mode]],
        serve_as: Callable[[Serving], None],
        emit: Callable[[Event], None],
    ) -> None:
        """Make it; nothing is open before `start`.

        Args:
            serving: what is to be served.
            listeners: opened and closed by this alone.
            become: makes ready for a mode and gives the one that `auto` comes to; raises HostError
                where it can not be.
            serve_as: takes what is served from now on: clients are told of nothing else.
            emit: takes the events.
        """
        self._serving = self._asked = serving
        self._listeners = listeners
        self._become = become
        self._serve_as = serve_as
        self._emit = emit
        self._turning = asyncio.Lock()
        self._told: tuple[str, ...] = ()

    async def start(self) -> None:
        """Turn on what was asked for.

        Raises:
            HostError: something can not be had; what is open by then stays open.
        """
        async with self._turning:
            asked = self._asked
            mode = await self._become(asked.dhcp)
            self._put(replace(self._serving, dhcp=mode))
            if mode is not Mode.OFF:
                self._listeners.open_dhcp()
            if asked.shadow:
                return  # nobody is told to come here
            if asked.tftp:
                self._listeners.open_tftp(asked.tftp_port, single=asked.tftp_single_port)
            if asked.http:
                await self._listeners.open_http(asked.http_port)
            if asked.https is not HTTPS.OFF:
                await self._listeners.open_https(asked.https_port)

    async def turn(self, switch: Switch, *, on: bool, why: str) -> bool:
        """Turn one on or off.

        Args:
            switch: which.
            on: to what.
            why: who wants it, for the log.

        Returns:
            False if it was so already.

        Raises:
            HostError: a port is taken, or this mode can not be had; everything stays as it was.
            RefusedError: it is not possible in the shadow.
        """
        async with self._turning:
            return await self._turn(switch, on=on, why=why)

    async def follow(self, asked: Serving, why: str) -> tuple[PxectlError, ...]:
        """Do what has changed in what a person asked for; other switches stay as they were turned.

        Args:
            asked: flags, variables and `[serve]` as they are now.
            why: who wants it, for the log.

        Returns:
            what could not be done; the rest was.
        """
        problems: list[PxectlError] = []
        async with self._turning:
            before, self._asked = self._asked, asked
            # what answers are made from is followed at once: nothing has to be opened for it
            self._put(
                replace(
                    self._serving,
                    advertise=asked.advertise,
                    claims=asked.claims,
                    tls_cert=asked.tls_cert,
                    tls_key=asked.tls_key,
                )
            )
            if HTTPS.OFF not in (asked.https, self._serving.https) and asked.https != before.https:
                self._put(replace(self._serving, https=asked.https))  # who is told
            for switch, on in _differences(before, asked):
                try:
                    await self._turn(switch, on=on, why=why)
                except PxectlError as error:
                    problems.append(error)
            if asked.dhcp is Mode.AUTO is not before.dhcp:
                try:  # see what answers here now
                    mode = await self._become(Mode.AUTO)
                    await self._turn(_BY_MODE[mode], on=True, why=why)
                except PxectlError as error:
                    problems.append(error)
            problems += self._restarts()
        return tuple(problems)

    def standings(self) -> tuple[Standing, ...]:
        """How each switch stands."""
        serving = self._serving
        tftp, http, https = self._listeners.transfers()
        shows = not serving.shadow
        return (
            Standing(Switch.DHCP, serving.dhcp is Mode.SERVER, DHCP_PORTS, None),
            Standing(Switch.PROXY, serving.dhcp is Mode.PROXY, DHCP_PORTS, None),
            Standing(Switch.TFTP, serving.tftp and shows, (serving.tftp_port,), tftp),
            Standing(Switch.HTTP, serving.http and shows, (serving.http_port,), http),
            Standing(
                Switch.HTTPS,
                serving.https is not HTTPS.OFF and shows,
                (serving.https_port,),
                https,
            ),
        )

    def on(self) -> tuple[str, ...]:
        """Which switches are on."""
        return tuple(one.switch.value for one in self.standings() if one.on)

    def names(self) -> tuple[str, ...]:
        """What listens, for people: `proxyDHCP 67 4011`."""
        on = [
            " ".join((_NAMES[one.switch], *map(str, one.ports)))
            for one in self.standings()
            if one.on
        ]
        return (*on, "in the shadow: nothing is sent") if self._serving.shadow else tuple(on)

    def is_on(self, switch: Switch) -> bool:
        """True if it is on."""
        return switch.value in self.on()

    # ---- one at a time

    def _put(self, serving: Serving) -> None:
        self._serving = serving
        self._serve_as(serving)

    async def _turn(self, switch: Switch, *, on: bool, why: str) -> bool:
        if self.is_on(switch) is on:
            return False
        if on:
            await self._open(switch)
        else:
            await self._close(switch)
        self._emit(Switched(switch.value, on, why, self.names(), self.on()))
        return True

    async def _open(self, switch: Switch) -> None:
        """Listen first, then tell clients."""
        serving = self._serving
        match switch:
            case Switch.DHCP | Switch.PROXY:
                mode = await self._become(MODES[switch])
                if serving.dhcp is Mode.OFF:
                    self._listeners.open_dhcp()
                self._put(replace(self._serving, dhcp=mode))
            case _ if serving.shadow:
                raise RefusedError(
                    f"{_NAMES[switch]}: nothing is served in the shadow",
                    hint="start `pxectl serve` without `--shadow`",
                )
            case Switch.TFTP:
                self._listeners.open_tftp(serving.tftp_port, single=serving.tftp_single_port)
                self._put(replace(self._serving, tftp=True))
            case Switch.HTTP:
                await self._listeners.open_http(serving.http_port)
                self._put(replace(self._serving, http=True))
            case Switch.HTTPS:
                await self._listeners.open_https(serving.https_port)
                asked = self._asked.https
                self._put(replace(self._serving, https=HTTPS.ON if asked is HTTPS.OFF else asked))
            case _:
                assert_never(switch)

    async def _close(self, switch: Switch) -> None:
        """Tell clients no more, then take no more requests."""
        match switch:
            case Switch.DHCP | Switch.PROXY:
                self._put(replace(self._serving, dhcp=Mode.OFF))
                self._listeners.close_dhcp()
            case Switch.TFTP:
                self._put(replace(self._serving, tftp=False))
                self._listeners.close_tftp()
            case Switch.HTTP:
                self._put(replace(self._serving, http=False))
                await self._listeners.close_http()
            case Switch.HTTPS:
                self._put(replace(self._serving, https=HTTPS.OFF))
                await self._listeners.close_https()
            case _:
                assert_never(switch)

    def _restarts(self) -> Iterable[PxectlError]:
        """What a restart would change, told once."""
        changed = tuple(self._changed())
        if changed and changed != self._told:
            keys = " and ".join(f"serve.{key}" for key in changed)
            yield HostError(
                f"{keys} changed, which a running `serve` does not follow",
                hint="restart it; until then it listens where it did",
            )
        self._told = changed

    def _changed(self) -> Iterable[str]:
        for key in _FIXED:
            if getattr(self._asked, key) != getattr(self._serving, key):
                yield key


def _differences(before: Serving, after: Serving) -> Iterable[tuple[Switch, bool]]:
    """What was turned in the file. Off comes first: what is turned on may need its port."""
    if after.dhcp is not before.dhcp and after.dhcp is Mode.OFF:
        yield from ((switch, False) for switch in MODES)
    for switch in (Switch.TFTP, Switch.HTTP):
        was, now = getattr(before, switch.value), getattr(after, switch.value)
        if was != now:
            yield switch, now
    if HTTPS.OFF in (before.https, after.https) and before.https is not after.https:
        yield Switch.HTTPS, after.https is not HTTPS.OFF
    if after.dhcp is not before.dhcp and after.dhcp in _BY_MODE:
        yield _BY_MODE[after.dhcp], True
