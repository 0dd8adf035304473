"""The whole site → `Site`, once or again and again."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from pxectl.boot.boots import Boots
from pxectl.boot.client import Client
from pxectl.boot.profile import Profile
from pxectl.boot.site import Inventory, Site
from pxectl.errors import ConfigError, PxectlError
from pxectl.mac import MAC
from pxectl.store.artifacts import choose_nbps, find_artifacts, name_binaries
from pxectl.store.boots import read_boots
from pxectl.store.config import Config, read_config
from pxectl.store.hardware import Hardware, Known
from pxectl.store.index import known_among
from pxectl.store.machines import Claim, claims
from pxectl.store.place import CONFIG, FILES, HARDWARE, STATE, TEMPLATES, is_folder
from pxectl.store.settings import Overrides, said_before
from pxectl.store.signed import program_archs, unsigned_programs
from pxectl.store.sources.listed import Listed, beside
from pxectl.store.sources.sources import Sources

_LARGEST_TEMPLATE = 1 << 20


@dataclass(frozen=True, slots=True)
class Loaded:
    """A site as it was read at one moment."""

    site: Site
    problems: tuple[ConfigError, ...]
    """What could not be used; the last good version, where there is one, is in force instead."""
    raw: Mapping[str, Any]
    """What `pxectl.toml` holds."""
    notes: tuple[PxectlError, ...] = ()
    """What is odd about sources, which is no reason to refuse anything."""


def load_site(
    path: Path,
    overrides: Overrides | None = None,
    *,
    secret: bytes = b"",
    environ: Mapping[str, str] | None = None,
    mac: MAC | None = None,
    uuid: UUID | None = None,
) -> Loaded:
    """The site in the directory `path`, which need not exist.

    Args:
        path: absolute (`find_site`).
        overrides: what flags said.
        secret: key of the tokens (`site_secret`).
        environ: instead of the process's environment.
        mac: of the only machine that matters: the files of others need not be read, and services
            are asked about it if no file has it; None: all files are read and no service is asked.
        uuid: which that machine says it has.

    Raises:
        ConfigError: `pxectl.toml`, a variable or a flag can not be used. A machine's file or a
            template that can not be used is a problem of `Loaded` and takes nothing else down.
    """
    reader = SiteReader(path, overrides, secret=secret, environ=environ)
    only = None if mac is None else tuple(_claims_of(mac, uuid))
    loaded = reader.read(only)
    if reader.sources.list_now():
        loaded = reader.read(only)
    if mac is not None and not loaded.site.inventory.lists(Client(mac)):
        reader.sources.look_up_now(mac)
    return replace(loaded, notes=(*loaded.notes, *reader.sources.notes))


def _claims_of(mac: MAC, uuid: UUID | None) -> Iterator[Claim]:
    yield "mac", mac
    if uuid is not None:
        yield "uuid", uuid


class SiteReader:
    """Reads one site whenever asked, and remembers what was good. Mutable; one owner."""

    def __init__(
        self,
        path: Path,
        overrides: Overrides | None = None,
        *,
        secret: bytes = b"",
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.path = path
        self._overrides = overrides or Overrides()
        self._secret = secret
        self._environ = dict(os.environ if environ is None else environ)
        self._hardware = Hardware(path / HARDWARE)
        self.sources = Sources(path / STATE)
        """Machines from elsewhere, as far as they are known; `serve` keeps them up to date."""
        self.boots, self._odd = _boots(path)
        """How often machines have booted; whoever serves the site counts on."""
        self._config: Config | None = None
        self._templates: dict[str, str] = {}

    def read(self, only: tuple[Claim, ...] | None = None) -> Loaded:
        """The site as it is now; see `load_site`. Only the first call raises.

        Args:
            only: what the machines have that matter; None: all machines.
        """
        problems: list[ConfigError] = []
        config = self._read_config(problems)
        self.sources.follow(config.sources)
        templates = self._read_templates(problems)
        listed = self.sources.listed()
        known = self._known(only, listed)
        machines, notes = beside(known.machines, listed)
        found = find_artifacts(self.path)
        site = Site(
            path=str(self.path) if is_folder(self.path) else "",
            serving=config.serving,
            inventory=Inventory(machines, self.sources.to_ask),
            rules=config.rules,
            subnets=config.subnets,
            mirroring=config.mirroring,
            nbps=choose_nbps(found),
            binaries=name_binaries(found),
            files=str(self.path / FILES),
            unsigned=unsigned_programs(self.path / FILES, config.rules, machines),
            program_archs=program_archs(self.path / FILES, config.rules, machines),
            templates=_with_recipes(config.rules.profiles.values(), templates),
            vars=config.vars,
            named_files=config.named_files,
            boots=self.boots,
            secret=self._secret,
        )
        return Loaded(site, (*problems, *known.problems), config.raw, (*notes, *self._odd))

    def said_before(self, key: str) -> str:
        """What comes before a key of `[serve]`: see `settings.said_before`."""
        return said_before(key, self._environ, self._overrides)

    def _known(self, only: tuple[Claim, ...] | None, listed: Iterable[Listed]) -> Known:
        """The machines of files; with `only` at least those that matter."""
        if only is None:
            return self._hardware.read()
        others = (machine for source in listed for machine in source.machines)
        # a file wins over a source by any claim, by its name, too
        rivals = [own for own in map(tuple, map(claims, others)) if set(own) & set(only)]
        return known_among(self.path, {*only, *(claim for own in rivals for claim in own)})

    def _read_config(self, problems: list[ConfigError]) -> Config:
        try:
            self._config = read_config(self.path / CONFIG, self._overrides, self._environ)
        except ConfigError as error:
            if self._config is None:
                raise
            problems.append(error)
        return self._config

    def _read_templates(self, problems: list[ConfigError]) -> Mapping[str, str]:
        folder = self.path / TEMPLATES
        texts = {}
        if folder.exists() and not folder.is_dir():
            error = ConfigError(f"{folder}: is not a directory", hint="templates are files in it")
            problems.append(error)
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.name.startswith((".", "#")) or path.name.endswith("~") or not path.is_file():
                continue
            try:
                texts[name] = _template(path)
            except ConfigError as error:
                problems.append(error)
                if name in self._templates:
                    texts[name] = self._templates[name]
        self._templates = texts
        return texts


def _boots(path: Path) -> tuple[Boots, tuple[PxectlError, ...]]:
    """What was counted, and what is odd about it."""
    try:
        return Boots(read_boots(path)), ()
    except ConfigError as error:
        return Boots(), (error,)


def _with_recipes(profiles: Iterable[Profile], templates: Mapping[str, str]) -> Mapping[str, str]:
    """The site's texts, and those of recipes in use that the site has not written itself."""
    texts: dict[str, str] = {}
    for profile in profiles:
        if profile.recipe is not None:
            texts |= profile.recipe.templates
    return {**texts, **templates} if texts else templates


def _template(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_TEMPLATE:
            raise ConfigError(
                f"{path}: is no text of a template's size", hint=f"put it in {FILES}/"
            )
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        raise ConfigError(
            f"{path}: is not UTF-8", hint=f"save it as UTF-8; other files belong in {FILES}/"
        ) from None
    except OSError as error:
        raise ConfigError(
            f"{path}: can not be read: {error.strerror}", hint="check its owner and mode"
        ) from None
