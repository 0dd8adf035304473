"""A whole boot of one client, as far as files go: nothing that it loads is run."""

import asyncio
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import quote

from pxectl.boot.kinds import Kind
from pxectl.boot.probing.choice import Choice, choose
from pxectl.boot.probing.ipxescript import MAGIC, Script, read_script
from pxectl.boot.probing.offer import Offer
from pxectl.boot.probing.played import Level, Played, Probe, Verdict
from pxectl.boot.telling import short_path, size_of
from pxectl.errors import HostError, PxectlError
from pxectl.mac import MAC
from pxectl.net.probe.exchange import Exchange
from pxectl.net.probe.fetching import Fetched, fetch
from pxectl.net.probe.wire import Wire
from pxectl.wire.iana import BOOT_SERVER_PORT, MessageType

AGENTS = {"HTTPClient": "UefiHttpBoot/1.0", "iPXE": "iPXE/1.21.1"}
_MOST_SCRIPTS = 5
"""Scripts that lead to one another."""
_SCRIPT_NAMES = (".ipxe", ".php", ".cfg")


_IPXE = re.compile(r"(ipxe|undionly|snponly)[^/]*$|\.k?kpxe$", re.IGNORECASE)


def is_called_ipxe(name: str) -> bool:
    """True for the usual names: BIOS binaries are packed, and nothing can be read in them."""
    return bool(_IPXE.search(name))


