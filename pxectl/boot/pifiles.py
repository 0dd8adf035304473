"""The files of a Raspberry Pi: who asks for one without a token, and what is written for it.

Its firmware knows no tokens: it asks for `SERIAL/start4.elf`, `MAC/config.txt` or `kernel8.img`
(netboot.md 2.6). Who that is, says its entry in the neighbour table; a serial number or MAC in the
path says it where `serve.claims` takes its word.
"""

from dataclasses import replace
from functools import partial

from pxectl.boot.answer import File, Text
from pxectl.boot.arrival import Asked, Protocol
from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import Decision
from pxectl.boot.newcomer import Disbelieved, is_believed, mac_of, unseen
from pxectl.boot.raspberry import BY_HTTP, CMDLINE, CONFIG, OUIS, split_serial
from pxectl.boot.script import loaded, render_template, template_context
from pxectl.boot.site import Site
from pxectl.boot.urls import Urls
from pxectl.boot.visits import Visits
from pxectl.mac import MAC

RPI = "rpi"
"""Stands before the name of a file that a Raspberry Pi asks for."""


def pi_asks(
    asked: Asked, path: str, said: str, site: Site, visits: Visits
) -> tuple[Client | Disbelieved, str] | None:
    """The Raspberry Pi that asks for a path without a token, and `rpi/NAME`; None: it is none.

    Args:
        asked: who asks, from where.
        path: normalised, without the MAC that may stand in front.
        said: that MAC; empty: none.
        site: whose word is taken.
        visits: what clients said over DHCP.
    """
    serial, name = split_serial(path)
    if asked.protocol is Protocol.HTTP:
        # no prefix but the folder of EEPROM's HTTP_PATH
        serial, name = "", path.rpartition("/")[2]
        if name not in BY_HTTP:
            return None
    mac = _by_serial(asked, serial, site, visits) if serial else mac_of(asked, said, site)
    if isinstance(mac, Disbelieved):
        return mac, path
    if mac is None:
        return None
    client = visits.client(mac) or unseen(asked, mac, site)
    if client.firmware is not Firmware.RPI:
        # U-Boot, too, asks for names without a token: that a Pi's firmware asks, something must say
        if not serial and (client.netboots or mac[:3] not in OUIS):
            return None
        client = replace(client, firmware=Firmware.RPI)
    return client, f"{RPI}/{name}"


def _by_serial(asked: Asked, serial: str, site: Site, visits: Visits) -> MAC | Disbelieved | None:
    """The MAC of the Pi with this serial number, if it is the one that asks."""
    owner = next((m for m in site.inventory.machines if _ends(m.serial, serial)), None)
    own = asked.neighbour if site.serving.claims.neighbour else None
    if own is not None and (owner is None or own in owner.macs):
        return own
    if is_believed(asked, site):
        return owner.macs[0] if owner is not None else visits.by_serial(serial)
    if own is not None and owner is not None:
        return Disbelieved(f"{serial} is the serial number of {owner.name}, its MAC is {own}")
    return Disbelieved(
        f"nothing here can tell whose serial number {serial} is: {asked.peer} is no neighbour",
        f'`claims = ["{asked.peer}/32"]` in [serve] takes its word for it',
    )


def _ends(whole: str, digits: str) -> bool:
    return bool(whole) and whole.lower().endswith(digits)


def pi_file(
    name: str, client: Client, decision: Decision, site: Site, urls: Urls
) -> File | Text | None:
    """What a file of the profile's folder is for this machine; None: there is none.

    Args:
        name: what is asked for, without a prefix.
        client: who asks.
        decision: one that boots.
        site: what is in force.
        urls: the client's paths.

    Raises:
        PxectlError: a template or a word does not render.
    """
    profile = decision.profile
    if profile is None or not profile.rpi or not name:
        return None
    if name == CONFIG and profile.config_txt:
        return Text(_rendered(profile.config_txt, client, decision, site, urls).encode())
    words = loaded(client, decision, site, urls)[1] if name == CMDLINE else []
    if name == CMDLINE and (profile.cmdline_txt or profile.cmdline):
        given = profile.cmdline_txt
        own = _rendered(given, client, decision, site, urls) if given else ""
        return Text(_one_line(own, words).encode())
    if not site.files:
        return None
    edit = partial(_with_words, words) if words else None
    return File(site.files, f"{profile.rpi}/{name}", edit=edit)


def _rendered(name: str, client: Client, decision: Decision, site: Site, urls: Urls) -> str:
    return render_template(name, site, template_context(client, decision, site, urls))


def _with_words(words: list[str], text: bytes) -> bytes:
    return _one_line(text.decode("utf-8", "surrogateescape"), words).encode(
        "utf-8", "surrogateescape"
    )


def _one_line(text: str, words: list[str]) -> str:
    """The firmware reads the first line only."""
    return " ".join([*text.split(), *words]) + "\n"
