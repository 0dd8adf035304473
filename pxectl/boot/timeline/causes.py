"""Why boots stop: a table from the steps that were seen to the cause and its mend.

The first row that fits is the one. Sources: netboot.md 2.1 (offers), 2.2 (styles, 4011), 2.8
(TFTP), 2.9 (HTTP), 3.3 34 (size probes), 3.3 44 (Secure Boot).
"""

from dataclasses import dataclass

_NONE: frozenset[str] = frozenset()
ANY_FILE = ("NBP", "script", "kernel", "initrd", "file")


def _of_files(*states: str) -> frozenset[str]:
    return frozenset(f"{file} {state}" for file in ANY_FILE for state in states)


def _words(*words: str) -> frozenset[str]:
    return frozenset(words)


@dataclass(frozen=True, slots=True)
class Cause:
    """One row. Words are those of `Mark.word`."""

    name: str
    """What `--json` and metrics call it."""
    last: frozenset[str]
    """One of these is the machine's last step."""
    text: str
    """For people; `{…}` are the fields of the last step, and `diagnosis.Facts`."""
    hint: str = "{hint}"
    seen: frozenset[str] = _NONE
    """All of these were seen before."""
    some: frozenset[str] = _NONE
    """One of these was."""
    unseen: frozenset[str] = _NONE
    """None of these was."""
    times: int = 1
    """How often the last step came in a row, at least."""
    silence: float = 10.0
    """Seconds without a sign of life, after which it has stopped; not waited for when it begins
    anew."""
    knows: str = ""
    """`unfit` or `unsigned`: this much must be known of the program."""
    outcome: str = "stopped"


_FOREIGN_BOOT = "OFFER of another server, with boot data"
_BARE = "OFFER of another server, PXEClient without option 43"
_FOREIGN = "OFFER of another server"
_4011 = "OFFER via 4011"
_ADDRESSED = _words("REQUEST", "ACK", "iPXE REQUEST", "iPXE ACK", "4011", "4011 answered")
_NBP_ANY = frozenset(
    f"NBP {s}"
    for s in ("asked", "probed", "loaded", "silent", "unacknowledged", "broken off", "aborted")
)
_OFFERED = _words("OFFER", _4011, "DISCOVER")

