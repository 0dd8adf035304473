"""Why a boot stopped, told from its timeline by the table of causes."""

from dataclasses import dataclass

from pxectl.boot.telling import short_path, size_of
from pxectl.boot.timeline.causes import CAUSES, UNKNOWN, Cause
from pxectl.boot.timeline.mark import FILES, Mark, State, Step
from pxectl.boot.timeline.timeline import Timeline

SLOW_LINK = 20.0
"""Seconds: spanning tree holds a port back for 30, iPXE waits for the link without a word."""
_PLAIN_HEADERS = 32
"""Octets of IPv4, UDP and TFTP headers around a block."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a boot ended, as far as can be told."""

    outcome: str
    """As in `events.Ended`."""
    cause: str
    """Name of the row; empty where all went well."""
    text: str
    """For people; may hold words of the network."""
    hint: str


def diagnose(timeline: Timeline, silence: float) -> Verdict | None:
    """How it ended; None while it may well go on.

    Args:
        timeline: the steps that were seen.
        silence: seconds since the last sign of life; infinite if it begins anew.
    """
    last = timeline.telling
    if last is None or not _has_begun(timeline):
        return None
    words = timeline.words
    if "booted" in words:  # what its system fetches later is no part of it
        return Verdict("booted", "", "", "")
    known = _known(timeline)
    for row in CAUSES:
        if last.word in row.last and _fits(row, words, known, last):
            return _verdict(row, timeline, last, silence) if silence >= row.silence else None
    if silence < UNKNOWN.silence:
        return None
    return _verdict(UNKNOWN, timeline, last, silence)


def _fits(row: Cause, words: frozenset[str], known: frozenset[str], last: Mark) -> bool:
    return (
        row.seen <= words
        and not row.unseen & words
        and (not row.some or bool(row.some & words))
        and (not row.knows or row.knows in known)
        and last.times >= row.times
    )


def _known(timeline: Timeline) -> frozenset[str]:
    profile = timeline.profile
    facts = {
        "unfit": bool(timeline.unfit),
        "unsigned": bool(timeline.unsigned),
        "complete": timeline.is_complete,
        "kernel": profile is not None and bool(profile.kernel),
        "proxy": timeline.is_proxied,
    }
    return frozenset(name for name, holds in facts.items() if holds)


def _has_begun(timeline: Timeline) -> bool:
    """False for an installed system that fetches a file: that is no boot."""
    return any(mark.step is not Step.FILE for mark in timeline.marks)


def _verdict(row: Cause, timeline: Timeline, last: Mark, silence: float) -> Verdict:
    words = _Facts(timeline, last, silence)
    return Verdict(
        row.outcome, row.name, row.text.format_map(words), row.hint.format_map(words).strip()
    )


class _Facts(dict[str, object]):
    """What `{…}` in a row means."""

    def __init__(self, timeline: Timeline, last: Mark, silence: float) -> None:
        told = [m for m in timeline.marks if m.path and m.step not in FILES]
        bootfile = told[-1].path if told else ""
        super().__init__(
            word=last.word,
            step=last.step.value,
            detail=last.detail,
            hint=last.hint,
            path=short_path(last.path),
            sent=size_of(last.sent),
            size=size_of(last.size),
            times=last.times,
            blksize=last.blksize,
            packet=last.blksize + _PLAIN_HEADERS,
            unfit=timeline.unfit,
            unsigned=timeline.unsigned,
            who=timeline.who,
            machine=timeline.machine or timeline.who,
            bootfile=short_path(bootfile),
            server=bootfile.partition("://")[2].partition("/")[0].partition(":")[0] or "it",
            port=_port(bootfile),
            silence=f"{silence:.0f} s" if silence < 1e6 else "all that time",
            bare=_foreign(timeline, State.BARE),
            rival=_foreign(timeline, State.FOREIGN_BOOT),
        )


def _foreign(timeline: Timeline, state: State) -> str:
    return next((mark.detail for mark in timeline.marks if mark.state is state), "")


def _port(url: str) -> str:
    host = url.partition("://")[2].partition("/")[0]
    return host.partition(":")[2] or "80"


def slow_link(timeline: Timeline) -> str:
    """What took long though it went on: a port that its switch held back; empty: nothing."""
    first = next(timeline.of(Step.DISCOVER), None)
    if first is not None and not first.by_ipxe and first.seconds >= SLOW_LINK:
        return f"its first DISCOVER that arrived says {first.seconds:.0f} s: {_SPANNING_TREE}"
    for before, mark in zip(timeline.marks, timeline.marks[1:], strict=False):
        waited = mark.at - before.until
        if before.word == "NBP loaded" and mark.by_ipxe and waited >= SLOW_LINK:
            name = short_path(before.path)
            return f"{waited:.0f} s from {name} to iPXE's DISCOVER: {_SPANNING_TREE}"
    return ""


_SPANNING_TREE = "its switch port waits for spanning tree? make it an edge port"
