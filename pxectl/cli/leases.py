"""`pxectl leases`: who holds which address."""

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from pxectl.cli.options import JSONOption, SiteOption
from pxectl.errors import RefusedError


class _ListByDefault(typer.core.TyperGroup):
    """`pxectl leases --json` is `pxectl leases list --json`."""

    def parse_args(self, context: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - click's
        """Put the word in that was left out."""
        asks_for_help = bool(args) and args[0] in context.help_option_names
        if not asks_for_help and (not args or args[0] not in self.commands):
            args = ["list", *args]
        return super().parse_args(context, args)


app = typer.Typer(
    cls=_ListByDefault,
    help="Show who holds which address (`list`, if nothing is said), export leases, end some.",
    rich_markup_mode=None,
)
WhoArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="WHO...", help="Addresses, networks, MACs or names of machines."),
]


class Format(Enum):
    """`--format`; the words of `store/leaseformats.py`, which TAB and `--help` need not load."""

    CSV = "csv"
    JSON = "json"
    DNSMASQ = "dnsmasq"
    ISC = "isc"


@app.command("list")
def list_leases(
    who: WhoArgument = None,
    everything: Annotated[
        bool, typer.Option("--all", help="With those that expired or were released.")
    ] = False,
    site: SiteOption = None,
    json: JSONOption = False,
) -> None:
    """List leases, and addresses that nobody gets because a host that is not known uses them.

    Exit code 1 if somebody was named and has none.
    """
    import time

    from pxectl.cli.machines import print_json
    from pxectl.store.leaseformats import lease_as_json, state_of
    from pxectl.ui.leases import lease_columns

    now = time.time()
    rows = [row for row in _rows(site, who) if everything or row.holds(now)]
    if json:
        print_json({"leases": [lease_as_json(row, now) for row in rows]})
    elif rows:
        typer.echo(lease_columns([(row, state_of(row, now)) for row in rows], now), nl=False)
    else:
        typer.echo("no leases", err=True)
    if who and not rows:
        raise typer.Exit(RefusedError.exit_code)


@app.command()
def export(
    who: WhoArgument = None,
    format_: Annotated[
        Format, typer.Option("--format", help="Whose file it is to be.")
    ] = Format.CSV,
    site: SiteOption = None,
) -> None:
    """Print leases as CSV or JSON with all that is known, or as a file of dnsmasq or ISC dhcpd."""
    import time

    from pxectl.cli.machines import print_json
    from pxectl.store.leaseformats import LeaseFormat, lease_as_json, written

    now, rows = time.time(), _rows(site, who)
    if format_ is Format.JSON:
        print_json({"leases": [lease_as_json(row, now) for row in rows]})
    else:
        typer.echo(written(rows, LeaseFormat(format_.value), now), nl=False)


@app.command()
def release(
    who: Annotated[
        list[str],
        typer.Argument(metavar="WHO...", help="Addresses, networks, MACs or names of machines."),
    ],
    site: SiteOption = None,
    json: JSONOption = False,
) -> None:
    """End leases: their addresses are free at once, also of a running `serve`.

    The machines are not told. Whoever still uses an address is found by the probe before it is
    given to somebody else. Exit code 1 if there is no such lease.
    """
    import time

    from pxectl.boot.binding import State
    from pxectl.cli.machines import print_json
    from pxectl.store.place import STATE, find_site

    now = time.time()
    held = [row for row in _rows(site, who) if row.holds(now) and row.state is not State.OFFERED]
    if not held:
        raise RefusedError(
            f"there is no lease of {', '.join(who)}", hint="`pxectl leases` shows them"
        )
    addresses = _released(find_site(site).path / STATE, [str(row.address) for row in held])
    if json:
        print_json({"released": addresses})
    else:
        for row in held:
            if str(row.address) in addresses:
                typer.echo(f"released {row.address} of {row.machine or row.mac}")


def _rows(site: Path | None, who: list[str] | None) -> list[Any]:
    from pxectl.store.leases import read_leases
    from pxectl.store.place import STATE, find_site

    rows = read_leases(find_site(site).path / STATE)
    if not who:
        return rows
    wanted = [_matching(text) for text in who]
    return [row for row in rows if any(matches(row) for matches in wanted)]


def _matching(text: str) -> Callable[[Any], bool]:
    """Whether a row is of an address, a network, a MAC or a machine's name."""
    from ipaddress import IPv4Network

    from pxectl.mac import MAC

    try:
        network = IPv4Network(text, strict=False)
    except ValueError:
        pass
    else:
        return lambda row: row.address in network
    try:
        mac = MAC.parse(text)
    except ValueError:
        return lambda row: text in (row.machine, row.hostname)
    return lambda row: row.mac == mac


def _released(state: Path, addresses: list[str]) -> list[str]:
    """By the running `serve` if one has the leases, else in the file itself."""
    import time

    from pxectl.boot.leasetable import LeaseTable
    from pxectl.net.steer import NotRunningError, steer
    from pxectl.store.leases import LeaseFile

    try:
        released = steer(state, "release", {"addresses": addresses})["released"]
    except NotRunningError:
        released = None
    if released is not None:
        return list(released)
    file = LeaseFile(state)
    try:
        now = time.time()
        changes = LeaseTable(file.load(now)).end(addresses, now)
        file.commit(changes)
    finally:
        file.close()
    return [str(change.after.address) for change in changes]
