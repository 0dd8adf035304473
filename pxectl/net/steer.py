"""Speaks to a running `serve` over the UNIX socket in its `state/`: a JSON object a line each way.

{"v": 1, "do": "disable", "what": "tftp"}
{"v": 1, "ok": true, …} or {"v": 1, "ok": false, "error": "…", "hint": "…"}
"""

import contextlib
import json
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pxectl.errors import HostError, RefusedError

NAME = "control"
VERSION = 1
PATIENCE = 30.0
"""Seconds for one answer: `serve` may be asking the network for other servers first."""
LARGEST = 64 << 20
"""Octets of an answer."""
_LONGEST = 100
"""Octets of a path that every system takes; Linux 107 (unix(7)), macOS 103."""


class NotRunningError(HostError):
    """No `serve` runs on the site."""


def steer(state: Path, do: str, about: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """Have the running `serve` of a site do something.

    Args:
        state: the site's `state/`.
        do: a command that it knows: `status`, `enable`, `reload`, …
        about: what else the command needs, as JSON can say it.

    Returns:
        what it answered.

    Raises:
        NotRunningError: no `serve` runs there.
        HostError: it can not be spoken to.
        RefusedError: it says no.
    """
    path = state / NAME
    request = json.dumps({"v": VERSION, "do": do, **(about or {})})
    try:
        with reachable(path) as address, socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(PATIENCE)
            sock.connect(address)
            sock.sendall(request.encode() + b"\n")
            answer = _read(sock)
    except OSError as error:
        raise _unreachable(path, error) from None
    if answer.get("ok") is not True:
        hint = str(answer.get("hint", ""))
        raise RefusedError(str(answer.get("error", "it gave no answer")), hint=hint)
    return answer


def _read(sock: socket.socket) -> Mapping[str, Any]:
    parts: list[bytes] = []
    size = 0
    while not parts or not parts[-1].endswith(b"\n"):
        part = sock.recv(1 << 20)
        size += len(part)
        if not part or size > LARGEST:
            raise ConnectionError("it broke off")
        parts.append(part)
    try:
        answer = json.loads(b"".join(parts))
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise ConnectionError("its answer is no JSON")
    return answer


def _unreachable(path: Path, error: OSError) -> HostError:
    site = path.parent.parent
    if isinstance(error, FileNotFoundError | NotADirectoryError | ConnectionRefusedError):
        return NotRunningError(
            f"no `pxectl serve` runs on the site {site}",
            hint="`pxectl serve` starts one; `--site DIR` or PXECTL_SITE names another site",
        )
    if isinstance(error, PermissionError):
        return HostError(
            f"{path}: belongs to somebody else", hint="run it with `sudo`, or as who owns the site"
        )
    if isinstance(error, TimeoutError):
        return HostError(f"{path}: `pxectl serve` does not answer", hint="look at its log")
    return HostError(f"{path}: {error.strerror or error}", hint="look at the log of `pxectl serve`")


@contextlib.contextmanager
def reachable(path: Path) -> Iterator[str]:
    """The address of a UNIX socket. One that is too long goes by a descriptor of its folder.

    Raises:
        OSError: the folder is not there.
    """
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
