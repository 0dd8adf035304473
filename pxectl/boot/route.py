"""The second door: a requested path, who asks and the site → file, text or refusal, and the event.

TFTP and HTTP both use it, and it decides as DHCP did: a token in the path says for whose MAC the
path was made (`boot/token.py`), `visits` what that client said of itself, and `decide` the rest.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from pxectl.boot.answer import Fetched, File, Refusal, Routed, Text
from pxectl.boot.arrival import Asked
from pxectl.boot.client import Client
from pxectl.boot.decide import Decision, decide
from pxectl.boot.esxi import moved_boot_cfg
from pxectl.boot.events import Looped, Requested
from pxectl.boot.loaders import PXELINUX, grub_cfg, is_written, pxelinux_cfg
from pxectl.boot.loops import LIMIT, WINDOW
from pxectl.boot.machine import Machine, Netboot
from pxectl.boot.media import content_type, fetched, iso_for
from pxectl.boot.mirrored import MIRROR, Seal
from pxectl.boot.nbp import own_program
from pxectl.boot.newcomer import Disbelieved, asks_back
from pxectl.boot.pifiles import RPI, pi_file
from pxectl.boot.purposes import purposes
from pxectl.boot.quirks import Deny
from pxectl.boot.raspberry import is_kernel
from pxectl.boot.response import ADD_HINT
from pxectl.boot.rules import Action
from pxectl.boot.script import (
    render_template,
    says_that_it_loops,
    script_for,
    template_context,
)
from pxectl.boot.sender import ASK_BACK, UNREADABLE, normalised, who_asks
from pxectl.boot.shim import beside_shim
from pxectl.boot.site import Site
from pxectl.boot.urls import (
    AUTOEXEC,
    BOOT_CFG,
    BOOTED,
    ESXI,
    FILES,
    ISO,
    NAMED,
    SCRIPT,
    TEMPLATES,
    Urls,
    is_url,
    urls_for,
)
from pxectl.boot.visits import Visits
from pxectl.errors import PxectlError

_OF_THE_SYSTEM = frozenset((FILES, ISO, MIRROR, NAMED, TEMPLATES, ESXI, BOOTED, RPI))
"""What is fetched by what was booted, too, and what says that it is."""
_IPXES = ".ipxe"
"""What iPXE reads among templates; the others are for the systems that are booted."""


@dataclass(frozen=True, slots=True)
class _Answer:
    answer: File | Fetched | Text | Refusal
    what: str = ""
    hint: str = ""


def route(asked: Asked, site: Site, visits: Visits, now: float) -> Routed:
    """What the path in `asked` leads to.

    Args:
        asked: the path and who asks.
        site: what is in force.
        visits: what clients said over DHCP.
        now: seconds since 1970.
    """
    path = normalised(asked.path)
    if path is None:
        return _routed(asked, None, _refuse(403, "the path leaves the served folder"))
    client, name = who_asks(asked, path, site, visits, now)
    if isinstance(client, Disbelieved):
        return _routed(asked, None, _refuse(403, client.reason, client.hint))
    machine, boots = _as_it_was_let_in(client, name, site, visits)
    decision = decide(client, machine, site.rules, now, boots)
    urls = urls_for(client, asked.address, site, now)
    loop = visits.loops.of(client.mac, now)
    # what iPXE loads is run by what it is, whatever it is called
    goes_round = loop is not None and (name == SCRIPT or (name == loop.name and client.is_ipxe))
    if loop is not None and goes_round and decision.boots:
        broken = Text(says_that_it_loops(loop, client, decision).encode())
        return _routed(asked, client, _Answer(broken, "script"))
    found = _answer(name, client, decision, site, urls)
    if isinstance(found.answer, File | Fetched) and not found.what:
        kinds = purposes(client, decision, site, urls, visits)
        found = replace(found, what=kinds.get(_name_of(found.answer, name), "file"))
    if found.what == "script" and decision.boots:
        visits.begin(client.mac)
    if decision.boots and machine is not None and machine.netboot is Netboot.ONCE:
        visits.let_in_once(client, now)
    routed = _routed(asked, client, found)
    looped = _noted(routed.event, name, site, visits, now)
    return replace(routed, blksize=decision.quirks.blksize, looped=looped)


def _name_of(answer: File | Fetched, name: str) -> str:
    """What its profile calls it."""
    if isinstance(answer, File):
        return name.partition("/")[2]
    return f"{answer.url}:/{answer.member}" if answer.member else answer.url


def _as_it_was_let_in(
    client: Client, name: str, site: Site, visits: Visits
) -> tuple[Machine | None, int]:
    """The machine that asks, and how often it has booted.

    An installer fetches its answers and packages when kernel and initrd are loaded, `once` is over
    and the boot is counted: for these it is as if that were not so.
    """
    machine = site.inventory.of(client)
    boots = site.boots.of(client, machine)
    if name.partition("/")[0] not in _OF_THE_SYSTEM:
        return machine, boots
    is_over = machine is not None and machine.netboot is Netboot.NEVER
    if machine is not None and is_over and visits.boots_once(client.mac):
        machine = replace(machine, netboot=Netboot.ONCE)
    return machine, boots - visits.is_counted(client.mac)


def _noted(event: Requested, name: str, site: Site, visits: Visits, now: float) -> Looped | None:
    """What a client loads makes a loop, or ends it."""
    client = event.client
    if client is None or client.mac is None:
        return None
    is_pis = event.what == "kernel" and name.startswith(f"{RPI}/")  # its firmware says no `booted`
    is_own = is_pis or (event.what == "nbp" and site.binary(name) is None)
    if (event.what == BOOTED or is_own) and visits.count(client, now):
        site.boots.add(client.mac, known=site.inventory.of(client) is not None)
    # a program that iPXE chains to by the script of its profile is the second of one round
    is_nbp = event.what in ("nbp", "loader")
    is_first = is_nbp and (not client.is_ipxe or site.binary(name) is not None)
    if event.what == BOOTED:
        visits.loops.end(client.mac)
    elif is_first and visits.loops.load(client.mac, name, now):
        return Looped(client, name, LIMIT, WINDOW)
    return None


def _answer(name: str, client: Client, decision: Decision, site: Site, urls: Urls) -> _Answer:
    is_autoexec = name == ASK_BACK or name.rpartition("/")[2] == AUTOEXEC
    if is_autoexec and (name != ASK_BACK or decision.boots or client.mac is None):
        return _autoexec(name, client, decision, site, urls)
    if not decision.boots:
        if name == SCRIPT and _may_have_script(decision):
            return _script(client, decision, site, urls)
        if decision.action is Action.LOCAL:
            return _refuse(404, decision.reason)
        unknown = decision.machine is None and decision.rule.built_in
        hint = _lets_in(client) if unknown else ""
        return _refuse(403, decision.reason, decision.problem_hint or hint)
    return _boot_answer(name, client, decision, site, urls)


def _lets_in(client: Client) -> str:
    if client.mac is None:
        return "nothing tells its MAC: the path has no token, and it is no neighbour of this host"
    return ADD_HINT.format(client.mac)


def _may_have_script(decision: Decision) -> bool:
    return decision.action is Action.LOCAL or (
        # DHCP sends iPXE to the script for `fast`, too: it is what makes iPXE leave at once
        decision.action is Action.DENY and decision.quirks.deny in (Deny.FAST, Deny.SCRIPT)
    )


def _boot_answer(name: str, client: Client, decision: Decision, site: Site, urls: Urls) -> _Answer:
    folder, _, rest = name.partition("/")
    if name == SCRIPT:
        return _script(client, decision, site, urls)
    if name == BOOTED:
        return _Answer(Text(b"ok\n"), BOOTED)
    if folder == RPI and decision.profile is not None and decision.profile.rpi:
        return _of_pi(rest, client, decision, site, urls)
    # nobody says its architecture who never asked us over DHCP: one program is all that most have
    nbps = decision.profile.nbp if decision.profile is not None else {}
    own = own_program(client, decision, site) or next(iter(nbps.values()), "")
    beside = beside_shim(name, own, client)
    if is_url(beside) and site.mirroring.enabled:
        return _Answer(fetched(beside, decision), "file")
    if beside and site.files:
        return _Answer(File(site.files, beside, content_type(beside)), "file")
    if UNREADABLE in name:
        return _refuse(404, "no such file")
    if is_written(name, own, decision):
        make = pxelinux_cfg if PXELINUX in name.lower() else grub_cfg
        return _text(lambda: make(client, decision, site, urls.plain), "script")
    if nbp := site.binary(name):
        root, _, file = nbp.path.rpartition("/")
        return _Answer(File(root, file, content_type(file)), "nbp")
    if folder == NAMED and rest in site.named_files:
        root, _, file = site.named_files[rest].rpartition("/")
        return _Answer(File(root or "/", file))
    if folder == TEMPLATES and rest in site.templates:
        seen = urls if rest.endswith(_IPXES) else urls.plain
        return _text(lambda: _template(rest, client, decision, site, seen), "template")
    if folder == ISO and site.files:
        return _iso(rest, client, decision, site, urls.plain)
    if folder == MIRROR and site.mirroring.enabled:
        return _mirrored(rest, client, decision, site)
    if folder == FILES and rest and site.files:
        return _Answer(File(site.files, rest, content_type(rest)))
    if folder == ESXI and rest.endswith(BOOT_CFG) and site.files:
        place = urls.plain.file(rest.removesuffix(BOOT_CFG))
        return _Answer(File(site.files, rest, edit=partial(moved_boot_cfg, place)), "file")
    return _refuse(404, "no such file")


def _of_pi(name: str, client: Client, decision: Decision, site: Site, urls: Urls) -> _Answer:
    try:
        answer = pi_file(name, client, decision, site, urls)
    except PxectlError as error:
        return _refuse(500, error.message, error.hint)
    what = "kernel" if is_kernel(name) else "file"
    return _refuse(404, "no such file") if answer is None else _Answer(answer, what)


def _mirrored(path: str, client: Client, decision: Decision, site: Site) -> _Answer:
    url = Seal(site.secret, client.mac).url(path)
    if url is None:
        return _refuse(403, "this URL was not told to this client")
    return _Answer(fetched(url, decision))


def _iso(name: str, client: Client, decision: Decision, site: Site, urls: Urls) -> _Answer:
    try:
        image = iso_for(name, client, decision, site, urls)
    except PxectlError as error:
        return _refuse(500, error.message, error.hint)
    return _refuse(404, "no such file") if image is None else _Answer(image, ISO)


def _autoexec(name: str, client: Client, decision: Decision, site: Site, urls: Urls) -> _Answer:
    """The site's own; else "no" to whom DHCP told its script, and how to ask to whom it did not."""
    if AUTOEXEC in site.templates and decision.boots:
        return _text(lambda: _template(AUTOEXEC, client, decision, site, urls), "script")
    if name != ASK_BACK:
        return _refuse(404, "no such file")
    return _Answer(Text(asks_back(urls.base).encode()), "script")


