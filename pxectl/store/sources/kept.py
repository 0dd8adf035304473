"""What sources said last, in `state/`: a restarted `serve`, and `rules test`, know it when a source
is away. Readable by its owner only: command lines hold passwords."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pxectl.store.newfile import create_file, make_folder

FOLDER = "sources"
VERSION = 1
_LARGEST = 128 << 20


def save(state: Path, origin: str, said: Mapping[str, Any]) -> None:
    """Keep what `origin` said, in place of what it said before.

    Args:
        state: the folder `state/` of the site.
        origin: the source.
        said: anything that JSON can hold.

    Raises:
        OSError: it can not be written.
    """
    content = json.dumps({"v": VERSION, "origin": origin, **said}).encode()
    if len(content) > _LARGEST:
        return
    path = _path(state, origin)
    make_folder(path.parent, 0o700)
    draft = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    create_file(draft, content, 0o600)
    draft.replace(path)


def load(state: Path, origin: str) -> Mapping[str, Any]:
    """What `origin` said last; empty if nothing is kept that can be read."""
    try:
        content = _path(state, origin).read_bytes()
        said = json.loads(content)
    except (OSError, ValueError, RecursionError):
        return {}
    is_ours = isinstance(said, dict) and (said.get("v"), said.get("origin")) == (VERSION, origin)
    return said if is_ours else {}


def _path(state: Path, origin: str) -> Path:
    return state / FOLDER / f"{hashlib.sha256(origin.encode()).hexdigest()[:16]}.json"
