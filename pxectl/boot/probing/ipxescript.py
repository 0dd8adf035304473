"""What an iPXE script fetches, as far as that can be told without running it."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from pxectl.boot.urls import BOOTED

MAGIC = "#!ipxe"
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_FETCHES = {
    "kernel": "kernel", "imgselect": "kernel", "initrd": "initrd", "module": "initrd",
    "imgfetch": "file", "imgadd": "file", "chain": "script", "boot": "kernel", "sanboot": "iso",
}  # fmt: skip
_WITH_VALUE = frozenset(("-n", "--name", "-t", "--timeout", "-p"))
_LOCAL = frozenset(("exit", "sanboot", "reboot", "poweroff", "shell", "prompt"))


@dataclass(frozen=True, slots=True)
class Fetch:
    """A file that a script names."""

    what: str
    """`kernel`, `initrd`, `script`, `iso`, `file`."""
    url: str
    """Absolute where the script's own URL is known; hostile."""


@dataclass(frozen=True, slots=True)
class Script:
    """What was read of one."""

    fetches: tuple[Fetch, ...]
    left_out: tuple[str, ...]
    """Lines that were not followed, each with why."""
    ending: str = ""
    """`exit`, `sanboot`, …: what it does where it loads nothing; empty: it loads something."""
    says: tuple[str, ...] = ()
    """What it shows: `echo`."""


def read_script(text: str, base: str) -> Script:
    """The files that it names, in its order, each once.

    Args:
        text: of the script.
        base: the URL that it came from.
    """
    known = {"cwuri": base}
    fetches: dict[Fetch, None] = {}
    left_out: list[str] = []
    says: list[str] = []
    ending = ""
    for line in _lines(text):
        words = line.split()
        # `||` and `&&` part commands; what follows them depends on how the first one went
        first = re.split(r"\s(?:\|\||&&)(?:\s|$)", line)[0].split()
        verb = first[0] if first else ""
        if verb == "set" and len(first) >= 3:
            known[first[1]] = _filled(" ".join(first[2:]), known)
        elif verb == "echo":
            says.append(" ".join(words[1:]))
        elif verb in _FETCHES and (url := _operand(first[1:])):
            _follow(verb, _filled(url, known), base, fetches, left_out)
        elif verb in _LOCAL and not ending:
            ending = verb
    return Script(tuple(fetches), tuple(left_out), "" if fetches else ending, tuple(says))


def _follow(
    verb: str, url: str, base: str, fetches: dict[Fetch, None], left_out: list[str]
) -> None:
    if "${" in url:
        left_out.append(f"{verb} {url}: only iPXE knows the variable")
        return
    absolute = url if "://" in url else _joined(base, url)
    if absolute.rpartition("/")[2].partition("?")[0] == BOOTED:
        left_out.append(f"{verb} {BOOTED}: the server would take the machine for booted")
    elif "://" not in absolute:
        left_out.append(f"{verb} {url}: it does not say where")
    else:
        fetches.setdefault(Fetch(_FETCHES[verb], absolute))


def _joined(base: str, url: str) -> str:
    """`urljoin` knows nothing of tftp://."""
    scheme, mark, rest = base.partition("://")
    joined = urljoin(f"http://{rest}", url) if mark else url
    return joined.replace("http://", f"{scheme}://", 1) if mark else url


def _lines(text: str) -> list[str]:
    joined = text.replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip() and line[0] != "#"]


def _operand(words: list[str]) -> str:
    """The first word that is no option."""
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in _WITH_VALUE:
            skip = True
        elif not word.startswith("-"):
            return word
    return ""


def _filled(text: str, known: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda m: known.get(m[1], m[0]), text)
