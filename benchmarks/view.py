"""What the live view costs: `python -m benchmarks.view [MACHINES [SECONDS]]`.

MACHINES boot at once, each with the twelve events of a whole boot, spread over SECONDS, and a file
under way all the time. Once with the view on a terminal of 200 columns and 60 rows, once with the
same events and nobody who shows them: the difference is the view. At most 10 % of a core for 500.
"""

import asyncio
import os
import pty
import sys
import threading
import time
from dataclasses import replace

from rich.console import Console

from pxectl.boot.events import Event, Ready
from pxectl.boot.timeline.timelines import Timelines
from pxectl.boot.underway import UnderWay
from pxectl.mac import MAC
from pxectl.ui.inside import Inside
from pxectl.ui.live import LiveView
from tests.boot.timeline import sequences

READY = Ready(("DHCP 67", "TFTP 69", "HTTP 8080"), ("x64-uefi",), ("dhcp", "tftp", "http"))


def boots(machines: int) -> list[Event]:
    """What happens: all machines make each step, one after the other."""
    macs = [MAC(b"\x52\x54\0\x77" + number.to_bytes(2, "big")) for number in range(machines)]
    return [_of(event, mac) for event in sequences.WHOLE for mac in macs]


def _of(event: Event, mac: MAC) -> Event:
    client = getattr(event, "client", None)
    if client is not None:
        return replace(event, client=replace(client, mac=mac))
    return replace(event, mac=mac)


async def play(
    events: list[Event], seconds: float, view: LiveView | None, lines: Timelines
) -> float:
    """CPU seconds that it takes."""
    began, cpu = time.monotonic(), time.process_time()
    for number, event in enumerate(events):
        due = began + seconds * number / len(events)
        if (wait := due - time.monotonic()) > 0.005:
            await asyncio.sleep(wait)
        for one in (event, *lines.note(event, time.time())):
            if view is not None:
                view.emit(one)
    await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
    return time.process_time() - cpu


def shown(events: list[Event], machines: int, seconds: float) -> float:
    """The same on a terminal that somebody reads."""
    ours, theirs = pty.openpty()
    reader = threading.Thread(target=_drain, args=(ours,), daemon=True)
    reader.start()
    moving = [
        UnderWay(f"52:54:00:77:{n >> 8:02x}:{n & 255:02x}", "x", 10, 5, 1.0)
        for n in range(machines)
    ]
    with os.fdopen(theirs, "w") as file:
        console = Console(file=file, width=200, height=60, force_terminal=True, highlight=False)
        lines = Timelines()
        with LiveView(lines, console) as view:
            view.start("pxectl")
            view.emit(READY)
            view.look_into(Inside(under_way=lambda: moving))
            return asyncio.run(play(events, seconds, view, lines))


def _drain(descriptor: int) -> None:
    while True:
        try:
            if not os.read(descriptor, 1 << 16):
                return
        except OSError:
            return


def main(machines: int = 500, seconds: float = 20.0) -> None:
    """Play both, and print the difference."""
    events = boots(machines)
    without = asyncio.run(play(events, seconds, None, Timelines()))
    with_view = shown(events, machines, seconds)
    share = 100 * (with_view - without) / seconds
    print(f"{machines} machines, {len(events)} events in {seconds:.0f} s")
    print(f"timelines alone  {without:6.2f} s CPU  {1e6 * without / len(events):6.1f} us an event")
    print(f"with the view    {with_view:6.2f} s CPU: it takes {share:.1f} % of a core (at most 10)")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:3]))
