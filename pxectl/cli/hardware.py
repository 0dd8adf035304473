"""`pxectl hardware`: the known machines, and those that asked and are not known."""

import typer

from pxectl.cli.adding import add
from pxectl.cli.editing import remove, set_
from pxectl.cli.exchange import export, import_
from pxectl.cli.listing import list_machines, show

app = typer.Typer(
    help="Add machines to the inventory, list and change them.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.command("add")(add)
app.command("list")(list_machines)
app.command("show")(show)
app.command("set")(set_)
app.command("remove")(remove)
app.command("import")(import_)
app.command("export")(export)
