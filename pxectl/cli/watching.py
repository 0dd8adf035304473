"""`pxectl capture`: frames, what they are, and what pxectl would have answered."""

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path

import typer

from pxectl.boot.events import Event
from pxectl.boot.memory import Memory
from pxectl.boot.rehearse import Standpoint
from pxectl.boot.respond import respond
from pxectl.boot.site import Site
from pxectl.boot.timeline.sighted import Sighted
from pxectl.cli.judging import arrival_of, as_it_would_run, is_request, of_a_file
from pxectl.cli.rehearsing import read_mac, read_site
from pxectl.errors import PxectlError
from pxectl.net.capture import Writer, listen, read_file
from pxectl.net.interfaces import choose
from pxectl.ui import capture as shown
from pxectl.ui import machines
from pxectl.wire.iana import TFTP_PORT
from pxectl.wire.sighting import Sighting
from pxectl.wire.traffic import Traffic

HTTP_PORTS = frozenset((80, 8080))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line said."""

    site: Path | None
    interface: str | None
    read: Path | None
    write: Path | None
    mac: str | None
    count: int | None
    by_machine: bool
    as_json: bool


def watch(wanted: Wanted) -> None:
    """Show packets until the file ends, the count is reached, or Ctrl-C.

    Raises:
        PxectlError: a file, an interface, a MAC or the site can not be used.
    """
    only = read_mac(wanted.mac) if wanted.mac else None
    _refuse_same_file(wanted)
    site = as_it_would_run(read_site(wanted.site))
    here = _standpoint(wanted, site)
    frames = read_file(wanted.read) if wanted.read else listen(here.interface)
    serving = site.serving
    traffic = Traffic(HTTP_PORTS | {serving.http_port}, frozenset((TFTP_PORT, serving.tftp_port)))
    memory, left, sighted, end = Memory(), wanted.count, Sighted(), 0.0
    with contextlib.suppress(KeyboardInterrupt), contextlib.ExitStack() as stack:
        writer = stack.enter_context(Writer(wanted.write)) if wanted.write else None
        for frame in frames:
            sighting = traffic.read(frame.data, frame.wire_size)
            if sighting is None or (only is not None and sighting.mac != only):
                continue
            if writer is not None:
                writer.write(frame)
            would = _would(sighting, here, site, memory, frame.time)
            if wanted.by_machine:
                sighted.note(sighting, getattr(would, "client", None), frame.time)
                end = frame.time
            elif wanted.as_json:
                typer.echo(json.dumps(shown.as_fields(sighting, frame.time, would)))
            else:
                typer.echo(shown.as_text(sighting, frame.time, would), nl=False)
            if left is not None:
                left -= 1
                if left <= 0:
                    break
    for line, verdict in sighted.boots(end):
        if wanted.as_json:
            typer.echo(json.dumps(machines.as_fields(line, verdict)))
        else:
            typer.echo(machines.as_text(line, verdict), nl=False)


def _refuse_same_file(wanted: Wanted) -> None:
    read, write = wanted.read, wanted.write
    if read and write and write.exists() and read.exists() and write.samefile(read):
        raise PxectlError(
            f"{write}: is the file that is read; writing would empty it", hint="name another file"
        )


def _standpoint(wanted: Wanted, site: Site) -> Standpoint:
    """Where the packets come in. A file does not say it, and is often looked at on another host."""
    if wanted.read is not None and wanted.interface is None:
        return of_a_file(site)
    names = (wanted.interface,) if wanted.interface else site.serving.interfaces
    found = choose(names)[0]
    return Standpoint(found.name, found.address, found.network)


def _would(
    sighting: Sighting, here: Standpoint, site: Site, memory: Memory, now: float
) -> Event | None:
    """What pxectl would have done with this request."""
    if not is_request(sighting):
        return None
    return respond(sighting.payload, arrival_of(sighting, here), site, memory, now).event
