"""What `rules test` prints: the decision and why, the replies, what the firmware makes of them."""

import json
import time
from collections.abc import Mapping
from typing import Any

from pxectl.boot.client import Client
from pxectl.boot.decide import Decision
from pxectl.boot.events import Replied, Unanswered
from pxectl.boot.lease import Lease
from pxectl.boot.machine import Machine
from pxectl.boot.oddity import oddity
from pxectl.boot.origins import origins
from pxectl.boot.rehearse import Rehearsal, Step
from pxectl.boot.secure import HINT
from pxectl.boot.telling import short_path
from pxectl.errors import PxectlError
from pxectl.ui.eventjson import utc
from pxectl.ui.printable import printable
from pxectl.wire.dhcp import DHCPPacket
from pxectl.wire.options import Option
from pxectl.wire.values import decode_option

VERSION = 1
_ROLES = {"dhcp": "DHCP", "proxy": "proxyDHCP", "boot-server": "the boot server on 4011"}


def as_text(result: Rehearsal, *, hexdump: bool = False, now: float | None = None) -> str:
    """Lines for people.

    Args:
        result: of the rehearsal.
        hexdump: show each reply's octets, too.
        now: seconds since 1970; None: the clock's.
    """
    decision = result.decision
    lines = [_head(decision), *_trace(decision), *_origin(decision.machine, now)]
    for step in result.steps:
        lines.append(f"{'reply':<7}{printable(reply_of(step), 400)}")
        if hexdump and step.response.payload:
            lines += _hexdump(step.response.payload)
    if warning := oddity(result.client, decision.machine):
        lines.append(f"{'odd':<7}{printable(warning, 300)}")
    if result.unsigned:
        lines.append(f"{'secure':<7}{printable(result.unsigned, 300)}")
        lines.append(f"{'':<7}hint: {HINT}")
    lines += _origins(origins(decision, result.lease))
    lines.append(f"{'then':<7}{result.then}")
    if result.medium:
        lines.append(f"{'BMC':<7}virtual medium {printable(result.medium, 300)}")
    if result.script:
        lines.append("script")
        lines += [f"       {printable(line, 2000)}" for line in result.script.splitlines()]
    return "".join(f"{line}\n" for line in lines)


def _head(decision: Decision) -> str:
    profile = f"  {decision.profile.name}" if decision.profile else ""
    built_in = " (built in)" if decision.rule.built_in else ""
    problem = f"   {decision.problem}" if decision.problem else ""
    head = f'{decision.action.value}{profile}   by rule "{decision.rule.name}"{built_in}{problem}'
    return printable(head, 400)


def _trace(decision: Decision) -> list[str]:
    trace = decision.trace  # made anew each time it is asked for
    names = [_rule_name(c.rule.name, c.rule.built_in) for c in trace]
    width = max(map(len, names))
    answers = [f"no: {c.why_not}" if c.why_not else "yes" for c in trace]
    return [
        f"  {c.number:<3}{name:<{width}}  {printable(answer, 300)}"
        for c, name, answer in zip(trace, names, answers, strict=True)
    ]


def _origin(machine: Machine | None, now: float | None) -> list[str]:
    """Where the machine is from, if it is from no file of the site."""
    if machine is None or not machine.origin:
        return []
    age = machine.age(time.time() if now is None else now)
    return [f"{'known':<7}{printable(f'{machine.name}: {machine.origin} said so {age} ago', 400)}"]


def _origins(said: Mapping[str, str]) -> list[str]:
    """Who set what, unless that is the profile alone, which the rule above tells."""
    if not said.keys() - {"profile"}:
        return []
    by: dict[str, list[str]] = {}
    for value, origin in said.items():
        by.setdefault(origin, []).append(value)
    lines = [printable(f"{', '.join(values)} by {origin}", 300) for origin, values in by.items()]
    return [f"{'set' if not n else '':<7}{line}" for n, line in enumerate(lines)]


def _rule_name(name: str, built_in: bool) -> str:
    return printable(f"{name} (built in)" if built_in else f'"{name}"', 120)


def without_script(result: Rehearsal) -> PxectlError:
    """What to say where a script was asked for and there is none."""
    event = result.steps[-1].response.event
    hint = event.hint if isinstance(event, Replied | Unanswered) else ""
    return PxectlError(f"there is no script: {reply_of(result.steps[-1])}", hint=hint)