class Stopped(Exception):  # noqa: N818 - no error: the end of a boot
    """The client goes no further."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.text)
        self.verdict = verdict


@dataclass(slots=True)
class Player:
    """Plays one client."""

    wire: Wire
    kind: Kind
    mac: MAC
    tell: Callable[[Played], None] = lambda _: None
    """Takes each step when it was made."""
    steps: list[Played] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    _held: list[tuple[Exchange, Offer]] = field(default_factory=list)

    async def play(self) -> Probe:
        """All of it; what it was leased is given back however it ends.

        Raises:
            HostError: this host can not send.
        """
        try:
            await self._boot()
            verdict = Verdict(boots=True, text=self._summary())
        except Stopped as stopped:
            verdict = stopped.verdict
        finally:
            for exchange, ack in self._held:
                with suppress(HostError):  # the verdict is worth more
                    exchange.release(ack)
        return Probe(self.kind.name, str(self.mac), tuple(self.steps), verdict)

    # ---- the boot

    async def _boot(self) -> None:
        boot = await self._dhcp(self.kind)
        if self.kind.ipxe:
            await self._script(self._url(boot))
            return
        if self.kind.pi:
            self._step(
                "files", "those of a Raspberry Pi are for who has its address", Level.LEFT_OUT
            )
            return
        nbp = await self._load("NBP", self._url(boot))
        if not (nbp.is_ipxe or is_called_ipxe(boot.bootfile)):
            self._step("NBP", "is not iPXE: what it loads is not played", Level.LEFT_OUT)
            return
        second = await self._dhcp(self.kind.after_nbp())
        url = self._url(second)
        if url.rpartition("/")[2] == self._url(boot).rpartition("/")[2]:
            self._stop(
                f"iPXE is told to load {short_path(url)} again: a loop",
                "give who sends user class iPXE (or option 175) the URL of a script",
            )
        await self._script(url)

    async def _dhcp(self, kind: Kind) -> Offer:
        """The whole exchange; whose boot data it goes on with."""
        exchange, who = Exchange(self.wire, kind, self.mac), "iPXE " * kind.ipxe
        self._step(f"{who}DISCOVER", f"as {kind.name}, {self.mac}")
        asked = time.monotonic()
        offers = await exchange.discover()
        for offer in offers:
            self._step(f"{who}OFFER", _of_offer(offer), at=asked + offer.at)
        choice = choose(kind, offers)
        if choice.address is None:
            self._stop(choice.why, choice.hint)
        await self._address(exchange, choice.address, who)
        if choice.boot is None:
            self._stop(choice.why, choice.hint)
        return await self._boot_server(exchange, choice, who)

    async def _address(self, exchange: Exchange, offer: Offer | None, who: str) -> None:
        assert offer is not None  # noqa: S101 - `_dhcp` has looked
        self._step(f"{who}REQUEST", f"{offer.packet.yiaddr} of {offer.server}")
        began = time.monotonic()
        ack = await exchange.request(offer)
        if ack is None:
            self._step(f"{who}ACK", "none", Level.FAILED)
            self._stop(
                f"{offer.server} offers {offer.packet.yiaddr} and never acknowledges it",
                "its log says why: no lease can be written, or it takes the REQUEST for another's?",
            )
        if ack.packet.message_type is MessageType.NAK:
            self._step(f"{who}NAK", str(ack.server), Level.FAILED)
            self._stop(f"{ack.server} refuses the address that it has offered itself", "")
        self._held.append((exchange, ack))
        self._step(f"{who}ACK", str(ack.packet.yiaddr), seconds=time.monotonic() - began)

    async def _boot_server(self, exchange: Exchange, choice: Choice, who: str) -> Offer:
        boot = choice.boot
        assert boot is not None  # noqa: S101 - `_dhcp` has looked
        if not choice.asks_4011:
            return boot
        server = boot.tftp_server
        self._step(f"{who}4011", f"asks {server}")
        heard = await exchange.ask_boot_server(boot)
        right = [one for one in heard if one.source_port == BOOT_SERVER_PORT]
        if right and right[0].bootfile:
            self._step(f"{who}4011", f"{right[0].server}: {short_path(right[0].bootfile)}")
            return right[0]
        if heard and not right:
            self._stop(
                f"{heard[0].source} answers a request to port 4011 from port "
                f"{heard[0].source_port}: firmware drops it",
                "its boot server has to answer from the port that was asked",
            )
        if boot.klass.name.startswith("DHCP"):
            self._stop(
                f"{boot.server} says option 60 PXEClient without option 43, and nobody answers on "
                f"port 4011 of {server}: that beats every proxy",
                "take option 60 out of that server (dnsmasq: `dhcp-option=60`; ISC: "
                "`vendor-class-identifier`)",
            )
        said = "answers on port 4011 without a boot file" if right else "never answers on port 4011"
        hint = "a firewall before UDP port 4011? or does a rule deny it?"
        raise Stopped(Verdict(boots=False, text=f"{server} {said}", hint=hint))

    # ---- files

    async def _load(self, what: str, url: str) -> Fetched:
        agent = AGENTS.get(self.kind.vendor, AGENTS["iPXE"])
        began = time.monotonic()
        try:
            got = await fetch(url, window=self.kind.arch.is_uefi and what == "NBP", agent=agent)
        except PxectlError as error:
            self._step(what, f"{short_path(url)}  {error.message}", Level.FAILED)
            self._stop(f"{what} {short_path(url)}: {error.message}", error.hint or "")
        rate = f"  {size_of(round(got.size / got.seconds))}/s" if got.seconds > 0.001 else ""
        text = "  ".join(
            filter(None, (f"{short_path(url)}  {size_of(got.size)}{rate}", got.detail))
        )
        self._step(what, text, size=got.size, seconds=time.monotonic() - began)
        return got

    async def _script(self, url: str) -> None:
        for _ in range(_MOST_SCRIPTS):
            got = await self._load("script", url)
            text = got.head.decode("latin-1")
            if not text.startswith(MAGIC):
                if url.endswith(_SCRIPT_NAMES):
                    self._stop(f"{short_path(url)} is no iPXE script", f"it begins with {MAGIC}")
                return  # iPXE boots whatever it is
            script = read_script(text, url)
            onward = await self._follow(script)
            if not onward:
                return
            url = onward
        self._stop(f"{_MOST_SCRIPTS} scripts lead to one another", "do they go round?")

    async def _follow(self, script: Script) -> str:
        """Load what a script names; the URL of a script that it goes on to, empty: none."""
        for line in script.left_out:
            self._step("script", line, Level.LEFT_OUT)
        onward = ""
        for one in script.fetches:
            if one.what == "script":
                onward = onward or one.url
            elif one.what == "iso":
                self._step("iso", f"{short_path(one.url)}: is not loaded", Level.LEFT_OUT)
            else:
                await self._load(one.what, one.url)
        if not script.fetches and script.ending:
            said = f": {script.says[-1]}" if script.says else ""
            self._stop(f"its script ends with `{script.ending}`{said}", "is it to boot its disk?")
        return onward

    # ---- what is told

    def _url(self, boot: Offer) -> str:
        """Where it loads from next."""
        if "://" in boot.bootfile:
            return boot.bootfile
        if not boot.bootfile:
            self._stop(f"{boot.server} names no boot file", "option 67 or `file` has to")
        return f"tftp://{boot.tftp_server}/{quote(boot.bootfile)}"

    def _step(
        self,
        name: str,
        text: str,
        level: Level = Level.DONE,
        *,
        at: float | None = None,
        size: int = 0,
        seconds: float = 0.0,
    ) -> None:
        passed = (time.monotonic() if at is None else at) - self.began
        step = Played(name, round(passed, 3), text, level, size, seconds)
        self.steps.append(step)
        self.tell(step)

    def _stop(self, text: str, hint: str) -> NoReturn:
        raise Stopped(Verdict(boots=False, text=text, hint=hint))

    def _summary(self) -> str:
        files = [step for step in self.steps if step.size]
        total = sum(step.size for step in files)
        loaded = f"{len(files)} files, {size_of(total)}" if files else "its DHCP is answered"
        return f"would boot: {loaded}"


def _of_offer(offer: Offer) -> str:
    given = str(offer.packet.yiaddr) if int(offer.packet.yiaddr) else ""
    parts = (f"by {offer.server}", given, offer.klass.value, short_path(offer.bootfile))
    return "  ".join(filter(None, parts))


async def play_all(
    wire: Wire, kinds: tuple[Kind, ...], mac_of: Callable[[Kind], MAC]
) -> tuple[Probe, ...]:
    """Play several clients side by side, each with a MAC of its own."""
    players = [Player(wire, kind, mac_of(kind)) for kind in kinds]
    return tuple(await asyncio.gather(*(player.play() for player in players)))
