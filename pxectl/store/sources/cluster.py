"""Hardware objects of a Kubernetes API server, followed while `serve` runs."""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from pxectl.boot.machine import Machine, age
from pxectl.errors import ConfigError, PxectlError
from pxectl.store.sources.access import Access, by_kubeconfig, in_cluster
from pxectl.store.sources.answers import AwayError
from pxectl.store.sources.listed import Listed
from pxectl.store.sources.objects import Object, machine_from, some
from pxectl.store.sources.settings import Cluster

_FIRST, _LONGEST = 1.0, 30.0
"""Seconds between two tries."""
_USELESS = ("managedFields", "status")


class Following:
    """The objects as far as they are known. Mutable: `run` changes it in the event loop, `listed`
    may be called from another thread."""

    def __init__(
        self,
        cluster: Cluster,
        say: Callable[[PxectlError], None],
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing is known yet.

        Args:
            cluster: where.
            say: is told when the server is away, and when it is back.
            environ: instead of the process's environment.
        """
        self.cluster = cluster
        self.is_news = False
        """True from a change until somebody sets it back."""
        self._say = say
        self._environ = os.environ if environ is None else environ
        self._objects: dict[str, Object] = {}
        self._read: dict[str, tuple[Object, Machine | ConfigError]] = {}
        self._as_of = 0.0
        self._version = ""
        self._told = ""

    # ---- what is known

    def listed(self) -> Listed:
        """Its machines."""
        now_known = self._objects.copy()
        for key in self._read.keys() - now_known.keys():
            del self._read[key]
        for key, raw in now_known.items():
            if key not in self._read or self._read[key][0] is not raw:
                self._read[key] = raw, self._machine(key, raw)
        found = [machine for _, machine in self._read.values()]
        return Listed(
            self.cluster.origin,
            tuple(machine for machine in found if isinstance(machine, Machine)),
            some(error for error in found if isinstance(error, ConfigError)),
        )

    def _machine(self, key: str, raw: Object) -> Machine | ConfigError:
        origin = self.cluster.origin
        try:
            return machine_from(raw, f"{origin}: {key}", origin, self._as_of)
        except ConfigError as error:
            return error

    def recall(self, kept: Mapping[str, Any]) -> None:
        """Know again what was there before a restart (`to_keep`)."""
        objects, as_of = kept.get("objects"), kept.get("as_of")
        if isinstance(objects, list) and isinstance(as_of, int | float):
            self._as_of = as_of
            self._objects = {_key(raw): raw for raw in objects if isinstance(raw, dict)}

    def to_keep(self) -> dict[str, Any]:
        """All objects, as JSON can hold them."""
        return {"as_of": self._as_of, "objects": list(self._objects.values())}

    # ---- the server

    async def list_once(self) -> None:
        """Bring it up to date, for one command. Never raises: what was known last stays."""
        from pxectl.store.sources.kubernetes import GoneError, Kubernetes

        try:
            access = self._access()
            async with Kubernetes(access, self.cluster.namespace, self.cluster.timeout) as server:
                self._take(*await server.list())
        except (AwayError, ConfigError) as error:
            self._failed(error)
        except GoneError:
            self._failed(AwayError("its list changes while it is read"))

    async def run(self) -> None:
        """Follow the server until cancelled."""
        import asyncio

        from pxectl.store.sources.kubernetes import GoneError

        wait = _FIRST
        while True:
            before = self._as_of
            try:
                await self._follow()  # the server ends each watch after a while
            except GoneError:
                self._version = ""
            except (AwayError, ConfigError) as error:
                self._version = ""
                self._failed(error)
            wait = _FIRST if self._as_of != before else min(2 * wait, _LONGEST)
            await asyncio.sleep(wait)

    async def _follow(self) -> None:
        """List if it has to be, then watch, on one connection."""
        from pxectl.store.sources.kubernetes import Kubernetes

        access = self._access()
        async with Kubernetes(access, self.cluster.namespace, self.cluster.timeout) as server:
            if not self._version:
                self._take(*await server.list())
            async for kind, raw in server.watch(self._version):
                self._happened(kind, raw)
                self._is_well()

    def _access(self) -> Access:
        """Read each time: tokens and certificates are changed behind our back."""
        config = self.cluster.kubeconfig
        return by_kubeconfig(config) if config else in_cluster(self._environ)

    def _take(self, objects: list[Object], version: str) -> None:
        new = {_key(raw): _slim(raw) for raw in objects}
        old = self._objects
        # an object that is as it was stays itself, and is not read again
        self._objects = {key: old[key] if old.get(key) == raw else raw for key, raw in new.items()}
        self.is_news = True
        self._version, self._as_of = version, time.time()
        self._is_well()

    def _happened(self, kind: str, raw: Object) -> None:
        meta = raw.get("metadata")
        version = meta.get("resourceVersion") if isinstance(meta, dict) else None
        self._version = str(version or self._version)
        self._as_of = time.time()
        if kind in ("ADDED", "MODIFIED"):
            self._objects[_key(raw)] = _slim(raw)
        elif kind == "DELETED":
            self._objects.pop(_key(raw), None)
        else:  # a BOOKMARK is a version and nothing else
            return
        self.is_news = True

    def _is_well(self) -> None:
        if self._told:
            self._told = ""
            self._say(PxectlError(f"source {self.cluster.origin}: it answers again"))

    def _failed(self, error: AwayError | ConfigError) -> None:
        """Say it once, and what is in force meanwhile."""
        reason, hint = (
            (error.message, error.hint) if isinstance(error, ConfigError) else (str(error), "")
        )
        if reason == self._told:
            return
        self._told = reason
        kept = f"its list of {age(time.time() - self._as_of)} ago stays in force"
        what = kept if self._objects else "none of its machines is known"
        self._say(PxectlError(f"source {self.cluster.origin}: {reason}: {what}", hint=hint))


def _key(raw: Object) -> str:
    meta = raw.get("metadata")
    names = meta if isinstance(meta, dict) else {}
    return f"{names.get('namespace', '')}/{names.get('name', '')}"


def _slim(raw: Object) -> Object:
    """Without what nobody reads and what changes all the time."""
    slim = {key: value for key, value in raw.items() if key not in _USELESS}
    if isinstance(meta := raw.get("metadata"), dict):
        slim["metadata"] = {
            key: value for key, value in meta.items() if key not in (*_USELESS, "resourceVersion")
        }
    return slim
