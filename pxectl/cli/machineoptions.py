"""The options of `pxectl hardware`. Nothing but typer is imported: TAB and `--help` load it."""

from enum import Enum
from typing import Annotated

import typer

from pxectl.cli.completing import machines, profiles


class Netboot(Enum):
    """`--netboot`; the words of `boot/machine.py`, which TAB and `--help` need not load."""

    ALWAYS = "always"
    ONCE = "once"
    NEVER = "never"


WhoArgument = Annotated[
    str,
    typer.Argument(
        metavar="NAME|MAC", help="Its name, or one of its MACs.", autocompletion=machines
    ),
]
AddressOption = Annotated[str | None, typer.Option(help="The address reserved for it.")]
HostnameOption = Annotated[str | None, typer.Option(help="Its host name; default: its name.")]
ArchOption = Annotated[str | None, typer.Option(help="Its processor, such as x86_64 or arm64.")]
UUIDOption = Annotated[
    str | None, typer.Option("--uuid", help="Its UUID: recognises it on another NIC.")
]
SerialOption = Annotated[str | None, typer.Option(help="Its serial number.")]
TagsOption = Annotated[
    list[str] | None, typer.Option("--tag", help="A tag for rules; may be repeated.")
]
ProfileOption = Annotated[
    str | None, typer.Option(help="What it boots when no rule says more.", autocompletion=profiles)
]
NetbootOption = Annotated[
    Netboot | None, typer.Option(help="Whether it may netboot at all; default: always.")
]
DHCPOption = Annotated[
    bool | None,
    typer.Option("--dhcp/--no-dhcp", help="Whether an address may be leased to it; default: yes."),
]
SecureBootOption = Annotated[
    bool | None,
    typer.Option(
        "--secure-boot/--no-secure-boot",
        help="Whether its firmware enforces Secure Boot; default: not known.",
    ),
]
VarsOption = Annotated[
    list[str] | None,
    typer.Option("--var", metavar="KEY=VALUE", help="For templates; may be repeated."),
]
OptionsOption = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="NAME=VALUE", help="A DHCP option; may be repeated."),
]
QuirksOption = Annotated[
    list[str] | None,
    typer.Option(
        "--quirk", metavar="KEY=VALUE", help="For odd firmware: style=binl; may be repeated."
    ),
]
