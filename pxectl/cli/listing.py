"""`pxectl hardware list` and `show`."""

from pathlib import Path
from typing import Annotated

import typer

from pxectl.cli.machineoptions import WhoArgument
from pxectl.cli.options import JSONOption, SiteOption
from pxectl.errors import PxectlError, RefusedError

_FROM_UNKNOWN = "`pxectl hardware add --from-unknown MAC --profile NAME` lets one in"


def list_machines(
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", help="Only machines with this tag; repeated: with any of them."),
    ] = None,
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Machines that asked to netboot and are not known.")
    ] = False,
    site: SiteOption = None,
    json: JSONOption = False,
) -> None:
    """List the known machines, or those that asked `serve` and are not known.

    Exit code 2 if a file in hardware/ can not be used; the others are listed all the same.
    """
    from pxectl.cli.machines import as_json, file_of, print_json
    from pxectl.store.hardware import Hardware
    from pxectl.store.place import HARDWARE, find_site
    from pxectl.store.sources.sources import beside_files
    from pxectl.ui.errors import print_error, print_warning
    from pxectl.ui.hardware import machine_columns

    folder = find_site(site).path / HARDWARE
    if unknown:
        if tags:
            raise PxectlError("--tag: who is not known has no tags", hint="leave it out")
        _list_unknown(folder.parent, json=json)
        return
    known = Hardware(folder).read()
    everyone, notes = beside_files(folder.parent, known.machines)
    wanted = {tag.lower() for tag in tags or ()}
    machines = [
        machine
        for machine in everyone
        if not wanted or wanted & {tag.lower() for tag in machine.tags}
    ]
    if json:
        shown = [as_json(machine, file_of(machine, folder)) for machine in machines]
        print_json({"machines": shown})
    elif machines:
        typer.echo(machine_columns(machines), nl=False)
    elif not known.problems:
        why = "none has such a tag" if everyone else f"{folder} holds none"
        typer.echo(f"no machines: {why}", err=True)
    for note in notes:
        print_warning(note)
    for problem in known.problems:
        print_error(problem)
    if known.problems:
        raise typer.Exit(PxectlError.exit_code)


def _list_unknown(site: Path, *, json: bool) -> None:
    """Those that have become known since `serve` wrote are left out."""
    import time

    from pxectl.boot.site import Inventory
    from pxectl.cli.machines import print_json
    from pxectl.store.hardware import Hardware
    from pxectl.store.place import HARDWARE
    from pxectl.store.unknown import read_unknown, unknown_as_json
    from pxectl.ui.hardware import unknown_columns

    inventory = Inventory(Hardware(site / HARDWARE).read().machines)
    seen = [one for one in read_unknown(site) if inventory.of(one.client) is None]
    if json:
        print_json({"unknown": [unknown_as_json(one) for one in seen]})
    elif seen:
        typer.echo(unknown_columns(seen, time.time()), nl=False)
        typer.echo(f"hint: {_FROM_UNKNOWN}", err=True)
    else:
        typer.echo(f"no machines: nobody unknown has asked a `serve` of {site}", err=True)


def show(who: WhoArgument, site: SiteOption = None, json: JSONOption = False) -> None:
    """Show everything that is known about one machine, defaults included.

    Exit code 1 if there is no such machine, 2 if its file can not be used.
    """
    from pxectl.cli.machines import as_json, near_path, print_json
    from pxectl.store.find import find_file
    from pxectl.store.machines import SUFFIX, machine_of
    from pxectl.store.place import HARDWARE, find_site
    from pxectl.store.toml import read_toml
    from pxectl.ui.hardware import machine_text

    place = find_site(site).path
    try:
        path = find_file(place / HARDWARE, who)
    except RefusedError as refusal:
        from pxectl.cli.elsewhere import machine_elsewhere

        machine, file = machine_elsewhere(place, who, refusal), None
    else:
        machine = machine_of(read_toml(path), path.name.removesuffix(SUFFIX), str(path))
        file = path
    if json:
        print_json({"machine": as_json(machine, file)})
    else:
        typer.echo(machine_text(machine, str(near_path(file)) if file else "-"), nl=False)
