"""What the commands of `pxectl hardware` share: what flags say, the shape of `--json`, words."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from pxectl.boot.machine import Machine, Netboot
from pxectl.errors import ConfigError
from pxectl.mac import MAC
from pxectl.store.given import given_options, given_quirks, given_vars
from pxectl.store.machines import SUFFIX, read_arch, read_hostname, table_of
from pxectl.store.toml import read_toml
from pxectl.store.values import near, read_address, read_mac, read_text, read_uuid

JSON_VERSION = 1


@dataclass(frozen=True, slots=True)
class Given:
    """What flags say about a machine; None: nothing."""

    address: str | None
    hostname: str | None
    arch: str | None
    uuid: str | None
    serial: str | None
    tags: list[str] | None
    profile: str | None
    netboot: str | None
    dhcp: bool | None
    secure_boot: bool | None
    variables: list[str] | None
    options: list[str] | None
    quirks: list[str] | None

    def table(self) -> dict[str, Any]:
        """What was said, as a machine's file holds it.

        Raises:
            ConfigError: a value that can not be; names the flag.
        """
        said: dict[str, Any] = {}
        if self.address is not None:
            said["address"] = str(read_address(self.address, "--address"))
        if self.hostname is not None:
            said["hostname"] = read_hostname(self.hostname, "--hostname")
        if self.arch is not None:
            said["arch"] = read_arch(self.arch, "--arch")
        if self.uuid is not None:
            said["uuid"] = str(read_uuid(self.uuid, "--uuid"))
        if self.serial is not None:
            said["serial"] = read_text(self.serial, "--serial")
        if self.tags:
            said["tags"] = list(dict.fromkeys(read_text(tag, "--tag") for tag in self.tags))
        if self.netboot is not None:
            said["netboot"] = self.netboot
        if self.profile is not None:
            said["profile"] = read_text(self.profile, "--profile")
        if self.dhcp is not None:
            said["dhcp"] = self.dhcp
        if self.secure_boot is not None:
            said["secure_boot"] = self.secure_boot
        for key, table in (
            ("options", given_options(self.options or ())),
            ("quirks", given_quirks(self.quirks or ())),
            ("vars", given_vars(self.variables or ())),
        ):
            if table:
                said[key] = dict(table)
        return said


def given_mac(text: str) -> MAC:
    """A MAC that somebody typed.

    Raises:
        ConfigError: it is none.
    """
    try:
        return read_mac(text, "MAC")
    except ConfigError as error:
        raise ConfigError(
            error.message.removeprefix("MAC: "), hint="write six octets: `52:54:00:12:34:56`"
        ) from None


def file_of(machine: Machine, folder: Path) -> Path | None:
    """The file of a machine; None if a source has it."""
    return None if machine.origin else folder / f"{machine.name}{SUFFIX}"


def as_json(machine: Machine, path: Path | None) -> dict[str, Any]:
    """One machine in `--json` (version 1): every key is always there.

    `name`, `mac` (list of texts, colons), `address` (text or null), `hostname` (its own, else its
    name), `arch`, `uuid` (text or null), `serial`, `tags`, `netboot`, `profile` (empty: none),
    `dhcp`, `secure_boot`, `options`, `quirks` (those that are set), `vars`, `file` (absolute path,
    or null) and `origin` (the source that told of it, or null).
    """
    table = table_of(machine)
    return {
        "name": machine.name,
        "mac": table["mac"],
        "address": table.get("address"),
        "hostname": machine.hostname or machine.name,
        "arch": machine.arch,
        "uuid": table.get("uuid"),
        "serial": machine.serial,
        "tags": list(machine.tags),
        "netboot": machine.netboot.value,
        "profile": machine.profile,
        "dhcp": machine.dhcp,
        "secure_boot": machine.secure_boot,
        "options": dict(machine.options),
        "quirks": table.get("quirks", {}),
        "vars": dict(machine.vars),
        "file": str(path) if path else None,
        "origin": machine.origin or None,
    }


def print_json(shape: dict[str, Any], *, indent: int | None = 2) -> None:
    """One object for scripts."""
    import json

    # TOML has dates, JSON has not
    typer.echo(json.dumps({"v": JSON_VERSION, **shape}, indent=indent, default=str))


def joined(macs: tuple[MAC, ...]) -> str:
    """As in a column."""
    return ",".join(map(str, macs))


def near_path(path: Path) -> Path:
    """The path as short as it can be written from here."""
    try:
        return path.relative_to(Path.cwd())
    except (ValueError, OSError):
        return path


def fate(machine: Machine) -> str:
    """What it will boot when no rule of the site says otherwise."""
    if machine.netboot is Netboot.NEVER:
        return "boots its disk"
    often = " once" if machine.netboot is Netboot.ONCE else ""
    if machine.profile:
        return f"boots {machine.profile}{often}"
    return f"boots{often} only if a rule names a profile"


def hint_about_profile(profile: str, config: Path) -> None:
    """Tell that there is no such profile; it may be written later."""
    if profile and (hint := _profile_hint(profile, config)):
        typer.echo(f"hint: {hint}", err=True)


def _profile_hint(profile: str, config: Path) -> str:
    try:
        profiles = read_toml(config).get("profile", {})
    except FileNotFoundError:
        return f"there is no profile `{profile}`: {near_path(config)} does not exist yet"
    except ConfigError as error:
        return f"{error.message}; {error.hint}"
    if not isinstance(profiles, dict) or profile in profiles:
        return ""
    return f"there is no profile `{profile}` in {near_path(config)}: {near(profile, profiles)}"
