"""`pxectl serve`: the chosen listeners in the foreground."""

from enum import Enum
from typing import Annotated

import typer

from pxectl.cli.options import SiteOption


class DHCP(Enum):
    """`--dhcp`; the words of `boot/site.py`, which TAB and `--help` need not load."""

    AUTO = "auto"
    OFF = "off"
    PROXY = "proxy"
    SERVER = "server"


class Log(Enum):
    """What the log looks like when it is not the live view."""

    PLAIN = "plain"
    JSON = "json"


def serve(
    site: SiteOption = None,
    interface: Annotated[
        list[str] | None,
        typer.Option(
            "--interface",
            "-i",
            metavar="NAME",
            help="Serve here; may be repeated.",
            show_default="every physical one with an address",
        ),
    ] = None,
    dhcp: Annotated[
        DHCP | None,
        typer.Option(
            help="auto: ask first; proxy: beside a DHCP server; server: own the addresses.",
            show_default="auto",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Lease addresses though another DHCP server answers.")
    ] = False,
    pool: Annotated[
        str | None,
        typer.Option(
            metavar="A-B",
            help="Lease these addresses to whoever has none of its own.",
            show_default="`pool` of each [[subnet]]",
        ),
    ] = None,
    tftp: Annotated[
        bool | None, typer.Option("--tftp/--no-tftp", help="Serve TFTP.", show_default="yes")
    ] = None,
    tftp_single_port: Annotated[
        bool | None,
        typer.Option("--tftp-single-port", help="Answer TFTP from port 69 alone, for NAT."),
    ] = None,
    http: Annotated[
        bool | None, typer.Option("--http/--no-http", help="Serve HTTP.", show_default="yes")
    ] = None,
    http_port: Annotated[
        int | None,
        typer.Option(metavar="PORT", min=1, max=65535, help="HTTP's port.", show_default="8080"),
    ] = None,
    advertise: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="The address that clients are told.",
            show_default="the one of the interface that they ask on",
        ),
    ] = None,
    shadow: Annotated[
        bool | None, typer.Option("--shadow", help="Decide and log, send nothing over DHCP.")
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Boot every client into this profile of the site."),
    ] = None,
    installer: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Boot every client into this installer, by hand."),
    ] = None,
    kernel: Annotated[
        str | None, typer.Option(metavar="FILE", help="Boot every client into this kernel.")
    ] = None,
    initrd: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="With this initrd; may be repeated.")
    ] = None,
    cmdline: Annotated[
        str | None, typer.Option(metavar="TEXT", help="And with this kernel command line.")
    ] = None,
    log: Annotated[
        Log | None,
        typer.Option(
            help="Lines for people, or one JSON object an event.",
            show_default="the live view on a terminal, else plain",
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show what is not answered, too, and why.")
    ] = False,
) -> None:
    """Run the chosen listeners in the foreground, until Ctrl-C."""
    from ipaddress import IPv4Address

    from pxectl.boot.site import Mode
    from pxectl.cli.running import View, run
    from pxectl.errors import PxectlError
    from pxectl.store.settings import Overrides

    try:
        advertised = IPv4Address(advertise) if advertise else None
    except ValueError:
        raise PxectlError(
            f"--advertise: `{advertise}` is no IPv4 address", hint="write it as 10.77.0.1"
        ) from None
    overrides = Overrides(
        interfaces=tuple(interface) if interface else None,
        dhcp=Mode(dhcp.value) if dhcp else None,
        pool=pool,
        tftp=tftp,
        tftp_single_port=tftp_single_port,
        http=http,
        http_port=http_port,
        advertise=advertised,
        shadow=shadow,
        profile=profile,
        installer=installer,
        kernel=kernel,
        initrd=tuple(initrd or ()),
        cmdline=cmdline,
    )
    run(site, overrides, View(log.value if log else "", verbose), force=force)
