"""`pxectl rules`: what would happen, and which rules are in force."""

from typing import Annotated

import typer

from pxectl.cli.completing import client_kinds
from pxectl.cli.options import JSONOption, SiteOption
from pxectl.cli.serve import DHCP

app = typer.Typer(no_args_is_help=True, help="Ask who may boot, and what.", rich_markup_mode=None)


@app.command("test")
def ask(
    mac: Annotated[str, typer.Argument(metavar="MAC", help="The machine, in any spelling.")],
    site: SiteOption = None,
    client: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            autocompletion=client_kinds,
            help="bios, uefi-x64, uefi-arm64, uefi-http, ipxe, rpi4, …",
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

    Exit code 0 if it would netboot, 1 if not.
    """
    from pxectl.cli import rehearsing
    from pxectl.ui import rehearsal

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
    result = rehearsing.rehearse_for(mac, said, site)
    if as_json:
        typer.echo(rehearsal.as_json(result))
    elif script:
        typer.echo(result.script, nl=False)
    else:
        typer.echo(rehearsal.as_text(result, hexdump=hexdump), nl=False)
    raise typer.Exit(0 if result.would_netboot else 1)


@app.command("list")
def list_(site: SiteOption = None, as_json: JSONOption = False) -> None:
    """List the rules in force, in their order, the three built-in ones at the end."""
    from pxectl.cli.rehearsing import read_site
    from pxectl.ui.columns import columns

    rules = read_site(site).rules.all
    if as_json:
        import json

        listed = [
            {
                "rule": rule.name,
                "action": rule.action.value,
                "profile": rule.profile or None,
                "match": [condition.key for condition in rule.match],
                "built_in": rule.built_in,
            }
            for rule in rules
        ]
        typer.echo(json.dumps({"v": 1, "rules": listed}))
        return
    rows = [
        (
            str(number),
            rule.name,
            rule.action.value,
            rule.profile or "-",
            ", ".join(condition.key for condition in rule.match) or "anything",
            "built in" if rule.built_in else "",
        )
        for number, rule in enumerate(rules, 1)
    ]
    typer.echo(columns(("", "RULE", "ACTION", "PROFILE", "LOOKS AT", ""), rows), nl=False)
