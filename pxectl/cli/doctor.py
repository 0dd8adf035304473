"""`pxectl doctor`: what on this host or network would stop a boot."""

from typing import Annotated

import typer

from pxectl.cli.options import JSONOption, SiteOption


def doctor(
    site: SiteOption = None,
    interface: Annotated[
        list[str] | None,
        typer.Option(
            "--interface", "-i", metavar="NAME", help="Look here; may be repeated.",
            show_default="where serve would",
        ),
    ] = None,
    as_json: JSONOption = False,
) -> None:  # fmt: skip
    """Say what on this host or network would stop a boot, each with its mend.

    Ports and who holds them, privileges, interfaces, firewall, other DHCP servers, MTU, iPXE
    binaries, disk, clock, certificate and the site itself. Nothing is changed. Exit code 1 if
    something is bad.
    """
    from pxectl.boot.checkup import Level
    from pxectl.cli.doctoring import examine
    from pxectl.ui import doctor as shown

    checks = []
    for check in examine(site, tuple(interface or ())):
        checks.append(check)
        if not as_json:
            typer.echo("\n".join(shown.lines_of(check)))
    if as_json:
        typer.echo(shown.as_json(checks))
    if any(check.level is Level.BAD for check in checks):
        raise typer.Exit(1)
