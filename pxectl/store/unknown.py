"""`state/unknown.json`: who asked and is not known, written by `serve`, read by `hardware`."""

from collections.abc import Iterable
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any
from uuid import UUID

from pxectl.boot.client import Client, Firmware
from pxectl.boot.unknown import LIMIT, Unknown
from pxectl.errors import ConfigError
from pxectl.mac import MAC
from pxectl.store.newfile import make_folder, put_file
from pxectl.wire.iana import Arch

VERSION = 1
_LARGEST = 8 << 20


def unknown_file(site: Path) -> Path:
    """Where they are kept."""
    return site / "state" / "unknown.json"


def unknown_as_json(one: Unknown) -> dict[str, Any]:
    """One of them, for the file and for `list --unknown --json`: every key is always there.

    Texts are the client's own words; JSON escapes what a terminal might obey.
    """
    client = one.client
    return {
        "mac": str(client.mac),
        "first_seen": _moment(one.first_seen),
        "last_seen": _moment(one.last_seen),
        "times": one.times,
        "arch": client.arch.label if client.arch is not None else None,
        "firmware": client.firmware.value if client.firmware else None,
        "vendor_class": client.vendor_class,
        "user_class": client.user_class,
        "uuid": str(client.uuid) if client.uuid else None,
        "hostname": client.hostname,
        "interface": client.interface,
        "subnet": str(client.subnet) if client.subnet else None,
        "relay": str(client.relay) if client.relay else None,
        "circuit_id": client.circuit_id,
        "remote_id": client.remote_id,
    }


def write_unknown(site: Path, seen: Iterable[Unknown]) -> None:
    """Put the file in the place of the last one.

    Args:
        site: the site's directory; made if it is missing.
        seen: all of them.

    Raises:
        OSError: it can not be written.
    """
    import json

    path = unknown_file(site)
    make_folder(path.parent)
    lines = ",\n".join(json.dumps(unknown_as_json(one)) for one in seen)
    put_file(path, f'{{"v": {VERSION}, "unknown": [\n{lines}\n]}}\n'.encode())


def read_unknown(site: Path) -> tuple[Unknown, ...]:
    """All of them; none if there is no file, or one that is not pxectl's.

    Raises:
        ConfigError: the file can not be read.
    """
    import json

    path = unknown_file(site)
    try:
        with path.open("rb") as file:
            raw = json.loads(file.read(_LARGEST))
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ConfigError(
            f"{path}: can not be read: {error.strerror}", hint="check its owner and mode"
        ) from None
    except (ValueError, RecursionError):
        return ()
    items = raw.get("unknown") if isinstance(raw, dict) and raw.get("v") == VERSION else None
    found = (_unknown(item) for item in (items if isinstance(items, list) else [])[:LIMIT])
    return tuple(one for one in found if one is not None)


def _unknown(item: Any) -> Unknown | None:  # noqa: ANN401 - JSON is anything
    try:
        client = Client(
            mac=MAC.parse(item["mac"]),
            arch=_arch(item["arch"]) if item["arch"] else None,
            firmware=Firmware(item["firmware"]) if item["firmware"] else None,
            vendor_class=str(item["vendor_class"]),
            user_class=str(item["user_class"]),
            hostname=str(item["hostname"]),
            uuid=UUID(item["uuid"]) if item["uuid"] else None,
            interface=str(item["interface"]),
            subnet=IPv4Network(item["subnet"]) if item["subnet"] else None,
            relay=IPv4Address(item["relay"]) if item["relay"] else None,
            circuit_id=str(item["circuit_id"]),
            remote_id=str(item["remote_id"]),
        )
        first, last = (
            datetime.fromisoformat(item[key]).timestamp() for key in ("first_seen", "last_seen")
        )
        return Unknown(client, first, last, int(item["times"]))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None


def _arch(label: str) -> Arch:
    for arch in Arch:
        if arch.label == label:
            return arch
    return Arch(int(label.removeprefix("arch")))


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