_BARE_TEXT = (
    "another server says option 60 PXEClient and gives no option 43 ({bare}): "
    "that beats every proxy"
)
_BARE_MEND = (
    "take option 60 out of that server (dnsmasq: `dhcp-option=60`; ISC: `vendor-class-identifier`)"
)
_BLOCKED = (
    "a firewall, or NAT, between port 69's answers (from ports above 1023) and the machine? "
    "`serve --tftp-single-port` answers from 69"
)
# fmt: off
CAUSES = (
    Cause("", _words("booted"), "", "", silence=0, outcome="booted"),
    Cause(
        "loop", _words("loop"), "has loaded {detail}",
        "does what it boots fail, or does another server answer it? `pxectl capture` shows",
        silence=0,
    ),
    Cause("denied", _words("denied"), "{detail}", silence=0, outcome="denied"),
    Cause("", _words("ignored"), "", "", silence=0, outcome="ignored"),
    Cause("", _words("local"), "", "", silence=0, outcome="local"),
    Cause("no-address", _words("no address"), "{detail}", silence=0),
    Cause(
        "no-boot-data", _words("OFFER with nothing to boot", "ACK with nothing to boot"),
        "{detail}", silence=0,
    ),
    Cause("refused", _of_files("refused"), "{step} {path} was refused: {detail}", silence=5),
    Cause(
        "missing-file", _of_files("missing"), "{step} {path} is not there: {detail}",
        "`pxectl rules check` lists the files that profiles name and that are not there",
        silence=5,
    ),
    Cause(
        "range-refused", _of_files("range refused"),
        "HTTP: the range that it asked for of {path} is not there",
        "the file has changed in the middle of its boot? start it again", silence=5,
    ),
    Cause(
        "server-failed", _of_files("failed"), "{step} {path} could not be made: {detail}",
        silence=5,
    ),
    Cause(
        "mtu", _of_files("unacknowledged"),
        "TFTP: {path} was agreed on with blksize {blksize}, and no block arrives",
        "packets of {packet} octets do not get through: one MTU on all of the path, or "
        "`pxectl hardware set {machine} --quirk blksize=1024`",
        silence=5,
    ),
    Cause(
        "tftp-blocked", _of_files("silent"),
        "TFTP: {path} was sent, and nothing of it arrives",
        _BLOCKED,
        silence=5,
    ),
    Cause(
        "tftp-blocked", _of_files("asked"),
        "TFTP: {path} was asked for {times} times, and nothing of it arrives",
        _BLOCKED,
        times=3, silence=4,
    ),
    Cause(
        "aborted", _of_files("aborted"),
        "{step} {path}: it gave up after {sent} of {size}: {detail}",
        "its own words are on its screen, too: no memory for it, or not what it wants?",
        silence=5,
    ),
    Cause(
        "broken-off", _of_files("broken off"),
        "{step} {path} broke off after {sent} of {size}",
        "a cable, a switch port, or was it switched off? `pxectl capture` shows the last "
        "packets",
        silence=5,
    ),
    Cause(
        "size-probe", _words("NBP probed"),
        "asked for the size of {path}, {size}, and never for the file",
        "too large for its firmware, or a firewall? try the quirk `nbp`, such as snponly.efi",
        silence=15,
    ),
    Cause(
        "wrong-binary", _words("NBP loaded"), "loaded {path} and did not start it: {unfit}",
        "take the quirk `nbp` or the profile's `nbp` for its architecture away", knows="unfit",
        silence=10,
    ),
    Cause(
        "secure-boot", _words("NBP loaded"), "loaded {path} and did not start it: {unsigned}",
        "shim and GRUB as `nbp = {{ … }}` of its profile boot it; or turn Secure Boot off "
        "there",
        knows="unsigned", silence=15,
    ),
    Cause(
        "", _words("NBP loaded", "kernel loaded", "initrd loaded"), "", "", knows="complete",
        silence=5, outcome="booted",
    ),
    Cause(
        "nbp-not-started", _words("NBP loaded"),
        "loaded {path} whole, and nothing has come of it for {silence}",
        "its screen says why: Secure Boot (`hardware set {machine} --secure-boot`), another "
        "driver (quirk `nbp`), or a switch port that waits 30 s for spanning tree (make it "
        "an edge port)",
        silence=45,
    ),
    Cause(
        "bare-option-60", _words("iPXE ACK", "iPXE REQUEST", "iPXE OFFER"),
        _BARE_TEXT,
        _BARE_MEND,
        seen=_words(_BARE), unseen=_words("script asked", "script loaded"), silence=12,
    ),
    Cause(
        "script-not-asked", _words("iPXE ACK", "iPXE REQUEST"),
        "iPXE was told {bootfile} and never asked for it",
        "a firewall before TCP port {port}? `pxectl doctor` looks", some=_words("iPXE OFFER"),
        silence=20,
    ),
    Cause(
        "ipxe-no-address", _words("iPXE DISCOVER", "iPXE OFFER"),
        "iPXE asked for an address {times} times and took none",
        "its packets or the answers are lost: spanning tree (make it an edge port), VLAN, or "
        "another server's OFFER",
        times=3, silence=15,
    ),
    Cause(
        "kernel-not-asked", _words("script loaded"),
        "loaded its script and never asked for the kernel",
        "iPXE's screen says why; `pxectl rules test {who} --script` prints the script",
        knows="kernel", silence=20,
    ),
    Cause("", _words("script loaded"), "", "", silence=20, outcome="handed over"),
    Cause(
        "initrd-not-asked", _words("kernel loaded", "initrd loaded"),
        "loaded {path} and never asked for what comes behind it",
        "iPXE's screen says why: no memory for it?", knows="kernel", silence=30,
    ),
    Cause(
        "", _words("kernel loaded", "initrd loaded"), "", "", silence=20,
        outcome="handed over",
    ),
    Cause(
        "bare-option-60", _OFFERED | _ADDRESSED,
        _BARE_TEXT,
        _BARE_MEND,
        seen=_words(_BARE), unseen=_NBP_ANY, silence=12,
    ),
    Cause(
        "foreign-boot-data", _OFFERED | _ADDRESSED,
        "another server gave boot data, too ({rival}), and it took those",
        "take boot file and next-server (66, 67) out of that server",
        seen=_words(_FOREIGN_BOOT), unseen=_NBP_ANY, silence=12,
    ),
    Cause(
        "other-server", _words("REQUEST of another server"),
        "took the address of {detail}, not ours, and nothing to boot from us",
        "two DHCP servers: `pxectl ctl enable proxy` boots machines beside the other one",
        silence=15,
    ),
    Cause(
        "4011-not-asked", _words("REQUEST", "DISCOVER", _4011),
        "has an address and never asked port 4011, which it was told to",
        "a firewall before UDP port 4011, or its firmware wants it otherwise: `pxectl "
        "hardware set {machine} --quirk style=bypass`",
        seen=_words(_4011, "REQUEST"), unseen=_words("4011"), silence=12,
    ),
    Cause(
        "nbp-not-asked", _words("ACK", "REQUEST", "4011 answered"),
        "was told to load {bootfile} and never asked for it",
        "a firewall before UDP port 69, or no way to {server}: `pxectl doctor` looks; else "
        "the other quirk `style`",
        some=_words("OFFER", "4011 answered"), silence=15,
    ),
    Cause(
        "nak", _words("NAK"), "is refused its address again and again: {detail}",
        "two DHCP servers that do not agree? `pxectl capture` shows", times=3, silence=5,
    ),
    Cause(
        "no-dhcp-server", _words("DISCOVER", "OFFER", _4011),
        "asked {times} times; pxectl offers what to boot, and nobody an address",
        "as a proxy it needs a DHCP server beside it; is that one running? or `--dhcp "
        "server`",
        some=_words("OFFER", _4011), unseen=_words(_FOREIGN, "REQUEST"), knows="proxy",
        times=3, silence=20,
    ),
    Cause(
        "no-boot-data", _words("DISCOVER", "REQUEST"),
        "was offered an address and nothing to boot",
        "a proxy beside that server adds boot data: `pxectl serve --dhcp proxy`",
        seen=_words(_FOREIGN), unseen=_words("OFFER", _4011, _BARE, _FOREIGN_BOOT), silence=20,
    ),
    Cause(
        "no-answer", _words("DISCOVER"), "asked {times} times, and nobody answers",
        "is a DHCP server on its network, or a relay? does a rule deny it?",
        unseen=_words("OFFER", _4011, _FOREIGN, _BARE, _FOREIGN_BOOT), times=2, silence=20,
    ),
    Cause(
        "offers-ignored", _words("DISCOVER", "OFFER", _4011),
        "was made {times} offers and took none",
        "they do not reach it (DHCP snooping, VLAN, firewall), or its firmware wants them "
        "otherwise: `pxectl hardware set {machine} --quirk style=binl`",
        some=_words("OFFER", _4011), times=3, silence=20,
    ),
)
# fmt: on
"""Every cause that is known, the surest first."""

UNKNOWN = Cause(
    "unknown",
    _NONE,
    "nothing was heard of it after {word} for {silence}",
    "its screen may say why; `pxectl capture` shows what is on the wire",
    silence=90,
)
"""For what no row fits."""
