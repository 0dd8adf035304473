"""`pxectl probe`: from the command line's words to a verdict."""

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from typing import Any

import typer

from pxectl.boot.kinds import KINDS, Kind, kind_named
from pxectl.boot.probing.played import Played, Probe
from pxectl.boot.raspberry import PI_3
from pxectl.cli.rehearsing import read_mac
from pxectl.errors import PxectlError
from pxectl.mac import MAC
from pxectl.net.interfaces import choose
from pxectl.net.probe.play import Player, play_all
from pxectl.net.probe.storm import Storm, storm
from pxectl.net.probe.wire import Wire
from pxectl.store.values import read_seconds
from pxectl.ui import probe as shown

VERSION = 1
_LONGEST = 24 * 3600
_PI_4 = bytes.fromhex("dca632")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line said."""

    client: str
    all_clients: bool
    mac: str | None
    interface: str | None
    storm: int | None
    duration: str
    as_json: bool


def probe_now(wanted: Wanted) -> bool:
    """Play what is wanted, and print it.

    Returns:
        True if each client would boot, or no exchange of the storm was lost.

    Raises:
        PxectlError: a word that can not be, or a port that can not be had.
    """
    _refuse_mixed(wanted)
    kind, mac = kind_named(wanted.client), read_mac(wanted.mac) if wanted.mac else None
    seconds = read_seconds(wanted.duration, "--duration", 1, _LONGEST)
    names = (wanted.interface,) if wanted.interface else ()

    async def run() -> bool:
        with Wire(choose(names)[0]) as wire:
            if wanted.storm:
                return _tell_storm(await storm(wire, kind, wanted.storm, seconds), wanted)
            if wanted.all_clients:
                return _tell_all(await play_all(wire, tuple(KINDS.values()), made_up), wanted)
            tell = _silent if wanted.as_json else _tell_step
            player = Player(wire, kind, mac or made_up(kind), tell)
            return _tell_one(await player.play(), wanted)

    return asyncio.run(run())


def _refuse_mixed(wanted: Wanted) -> None:
    if wanted.storm and (wanted.all_clients or wanted.mac):
        other = "--mac" if wanted.mac else "--all-clients"
        raise PxectlError(f"probe: --storm and {other} exclude each other", hint="say one")
    if wanted.all_clients and wanted.mac:
        raise PxectlError(
            "probe: --all-clients and --mac exclude each other",
            hint="side by side they need a MAC each, which are made up",
        )


def made_up(kind: Kind) -> MAC:
    """A MAC that no machine has; of the Raspberry Pi's own, for what is one."""
    if kind.pi:
        return MAC((PI_3 if kind.pi == 3 else _PI_4) + os.urandom(3))
    return MAC(b"\x02" + os.urandom(5))


def _silent(_: Played) -> None:
    """With `--json` nothing is told before the end."""


def _tell_step(step: Played) -> None:
    typer.echo(shown.step_line(step))
    sys.stdout.flush()


def _tell_one(probe: Probe, wanted: Wanted) -> bool:
    if wanted.as_json:
        _print({"v": VERSION, **shown.as_fields(probe)})
    else:
        for line in shown.verdict_lines(probe.verdict):
            typer.echo(line)
    return probe.verdict.boots


def _tell_all(probes: tuple[Probe, ...], wanted: Wanted) -> bool:
    if wanted.as_json:
        _print({"v": VERSION, "clients": [shown.as_fields(probe) for probe in probes]})
    else:
        typer.echo(shown.matrix(probes), nl=False)
    return all(probe.verdict.boots for probe in probes)


def _tell_storm(seen: Storm, wanted: Wanted) -> bool:
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    told = {name: seen.percentile(share) for name, share in shares.items()}
    if wanted.as_json:
        _print(
            {
                "v": VERSION,
                "machines": seen.machines,
                "seconds": round(seen.seconds, 1),
                "exchanges": seen.exchanges,
                "lost": seen.lost,
                "latency": {
                    name: round(value, 4) if value is not None else None
                    for name, value in told.items()
                },
            }
        )
    else:
        rate = seen.exchanges / seen.seconds if seen.seconds else 0.0
        typer.echo(
            f"{seen.machines} machines in {seen.seconds:.0f} s: {seen.exchanges} exchanges "
            f"({rate:.0f} a second), {seen.lost} lost"
        )
        if seen.exchanges:
            spread = "  ".join(
                f"{name} {1000 * (value or 0):.1f} ms" for name, value in told.items()
            )
            typer.echo(f"DISCOVER to ACK  {spread}")
    return not seen.lost and bool(seen.exchanges)


def _print(told: dict[str, Any]) -> None:
    typer.echo(json.dumps(told))
