"""What templates can do to a value, beside Jinja2's own filters."""

import json
from collections.abc import Callable, Mapping
from typing import Any


def to_json(value: object) -> str:
    """JSON in one line; unlike Jinja2's `tojson` nothing is escaped for HTML."""
    return json.dumps(value, default=_plain, ensure_ascii=False)


def to_toml(value: Mapping[str, Any]) -> str:
    """A table as TOML."""
    import tomli_w  # hardly a template asks for it

    return tomli_w.dumps(json.loads(to_json(value)))


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)


FILTERS: Mapping[str, Callable[..., str]] = {"to_json": to_json, "to_toml": to_toml}
