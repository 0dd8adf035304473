"""`pxectl rules test --all`: a row for each machine of the inventory."""

from pathlib import Path

import typer

from pxectl.boot.machine import Machine
from pxectl.boot.survey import survey
from pxectl.cli.rehearsing import (
    Said,
    in_mode,
    kind_of,
    moment,
    packet_of,
    read_site,
    standpoint,
)
from pxectl.ui import survey as shown
from pxectl.wire.dhcp import DHCPPacket


def survey_all(said: Said, flag: Path | None, *, as_json: bool) -> bool:
    """Print what every machine would get.

    Returns:
        True if each of them would get something to boot.

    Raises:
        PxectlError: a word that can not be, or a site that can not be read.
    """
    site = in_mode(read_site(flag), said.dhcp)

    def discover(machine: Machine) -> DHCPPacket:
        mac = machine.macs[0]
        return packet_of(kind_of(machine, mac, site, said), mac, machine, said)

    rows = tuple(survey(site, discover, standpoint(site, said), moment(site, said.at)))
    typer.echo(shown.as_json(rows) if as_json else shown.as_text(rows), nl=as_json)
    return all(row.would_netboot for row in rows)
