"""What boot loaders that are not iPXE read: PXELINUX and U-Boot, GRUB.

They boot a kernel; what a profile says to iPXE alone, they can not be told.
"""

from urllib.parse import urlsplit

from pxectl.boot.client import Client, Firmware
from pxectl.boot.decide import Decision
from pxectl.boot.newcomer import GRUB_CFG, claimed_in
from pxectl.boot.script import loaded
from pxectl.boot.site import Site
from pxectl.boot.urls import BOOTED, FILES, NAMED, Urls, is_url
from pxectl.errors import PxectlError

PXELINUX = "pxelinux.cfg/"


def is_written(name: str, own: str, decision: Decision) -> bool:
    """True for a configuration that a boot loader asks for and a profile comes to.

    What lies below files/ is the site's own, but for what Fedora's GRUB asks for beside itself
    where the profile says what it is to load.

    Args:
        name: what is asked for, without a token.
        own: the program below `files/`, or its URL, that firmware was handed; empty: none.
        decision: one that boots.
    """
    if claimed_in(name) is None and name.rpartition("/")[2] != GRUB_CFG:
        return False
    folder, _, rest = name.partition("/")
    if folder != FILES:
        return True
    has_loader = decision.profile is not None and decision.profile.has_loader
    return has_loader and bool(own) and rest.startswith(own[: own.rfind("/") + 1])


def pxelinux_cfg(client: Client, decision: Decision, site: Site, urls: Urls) -> str:
    """A configuration with one label, which is booted at once.

    Args:
        client: who asks.
        decision: one that boots.
        site: what is served.
        urls: the client's paths.

    Raises:
        PxectlError: the profile is no kernel, or something in it does not render.
    """
    kernel, initrds, words = _kernel(client, decision, site, urls)
    # a slash in front: from the root, wherever the loader itself lies; U-Boot and PXELINUX alike
    paths = [_path(name, site, urls, by_tftp=site.serving.tftp) for name in (kernel, *initrds)]
    lines = ["DEFAULT pxectl", "PROMPT 0", "LABEL pxectl", f"  KERNEL {paths[0]}"]
    if initrds:
        lines.append(f"  INITRD {','.join(paths[1:])}")
    return "\n".join([*lines, f"  APPEND {' '.join(words)}".rstrip(), ""])


def grub_cfg(client: Client, decision: Decision, site: Site, urls: Urls) -> str:
    """Commands that load a kernel and start it.

    Args:
        client: who asks.
        decision: one that boots.
        site: what is served.
        urls: the client's paths.

    Raises:
        PxectlError: the profile is no kernel, lies where GRUB can not fetch it, or something in it
            does not render.
    """
    kernel, initrds, words = _kernel(client, decision, site, urls)
    # each word by itself: what GRUB is given in quotes it hands on in quotes
    arguments = " ".join(_quoted(word) for text in words for word in text.split())
    # firmware that booted by HTTP may sit where no TFTP gets through
    tftp = site.serving.tftp and client.firmware is not Firmware.UEFI_HTTP
    places = [_path(name, site, urls, by_tftp=tftp) for name in (kernel, *initrds)]
    files = [_quoted(_device(place, urls)) for place in places]
    lines = [f"linux {files[0]} {arguments}".rstrip()]
    if initrds:
        lines.append(" ".join(["initrd", *files[1:]]))
    # a command that fetches and does nothing else: `once` is over when that is asked for
    lines.append(f"cat {_quoted(_device(_place(BOOTED, urls, by_tftp=tftp), urls))}")
    return "\n".join([*lines, "boot", ""])


def _kernel(
    client: Client, decision: Decision, site: Site, urls: Urls
) -> tuple[str, tuple[str, ...], list[str]]:
    profile, words = loaded(client, decision, site, urls)
    if profile is None or not profile.kernel or profile.body:
        name = profile.name if profile else ""
        raise PxectlError(
            f"profile `{name}` is no kernel that this boot loader could load",
            hint="iPXE could; a rule that matches `firmware` may choose another profile",
        )
    return profile.kernel, profile.initrd, words


def _path(name: str, site: Site, urls: Urls, *, by_tftp: bool) -> str:
    here = f"{NAMED}/{name}" if name in site.named_files else urls.name(name)
    return name if here is None else _place(here, urls, by_tftp=by_tftp)


def _place(name: str, urls: Urls, *, by_tftp: bool) -> str:
    return f"/{urls.path(name)}" if by_tftp else urls.url(name)


def _device(path: str, urls: Urls) -> str:
    """A path or URL as GRUB spells it: `(tftp,10.77.0.1)/PATH`, `(http,10.77.0.1:8080)/PATH`."""
    if not is_url(path):
        return f"(tftp,{urlsplit(urls.base).hostname}){path}"
    url = urlsplit(path)
    if url.scheme != "http":
        raise PxectlError(
            f"{path}: GRUB fetches nothing by {url.scheme}", hint="copy it below files/"
        )
    return f"(http,{url.netloc}){url.path}"


def _quoted(text: str) -> str:
    """GRUB's single quotes, as a shell's; no line break gets through."""
    plain = "".join(c if c.isprintable() else "?" for c in text)
    return "'" + plain.replace("'", "'\\''") + "'"
