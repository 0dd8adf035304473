"""What is wrong with what single machines would be sent: every script and template is rendered for
every machine that would get it, and for one that nobody knows.

Machines of which the same is true are told as one finding.
"""

from collections.abc import Iterator

from pxectl.boot.answer import File
from pxectl.boot.arrival import Arrival
from pxectl.boot.client import Client
from pxectl.boot.decide import Decision, decide
from pxectl.boot.findings import About, Finding, Level
from pxectl.boot.identify import identify
from pxectl.boot.kinds import Kind, kind_of_machine
from pxectl.boot.machine import Machine
from pxectl.boot.nbp import Missing, bootfile, is_own_program
from pxectl.boot.noting import NotingUrls
from pxectl.boot.pifiles import pi_file
from pxectl.boot.raspberry import CMDLINE, CONFIG
from pxectl.boot.rehearse import Standpoint
from pxectl.boot.rules import Action
from pxectl.boot.script import render_template, script_for, template_context
from pxectl.boot.secure import HINT, unsigned
from pxectl.boot.site import Site
from pxectl.boot.unfit import unfit
from pxectl.boot.urls import AUTOEXEC, urls_for
from pxectl.errors import PxectlError
from pxectl.mac import MAC
from pxectl.wire.dhcp import UNSPECIFIED
from pxectl.wire.iana import DHCP_CLIENT_PORT, DHCP_SERVER_PORT

STRANGER = "a machine that is not known"
_STRANGERS_MAC = MAC.parse("02:00:00:00:00:01")


