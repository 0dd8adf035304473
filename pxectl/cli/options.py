"""Options that several commands have, spelled once."""

from pathlib import Path
from typing import Annotated

import typer

SiteOption = Annotated[
    Path | None,
    typer.Option(
        "--site",
        metavar="DIR",
        envvar="PXECTL_SITE",
        help="The site's directory; default: the current one if it holds pxectl.toml, "
        "/etc/pxectl, or your own configuration directory.",
        show_default=False,
        show_envvar=False,
    ),
]
JSONOption = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