def _script(client: Client, decision: Decision, site: Site, urls: Urls) -> _Answer:
    return _text(lambda: script_for(client, decision, site, urls), "script")


def _template(name: str, client: Client, decision: Decision, site: Site, urls: Urls) -> str:
    return render_template(name, site, template_context(client, decision, site, urls))


def _text(make: Callable[[], str], what: str) -> _Answer:
    try:
        return _Answer(Text(make().encode()), what)
    except PxectlError as error:
        return _refuse(500, error.message, error.hint)


def _refuse(status: int, reason: str, hint: str = "") -> _Answer:
    return _Answer(Refusal(status, reason), hint=hint)


def _routed(asked: Asked, client: Client | None, found: _Answer) -> Routed:
    refusal = found.answer if isinstance(found.answer, Refusal) else None
    event = Requested(
        protocol=asked.protocol,
        peer=asked.peer,
        path=asked.path,
        client=client,
        status=refusal.status if refusal else 200,
        what=found.what,
        reason=refusal.reason if refusal else "",
        hint=found.hint,
    )
    return Routed(found.answer, event)


def missing(routed: Routed) -> Routed:
    """The same request when the file turned out not to be there, or not to be a file."""
    event = replace(routed.event, status=404, reason="no such file", what="")
    return Routed(Refusal(404, "no such file"), event)
