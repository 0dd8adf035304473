"""How to reach a Kubernetes API server: a kubeconfig file, or what a pod finds in itself."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pxectl.errors import ConfigError

POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where a pod finds its token and the CA of its cluster."""
_LARGEST = 1 << 20
_SIGN_IN_HINT = "`kubectl create token NAME --duration 8760h` makes a token to write there instead"


@dataclass(frozen=True, slots=True)
class Access:
    """Where the server is, and how it and we know each other."""

    server: str
    """Its URL, without a slash at the end."""
    ca: str = ""
    """PEM; empty: what this host trusts."""
    is_checked: bool = True
    """False: whoever answers is believed (`insecure-skip-tls-verify`)."""
    server_name: str = ""
    """What its certificate is to be made out to, if that is not the host of the URL."""
    certificate: str = field(default="", repr=False)
    """PEM of our certificate and its key, one after the other; empty: none."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """`Authorization`, where there is a token or a password."""


def in_cluster(environ: Mapping[str, str], pod: Path = POD) -> Access:
    """The way from within a pod. Its token changes every hour or so: read it anew each time.

    Args:
        environ: the process's environment.
        pod: instead of where Kubernetes puts it.

    Raises:
        ConfigError: this is no pod.
    """
    host, port = (environ.get(f"KUBERNETES_SERVICE_{key}", "") for key in ("HOST", "PORT"))
    if not host or not port:
        raise ConfigError(
            "this is no pod of a cluster: KUBERNETES_SERVICE_HOST is not set",
            hint='name a file: `kubeconfig = "…"`',
        )
    host = f"[{host}]" if ":" in host else host
    token = _text(pod / "token").strip()
    return Access(f"https://{host}:{port}", _text(pod / "ca.crt"), headers=_bearer(token))


def by_kubeconfig(path: Path) -> Access:
    """The way that the current context of a kubeconfig file describes.

    Raises:
        ConfigError: the file can not be read or used; names the key.
    """
    import yaml

    try:
        # the C loader has no limit on nesting that Python's has, and no need for one: 1 MiB
        raw = yaml.safe_load(_text(path))
    except (yaml.YAMLError, RecursionError, ValueError):
        raise ConfigError(f"{path}: is not YAML", hint="see `kubectl config view`") from None
    config = _File(path, raw if isinstance(raw, dict) else {})
    name = config.raw.get("current-context")
    if not isinstance(name, str) or not name:
        raise ConfigError(
            f"{path}: current-context is missing", hint="`kubectl config use-context NAME` sets it"
        )
    context = config.named("contexts", "context", name)
    cluster = config.named("clusters", "cluster", str(context.get("cluster", "")))
    user = config.named("users", "user", str(context["user"])) if context.get("user") else {}
    return config.access(cluster, user)


@dataclass(frozen=True, slots=True)
class _File:
    """A kubeconfig. Paths in it are relative to it."""

    path: Path
    raw: Mapping[str, Any]

    def named(self, list_: str, key: str, name: str) -> Mapping[str, Any]:
        items = self.raw.get(list_)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict) and item.get("name") == name:
                found = item.get(key)
                return found if isinstance(found, dict) else {}
        raise ConfigError(f"{self.path}: {list_} has no `{name}`", hint="see `kubectl config view`")

    def access(self, cluster: Mapping[str, Any], user: Mapping[str, Any]) -> Access:
        server = cluster.get("server")
        if not isinstance(server, str) or urlsplit(server).scheme not in ("http", "https"):
            raise ConfigError(f"{self.path}: server is no URL", hint="see `kubectl config view`")
        if "proxy-url" in cluster:
            raise ConfigError(
                f"{self.path}: proxy-url is not supported", hint="name a server without one"
            )
        return Access(
            server.rstrip("/"),
            self._pem(cluster, "certificate-authority"),
            cluster.get("insecure-skip-tls-verify") is not True,
            str(cluster.get("tls-server-name") or ""),
            self._certificate(user),
            self._headers(user),
        )

    def _certificate(self, user: Mapping[str, Any]) -> str:
        certificate, key = (self._pem(user, f"client-{what}") for what in ("certificate", "key"))
        if bool(certificate) != bool(key):
            raise ConfigError(
                f"{self.path}: the user has a client-certificate or a client-key, not both",
                hint="see `kubectl config view`",
            )
        return f"{certificate}\n{key}" if key else ""

    def _headers(self, user: Mapping[str, Any]) -> Mapping[str, str]:
        for key in ("exec", "auth-provider"):
            if key in user:
                raise ConfigError(
                    f"{self.path}: the user signs in by a program (`{key}`), which is not run",
                    hint=_SIGN_IN_HINT,
                )
        if file := user.get("tokenFile"):
            return _bearer(_text(self.path.parent / str(file)).strip())
        if token := user.get("token"):
            return _bearer(str(token).strip())
        if user.get("username"):
            pair = f"{user['username']}:{user.get('password', '')}".encode()
            return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        return {}

    def _pem(self, table: Mapping[str, Any], key: str) -> str:
        """A certificate or key: within the file, or the file that it names."""
        if data := table.get(f"{key}-data"):
            try:
                return base64.b64decode("".join(str(data).split()), validate=True).decode("ascii")
            except (binascii.Error, ValueError):
                raise ConfigError(
                    f"{self.path}: {key}-data is not base64", hint="see `kubectl config view --raw`"
                ) from None
        file = table.get(key)
        return _text(self.path.parent / str(file)) if file else ""


def _bearer(token: str) -> Mapping[str, str]:
    if not token.isascii() or not token.isprintable() or not token:
        raise ConfigError("the token holds what no token can", hint=_SIGN_IN_HINT)
    return {"Authorization": f"Bearer {token}"}


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise ConfigError(f"{path}: is too large", hint="name a file of its kind")
        return content.decode()
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8", hint="name a file of its kind") from None
    except OSError as error:
        raise ConfigError(
            f"{path}: can not be read: {error.strerror}", hint="check its owner and mode"
        ) from None
