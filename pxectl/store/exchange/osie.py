"""Whether and what a Tinkerbell Hardware object lets a machine boot (netboot.md 4.1 and 4.2)."""

import re
from typing import Any
from urllib.parse import quote, urlsplit

from pxectl.boot.profile import Profile
from pxectl.boot.template import literal
from pxectl.store.exchange.fields import Fields

_IN_URL = "%/:=&?~#+!$,;'@()*[]{}"  # everything but blanks, quotes and what is no ASCII
_ONCE_MORE = "another interface says what it boots"
_SHEBANG = "#!ipxe"


def read_boots(
    interfaces: list[Fields], meta: Fields, table: dict[str, Any], notes: list[str]
) -> Profile | None:
    """What the machine boots; sets `netboot` in its table if it is to boot its disk.

    Args:
        interfaces: of the object.
        meta: `metadata`: of the first data model it holds the state and the instance.
        table: the draft so far.
        notes: told what can not be carried over.

    Raises:
        ConfigError: a field is not what it should be.
    """
    netboots = [interface.table("netboot") for interface in interfaces]
    allowed = [netboot.flag("allowPXE") for netboot in netboots]
    boots = None
    for netboot, allows in zip(netboots, allowed, strict=True):
        found = _profile(netboot, table.get("arch", ""), notes)
        # where it may not boot, that it could boot something is no loss
        if found and allows and boots not in (None, found):
            notes.append(f"{netboot.path}: not carried over, {_ONCE_MORE}")
        if found and (allows or not any(allowed)):
            boots = boots or found
    if any(allowed) and not all(allowed):
        refusing = [n.path for n, allows in zip(netboots, allowed, strict=True) if not allows]
        notes.append(
            f"{', '.join(refusing)}: allowPXE is not true there; pxectl lets a machine boot from "
            "any of its NICs, unless a rule with `mac` denies it"
        )
    if not _instance_lets(meta, any(allowed)):
        table["netboot"] = "never"
    return boots


def _instance_lets(meta: Fields, allowed: bool) -> bool:
    """The gates of Boots by state (netboot.md 4.1, 7); today's objects pass, nobody reads it."""
    instance = meta.table("instance")
    has_id = "id" in instance
    allowed = allowed or (has_id and bool(instance.take("allow_pxe")))
    if meta.take("state") == "in_use":
        system = instance.table("operating_system")
        custom = system.take("slug") == "custom_ipxe"
        active = instance.take("state") == "active"
        allowed = has_id and active and (allowed or custom)
    instance.drop("id", "hostname", "state")
    return allowed


def _profile(netboot: Fields, arch: str, notes: list[str]) -> Profile | None:
    ipxe, osie = netboot.table("ipxe"), netboot.table("osie")
    works = netboot.flag("allowWorkflow")
    if ipxe.take("binary"):
        notes.append(f"{ipxe.under('binary')}: not carried over, pxectl picks it by architecture")
    url, contents = ipxe.text("url"), ipxe.take("contents")
    if contents is not None and (not isinstance(contents, str) or "\0" in contents):
        raise ipxe.wrong("contents", "is no script")
    if url:
        osie.drop("base_url", "kernel", "initrd", "kernelParams")
        if contents:
            notes.append(f"{ipxe.under('contents')}: not carried over, url comes before it")
        if not _host(url) or not url.lower().startswith(("http://", "https://")):
            notes.append(f"{ipxe.under('url')}: not carried over, it is neither http nor https")
            return None
        return Profile(_name(_host(url)), chain=literal(_quoted(url)))
    if contents and contents.strip():
        osie.drop("base_url", "kernel", "initrd", "kernelParams")
        return Profile("ipxe", script_text=_script(contents))
    return _osie(osie, arch, notes, works=works)


def _script(contents: str) -> str:
    """Tinkerbell adds the first line itself, where it is missing."""
    text = contents.replace("\r\n", "\n").strip("\n") + "\n"
    return text if text.startswith(_SHEBANG) else f"{_SHEBANG}\n{text}"


def _osie(osie: Fields, arch: str, notes: list[str], *, works: bool) -> Profile | None:
    base = osie.text("base_url").rstrip("/")
    words = osie.texts("kernelParams")
    kernel, initrd = osie.text("kernel"), osie.text("initrd")
    if not (base or kernel or initrd or words):
        return None
    processor = "aarch64" if "arm64" in arch or "aarch64" in arch else "x86_64"
    urls = [
        name if "://" in name else f"{base}/{name.lstrip('/')}"
        for name in (kernel or f"vmlinuz-{processor}", initrd or f"initramfs-{processor}")
    ]
    if not all(map(_host, urls)):
        notes.append(f"{osie.path}: not carried over, no baseURL says where its files are")
        return None
    if works:
        notes.append(
            f"{osie.path}: only kernelParams stand on the command line, without those that "
            "Tinkerbell adds for its worker (worker_id, grpc_authority, …)"
        )
    return Profile(
        _name(urls[0].rsplit("/", 1)[0].rsplit("/", 1)[-1]),
        kernel=_quoted(urls[0]),
        initrd=(_quoted(urls[1]),),
        cmdline=tuple(map(literal, words)),
    )


def _host(url: str) -> str:
    """Empty: it is no URL with a host."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _name(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "imported"


def _quoted(url: str) -> str:
    return quote(url, safe=_IN_URL)
