"""What `rules test --pcap` prints: a line for each recorded request."""

import json
import time

from pxectl.boot.replay import Replayed
from pxectl.boot.telling import short_path
from pxectl.ui.eventjson import utc
from pxectl.ui.printable import printable
from pxectl.ui.rehearsal import decision_fields, step_fields
from pxectl.ui.survey import rule_of

VERSION = 1


def as_text(one: Replayed) -> str:
    """One line: when, who, what it asked, what is decided, what it gets."""
    at = time.strftime("%H:%M:%S", time.localtime(one.at))
    client, decision = one.client, one.decision
    mac = str(client.mac) if client and client.mac else "-"
    columns = f"{at}  {one.step.asks:<15} {mac:<17}  {client.label if client else '-':<14}"
    parts = []
    if decision is not None:
        profile = f" {decision.profile.name}" if decision.profile else ""
        parts.append(f"{decision.action.value}{profile} by {rule_of(decision)}")
    parts.append(_answer(one))
    return printable(f"{columns}  {'  '.join(parts)}", 500) + "\n"


def _answer(one: Replayed) -> str:
    reply = one.step.response.reply
    if reply is None:
        return f"no reply: {one.reason}"
    loads = short_path(one.step.bootfile) if one.step.bootfile else "nothing to boot"
    return "  ".join(filter(None, (f"{reply.type.name} {loads}", one.reason)))


def as_json(one: Replayed) -> str:
    """One object (docs/json.md)."""
    client, decision = one.client, one.decision
    told = decision_fields(client, decision, one.step.response.lease) if client and decision else {}
    return json.dumps(
        {
            "v": VERSION,
            "time": utc(one.at),
            "mac": str(client.mac) if client and client.mac else None,
            "client": client.label if client and client.netboots else None,
            "netboots": one.would_netboot,
            "expected": bool(client and client.netboots and not one.is_quiet),
            **dict.fromkeys(_DECISION),
            **told,
            **step_fields(one.step),
            "reason": one.reason,
            "then": one.then,
        }
    )


_DECISION = (
    "action", "rule", "built_in", "profile", "machine", "origin", "as_of", "problem", "trace",
    "origins", "warning",
)  # fmt: skip
