"""`rules test` beside the wire: what it says a machine is told, and what the machine was told."""

import json
from pathlib import Path
from typing import Any

from tests.lab.firmware import Firmware
from tests.lab.network import Network
from tests.lab.reading import Message
from tests.lab.serve import PXECTL

KINDS = {
    Firmware.BIOS: "ipxe",
    Firmware.UEFI: "uefi-x64",
    Firmware.UEFI_HTTP: "uefi-http",
    Firmware.ARM64: "uefi-arm64",
}
Told = list[tuple[str, str, str]]
"""yiaddr, siaddr and boot file of each reply in turn; an ACK that repeats its OFFER is one."""


def rehearse(
    network: Network, site: Path, mac: str, firmware: Firmware, mode: str
) -> dict[str, Any]:
    """What `rules test` answers, as JSON, where `serve` runs."""
    options = ("--client", KINDS[firmware], "--dhcp", mode, "--interface", "eth0", "--site", site)
    done = network.run("srv", *PXECTL, "rules", "test", mac, "--json", *options)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def said(rehearsal: dict[str, Any]) -> Told:
    """The replies that it says would go out."""
    replies = [(step["reply"], step["bootfile"]) for step in rehearsal["steps"] if step["reply"]]
    return [(reply["yiaddr"], reply["siaddr"], bootfile) for reply, bootfile in replies]


def shown(seen: list[Message], server: str) -> Told:
    """The replies of `server` in a capture, but not those to the system that was booted."""
    told: Told = []
    netbooting = {m.xid for m in seen if m.vendor_class.startswith((b"PXEClient", b"HTTPClient"))}
    for m in seen:
        reply = m.yiaddr, m.siaddr, m.bootfile
        if m.datagram.src == server and m.xid in netbooting and reply not in told[-1:]:
            told.append(reply)
    return told
