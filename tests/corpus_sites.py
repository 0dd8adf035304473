"""Malformed sites: each is a good one with one thing wrong, and words that the error must name."""

from dataclasses import dataclass
from pathlib import Path

MAC = "52:54:00:12:34:56"
SERVE = '[serve]\ninterfaces = ["lo"]\n'
PROFILE = '[profile.debian]\nkernel = "linux"\n'
MACHINE = f'mac = ["{MAC}"]\nprofile = "debian"\n'
GOOD = {
    "pxectl.toml": SERVE + PROFILE,
    "hardware/node1.toml": MACHINE,
    "templates/good.ipxe": "#!ipxe\n",
}

VALUES = {
    "number": "5",
    "negative": "-1",
    "huge": "99999999999999999999",
    "float": "1.5",
    "nan": "nan",
    "flag": "true",
    "empty": '""',
    "text": '"no such thing at all"',
    "control": r'"a\nb\u001b[31m"',
    "list": '["no such thing at all"]',
    "numbers": "[1, 2]",
    "nothing": "[]",
    "tables": "[{ a = 1 }]",
    "table": "{ no-such-key = 1 }",
    "date": "1979-05-27T07:32:00Z",
}
"""Every shape that TOML knows; most are wrong for most keys."""
_TEXTS, _LISTS = ("text",), ("text", "list")
FITS = {
    "serve": {
        "interfaces": (*_LISTS, "nothing"), "dhcp": (), "tftp": ("flag",), "http": ("flag",),
        "http_port": ("number",), "tftp_port": ("number",), "advertise": (), "shadow": ("flag",),
        "timezone": (), "claims": ("nothing",), "monitor": (), "https": (),
        "https_port": ("number",),
        "tftp_single_port": ("flag",), "tls_cert": _TEXTS, "tls_key": _TEXTS,
    },
    "subnet": {
        "network": (), "pool": ("nothing",), "lease_time": (), "firmware_lease_time": (),
        "options": (),
    },
    "profile.x": {
        "kernel": _TEXTS, "script": _TEXTS, "chain": (), "nbp": (), "initrd": (*_LISTS, "nothing"),
        "cmdline": (*_LISTS, "nothing"), "sha256": (), "sha256sums": _TEXTS, "signature": (),
        "signed_by": (), "iso": _TEXTS, "rpi": _TEXTS, "config_txt": (), "cmdline_txt": (),
    },
    "mirror": {"enabled": ("flag",), "size": ("number", "huge"), "prefetch": ("flag",)},
    "rule": {
        "name": _TEXTS, "match": (), "action": (), "profile": (), "quirks": (), "options": (),
        "cmdline": (*_LISTS, "nothing"),
    },
    "rule.match": {
        **dict.fromkeys(
            ("vendor_class", "user_class", "hostname", "serial", "circuit_id", "remote_id",
             "interface", "name", "tags", "profile", "vars.disk"),
            ("number", "negative", "huge", "float", "nan", "flag", "text", "control", "list",
             "numbers"),
        ),
        **dict.fromkeys(("mac", "firmware", "uuid", "subnet", "relay", "netboot", "weekday"), ()),
        "arch": ("number", "numbers"), "known": ("flag",), "time": (),
        "boots": ("number", "huge", "numbers"), "not": (), "any": (), "vars": ("table",),
    },
    "rule.quirks": {
        "style": (), "reply_delay": ("number", "float"), "blksize": (), "nbp": _TEXTS, "deny": (),
        "local": (),
    },
    "source": {"type": (), "url": (), "timeout": ("number",), "cache": ("number",)},
    "machine": {
        "mac": (), "address": (), "hostname": (), "arch": (), "uuid": (), "serial": _TEXTS,
        "tags": (*_LISTS, "nothing"), "netboot": (), "profile": _TEXTS, "dhcp": ("flag",),
        "secure_boot": ("flag",), "options": (), "quirks": (), "vars": ("table",),
    },
    "machine.quirks": {
        "style": (), "reply_delay": ("number", "float"), "blksize": (), "nbp": _TEXTS, "deny": (),
        "local": (),
    },
    "machine.options": {
        "router": (), "domain-name": ("text", "control"), "default-ip-ttl": ("number",),
        "ip-forwarding": ("flag",), "host-name": ("text", "control"),
    },
}  # fmt: skip
"""By section and key: the shapes that are right for it."""

