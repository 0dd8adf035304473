"""What templates can do to a value, beside Jinja2's own filters."""

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context


def to_json(value: object) -> str:
    """JSON in one line; unlike Jinja2's `tojson` nothing is escaped for HTML."""
    return json.dumps(value, default=_plain, ensure_ascii=False)


def to_toml(value: Mapping[str, Any]) -> str:
    """A table as TOML."""
    import tomli_w  # hardly a template asks for it

    return tomli_w.dumps(json.loads(to_json(value)))


@pass_context
def password_hash(context: Context, password: object) -> str:
    """A password as `/etc/shadow` holds it: SHA-512 crypt, `$6$…`, which every system reads.

    The same password comes out alike each time for one machine, and otherwise for another one.
    """
    return _crypt(str(password), context["site"]._salt)  # noqa: SLF001 - hidden from templates


@lru_cache(256)
def _crypt(password: str, salt: str) -> str:
    from passlib.handlers.sha2_crypt import sha512_crypt  # 20 ms: hardly a template asks for it

    # 5000 rounds is what `openssl passwd -6` does; a server must not stop for half a second
    return str(sha512_crypt.using(salt=salt, rounds=5000).hash(password))


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)


FILTERS: Mapping[str, Callable[..., str]] = {
    "password_hash": password_hash,
    "to_json": to_json,
    "to_toml": to_toml,
}