def reply_of(step: Step) -> str:
    """What was asked and what is answered, on one line; not yet safe to print."""
    event = step.response.event
    if isinstance(event, Unanswered):
        return f"{step.asks}: none: {event.reason}"
    if not isinstance(event, Replied) or step.response.reply is None:
        return f"{step.asks}: none"
    parts = [f"{step.asks}: {event.reply.name} by {_ROLES[event.role]}"]
    options = step.response.reply.packet.options
    if event.address:
        parts.append(f"address {event.address}")
    if event.bootfile:
        parts.append(_loads(event.bootfile))
    if event.problem:
        parts.append(event.problem)
    if vendor_class := options.get(Option.VENDOR_CLASS):
        parts.append(f"option 60 {vendor_class.decode()}")
    if pxe := options.get(Option.VENDOR_SPECIFIC):
        parts.append(_pxe(pxe))
    to = step.response.destination
    if to is not None:
        parts.append(f"to {to.address}:{to.port} ({to.how})")
    return ", ".join(parts)


def _loads(bootfile: str) -> str:
    if "://" not in bootfile:
        return f"NBP {short_path(bootfile)} over TFTP"
    kind = "script" if bootfile.endswith(".ipxe") else "NBP"
    return f"{kind} {short_path(bootfile)}"


def _pxe(value: bytes) -> str:
    if value[:2] == b"\x06\x01" and len(value) <= 4:
        return f"43.6 = {value[2]}"
    if b"local disk" in value:
        return "43.9 = a menu with the local disk alone"
    return f"option 43 {value.hex(':')}"


def _hexdump(payload: bytes) -> list[str]:
    return [
        f"       {at:04x}  {payload[at : at + 16].hex(' ')}" for at in range(0, len(payload), 16)
    ]


def as_json(result: Rehearsal) -> str:
    """One object (docs/json.md)."""
    decision = result.decision
    return json.dumps(
        {
            "v": VERSION,
            "netboots": result.would_netboot,
            **decision_fields(result.client, decision, result.lease),
            "steps": [step_fields(step) for step in result.steps],
            "unsigned": result.unsigned,
            "unsigned_hint": HINT if result.unsigned else "",
            "then": result.then,
            "script": result.script,
            "medium": result.medium,
        }
    )


def decision_fields(client: Client, decision: Decision, lease: Lease | None) -> dict[str, Any]:
    """A decision and why, for JSON."""
    return {
        "action": decision.action.value,
        "rule": decision.rule.name,
        "built_in": decision.rule.built_in,
        "profile": decision.profile.name if decision.profile else None,
        "machine": decision.machine.name if decision.machine else None,
        **_told_by(decision.machine),
        "problem": decision.problem,
        "trace": [
            {
                "number": c.number,
                "rule": c.rule.name,
                "built_in": c.rule.built_in,
                "matches": c.failed is None,
                "why_not": c.why_not,
            }
            for c in decision.trace
        ],
        "origins": dict(origins(decision, lease)),
        "warning": oddity(client, decision.machine),
    }


def _told_by(machine: Machine | None) -> dict[str, str | None]:
    if machine is None or not machine.origin:
        return {"origin": None, "as_of": None}
    return {"origin": machine.origin, "as_of": utc(machine.as_of)}


def step_fields(step: Step) -> dict[str, Any]:
    """A request and its reply, for JSON."""
    event, reply, to = step.response.event, step.response.reply, step.response.destination
    return {
        "asks": step.asks,
        "reason": event.reason if isinstance(event, Unanswered) else "",
        "reply": _packet(reply.packet) if reply else None,
        "role": event.role if isinstance(event, Replied) else None,
        "bootfile": reply.bootfile if reply else "",
        "to": {"address": str(to.address), "port": to.port, "how": to.how} if to else None,
        "hex": step.response.payload.hex(),
    }


def _packet(packet: DHCPPacket) -> dict[str, Any]:
    return {
        "type": packet.message_type.name if packet.message_type is not None else None,
        "xid": packet.xid,
        "flags": packet.flags,
        "ciaddr": str(packet.ciaddr),
        "yiaddr": str(packet.yiaddr),
        "siaddr": str(packet.siaddr),
        "giaddr": str(packet.giaddr),
        "sname": packet.sname.decode("latin-1"),
        "file": packet.file.decode("latin-1"),
        "options": {
            str(code): decode_option(code, value) for code, value in packet.options.items()
        },
    }
