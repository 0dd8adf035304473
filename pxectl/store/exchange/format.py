"""Whose files can be read and written. Imports nothing: `--help` and TAB load it."""

from enum import Enum


class Format(Enum):
    """Whose file it is."""

    TINKERBELL = "tinkerbell"
    DNSMASQ = "dnsmasq"
    ISC = "isc"
    KEA = "kea"
    CSV = "csv"
