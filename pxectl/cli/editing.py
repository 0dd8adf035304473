"""`pxectl hardware set` and `remove`."""

from typing import Annotated

import typer

from pxectl.cli.completing import machine_keys, machines
from pxectl.cli.machineoptions import (
    AddressOption,
    ArchOption,
    DHCPOption,
    HostnameOption,
    NetbootOption,
    OptionsOption,
    ProfileOption,
    QuirksOption,
    SecureBootOption,
    SerialOption,
    TagsOption,
    UUIDOption,
    VarsOption,
    WhoArgument,
)
from pxectl.cli.options import JSONOption, SiteOption
from pxectl.errors import ConfigError, PxectlError


def set_(
    who: WhoArgument,
    name: Annotated[str | None, typer.Option(help="What it is called from now on.")] = None,
    address: AddressOption = None,
    hostname: HostnameOption = None,
    arch: ArchOption = None,
    uuid: UUIDOption = None,
    serial: SerialOption = None,
    tags: TagsOption = None,
    untag: Annotated[
        list[str] | None, typer.Option(help="A tag that it loses; may be repeated.")
    ] = None,
    macs: Annotated[
        list[str] | None, typer.Option("--mac", help="A further MAC; may be repeated.")
    ] = None,
    unmac: Annotated[
        list[str] | None, typer.Option(help="A MAC that it loses; may be repeated.")
    ] = None,
    profile: ProfileOption = None,
    netboot: NetbootOption = None,
    dhcp: DHCPOption = None,
    secure_boot: SecureBootOption = None,
    variables: VarsOption = None,
    options: OptionsOption = None,
    quirks: QuirksOption = None,
    unset: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY",
            help="A key that goes: address, vars.disk; may be repeated.",
            autocompletion=machine_keys,
        ),
    ] = None,
    site: SiteOption = None,
    json: JSONOption = False,
) -> None:
    """Change a machine's file; comments, order and all that is not changed stay.

    Exit code 1 if there is no such machine, or another one has what it is to have.
    """
    from pxectl.cli import machines as shared
    from pxectl.store.edit import Edit, edit_machine
    from pxectl.store.place import CONFIG, HARDWARE, find_site

    texts = {
        "name": name, "address": address, "hostname": hostname, "arch": arch, "uuid": uuid,
        "serial": serial, "profile": profile,
    }  # fmt: skip
    for key, text in texts.items():
        if text is not None and not text.strip():
            raise ConfigError(f"--{key} is empty", hint=f"`--unset {key}` takes it away")
    given = shared.Given(
        address, hostname, arch, uuid, serial, tags, profile,
        netboot.value if netboot else None, dhcp, secure_boot, variables, options,
        quirks,
    )  # fmt: skip
    values = given.table()
    if macs:
        values["mac"] = [str(shared.given_mac(text)) for text in macs]
    folder = find_site(site).path / HARDWARE
    done = edit_machine(
        folder,
        who,
        Edit(
            unset=tuple(unset or ()),
            values=values,
            drop_macs=tuple(shared.given_mac(text) for text in unmac or ()),
            drop_tags=tuple(untag or ()),
            name=name or "",
        ),
    )
    if json:
        shared.print_json(
            {"machine": shared.as_json(done.machine, done.path), "changed": list(done.changed)}
        )
    elif done.changed:
        told = f"{shared.near_path(done.path)}: {', '.join(done.changed)}"
        typer.echo(f"changed {done.machine.name}, {told}")
    else:
        typer.echo(f"{done.machine.name} is so already: {shared.near_path(done.path)}")
    if profile:
        shared.hint_about_profile(profile, folder.parent / CONFIG)


def remove(
    machines: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME|MAC...", help="Its name, or one of its MACs.", autocompletion=machines
        ),
    ],
    site: SiteOption = None,
    json: JSONOption = False,
) -> None:
    """Remove machines: their files in hardware/. A running `serve` knows them no longer.

    Exit code 1 if one of them is not there; the others are removed all the same.
    """
    from pxectl.cli import machines as shared
    from pxectl.store.edit import remove_machine
    from pxectl.store.machines import SUFFIX
    from pxectl.store.place import HARDWARE, find_site
    from pxectl.ui.errors import print_error

    folder = find_site(site).path / HARDWARE
    exit_code = 0
    for who in machines:
        try:
            path = remove_machine(folder, who)
        except PxectlError as error:
            print_error(error)
            exit_code = max(exit_code, error.exit_code)
            continue
        name = path.name.removesuffix(SUFFIX)
        if json:
            shared.print_json({"removed": name, "file": str(path)}, indent=None)
        else:
            typer.echo(f"removed {name}: {shared.near_path(path)}")
    if exit_code:
        raise typer.Exit(exit_code)
