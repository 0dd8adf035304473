"""The command `pxectl`: its sub-commands, and the one place where errors end.

Nothing heavy is imported at the top of any module of `cli/`: TAB and `--help` load them all.
"""

import signal
import sys
from typing import Annotated

import typer

from pxectl import __version__
from pxectl.cli import (
    capture,
    cert,
    ctl,
    doctor,
    hardware,
    ipxe,
    leases,
    mirror,
    probe,
    rules,
    serve,
)
from pxectl.errors import PxectlError

app = typer.Typer(
    name="pxectl",
    help="Network-boots machines: DHCP, proxyDHCP, TFTP, HTTP and one rules engine in front.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich costs more than all the rest of `--help` (performance.md 4)
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve.serve)
app.add_typer(ctl.app, name="ctl")
app.add_typer(hardware.app, name="hardware")
app.add_typer(rules.app, name="rules")
app.command("capture")(capture.capture)
app.command("probe")(probe.probe)
app.command("doctor")(doctor.doctor)
app.add_typer(leases.app, name="leases")
app.command("ipxe")(ipxe.ipxe)
app.add_typer(mirror.app, name="mirror")
app.add_typer(cert.app, name="cert")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"pxectl {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Network-boots machines: DHCP, proxyDHCP, TFTP, HTTP and one rules engine in front."""


def run() -> None:
    """Run the command line; every error of ours becomes two lines and its exit code."""
    from pxectl.ui.logstream import spell_out

    # a terminal in Latin-1 can not show a file's name in Japanese: no reason to end
    spell_out(sys.stdout)
    spell_out(sys.stderr)
    if hasattr(signal, "SIGPIPE"):
        # `pxectl capture … | head` ends as other tools do; `serve` goes on (`cli/running.py`)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        app(prog_name="pxectl")  # whatever the file is called: completion asks by this name
    except PxectlError as error:
        from pxectl.ui.errors import print_error

        print_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    run()
