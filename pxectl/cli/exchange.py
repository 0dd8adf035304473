"""`pxectl hardware import` and `export`."""

from typing import Annotated

import typer

from pxectl.cli.options import JSONOption, SiteOption
from pxectl.errors import PxectlError, RefusedError
from pxectl.store.exchange.format import Format


def import_(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Files of other programs; `-`: stdin.")
    ],
    format_: Annotated[
        Format | None,
        typer.Option("--format", help="Whose they are; default: told by what stands in them."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be added.")
    ] = False,
    site: SiteOption = None,
    json: JSONOption = False,
) -> None:
    """Add machines that another program knows: one new file each in hardware/.

    Tells what could not be carried over, and which profiles to add to pxectl.toml. Exit code 1 if a
    machine was refused, such as one whose MAC another one has; the others are added all the same.
    """
    from dataclasses import asdict

    from pxectl.cli.carrying import profiles_of, read_haul
    from pxectl.cli.machines import as_json, print_json
    from pxectl.store.exchange.blocks import Shelf, blocks
    from pxectl.store.exchange.landing import land
    from pxectl.store.place import HARDWARE, find_site
    from pxectl.ui.errors import print_error
    from pxectl.ui.exchange import grouped, hints, note_lines, summary, wanted_profiles
    from pxectl.ui.hardware import machine_columns

    folder = find_site(site).path / HARDWARE
    hauls = [read_haul(file, format_) for file in files]  # all of them, before anything is written
    shelf = Shelf(profiles_of(folder.parent))
    landed = land((d for haul in hauls for d in haul.machines), folder, shelf, dry=dry_run)
    refused = [error for haul in hauls for error in haul.refused]
    refused += [one.refused for one in landed if one.refused]
    added = [(one.machine, one.path) for one in landed if one.machine and one.path]
    notes = [(one.machine.name, n) for one in landed if one.machine for n in one.draft.notes]
    notes += [("", note) for haul in hauls for note in haul.notes]
    used = {machine.profile for machine, _ in added}
    wanted = blocks(profile for profile in shelf.new if profile.name in used)
    if json:
        print_json(
            {
                "dry_run": dry_run,
                "imported": [as_json(machine, path) for machine, path in added],
                "refused": [{"reason": error.message, "hint": error.hint} for error in refused],
                "notes": [{"what": k, "machines": v} for k, v in grouped(notes).items()],
                "profiles": [asdict(block) for block in wanted],
            }
        )
    else:
        if dry_run and added:
            typer.echo(machine_columns(machine for machine, _ in added), nl=False)
        for error in refused:
            print_error(error)
        for line in note_lines(notes):
            typer.echo(line, err=True)
        typer.echo(summary(len(added), len(refused), len(grouped(notes)), dry=dry_run))
        shown = ((block.toml, block.template, block.text) for block in wanted)
        typer.echo(wanted_profiles(shown), nl=False)
        for line in hints(machine for machine, _ in added):
            typer.echo(line, err=True)
    if refused:
        raise typer.Exit(RefusedError.exit_code)


def export(
    format_: Annotated[Format, typer.Option("--format", help="Whose file it is to be.")],
    tags: Annotated[
        list[str] | None,
        typer.Option("--tag", help="Only machines with this tag; repeated: with any of them."),
    ] = None,
    site: SiteOption = None,
) -> None:
    """Print the machines as another program's file; what it can not hold is told on stderr.

    Exit code 2 if a file in hardware/ can not be used; the others are printed all the same.
    """
    from pxectl.cli.carrying import profiles_of
    from pxectl.store.exchange.formats import writer
    from pxectl.store.hardware import Hardware
    from pxectl.store.place import HARDWARE, find_site
    from pxectl.ui.errors import print_error
    from pxectl.ui.exchange import note_lines

    folder = find_site(site).path / HARDWARE
    known = Hardware(folder).read()
    wanted = {tag.lower() for tag in tags or ()}
    machines = [
        machine
        for machine in known.machines
        if not wanted or wanted & {tag.lower() for tag in machine.tags}
    ]
    written = writer(format_)(machines, profiles_of(folder.parent))
    typer.echo(written.text, nl=False)
    for line in note_lines(written.notes):
        typer.echo(line, err=True)
    for error in known.problems:
        print_error(error)
    if known.problems:
        raise typer.Exit(PxectlError.exit_code)
