"""Files that are sent as they are: what they are to HTTP, where they come from, and ISO images."""

from dataclasses import replace

from pxectl.boot.answer import Fetched, File
from pxectl.boot.check import UNCHECKED
from pxectl.boot.client import Client
from pxectl.boot.decide import Decision
from pxectl.boot.image import split_member
from pxectl.boot.script import loaded
from pxectl.boot.site import Site
from pxectl.boot.urls import Urls, is_url

_CONTENT_TYPES = {
    ".efi": "application/efi",
    ".iso": "application/vnd.efi-iso",
    ".img": "application/vnd.efi-img",
    ".ipxe": "text/plain; charset=utf-8",
}


def content_type(name: str) -> str:
    """EDK2 takes `application/efi` for an image that it may run (netboot.md 2.2), and a RAM disk
    for one by its type (UEFI 2.10, 24.7.4)."""
    dot = name.rfind(".")
    return _CONTENT_TYPES.get(name[dot:].lower() if dot >= 0 else "", "application/octet-stream")


def fetched(url: str, decision: Decision) -> Fetched:
    """A file of another server, or in an image there, with what its profile says of it."""
    image, member = split_member(url)
    check = decision.profile.check_of(image) if decision.profile is not None else UNCHECKED
    return Fetched(image, check, content_type(url), member)


def iso_for(
    name: str, client: Client, decision: Decision, site: Site, urls: Urls
) -> File | Fetched | None:
    """The ISO image of its profile, with the command line of this machine; None: it has none.

    Args:
        name: what it is asked for by: the last part of the image's path or URL.
        client: who boots.
        decision: one that boots.
        site: what is in force.
        urls: the client's paths.

    Raises:
        PxectlError: something in the command line does not render.
    """
    profile = decision.profile
    if profile is None or not profile.iso or profile.iso.rpartition("/")[2] != name:
        return None
    cmdline = " ".join(loaded(client, decision, site, urls)[1])
    if is_url(profile.iso):
        return replace(fetched(profile.iso, decision), cmdline=cmdline)
    return File(site.files, profile.iso, content_type(name), cmdline=cmdline)
