"""The bottom of the live view: its keys, and what they have turned on."""

from rich.text import Text

from pxectl.ui.fitting import fit
from pxectl.ui.keys import HELP, QUIT, RELOAD, SWITCH_KEYS
from pxectl.ui.lines import SWITCHES

_HELP = (
    ("d", "be the DHCP server of the subnets in pxectl.toml, or stop to be it"),
    ("p", "be a proxyDHCP server beside somebody else's DHCP server, or stop to be it"),
    ("t", "TFTP: off takes no new requests, running transfers go on to their end"),
    ("h", "HTTP: the same"),
    ("r", "read the site now"),
    ("q", "end, as Ctrl-C does"),
)


def footer(on: tuple[str, ...], width: int) -> Text:
    """One row: each key, and the state of what it turns.

    Args:
        on: the switches that are on.
        width: columns.
    """
    row = Text()
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
