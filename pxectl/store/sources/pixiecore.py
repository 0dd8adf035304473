"""What a Pixiecore API server says of one MAC (netboot.md 4.3) → `Machine`."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from pxectl.boot.machine import Machine
from pxectl.boot.profile import Profile
from pxectl.boot.template import is_template
from pxectl.errors import ConfigError
from pxectl.mac import MAC
from pxectl.store.values import read_table, read_text

KEYS = ("kernel", "initrd", "cmdline", "message", "ipxe-script")
LARGEST = 1 << 20
"""Octets of one answer."""

_URL_CALL = re.compile(r'\{\{-?\s*URL\s+(?:"([^"\\]*)"|`([^`]*)`)\s*-?\}\}')
_IN_URL = "%/:=&?~#+!$,;'@()*[]{}"  # everything but blanks, quotes and what is no ASCII


def read_answer(body: bytes, mac: MAC, url: str, origin: str, as_of: float) -> Machine:
    """The machine that an answer describes: known, with a profile of its own.

    Args:
        body: of an answer with status 200.
        mac: whom it was asked about.
        url: the service's; what is relative in the answer is relative to it.
        origin: what to call the service.
        as_of: when it said so, seconds since 1970.

    Raises:
        ConfigError: it is no such answer; names the key.
    """
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        raise ConfigError("the answer is not JSON, or was cut off") from None
    if not isinstance(raw, dict):
        raise ConfigError("the answer is no JSON object")
    raw = {key: value for key, value in raw.items() if value not in (None, "", [], {})}
    # other keys are passed over: servers may say more than Pixiecore reads
    if "ipxe-script" in raw:
        profile = Profile(origin, script_text=_script(raw["ipxe-script"]))
    else:
        profile = _profile(raw, url, origin)
    return Machine(str(mac), (mac,), profile=origin, origin=origin, as_of=as_of, own=profile)


def _script(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ConfigError("ipxe-script is not a text")
    return value if value.endswith("\n") else f"{value}\n"


def _profile(raw: dict[str, Any], url: str, origin: str) -> Profile:
    def absolute(value: object, where: str) -> str:
        return _absolute(value, where, url)

    if "kernel" not in raw:
        raise ConfigError("kernel is missing")
    initrds = raw.get("initrd", [])
    if not isinstance(initrds, list):
        raise ConfigError("initrd is not a list")
    message = raw.get("message", "")
    if not isinstance(message, str):
        raise ConfigError("message is not a text")
    return Profile(
        origin,
        kernel=absolute(raw["kernel"], "kernel"),
        initrd=tuple(absolute(item, f"initrd[{n}]") for n, item in enumerate(initrds)),
        cmdline=_cmdline(raw.get("cmdline", ""), absolute),
        message=message,
    )


def _absolute(value: object, where: str, url: str) -> str:
    """A URL that the machine can fetch itself."""
    text = read_text(value, where)
    try:
        absolute = urljoin(f"{url}/", text)
        scheme, host = urlsplit(absolute).scheme, urlsplit(absolute).hostname
    except ValueError:
        raise ConfigError(f"{where}: `{text}` is no URL") from None
    if scheme == "file":
        raise ConfigError(
            f"{where}: `{text}` is a file of the service's host, which a machine can not fetch",
            hint="let the service hand out an http:// URL, or put the file below files/",
        )
    if not host:
        raise ConfigError(f"{where}: `{text}` is no URL with a host")
    return quote(absolute, safe=_IN_URL)


def _cmdline(value: object, absolute: Callable[[object, str], str]) -> tuple[str, ...]:
    if isinstance(value, str):
        words = _called(value, absolute).strip()
    else:
        table = read_table(value, "cmdline")
        words = " ".join(_words(table, absolute))
    if not words:
        return ()
    read_text(words, "cmdline")
    # a word of a profile is a template of ours, this one is to arrive as it was said
    return (words.replace("{", "{{ '{' }}") if is_template(words) else words,)


def _called(text: str, absolute: Callable[[object, str], str]) -> str:
    """The text with `{{ URL "…" }}` replaced: machines fetch it themselves."""
    done = _URL_CALL.sub(lambda call: absolute(call[1] or call[2], "cmdline: URL"), text)
    if "{{" in _URL_CALL.sub("", text):
        raise ConfigError('cmdline holds a template that is not `{{ URL "…" }}`')
    return done


def _words(table: Mapping[str, Any], absolute: Callable[[object, str], str]) -> Iterator[str]:
    for key, value in table.items():
        where = f"cmdline.{key}"
        match value:
            case None | True | "":
                yield key
            case False:
                pass
            case str():
                yield f"{key}={_quoted(value)}"
            case int() | float():
                yield f"{key}={value}"
            case {"url": address}:
                yield f"{key}={absolute(address, where)}"
            case _:
                raise ConfigError(f"{where} is neither a text nor a URL")


def _quoted(value: str) -> str:
    """As the kernel reads it: blanks stand in quotes."""
    return f'"{value}"' if " " in value and '"' not in value else value
