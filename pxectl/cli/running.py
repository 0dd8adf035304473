"""A running `serve`: site, listeners and log put together."""

import asyncio
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pxectl import __version__
from pxectl.boot.events import Event, Warned
from pxectl.boot.nbp import BINARY_HINT, without_binary
from pxectl.boot.rehearse import Standpoint
from pxectl.boot.site import Site
from pxectl.boot.timeline.timelines import Timelines
from pxectl.cli.certifying import Certifier
from pxectl.cli.counting import Counting
from pxectl.cli.diagnosing import Diagnosing
from pxectl.cli.following import Follower
from pxectl.cli.monitoring import Monitoring
from pxectl.cli.once import Once
from pxectl.cli.prefetching import Prefetching
from pxectl.cli.recording import Recorder
from pxectl.cli.steering import Steering
from pxectl.cli.welcoming import Welcoming
from pxectl.net.interfaces import Interface, choose
from pxectl.net.opening import Opening
from pxectl.net.server import Server
from pxectl.store.images import Images
from pxectl.store.leases import LeaseFile
from pxectl.store.place import HARDWARE, STATE, find_site
from pxectl.store.secret import site_secret
from pxectl.store.settings import Overrides
from pxectl.store.site import Loaded, SiteReader
from pxectl.ui.inside import Inside
from pxectl.ui.sink import Sink, open_sink


@dataclass(frozen=True, slots=True)
class View:
    """How the log is shown."""

    log: str
    """`plain`, `json`, or empty: the live view on a terminal, else plain."""
    verbose: bool


def run(flag: Path | None, overrides: Overrides, view: View, *, force: bool) -> None:
    """Serve until Ctrl-C.

    Args:
        flag: `--site`.
        overrides: what flags and variables say instead of the site.
        view: how the log is shown.
        force: lease addresses though another DHCP server answers.

    Raises:
        PxectlError: the site can not be read, or a port or interface can not be had.
    """
    if hasattr(signal, "SIGPIPE"):
        # machines go on booting when whoever read the log has gone
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    place = find_site(flag)
    if overrides.pool is not None:
        # it may be of a network that no [[subnet]] names, if it is one of a served interface
        serving = SiteReader(place.path, replace(overrides, pool=None)).read(()).site.serving
        networks = tuple(one.network for one in choose(serving.interfaces))
        overrides = replace(overrides, networks=networks)
    reader = SiteReader(place.path, overrides, secret=site_secret(place.path))
    loaded = reader.read()
    interfaces = choose(loaded.site.serving.interfaces)
    asyncio.run(_serve(reader, loaded, interfaces, view, force=force))


async def _serve(
    reader: SiteReader,
    loaded: Loaded,
    interfaces: tuple[Interface, ...],
    view: View,
    *,
    force: bool,
) -> None:
    timelines = Timelines()
    with open_sink(view.log, timelines, verbose=view.verbose) as sink:
        sink.start(_headline(loaded.site, interfaces))
        asyncio.get_running_loop().set_exception_handler(_telling(sink.emit))
        sources = reader.sources
        sources.say = lambda error: sink.emit(Warned(error.message, error.hint))
        monitoring = Monitoring(sink.emit)
        diagnosing = Diagnosing(timelines, monitoring.emit)
        recorder = Recorder(reader.path, diagnosing.emit)
        recorder.forget_known(loaded.site.inventory)
        once = Once(
            reader.path / HARDWARE,
            lambda: server.site,
            lambda site: server.replace_site(site),
            recorder.emit,
        )
        counting = Counting(reader.path, reader.boots, once.emit)
        certifier = Certifier(reader.path, lambda: server.site.serving, counting.emit)
        first = interfaces[0]
        here = Standpoint(first.name, first.address, first.network)
        mirroring = Prefetching(reader.path, lambda: server.site, here, monitoring.emit)
        server = Server(
            loaded.site,
            interfaces,
            counting.emit,
            sources.elsewhere.look_up,
            lambda: LeaseFile(reader.path / STATE),
            Opening(mirroring.mirror.hold, Images()),
            certifier.context,
            force=force,
        )
        follower = Follower(reader, loaded, server, recorder, here, _warnings, once.amended)
        _let_look(sink, server, recorder, reader.path)
        steering = Steering(reader.path, server, follower, interfaces, recorder.emit)
        for warning in _warnings(loaded):
            sink.emit(warning)
        try:
            steering.bind()
            await monitoring.start(server, follower.problems)
            await server.start()
            await steering.start()
            keepers = (recorder, counting, steering, mirroring, certifier, diagnosing)
            work = (follower.run(), sources.run(), *(one.keep() for one in keepers))
            await _until_stopped(work, sink, steering)
        finally:
            await steering.close()
            await monitoring.close()
            await server.close()
            mirroring.mirror.close()
            await once.close()
            counting.close()
            await recorder.close()


async def _until_stopped(
    work: tuple[Coroutine[Any, Any, None], ...], sink: Sink, steering: Steering
) -> None:
    """Do all of it until Ctrl-C, SIGTERM or a key."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(one) for one in work]
        with _stopping() as stop, sink.keys(steering.keys(stop.set)):
            await stop.wait()
        for task in running:
            task.cancel()


def _let_look(sink: Sink, server: Server, recorder: Recorder, site: Path) -> None:
    """Give the live view what it shows beside events, and what its keys do to machines."""
    welcoming = Welcoming(site / HARDWARE, recorder.unknown, recorder.emit)

    def profiles() -> tuple[str, ...]:
        return tuple(server.site.rules.profiles)

    sink.look_into(Inside(server.under_way, server.bindings, profiles, welcoming.add))


def _telling(
    emit: Callable[[Event], None],
) -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    """A mistake of pxectl's own, in one answer, is told in a line and ends nothing else."""

    def tell(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        what = f"{type(error).__name__}: {error}" if error else context.get("message", "")
        emit(Warned(f"internal error: {what}", "this is a mistake in pxectl, please report it"))

    return tell


@contextmanager
def _stopping() -> Iterator[asyncio.Event]:
    """Set by Ctrl-C or SIGTERM. The second one kills: the handlers are gone by then."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _warnings(loaded: Loaded) -> Iterator[Warned]:
    """What a person should know of a version of the site."""
    for problem in (*loaded.problems, *loaded.notes):
        yield Warned(problem.message, problem.hint)
    site = loaded.site
    if missing := without_binary(site):
        names = ", ".join(arch.label for arch in missing)
        yield Warned(f"no iPXE binary for {names}: such machines can not boot", BINARY_HINT)


def _headline(site: Site, interfaces: tuple[Interface, ...]) -> str:
    where = site.path or "none, defaults"
    return f"pxectl {__version__}   site: {where}   {'   '.join(map(str, interfaces))}"