class Outcomes:
    """Decides for every machine, once made. Mutable while it does."""

    def __init__(self, site: Site, here: Standpoint, now: float) -> None:
        """Decide and render.

        Args:
            site: what is in force, its mode one that `serve` can run in.
            here: where machines ask.
            now: seconds since 1970.
        """
        self.files: dict[str, list[str]] = {}
        """Files below `files/` and URLs that machines would fetch, and the names of those."""
        self.templates: set[str] = set()
        """Templates that somebody would fetch."""
        self._site, self._here, self._now = site, here, now
        self._found: dict[Finding, dict[str, None]] = {}
        for machine in site.inventory.machines:
            self._look_at(machine.name, machine, machine.macs[0])
        self._look_at(STRANGER, None, _STRANGERS_MAC)

    def findings(self) -> Iterator[Finding]:
        """What is wrong, in the order in which it was met."""
        for found, names in self._found.items():
            yield Finding(
                found.level, found.about, found.where, found.what, found.hint, tuple(names)
            )

    def _look_at(self, name: str, machine: Machine | None, mac: MAC) -> None:
        kind = kind_of_machine(machine, mac, self._site)
        firmware, first = self._decision(kind, machine, mac)
        if kind.pi:
            self._raspberry_pi(name, firmware, first, machine)
            return
        client, second = self._decision(kind.after_nbp(), machine, mac)
        if machine is not None:
            self._judge(first, machine)
        if first.boots:
            self._first_program(name, firmware, first)
        if second.boots:
            self._script(name, client, second)

    def _raspberry_pi(
        self, name: str, client: Client, decision: Decision, machine: Machine | None
    ) -> None:
        if machine is not None:
            self._judge(decision, machine)
        if not decision.boots or decision.profile is None:
            return
        self._first_program(name, client, decision)
        for file in (CONFIG, CMDLINE):
            try:
                found = pi_file(file, client, decision, self._site, self._urls(client))
                if isinstance(found, File):
                    self.files.setdefault(found.name, []).append(name)
            except PxectlError as error:
                self._failed(error, name)

    def _decision(self, kind: Kind, machine: Machine | None, mac: MAC) -> tuple[Client, Decision]:
        here = self._here
        arrival = Arrival(
            here.interface, here.address, here.network, DHCP_SERVER_PORT, UNSPECIFIED,
            DHCP_CLIENT_PORT,
        )  # fmt: skip
        discover = kind.discover(mac, machine.uuid if machine else None)
        client = identify(discover, arrival, None)
        boots = self._site.boots.of(client, machine)
        return client, decide(client, machine, self._site.rules, self._now, boots)

    def _judge(self, decision: Decision, machine: Machine) -> None:
        rule = decision.rule
        if decision.problem and not machine.profile:
            # a profile that is named and not there is told by `findings.py`
            self._tell(
                Level.PROBLEM, About.MACHINE, f'rule {decision.number} "{rule.name}"',
                "says boot, and neither it nor the machine names a profile",
                decision.problem_hint, machine.name,
            )  # fmt: skip
        elif decision.action is Action.DENY and rule.built_in and not machine.profile:
            self._tell(
                Level.NOTE, About.MACHINE, "machine: profile",
                "is missing and no rule gives one: it is denied",
                "`pxectl hardware set NAME --profile PROFILE` lets it boot", machine.name,
            )  # fmt: skip

    def _first_program(self, name: str, client: Client, decision: Decision) -> None:
        urls = self._urls(client)
        told = bootfile(client, decision, self._site, urls)
        if isinstance(told, Missing):
            self._tell(Level.PROBLEM, About.MACHINE, "boot", told.reason, told.hint, name)
            return
        if refused := unsigned(client, decision, self._site, told):
            self._tell(Level.PROBLEM, About.MACHINE, "secure_boot", refused, HINT, name)
        if mistaken := unfit(client, decision, self._site, told):
            mend = "take the quirk `nbp` away, or name the program for its architecture"
            self._tell(Level.PROBLEM, About.MACHINE, "nbp", mistaken, mend, name)
        if is_own_program(told):
            self.files.setdefault(f"/{told}".partition("/files/")[2], []).append(name)

    def _script(self, name: str, client: Client, decision: Decision) -> None:
        site, urls = self._site, self._urls(client)
        profile = decision.profile
        if profile is not None and profile.is_program:
            return  # its firmware loads that, never iPXE
        if profile is not None and profile.script:
            self.templates.add(profile.script)
        try:
            script_for(client, decision, site, urls)
        except PxectlError as error:
            self._failed(error, name)
        context = template_context(client, decision, self._site, urls) | {"urls": urls}
        done: set[str] = set()
        while urls.templates:
            asked = urls.templates.pop()
            if asked in done:
                continue
            done.add(asked)
            self.templates.add(asked)
            try:
                render_template(asked, site, context)
            except PxectlError as error:
                self._failed(error, name)
        for file in urls.files:
            self.files.setdefault(file, []).append(name)

    def _failed(self, error: PxectlError, name: str) -> None:
        self._tell(Level.PROBLEM, About.TEMPLATE, "", error.message, error.hint, name)

    def _urls(self, client: Client) -> NotingUrls:
        urls = urls_for(client, self._here.address, self._site, self._now)
        return NotingUrls.like(urls)

    def _tell(
        self, level: Level, about: About, where: str, what: str, hint: str, name: str
    ) -> None:
        self._found.setdefault(Finding(level, about, where, what, hint), {})[name] = None


def unused_templates(site: Site, used: set[str]) -> Iterator[Finding]:
    """Templates that nobody gets and no profile, template or variable names.

    Args:
        site: what is in force.
        used: those that somebody gets.
    """
    profiles = site.rules.profiles.values()
    words = [
        word
        for p in profiles
        for word in (p.script, p.chain, p.config_txt, p.cmdline_txt, *p.cmdline)
    ]
    words += [str(value) for p in profiles for value in p.settings.values()]
    words += [str(value) for m in site.inventory.machines for value in m.vars.values()]
    named = "\n".join(words)
    folders = tuple(name for name in used if name.endswith("/"))
    recipes = {name for p in profiles if p.recipe for name in p.recipe.templates}
    for name in site.templates:
        if name == AUTOEXEC or name in recipes or name.startswith(folders):
            continue
        others = (text for other, text in site.templates.items() if other != name)
        if name not in used and name not in named and not any(name in text for text in others):
            yield Finding(
                Level.NOTE,
                About.TEMPLATE,
                f"template {name}",
                "no profile and no other template names it",
                "name it in a profile, or remove it",
            )
