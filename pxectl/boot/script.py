"""The iPXE script that a client gets."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pxectl.boot.client import Client
from pxectl.boot.decide import Decision
from pxectl.boot.installing import installed, settings_for
from pxectl.boot.loops import LIMIT, WINDOW, Loop
from pxectl.boot.machine import NOTHING
from pxectl.boot.nbp import BY_FIRMWARE, FOR_PIS, binary_arch
from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Deny, Local
from pxectl.boot.rules import Action
from pxectl.boot.site import Site
from pxectl.boot.siteview import view_of
from pxectl.boot.template import render
from pxectl.boot.urls import NAMED, Urls
from pxectl.errors import PxectlError

_OPERATORS = frozenset(("||", "&&", ";"))
_GRUB_PATHS = ("debian/grubx64.efi", "ubuntu/grubx64.efi", "fedora/grubx64.efi", "BOOT/BOOTX64.EFI")


def script_for(client: Client, decision: Decision, site: Site, urls: Urls) -> str:
    """The whole script, for any action that has one.

    Raises:
        PxectlError: a template is missing or does not render; names it and the line.
    """
    who = decision.machine.name if decision.machine else str(client.mac or "this client")
    head = ["#!ipxe", f"echo pxectl: {_echo(who)}: {_echo(decision.reason)}"]
    match decision.action:
        case Action.BOOT if decision.profile is not None:
            return _profile(decision.profile, client, decision, site, urls, head)
        case Action.LOCAL:
            return _lines([*head, *_local(client, decision.quirks.local)])
        case _:
            to_read = [] if decision.quirks.deny is Deny.FAST else ["sleep 5"]
            return _lines([*head, *to_read, "exit 1"])


def says_that_it_loops(loop: Loop, client: Client, decision: Decision) -> str:
    """The script for a machine that goes round: people read it, and it gives them the time to.

    Args:
        loop: what it loads again and again.
        client: who.
        decision: what it would have got.
    """
    lines = [
        f"{decision.machine.name if decision.machine else client.mac} has loaded {loop.name} "
        f"{LIMIT} times within {WINDOW:.0f} seconds",
        f"and comes back each time. It would boot {decision.reason}",
        "What it boots may fail at once, or another server answers it, too:",
        "`pxectl capture` shows all that do. It goes on in a minute, with the next boot device",
    ]
    return _lines(
        ["#!ipxe", *(f"echo pxectl: {_echo(one)}" for one in lines), "sleep 60", "exit 1"]
    )


def _profile(
    profile: Profile,
    client: Client,
    decision: Decision,
    site: Site,
    urls: Urls,
    head: list[str],
) -> str:
    if profile.script_text:
        return profile.script_text
    if profile.rpi:
        raise PxectlError(f"profile `{profile.name}` is for {FOR_PIS}", hint=BY_FIRMWARE)
    context = template_context(client, decision, site, urls)
    if profile.recipe is not None:
        own = "".join(f" {word}" for word in _words(profile, decision, site, context))
        booted = "\n".join(tells_that_it_boots(urls))
        more = {"cmdline": own, "booted": booted}
        profile = installed(profile, {**context, **more}, site.templates)
    if profile.body:
        return _lines([*head, *profile.body.strip().splitlines(), *_failed()])
    if profile.script:
        return render_template(profile.script, site, context)
    if profile.chain:
        what = f"profile {profile.name}: chain"
        chain = _argument(what, render(what, profile.chain, context, site.templates))
        return _lines([*head, f"chain --autofree {chain} || goto failed", *_failed()])
    if profile.iso:
        return _lines([*head, *_sanboot(profile, urls), *_failed()])
    if profile.is_program:
        name = profile.nbp_for(binary_arch(client))
        if not name:
            raise PxectlError(
                f"profile `{profile.name}` has no nbp for {client.label}",
                hint="add its architecture to `nbp`",
            )
        return _lines([*head, f"chain --autofree {urls.fetch(name)} || goto failed", *_failed()])
    message = [f"echo {_echo(line)}" for line in profile.message.splitlines()]
    return _lines([*head, *message, *_kernel(profile, decision, site, urls, context), *_failed()])


def loaded(
    client: Client, decision: Decision, site: Site, urls: Urls
) -> tuple[Profile | None, list[str]]:
    """What a boot loader that runs no iPXE script is to load: the profile without its recipe, and
    the words of the kernel's command line.

    Args:
        client: who boots.
        decision: one that boots.
        site: what is in force.
        urls: the client's paths.

    Raises:
        PxectlError: something in it does not render.
    """
    profile = decision.profile
    if profile is None:
        return None, []
    context = template_context(client, decision, site, urls)
    profile = installed(profile, {**context, "cmdline": "", "booted": ""}, site.templates)
    return profile, _words(profile, decision, site, context)


def _kernel(
    profile: Profile, decision: Decision, site: Site, urls: Urls, context: Mapping[str, Any]
) -> list[str]:
    client = decision.facts.client
    words = _words(profile, decision, site, context)
    names = [f"initrd{n or ''}.img" for n in range(len(profile.initrd))]
    if client.arch is None or client.arch.is_uefi:
        # an EFI stub finds its initrds by these names (netboot.md 3.3, 47)
        words = [f"initrd={name}" for name in names] + words
    kernel = " ".join([f"kernel {_file_url(profile.kernel, site, urls)}", *words])
    lines = [f"{kernel} || goto failed"]
    lines += [
        f"initrd --name {name} {_file_url(file, site, urls)} || goto failed"
        for name, file in zip(names, profile.initrd, strict=True)
    ]
    return [*lines, *tells_that_it_boots(urls), "boot || goto failed"]


def _sanboot(profile: Profile, urls: Urls) -> list[str]:
    url = urls.iso(profile.iso)
    if not url.startswith("http"):
        raise PxectlError(
            f"profile `{profile.name}`: an ISO image is booted over HTTP only",
            hint="start HTTP; an iPXE without it can not boot this",
        )
    # no iBFT, no NBFT: the system in the image would look for a network drive
    return [*tells_that_it_boots(urls), f"sanboot --no-describe {url} || goto failed"]


def tells_that_it_boots(urls: Urls) -> tuple[str, str]:
    """Lines of a script that has loaded all (Pixiecore's beacon, netboot.md 4.3).

    A server that has gone by then is no reason not to boot, and what stays loaded would be an
    initrd on BIOS.
    """
    return f"imgfetch --name booted {urls.booted} ||", "imgfree booted ||"


def _words(
    profile: Profile, decision: Decision, site: Site, context: Mapping[str, Any]
) -> list[str]:
    """The kernel's command line, as far as profile, rule and machine say it."""
    context = _in_system(context)
    return [
        _argument(what, render(what, word, context, site.templates))
        for what, words in _cmdlines(profile, decision)
        for word in words
    ]


def _argument(what: str, text: str) -> str:
    """Text as an argument of a command of iPXE's, which splits a line at its blanks and leaves
    quotes as they are.

    Raises:
        PxectlError: the command would end there. What a client says of itself may stand in it.
    """
    ends = [word for word in text.split() if word in _OPERATORS or word.startswith("#")]
    if ends or not text.isprintable():
        shown = ends[0] if ends else "\\n"
        raise PxectlError(
            f"{what}: iPXE would end the command at `{shown}`",
            hint="leave it out; `a;b` and `a#b` are fine, as words of their own they are not",
        )
    return text


def _cmdlines(profile: Profile, decision: Decision) -> Iterator[tuple[str, Iterable[str]]]:
    """Words of the kernel's command line, the nearest to the machine last: kernels take the last of
    two that contradict each other."""
    yield f"profile {profile.name}: cmdline", profile.cmdline
    yield f'rule "{decision.rule.name}": cmdline', decision.rule.cmdline
    if decision.machine is not None:
        own = decision.machine.vars.get("cmdline", ())
        yield f"{decision.machine.name}: vars.cmdline", [own] if isinstance(own, str) else own


def _file_url(name: str, site: Site, urls: Urls) -> str:
    url = urls.url(f"{NAMED}/{name}") if name in site.named_files else urls.fetch(name)
    return _argument(name, url)


def _local(client: Client, how: Local | None) -> list[str]:
    """How iPXE hands back to the firmware (netboot.md 3.2, 27)."""
    efi = client.arch is not None and client.arch.is_uefi
    if how is Local.SANBOOT:
        return [f"sanboot --no-describe --drive {'0' if efi else '0x80'} || exit 1"]
    if how is Local.GRUB and efi:
        drive = "sanboot --no-describe --drive 0 --filename"
        return [f"{drive} \\EFI\\{path.replace('/', chr(92))} ||" for path in _GRUB_PATHS] + [
            "exit 1"
        ]
    # status 0 would tell EDK2 that a system was booted: it opens its menu instead of going on
    return ["exit 1" if efi else "exit"]


def _failed() -> list[str]:
    return [
        ":failed",
        "echo pxectl: that did not load, trying the next boot device",
        "sleep 5",
        "exit 1",
    ]


def _lines(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def _echo(text: str) -> str:
    """Text for `echo`: no settings (`${…}`) are expanded, no operators end the command."""
    text = text.replace("→", "->")
    plain = "".join(c if c.isascii() and c.isprintable() else "?" for c in text)
    return plain.replace("${", "$ {").replace("||", "| |").replace("&&", "& &")


def template_context(client: Client, decision: Decision, site: Site, urls: Urls) -> dict[str, Any]:
    """What templates see, with the settings of the profile's recipe if it has one.

    Raises:
        PxectlError: one of these settings does not render, or the recipe is not for this client.
    """
    machine, profile = decision.machine, decision.profile
    if machine is not None and not machine.hostname:
        machine = replace(machine, hostname=machine.name)
    context: dict[str, Any] = {
        "machine": machine,
        "vars": machine.vars if machine else NOTHING,
        "client": client,
        "profile": profile,
        "urls": urls,
        "site": view_of(site, client, machine),
    }
    if profile is None:
        return context
    return {**context, **settings_for(profile, client, context, site.templates)}


def _in_system(context: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same for what a kernel or the system that it starts reads, which does not know whom the
    firmware trusts: `urls` without HTTPS."""
    return {**context, "urls": context["urls"].plain}


def render_template(name: str, site: Site, context: Mapping[str, Any]) -> str:
    """A text below `templates/`.

    Raises:
        PxectlError: there is none of this name, or it does not render.
    """
    text = site.templates.get(name)
    if text is None:
        raise PxectlError(
            f"there is no template `{name}`", hint="put it below templates/ of the site"
        )
    return render(name, text, context, site.templates)
