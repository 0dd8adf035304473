"""What `serve` says of how a machine's boot went: the words of its `ended` event."""

from typing import Any

from tests.lab.serve import Serve


def endings(serve: Serve, mac: str) -> list[dict[str, Any]]:
    """Every `ended` of a machine, in order."""
    return [event for event in serve.events("ended") if event["mac"] == mac]


def words(ending: dict[str, Any]) -> list[str]:
    """Its steps and ours: `iPXE OFFER`, `NBP loaded`; other servers' words come at any moment."""
    said = [_word(step) for step in ending["steps"]]
    return [word for word in said if "of another server" not in word]


SCRIPT_TO_END = ["script loaded", "kernel loaded", "initrd loaded", "booted"]
BY_TFTP = ["NBP probed", "NBP loaded"]  # EDK2 asks for the size first (netboot.md 2.2)


def _word(step: dict[str, Any]) -> str:
    who = "iPXE " if step["by"] == "ipxe" else ""
    return f"{who}{step['step']} {step['state']}".strip()
