"""`pxectl hardware add`. It starts fast: scripts call it a thousand times."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pxectl.cli.machineoptions import (
    AddressOption,
    ArchOption,
    DHCPOption,
    HostnameOption,
    NetbootOption,
    OptionsOption,
    ProfileOption,
    QuirksOption,
    SecureBootOption,
    SerialOption,
    TagsOption,
    UUIDOption,
    VarsOption,
)
from pxectl.cli.options import JSONOption, SiteOption
from pxectl.errors import PxectlError, RefusedError
from pxectl.mac import MAC


def add(
    macs: Annotated[
        list[str],
        typer.Argument(
            metavar="MAC...",
            help="Its MAC addresses, in any spelling; `-`: many machines, from stdin.",
        ),
    ],
    name: Annotated[str, typer.Option(help="What it is called; default: its first MAC.")] = "",
    address: AddressOption = None,
    hostname: HostnameOption = None,
    arch: ArchOption = None,
    uuid: UUIDOption = None,
    serial: SerialOption = None,
    tags: TagsOption = None,
    profile: ProfileOption = None,
    netboot: NetbootOption = None,
    dhcp: DHCPOption = None,
    secure_boot: SecureBootOption = None,
    variables: VarsOption = None,
    options: OptionsOption = None,
    quirks: QuirksOption = None,
    from_unknown: Annotated[
        bool,
        typer.Option(
            "--from-unknown",
            help="It has asked `serve`: its architecture, UUID and vendor come from there.",
        ),
    ] = False,
    site: SiteOption = None,
    json: JSONOption = False,
) -> None:
    """Add a machine: one new file in hardware/. A running `serve` lets it in at once.

    With `-` stdin has JSON objects, with the keys of a machine's file and `name`, or CSV with a
    header; options count for every machine that says nothing of it.

    Exit code 1 if another machine has one of its MACs, its name, its address or its UUID. Of many,
    the others are added all the same; 2 if a line can not be used.
    """
    from pxectl.cli import machines as shared
    from pxectl.store.enroll import add_machine
    from pxectl.store.machines import machine_of, safe_name
    from pxectl.store.place import CONFIG, HARDWARE, find_site

    # a script's `--arch "$ARCH"` says nothing if the variable is empty
    given = shared.Given(
        address or None, hostname or None, arch or None, uuid or None, serial or None, tags,
        profile or None, netboot.value if netboot else None, dhcp, secure_boot, variables, options,
        quirks,
    )  # fmt: skip
    folder = find_site(site).path / HARDWARE
    if "-" in macs:
        if len(macs) > 1 or name or from_unknown:
            raise PxectlError(
                "hardware add -: stdin names the machines", hint="no MAC, --name or --from-unknown"
            )
        _add_many(folder, given.table(), json=json)
        return
    parsed = tuple(dict.fromkeys(shared.given_mac(text) for text in macs))
    called = safe_name(name) if name else parsed[0].dashed
    said = given.table()
    if from_unknown:
        asked = _asked(folder.parent, parsed[0])
        said = {**asked, **said, "vars": asked["vars"] | said.get("vars", {})}
    table = {"mac": list(map(str, parsed)), **said}
    machine = machine_of(table, called, called)
    path = add_machine(folder, machine)
    if json:
        shared.print_json({"machine": shared.as_json(machine, path)})
    else:
        told = f"{shared.joined(machine.macs)}): {shared.near_path(path)}, {shared.fate(machine)}"
        typer.echo(f"added {machine.name} ({told}")
    shared.hint_about_profile(machine.profile, folder.parent / CONFIG)


def _add_many(folder: Path, said: dict[str, Any], *, json: bool) -> None:
    """Add what stdin holds; what one is refused for keeps no other one out."""
    import sys

    from pxectl.cli import machines as shared
    from pxectl.store.bulk import WHERE, read_bulk, with_defaults
    from pxectl.store.exchange.blocks import Shelf
    from pxectl.store.exchange.formats import LARGEST, decoded
    from pxectl.store.exchange.landing import land
    from pxectl.ui.errors import print_error

    if sys.stdin is None:
        raise PxectlError(f"{WHERE}: is closed", hint="pipe the machines into it")
    if sys.stdin.isatty():
        typer.echo("machines as JSON or CSV, Ctrl-D at the end:", err=True)
    text = decoded(sys.stdin.buffer.read(LARGEST + 1), WHERE)
    haul = with_defaults(read_bulk(text), said)
    landed = land(haul.machines, folder, Shelf({}), dry=False)
    errors = [*haul.refused, *(one.refused for one in landed if one.refused)]
    for one in landed:
        if one.machine and one.path and json:
            shared.print_json({"machine": shared.as_json(one.machine, one.path)}, indent=None)
        elif one.machine and one.path:
            typer.echo(f"added {one.machine.name} ({shared.joined(one.machine.macs)})")
    for error in errors:
        if json:
            shared.print_json({"refused": error.message, "hint": error.hint}, indent=None)
        else:
            print_error(error)
    if errors:
        typer.echo(f"added {sum(1 for one in landed if one.path)}, not {len(errors)}", err=True)
        raise typer.Exit(max(error.exit_code for error in errors))


def _asked(site: Path, mac: MAC) -> dict[str, Any]:
    """What a machine that asked said of itself, as its file holds it.

    Raises:
        RefusedError: it has not asked, or it is known.
    """
    from difflib import get_close_matches

    from pxectl.cli.welcoming import said_of
    from pxectl.store.unknown import read_unknown

    seen = {one.client.mac: one for one in read_unknown(site)}
    if mac not in seen:
        near = get_close_matches(str(mac), map(str, seen), n=1)
        raise RefusedError(
            f"{mac} is not among those that asked",
            hint=f"did you mean `{near[0]}`?"
            if near
            else "`pxectl hardware list --unknown` shows them; add it without `--from-unknown`",
        )
    return said_of(seen[mac])
