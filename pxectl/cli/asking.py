"""`pxectl rules test`: what a machine, all of them, or those of a capture would get."""

from pathlib import Path
from typing import Annotated

import typer

from pxectl.cli.completing import client_kinds
from pxectl.cli.options import JSONOption, SiteOption
from pxectl.cli.serve import DHCP


def ask(
    mac: Annotated[
        str | None, typer.Argument(metavar="[MAC]", help="The machine, in any spelling.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every machine of the inventory, as a table.")
    ] = False,
    pcap: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Every request of this capture, of MAC or of anybody."),
    ] = None,
    site: SiteOption = None,
    client: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            autocompletion=client_kinds,
            help="bios, uefi-x64, uefi-arm64, uefi-http, ipxe, rpi3, rpi4, rpi5, …",
            show_default="the machine's own arch as UEFI PXE, else uefi-x64",
        ),
    ] = None,
    dhcp: Annotated[
        DHCP | None, typer.Option(help="As if serve ran so.", show_default="the site's, else proxy")
    ] = None,
    interface: Annotated[
        str | None, typer.Option("--interface", "-i", metavar="NAME", help="It asks here.")
    ] = None,
    vendor_class: Annotated[str | None, typer.Option(metavar="TEXT", help="Option 60.")] = None,
    user_class: Annotated[str | None, typer.Option(metavar="TEXT", help="Option 77.")] = None,
    hostname: Annotated[str | None, typer.Option(metavar="TEXT", help="Option 12.")] = None,
    uuid: Annotated[str | None, typer.Option(metavar="UUID", help="Option 97.")] = None,
    relay: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Through this relay (giaddr).")
    ] = None,
    circuit_id: Annotated[str | None, typer.Option(metavar="TEXT", help="Option 82.1.")] = None,
    remote_id: Annotated[str | None, typer.Option(metavar="TEXT", help="Option 82.2.")] = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="At 2026-11-30T23:00, or 23:00 today.")
    ] = None,
    script: Annotated[bool, typer.Option("--script", help="Print the iPXE script alone.")] = False,
    hexdump: Annotated[bool, typer.Option("--hex", help="Print the replies' octets.")] = False,
    as_json: JSONOption = False,
) -> None:
    """Say what MAC would get, and why: every rule, the reply, the script.

    Exit code 0 if it would netboot, 1 if not; with --all and --pcap 0 if every one would.
    """
    from pxectl.cli import rehearsing

    said = rehearsing.Said(
        client=client,
        vendor_class=vendor_class,
        user_class=user_class,
        hostname=hostname,
        uuid=uuid,
        relay=relay,
        circuit_id=circuit_id,
        remote_id=remote_id,
        at=at,
        interface=interface,
        dhcp=dhcp.value if dhcp else None,
    )
    rehearsing.refuse_mixed(mac, said, every=every, pcap=pcap, shown=script or hexdump)
    if every:
        from pxectl.cli.surveying import survey_all

        good = survey_all(said, site, as_json=as_json)
    elif pcap:
        from pxectl.cli.replaying import replay

        good = replay(pcap, mac, said, site, as_json=as_json)
    else:
        from pxectl.ui import rehearsal
        from pxectl.ui.errors import print_warning

        result = rehearsing.rehearse_for(mac or "", said, site)
        good = result.would_netboot
        if as_json:
            typer.echo(rehearsal.as_json(result))
        elif script:
            typer.echo(result.script, nl=False)
            if not result.script:
                print_warning(rehearsal.without_script(result))
        else:
            typer.echo(rehearsal.as_text(result, hexdump=hexdump), nl=False)
    raise typer.Exit(0 if good else 1)
