"""`pxectl mirror`: files of other servers that are kept here."""

from typing import Annotated

import typer

from pxectl.cli.options import JSONOption, SiteOption
from pxectl.errors import RefusedError

app = typer.Typer(
    help="Fetch files of other servers ahead of machines, show, check and remove what is kept.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
URLsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="URL...", help="These alone.", show_default="all")
]


@app.command("list")
def list_files(site: SiteOption = None, json: JSONOption = False) -> None:
    """List what is kept: how large, since when, last asked for, and its SHA-256."""
    import time

    from pxectl.boot.telling import size_of
    from pxectl.cli.machines import print_json
    from pxectl.cli.mirroring import kept, shelf_of
    from pxectl.ui.mirror import kept_as_json, kept_columns

    shelf = shelf_of(site)
    rows = kept(shelf)
    if json:
        print_json({"files": [kept_as_json(row) for row in rows], "limit": shelf.limit()})
        return
    if rows:
        typer.echo(kept_columns(rows, time.time()), nl=False)
    occupied = sum(row.occupied for row in rows)
    limit = size_of(shelf.limit())
    count = "1 file" if len(rows) == 1 else f"{len(rows)} files"
    typer.echo(f"{count}, {size_of(occupied)} of at most {limit}", err=True)


@app.command()
def prefetch(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WHAT...",
            help="URLs, or names of profiles.",
            show_default="what the known machines will ask for",
        ),
    ] = None,
    site: SiteOption = None,
    json: JSONOption = False,
) -> None:
    """Fetch files before a machine asks for them, or look whether they are still up to date.

    May run beside `serve`: what one fetches the other does not. Exit code 1 if a file can not be
    had.
    """
    from pxectl.cli.machines import print_json
    from pxectl.cli.mirroring import fetch_all, wanted
    from pxectl.ui.mirror import Fetching

    files = wanted(site, what or ())
    with Fetching([one.url for one in files], quiet=json) as show:
        results = fetch_all(site, files, show)
    if json:
        print_json({"files": results})
    elif not files:
        typer.echo("no machine's profile names a file of another server", err=True)
    if any(one["error"] for one in results):
        raise typer.Exit(RefusedError.exit_code)


@app.command()
def verify(urls: URLsArgument = None, site: SiteOption = None, json: JSONOption = False) -> None:
    """Read what is kept, compare it with the SHA-256 that it had, and remove what differs.

    Exit code 1 if something did: it is fetched anew when a machine asks for it.
    """
    from pxectl.cli.machines import print_json
    from pxectl.cli.mirroring import verify_all

    results = verify_all(site, urls or ())
    bad = [one for one in results if not one["good"]]
    if json:
        print_json({"files": results})
    else:
        for one in bad:
            typer.echo(f"removed {one['url']}: not what it was")
        typer.echo(
            f"{len(results) - len(bad)} of {len(results)} files are what they were", err=True
        )
    if bad:
        raise typer.Exit(RefusedError.exit_code)


@app.command()
def prune(
    urls: URLsArgument = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is kept.")] = False,
    older: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="What nobody has asked for since: 30d, 12h."),
    ] = None,
    site: SiteOption = None,
    json: JSONOption = False,
) -> None:
    """Remove files; without URL or option, what is left of downloads that were given up.

    A machine that is being sent one gets it to its end.
    """
    from pxectl.boot.telling import size_of
    from pxectl.cli.machines import print_json
    from pxectl.cli.mirroring import prune as remove

    removed, octets = remove(site, urls or (), older, everything=everything)
    if json:
        print_json({"removed": removed, "size": octets})
        return
    for url in removed:
        typer.echo(f"removed {url}")
    typer.echo(f"{size_of(octets)} freed", err=True)
