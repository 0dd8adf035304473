"""`pxectl capture`: netboot traffic as people read it."""

from pathlib import Path
from typing import Annotated

import typer

from pxectl.cli.options import JSONOption, SiteOption


def capture(
    site: SiteOption = None,
    interface: Annotated[
        str | None,
        typer.Option(
            "--interface",
            "-i",
            metavar="NAME",
            help="Listen here.",
            show_default="the first one that serve would use",
        ),
    ] = None,
    read: Annotated[
        Path | None, typer.Option("--read", "-r", metavar="FILE", help="Read this pcap instead.")
    ] = None,
    write: Annotated[
        Path | None, typer.Option("--write", "-w", metavar="FILE", help="Keep the packets here.")
    ] = None,
    mac: Annotated[
        str | None, typer.Option("--mac", metavar="MAC", help="Only this machine's packets.")
    ] = None,
    count: Annotated[
        int | None, typer.Option("--count", metavar="N", min=1, help="Stop after N packets.")
    ] = None,
    by_machine: Annotated[
        bool,
        typer.Option("--by-machine", help="Each machine's boot at the end, not packets."),
    ] = False,
    as_json: JSONOption = False,
) -> None:
    """Show DHCP, proxyDHCP, TFTP and HTTP of netbooting, and what pxectl would have answered."""
    from pxectl.cli.watching import Wanted, watch

    watch(Wanted(site, interface, read, write, mac, count, by_machine, as_json))
