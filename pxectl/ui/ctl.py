"""What a running `serve` says of itself, as people read it. It may be of another version."""

from collections.abc import Iterator, Mapping
from typing import Any

from pxectl.ui.lines import SWITCHES
from pxectl.ui.printable import printable


def status_text(status: Mapping[str, Any]) -> str:
    """A few lines about a running `serve`.

    Args:
        status: the keys of `ctl status --json` (docs/json.md).
    """
    return "".join(f"{printable(line, 500)}\n" for line in _lines(status))


def turned_text(what: str, answer: Mapping[str, Any]) -> str:
    """One line about a switch that was turned, or stood so already."""
    listener = answer["listeners"][what]
    state = f"{_name(what)} is {_on(listener)}"
    already = "" if answer["changed"] else ", as it was already"
    return printable(f"{state}{already}{_under_way(listener)}", 500)


def reloaded_text(answer: Mapping[str, Any]) -> str:
    """What a reload changed, a line each; what `serve` had noticed before is told so."""
    changes = [printable(str(change), 500) for change in answer["changes"]]
    if not changes:
        return "" if answer["problems"] else "nothing has changed\n"
    if answer["ago"] is not None:
        changes = [f"in force already, for {_span(answer['ago'])}:", *changes]
    return "".join(f"{line}\n" for line in changes)


def _lines(status: Mapping[str, Any]) -> Iterator[str]:
    yield f"pxectl {status['version']}   pid {status['pid']}   up {_span(status['uptime'])}"
    known = [_count(status["machines"], "machine")]
    if status["leases"] is not None:
        known.append(_count(status["leases"], "lease"))
    yield f"site        {status['site']}   {'   '.join(known)}"
    where = [f"{one['name']} {one['address']}" for one in status["interfaces"]]
    yield f"interfaces  {'   '.join(where)}"
    for what, listener in status["listeners"].items():
        yield f"{_name(what):<10}  {_on(listener)}{_under_way(listener)}"
    if status["shadow"]:
        yield "in the shadow: nothing is sent"
    for problem in status["problems"]:
        yield f"problem     {problem}"


def _on(listener: Mapping[str, Any]) -> str:
    if not listener["on"]:
        return "off"
    return f"on  {' '.join(map(str, listener['ports']))}"


def _under_way(listener: Mapping[str, Any]) -> str:
    running = listener["transfers"]
    return f"   {_count(running, 'transfer')} under way" if running else ""


def _name(what: str) -> str:
    return SWITCHES.get(what, what)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _span(seconds: float) -> str:
    """Two units at most: `3 d 4 h`, `12 s`."""
    left = int(seconds)
    parts: list[str] = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        number, left = divmod(left, size)
        if number or (unit == "s" and not parts):
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2])
