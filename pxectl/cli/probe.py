"""`pxectl probe`: plays a client against the servers of a network."""

from typing import Annotated

import typer

from pxectl.cli.options import JSONOption


def probe(
    client: Annotated[
        str,
        typer.Option(
            "--client", metavar="KIND", help="bios, uefi-x64, uefi-http, ipxe, rpi4, …"
        ),
    ] = "uefi-x64",
    all_clients: Annotated[
        bool, typer.Option("--all-clients", help="Play every kind, side by side: a row each.")
    ] = False,
    mac: Annotated[
        str | None,
        typer.Option(
            metavar="MAC",
            help="Play this machine; servers take it for the machine itself.",
            show_default="a made-up one",
        ),
    ] = None,
    interface: Annotated[
        str | None,
        typer.Option(
            "--interface", "-i", metavar="NAME", help="Ask here.",
            show_default="the first one that serve would use",
        ),
    ] = None,
    storm: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=65536, help="Load: N machines want addresses."),
    ] = None,
    duration: Annotated[
        str, typer.Option(metavar="TIME", help="How long the storm lasts.")
    ] = "10s",
    as_json: JSONOption = False,
) -> None:  # fmt: skip
    """Play a client against any server: DHCP, port 4011, TFTP, HTTP, down to the last file.

    Nothing that is loaded is run, and the address is given back. Exit code 1 if it would not boot.
    """
    from pxectl.cli.probing import Wanted, probe_now

    if not probe_now(Wanted(client, all_clients, mac, interface, storm, duration, as_json)):
        raise typer.Exit(1)
