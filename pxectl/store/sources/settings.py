"""`[[source]]` of `pxectl.toml` → what to ask, every key checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pxectl.errors import ConfigError
from pxectl.store.values import near, read_flag, read_seconds, read_table, read_text

_TIMEOUT = 2
_CACHE = 10
_TYPES = ("http", "tinkerbell")
_KEYS = {
    "http": ("type", "url", "timeout", "cache"),
    "tinkerbell": ("type", "path", "kubernetes", "kubeconfig", "namespace", "timeout"),
}


@dataclass(frozen=True, slots=True)
class BootAPI:
    """A service that speaks the Pixiecore boot API (netboot.md 4.3)."""

    url: str
    """Without a slash at its end; may hold a user and a password."""
    timeout: float = _TIMEOUT
    """Seconds for one answer, all of it."""
    cache: float = _CACHE
    """Seconds that an answer is taken for without asking again."""

    @property
    def origin(self) -> str:
        """What people, rules and logs call it: the URL, without the password."""
        parts = urlsplit(self.url)
        return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


@dataclass(frozen=True, slots=True)
class HardwareFiles:
    """Tinkerbell Hardware objects in a file, or in the files of a directory."""

    path: Path
    """Absolute."""

    @property
    def origin(self) -> str:
        """What people call it."""
        return f"tinkerbell {self.path}"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Tinkerbell Hardware objects of a Kubernetes API server."""

    kubeconfig: Path | None = None
    """Absolute; None: pxectl runs in the cluster, as a pod."""
    namespace: str = ""
    """Empty: those of all namespaces."""
    timeout: float = _TIMEOUT
    """Seconds for a connection, and for one page of the list."""

    @property
    def origin(self) -> str:
        """What people call it."""
        by = f" by {self.kubeconfig}" if self.kubeconfig else ""
        return f"tinkerbell kubernetes{by}{f' {self.namespace}' if self.namespace else ''}"


Source = BootAPI | HardwareFiles | Cluster


def read_sources(value: object, where: str, site: Path) -> tuple[Source, ...]:
    """The sources in the order in which they are tried.

    Args:
        value: the array of tables as TOML gave it.
        where: file and key, as errors name it.
        site: paths that are not absolute are below it.

    Raises:
        ConfigError: a key or value that can not be.
    """
    if not isinstance(value, list):
        raise ConfigError(f"{where} is not a list of tables", hint="write `[[source]]`")
    sources = tuple(_source(raw, f"{where}[{n}]", site) for n, raw in enumerate(value))
    for n, source in enumerate(sources):
        if source.origin in [earlier.origin for earlier in sources[:n]]:
            raise ConfigError(
                f"{where}[{n}]: {source.origin} stands twice", hint="remove one of the two"
            )
    return sources


def _source(raw: object, where: str, site: Path) -> Source:
    table = read_table(raw, where)
    kind = table.get("type")
    if kind not in _TYPES:
        said = f"type `{kind}` is unknown" if "type" in table else "type is missing"
        hint = near(str(kind), _TYPES) if kind else 'write `type = "http"` or `"tinkerbell"`'
        raise ConfigError(f"{where}: {said}", hint=hint)
    read_table(raw, where, _KEYS[kind])
    if kind == "http":
        return _boot_api(table, where)
    return _tinkerbell(table, where, site)


def _boot_api(table: Mapping[str, Any], where: str) -> BootAPI:
    if "url" not in table:
        raise ConfigError(f"{where}: url is missing", hint='write `url = "http://10.77.0.5:8080"`')
    return BootAPI(
        _url(table["url"], f"{where}.url"),
        _timeout(table, where),
        read_seconds(table.get("cache", _CACHE), f"{where}.cache", 0, 86_400),
    )


def _url(value: object, where: str) -> str:
    text = read_text(value, where)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        port, parts = 0, urlsplit("")
    is_right = parts.scheme in ("http", "https") and parts.hostname and port != 0
    if not is_right or " " in text or parts.query or parts.fragment:
        raise ConfigError(
            f"{where}: `{text}` is no URL of a service", hint='write `"http://10.77.0.5:8080"`'
        )
    return text.rstrip("/")


def _tinkerbell(table: Mapping[str, Any], where: str, site: Path) -> HardwareFiles | Cluster:
    in_cluster = read_flag(table.get("kubernetes", False), f"{where}.kubernetes")
    of_cluster = [key for key in ("kubernetes", "kubeconfig", "namespace") if key in table]
    if "path" in table and of_cluster:
        raise ConfigError(
            f"{where} has path and {of_cluster[0]}", hint="a source is files or a cluster"
        )
    if "path" in table:
        if "timeout" in table:
            raise ConfigError(f"{where}: files have no timeout", hint="remove `timeout`")
        return HardwareFiles(_path(table["path"], f"{where}.path", site))
    if not in_cluster and "kubeconfig" not in table:
        raise ConfigError(
            f"{where} has neither path nor kubernetes",
            hint='write `path = "hardware.yaml"`, `kubeconfig = "…"` or `kubernetes = true`',
        )
    config = table.get("kubeconfig")
    return Cluster(
        None if config is None else _path(config, f"{where}.kubeconfig", site),
        _namespace(table["namespace"], f"{where}.namespace") if "namespace" in table else "",
        _timeout(table, where),
    )


def _namespace(value: object, where: str) -> str:
    """A label of RFC 1123, as Kubernetes demands: it becomes a segment of a path."""
    text = read_text(value, where)
    plain = text.replace("-", "")
    if not (plain.isascii() and plain.isalnum() and text.islower() | plain.isdigit()):
        raise ConfigError(
            f"{where}: `{text}` is no namespace", hint="lower-case letters, digits and `-`"
        )
    return text


def _path(value: object, where: str, site: Path) -> Path:
    try:
        return site / Path(read_text(value, where)).expanduser()
    except RuntimeError:
        raise ConfigError(
            f"{where}: `{value}`: there is no such home", hint="write the whole path"
        ) from None


def _timeout(table: Mapping[str, Any], where: str) -> int:
    return read_seconds(table.get("timeout", _TIMEOUT), f"{where}.timeout", 1, 60)
