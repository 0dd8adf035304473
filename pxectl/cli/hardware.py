"""`pxectl hardware`: the known machines. `add` starts fast: scripts call it a thousand times."""

from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Any

import typer

from pxectl.boot.machine import Machine, Netboot
from pxectl.cli.completing import profiles
from pxectl.cli.options import JSONOption, SiteOption
from pxectl.errors import ConfigError, PxectlError
from pxectl.mac import MAC
from pxectl.store.enroll import add_machine
from pxectl.store.given import given_options, given_vars
from pxectl.store.hardware import Hardware
from pxectl.store.machines import SUFFIX, read_arch, read_hostname, safe_name, table_of
from pxectl.store.place import CONFIG, HARDWARE, find_site
from pxectl.store.toml import read_toml
from pxectl.store.values import near, read_address, read_mac, read_text

JSON_VERSION = 1
_COLUMNS = ("NAME", "MAC", "ADDRESS", "ARCH", "NETBOOT", "PROFILE", "TAGS")

app = typer.Typer(
    help="Add machines to the inventory and list them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def add(
    macs: Annotated[
        list[str], typer.Argument(metavar="MAC...", help="Its MAC addresses, in any spelling.")
    ],
    name: Annotated[str, typer.Option(help="What it is called; default: its first MAC.")] = "",
    address: Annotated[str, typer.Option(help="The address reserved for it.")] = "",
    hostname: Annotated[str, typer.Option(help="Its host name; default: its name.")] = "",
    arch: Annotated[str, typer.Option(help="Its processor, such as x86_64 or arm64.")] = "",
    tags: Annotated[
        list[str] | None, typer.Option("--tag", help="A tag for rules; may be repeated.")
    ] = None,
    profile: Annotated[
        str, typer.Option(help="What it boots when no rule says more.", autocompletion=profiles)
    ] = "",
    netboot: Annotated[
        Netboot, typer.Option(help="Whether it may netboot at all.")
    ] = Netboot.ALWAYS,
    variables: Annotated[
        list[str] | None,
        typer.Option("--var", metavar="KEY=VALUE", help="For templates; may be repeated."),
    ] = None,
    options: Annotated[
        list[str] | None,
        typer.Option("--option", metavar="NAME=VALUE", help="A DHCP option; may be repeated."),
    ] = None,
    site: SiteOption = None,
    json: JSONOption = False,
) -> None:
    """Add a machine: one new file in hardware/. A running `serve` lets it in at once.

    Exit code 1 if another machine has one of its MACs, its name or its address.
    """
    folder = find_site(site).path / HARDWARE
    parsed = tuple(dict.fromkeys(_mac(text) for text in macs))
    machine = Machine(
        safe_name(name) if name else parsed[0].dashed,
        parsed,
        address=read_address(address, "--address") if address else None,
        hostname=read_hostname(hostname, "--hostname") if hostname else "",
        arch=read_arch(arch, "--arch") if arch else "",
        tags=tuple(read_text(tag, "--tag") for tag in tags or ()),
        netboot=netboot,
        profile=read_text(profile, "--profile") if profile else "",
        options=given_options(options or ()),
        vars=given_vars(variables or ()),
    )
    path = add_machine(folder, machine)
    if json:
        _print_json({"machine": as_json(machine, path)})
    else:
        typer.echo(
            f"added {machine.name} ({_joined(machine.macs)}): {_near(path)}, {_fate(machine)}"
        )
    if hint := _profile_hint(machine.profile, folder.parent / CONFIG):
        typer.echo(f"hint: {hint}", err=True)


@app.command("list")
def list_machines(
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", help="Only machines with this tag; repeated: with any of them."),
    ] = None,
    site: SiteOption = None,
    json: JSONOption = False,
) -> None:
    """List the known machines.

    Exit code 2 if a file in hardware/ can not be used; the others are listed all the same.
    """
    folder = find_site(site).path / HARDWARE
    known = Hardware(folder).read()
    wanted = {tag.lower() for tag in tags or ()}
    machines = [
        machine
        for machine in known.machines
        if not wanted or wanted & {tag.lower() for tag in machine.tags}
    ]
    if json:
        shown = [as_json(machine, folder / f"{machine.name}{SUFFIX}") for machine in machines]
        _print_json({"machines": shown})
    elif machines:
        from pxectl.ui.columns import columns

        typer.echo(columns(_COLUMNS, map(_row, machines)), nl=False)
    elif not known.problems:
        why = "none has such a tag" if known.machines else f"{folder} holds none"
        typer.echo(f"no machines: {why}", err=True)
    for problem in known.problems:
        from pxectl.ui.errors import print_error

        print_error(problem)
    if known.problems:
        raise typer.Exit(PxectlError.exit_code)


def as_json(machine: Machine, path: Path) -> dict[str, Any]:
    """One machine in `--json` (version 1): every key is always there.

    `name`, `mac` (list of texts, colons), `address` (text or null), `hostname` (its own, else its
    name), `arch`, `uuid` (text or null), `serial`, `tags`, `netboot`, `profile` (empty: none),
    `dhcp`, `options`, `quirks` (those that are set), `vars`, `file` (absolute path).
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
        "options": dict(machine.options),
        "quirks": table.get("quirks", {}),
        "vars": dict(machine.vars),
        "file": str(path),
    }


def _row(machine: Machine) -> tuple[str, ...]:
    return (
        machine.name,
        _joined(machine.macs),
        _dash(machine.address),
        _dash(machine.arch),
        machine.netboot.value,
        _dash(machine.profile),
        _dash(",".join(machine.tags)),
    )


def _dash(value: IPv4Address | str | None) -> str:
    return str(value) if value else "-"


def _joined(macs: tuple[MAC, ...]) -> str:
    return ",".join(map(str, macs))


def _mac(text: str) -> MAC:
    try:
        return read_mac(text, "MAC")
    except ConfigError as error:
        raise ConfigError(
            error.message.removeprefix("MAC: "), hint="write six octets: `52:54:00:12:34:56`"
        ) from None


def _near(path: Path) -> Path:
    """The path as short as it can be written from here."""
    try:
        return path.relative_to(Path.cwd())
    except (ValueError, OSError):
        return path


def _fate(machine: Machine) -> str:
    """What it will boot when no rule of the site says otherwise."""
    if machine.netboot is Netboot.NEVER:
        return "boots its disk"
    often = " once" if machine.netboot is Netboot.ONCE else ""
    if machine.profile:
        return f"boots {machine.profile}{often}"
    return f"boots{often} only if a rule names a profile"


def _profile_hint(profile: str, config: Path) -> str:
    if not profile:
        return ""
    try:
        profiles = read_toml(config).get("profile", {})
    except FileNotFoundError:
        return f"there is no profile `{profile}`: {_near(config)} does not exist yet"
    except ConfigError as error:
        return f"{error.message}; {error.hint}"
    if not isinstance(profiles, dict) or profile in profiles:
        return ""
    return f"there is no profile `{profile}` in {_near(config)}: {near(profile, profiles)}"


def _print_json(shape: dict[str, Any]) -> None:
    import json

    # TOML has dates, JSON has not
    typer.echo(json.dumps({"v": JSON_VERSION, **shape}, indent=2, default=str))
