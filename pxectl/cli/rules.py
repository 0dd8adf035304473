"""`pxectl rules`: what would happen, and which rules are in force."""

from typing import Annotated

import typer

from pxectl.cli.asking import ask
from pxectl.cli.options import JSONOption, SiteOption

app = typer.Typer(no_args_is_help=True, help="Ask who may boot, and what.", rich_markup_mode=None)
app.command("test")(ask)


@app.command("check")
def check(site: SiteOption = None, as_json: JSONOption = False) -> None:
    """Find rules that never match, missing files and profiles, templates that fail, DHCP traps.

    Exit code 0 if there is no problem (notes are none), 1 if there is one.
    """
    from pxectl.boot.findings import Level
    from pxectl.cli.checking import check_site
    from pxectl.ui import findings as shown

    found = tuple(check_site(site))
    typer.echo(shown.as_json(found) if as_json else shown.as_text(found), nl=as_json)
    raise typer.Exit(1 if any(one.level is Level.PROBLEM for one in found) else 0)


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


@app.command("diff")
def diff(
    other: Annotated[
        str,
        typer.Argument(metavar="OTHER", help="Another site's directory, or a git revision."),
    ],
    site: SiteOption = None,
    at: Annotated[
        str | None, typer.Option(metavar="TIME", help="At 2026-11-30T23:00, or 23:00 today.")
    ] = None,
    as_json: JSONOption = False,
) -> None:
    """List the machines that get something else under the site than under OTHER.

    Exit code 0 if nothing changes, 1 if something does.
    """
    from pxectl.cli import differing
    from pxectl.cli.rehearsing import Said

    same = differing.diff(other, Said(at=at), site, as_json=as_json)
    raise typer.Exit(0 if same else 1)