_NEEDS = {
    "subnet": {"network": '"10.77.0.0/24"'},
    "profile.x": {"kernel": '"linux"'},
    "rule": {"action": '"deny"'},
    "source": {"type": '"http"', "url": '"http://127.0.0.1:1"'},
    "machine": {"mac": f'["{MAC}"]'},
}
_HEADERS = {"serve": "[serve]", "subnet": "[[subnet]]", "profile.x": "[profile.x]",
            "rule": "[[rule]]", "source": "[[source]]", "mirror": "[mirror]",
            "machine": ""}  # fmt: skip


@dataclass(frozen=True)
class Bad:
    """One thing that is wrong."""

    name: str
    file: str
    content: str | bytes | None
    """None: made by the test that asks for it (`special`)."""
    says: tuple[str, ...]
    """Words of the first line, beside the file's name."""
    special: str = ""
    listed: bool = True
    """`rules list` can not go on either: False for what only a boot needs."""

    def put(self, site: Path) -> None:
        """Write it over the good site in `site`."""
        path = site / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        match self.special:
            case "":
                content = self.content
                path.write_bytes(content.encode() if isinstance(content, str) else content or b"")
                return
            case "directory":
                path.unlink(missing_ok=True)
                path.mkdir()
            case "loop":
                path.unlink(missing_ok=True)
                path.symlink_to(path.name)
            case "no folder":
                for inside in path.iterdir():
                    inside.unlink()
                path.rmdir()
                path.write_text("")
            case "pipe":
                import os

                path.unlink(missing_ok=True)
                os.mkfifo(path)
            case "huge":
                with path.open("wb") as file:
                    file.truncate(1 << 30)


def write_good(site: Path) -> None:
    """A site in which `MAC` boots."""
    for name, text in GOOD.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def config(text: str) -> str:
    """The good pxectl.toml and `text`."""
    return f"{SERVE}{PROFILE}{text}\n"


def _with(section: str, key: str, value: str) -> tuple[str, str]:
    """File and content in which `key` of `section` is `value`."""
    outer, _, inner = section.partition(".") if section != "profile.x" else (section, "", "")
    values = dict(_NEEDS.get(outer, {}))
    if key in ("script", "chain", "nbp", "iso") and outer == "profile.x":
        values.pop("kernel")
    if section == "rule" and key in ("profile", "cmdline"):
        values["action"] = '"boot"'
    spelled = (
        f'"{key}"' if "." in key or not key.replace("_", "").replace("-", "").isalnum() else key
    )
    values[inner or key] = f"{{ {spelled} = {value} }}" if inner else value
    body = "\n".join(f"{name} = {said}" for name, said in values.items())
    if outer == "machine":
        return "hardware/node1.toml", body + "\n"
    head = PROFILE if outer == "serve" else SERVE + PROFILE
    return "pxectl.toml", f"{head}{_HEADERS[outer]}\n{body}\n"


def wrong_types() -> list[Bad]:
    """Every key of every section with every shape of value that is wrong for it."""
    bad = []
    for section, keys in FITS.items():
        for key, fits in keys.items():
            for shape, value in VALUES.items():
                if shape not in fits:
                    file, content = _with(section, key, value)
                    bad.append(Bad(f"{section}.{key} {shape}", file, content, (key,)))
        file, content = _with(section, "no-such-key", "1")
        bad.append(Bad(f"{section} unknown key", file, content, ("no-such-key",)))
    return bad


def _toml(name: str, content: str | bytes, *says: str) -> list[Bad]:
    """The same trouble in both kinds of files."""
    return [
        Bad(f"{name} in {file}", file, content, says)
        for file in ("pxectl.toml", "hardware/node1.toml")
    ]


def _special(name: str, *says: str) -> list[Bad]:
    return [
        Bad(f"{name} for {file}", file, None, says, special=name)
        for file in ("pxectl.toml", "hardware/node1.toml")
    ]


_RULE = '[[rule]]\naction = "boot"\nprofile = '
_SCRIPT = config('[profile.menu]\nscript = "menu.ipxe"\n' + _RULE + '"menu"')

