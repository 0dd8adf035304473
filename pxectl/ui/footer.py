"""The bottom of the live view: its keys, and what they have turned on."""

from rich.text import Text

from pxectl.ui.fitting import fit
from pxectl.ui.keys import HELP, QUIT, RELOAD, SWITCH_KEYS
from pxectl.ui.lines import SWITCHES
from pxectl.ui.looking import Looking
from pxectl.ui.printable import printable

_HELP = (
    ("d", "be the DHCP server of the subnets in pxectl.toml, or stop to be it"),
    ("p", "be a proxyDHCP server beside somebody else's DHCP server, or stop to be it"),
    ("t h", "TFTP, HTTP: off takes no new requests, running transfers go on to their end"),
    ("r", "read the site now"),
    ("up down", "choose a machine (j and k, too); Enter shows each step of its boot"),
    ("a", "write the file of an unknown machine that waits: then it boots"),
    ("/", "show only machines whose MAC or name has this in it"),
    ("l", "leases instead of the log, and back"),
    ("space", "stand still, and go on"),
    ("Esc", "one step back"),
    ("q", "end, as Ctrl-C does"),
)


def footer(on: tuple[str, ...], looking: Looking, width: int) -> Text:
    """One row: each key, and the state of what it turns; or what is being typed or chosen.

    Args:
        on: the switches that are on.
        looking: what a person looks at.
        width: columns.
    """
    if looking.is_typing:
        row = Text("filter: ", "bold").append(f"{printable(looking.filter)}_  ", "not bold")
        return fit(row.append("Enter keeps it, Esc shows all", "dim"), width)
    if looking.adding:
        row = Text(f"add {looking.adding} to boot  ", "bold")
        for number, name in enumerate(looking.profiles, 1):
            row.append(f"{number} ", "bold").append(f"{printable(name)}  ", "not bold")
        return fit(row.append("Esc: not now", "dim"), width)
    row = Text()
    if looking.is_paused:
        row.append("PAUSED  ", "bold yellow")
    if looking.filter:
        row.append(f"/{printable(looking.filter)}  ", "yellow")
    for key, what in SWITCH_KEYS.items():
        row.append(f"{key} ", "bold")
        row.append(f"{SWITCHES[what]} ")
        row.append("on" if what in on else "off", "green" if what in on else "dim")
        row.append("  ")
    for key, does in ((RELOAD, "reload"), (QUIT, "quit"), (HELP, "help")):
        row.append(f"{key} ", "bold")
        row.append(does if key == HELP else f"{does}  ")
    return fit(row, width)


def help_rows(width: int) -> list[Text]:
    """A row for each key."""
    return [fit(Text(f"{key}  ", "bold").append(does, "not bold"), width) for key, does in _HELP]
