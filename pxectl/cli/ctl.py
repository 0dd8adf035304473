"""`pxectl ctl`: steers the `serve` that runs on a site."""

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from pxectl.cli.options import JSONOption, SiteOption
from pxectl.errors import PxectlError

app = typer.Typer(
    no_args_is_help=True,
    help="Steer a running serve: exit code 1 if it says no, 2 if none runs.",
    rich_markup_mode=None,
)


class What(Enum):
    """The words of `net/switches.py`, which TAB and `--help` need not load."""

    DHCP = "dhcp"
    PROXY = "proxy"
    TFTP = "tftp"
    HTTP = "http"
    HTTPS = "https"


WhatArgument = Annotated[
    What, typer.Argument(help="dhcp, proxy, tftp, http or https.", show_default=False)
]


@app.command("status")
def status(site: SiteOption = None, as_json: JSONOption = False) -> None:
    """Show what a running serve has on, where, and how much it knows."""
    answer = _ask(site, "status")
    if as_json:
        import json

        typer.echo(json.dumps({key: value for key, value in answer.items() if key != "ok"}))
        return
    from pxectl.ui.ctl import status_text

    typer.echo(status_text(answer), nl=False)


@app.command("enable")
def enable(what: WhatArgument, site: SiteOption = None) -> None:
    """Turn DHCP, proxyDHCP, TFTP or HTTP on. A server is DHCP or proxyDHCP, never both."""
    _turn(site, "enable", what)


@app.command("disable")
def disable(what: WhatArgument, site: SiteOption = None) -> None:
    """Turn DHCP, proxyDHCP, TFTP or HTTP off; transfers that run go on to their end."""
    _turn(site, "disable", what)


@app.command("reload")
def reload(site: SiteOption = None) -> None:
    """Read the site now, and say what changed. Exit code 1 if a file can not be used."""
    from pxectl.ui.ctl import reloaded_text
    from pxectl.ui.errors import print_error

    answer = _ask(site, "reload")
    typer.echo(reloaded_text(answer), nl=False)
    for problem in answer["problems"]:
        print_error(PxectlError(problem["error"], hint=problem["hint"]))
    raise typer.Exit(1 if answer["problems"] else 0)


def _turn(site: Path | None, do: str, what: What) -> None:
    from pxectl.ui.ctl import turned_text

    answer = _ask(site, do, {"what": what.value})
    typer.echo(turned_text(what.value, answer))


def _ask(site: Path | None, do: str, about: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    from pxectl.net.steer import steer
    from pxectl.store.place import STATE, find_site

    return steer(find_site(site).path / STATE, do, about)