FILES = [
    *_toml("no value", "[serve]\nhttp =\n", "line 2"),
    *_toml("unclosed", '[serve\nhttp = "', "line 1"),
    *_toml("twice", "a = 1\na = 2\n", "line 2"),
    *_toml("no quotes", "mac = 52:54:00:12:34:56\n", "line 1"),
    *_toml("bom", "\ufeff" + MACHINE, "byte order mark"),
    *_toml("latin-1", b'[serve]\n# caf\xe9\n', "line 2", "not UTF-8"),
    *_toml("utf-16", MACHINE.encode("utf-16"), "not UTF-8"),
    *_toml("nul", "mac = \0\n", "line 1"),
    *_toml("deep", "a = " + "[" * 5000 + "]" * 5000, "nested"),
    *_toml("digits", "a = " + "9" * 5000, "number"),
    *_toml("bad date", "a = 1979-13-45\n", "line 1"),
    *_special("directory", "directory"),
    *_special("loop", "can not be read"),
    *_special("pipe", "not a file"),
    *_special("huge", "too large"),
    Bad("hardware is a file", "hardware", None, ("directory",), special="no folder"),
    Bad("templates is a file", "templates", None, ("directory",), special="no folder"),
    Bad("template latin-1", "templates/x.cfg", b"caf\xe9", ("not UTF-8",)),
    Bad("template huge", "templates/x.cfg", "x" * ((1 << 20) + 1), ("template's size",)),
]  # fmt: skip
CONFIG = [
    ("section serve", "serve = 5", ("serve",)),
    ("section subnet", "subnet = 5", ("subnet",)),
    ("section profile", "profile = 5", ("profile",)),
    ("section rule", "rule = 5", ("rule",)),
    ("section source", "source = 5", ("source",)),
    ("unknown section", "[server]", ("server",)),
    ("subnet as table", "[subnet]", ("subnet",)),
    ("rules of numbers", "rule = [1]", ("rule 1",)),
    ("subnets of numbers", "subnet = [1]", ("subnet[0]",)),
    ("sources of numbers", "source = [1]", ("source[0]",)),
    ("profiles of numbers", "profile = { x = 1 }", ("profile.x",)),
    ("subnets that overlap", '[[subnet]]\nnetwork = "10.77.0.0/16"\n[[subnet]]\n'
     'network = "10.77.1.0/24"', ("subnet[1].network", "overlaps")),
    ("subnet with host bits", '[[subnet]]\nnetwork = "10.77.0.1/24"', ("network",)),
    ("pool outside", '[[subnet]]\nnetwork = "10.77.0.0/24"\npool = ["10.78.0.1"]', ("pool",)),
    ("pool backwards", '[[subnet]]\nnetwork = "10.77.0.0/24"\npool = ["10.77.0.9-10.77.0.1"]',
     ("pool",)),
    ("pool ranges that overlap", '[[subnet]]\nnetwork = "10.77.0.0/24"\n'
     'pool = ["10.77.0.1-10.77.0.9", "10.77.0.9"]', ("pool",)),
    ("profile of two kinds", '[profile.x]\nkernel = "a"\nscript = "b"', ("profile.x", "script")),
    ("profile of no kind", '[profile.x]\ncmdline = "a"', ("profile.x",)),
    ("profile without a name", '[profile.""]\nkernel = "a"', ("profile",)),
    ("installer", '[profile.x]\ninstaller = "a"', ("profile.x.installer",)),
    ("setting that an installer has not", '[profile.x]\ninstaller = "flatcar"\nchanel = "beta"',
     ("profile.x.chanel",)),
    ("number where an installer takes a text", '[profile.x]\ninstaller = "rhel"\nrelease = 9.4',
     ("profile.x.release",)),
    ("installer without what it needs", '[profile.x]\ninstaller = "nixos"', ("profile.x", "init")),
    ("command line for a rule that denies", '[[rule]]\naction = "deny"\ncmdline = "a"',
     ("cmdline",)),
    ("kernel above files", '[profile.x]\nkernel = "../a"', ("profile.x.kernel",)),
    ("kernel by absolute path", '[profile.x]\nkernel = "/a"', ("profile.x.kernel",)),
    ("nbp for no architecture", '[profile.x]\nnbp = { x65-uefi = "a.efi" }', ("x65-uefi",)),
    ("rule without action", "[[rule]]", ("rule 1", "action")),
    ("rule with an unknown profile", _RULE + '"debain"', ("debain",)),
    ("denying rule with a profile", '[[rule]]\naction = "deny"\nprofile = "debian"', ("profile",)),
    ("rule with an unknown key", '[[rule]]\naction = "deny"\nmacth = {}', ("macth",)),
    ("match with an unknown key", '[[rule]]\naction = "deny"\nmatch = { arhc = "a" }', ("arhc",)),
    ("match of an unknown arch", '[[rule]]\naction = "deny"\nmatch = { arch = "x65" }', ("x65",)),
    ("empty not", '[[rule]]\naction = "deny"\nmatch = { not = {} }', ("not",)),
    ("deep not", '[[rule]]\naction = "deny"\nmatch = { any = [{ not = { tag = "x" } }] }',
     ("any[0].not.tag",)),
    ("time of no day", '[[rule]]\naction = "deny"\nmatch = { time = "25:00-26:00" }', ("time",)),
    ("option by no name", '[[rule]]\naction = "deny"\noptions = { rooter = "a" }', ("rooter",)),
    ("source without type", "[[source]]\nurl = 5", ("source[0]", "type")),
    ("source of unknown type", '[[source]]\ntype = "ldap"', ("source[0]", "ldap")),
    ("source without url", '[[source]]\ntype = "http"', ("source[0]", "url")),
    ("source with no url", '[[source]]\ntype = "http"\nurl = "ftp://x"', ("url",)),
    ("source twice", '[[source]]\ntype = "http"\nurl = "http://a"\n' * 2, ("source[1]",)),
    ("tinkerbell of nothing", '[[source]]\ntype = "tinkerbell"', ("source[0]",)),
    ("tinkerbell of two", '[[source]]\ntype = "tinkerbell"\npath = "a"\nkubernetes = true',
     ("source[0]",)),
    ("tinkerbell without a home", '[[source]]\ntype = "tinkerbell"\npath = "~nobodyhere/a"',
     ("source[0].path",)),
]  # fmt: skip
MACHINES = [
    ("no mac", "profile = 'debian'", ("mac",)),
    ("empty mac list", "mac = []", ("mac",)),
    ("short mac", 'mac = "52:54:00"', ("mac",)),
    ("group mac", 'mac = "01:00:5e:00:00:01"', ("mac",)),
    ("address of nobody", f'mac = "{MAC}"\naddress = "0.0.0.0"', ("address",)),
    ("option of a wrong shape", f'mac = "{MAC}"\noptions = {{ router = "x" }}', ("router",)),
]  # fmt: skip
TEMPLATES = [
    ("missing", None, ("menu.ipxe",)),
    ("syntax", "{% if %}", ("menu.ipxe", "line 1")),
    ("undefined", "\n{{ vars.disk }}", ("menu.ipxe", "line 2")),
    ("division", "{{ 1 / 0 }}", ("menu.ipxe", "line 1")),
    ("include", "{% include 'gone' %}", ("gone",)),
    ("include of itself", "{% include 'menu.ipxe' %}", ("menu.ipxe",)),
    ("sandbox", "{{ ''.__class__.__mro__ }}", ("menu.ipxe",)),
]


def corpus() -> list[Bad]:
    """All of them, except bad templates and values of a wrong shape."""
    sections = ("section ", "subnets of", "sources of", "rules of", "profiles of")
    return [
        *FILES,
        *(
            Bad(
                name,
                "pxectl.toml",
                text if name.startswith(sections) else config(text),
                says,
            )
            for name, text, says in CONFIG
        ),
        *(Bad(name, "hardware/node1.toml", text + "\n", says) for name, text, says in MACHINES),
        *(
            Bad(f"duplicate {key}", "hardware/node2.toml", text + "\n", (key,))
            for key, text in DUPLICATES
        ),
    ]


DUPLICATES = [
    ("mac", f'mac = ["52:54:00:00:00:02", "{MAC}"]'),
    ("name", 'mac = "52:54:00:00:00:02"\nhostname = "NODE1"'),
]


def with_template(site: Path, text: str | None) -> None:
    """A site in which `MAC` boots a template of this text; None: of no template."""
    (site / "pxectl.toml").write_text(_SCRIPT)
    if text is not None:
        (site / "templates/menu.ipxe").write_text(text)
