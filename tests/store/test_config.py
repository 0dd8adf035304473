"""`pxectl.toml` as a whole: what it becomes, and what each mistake is told as."""

from ipaddress import IPv4Address, IPv4Network
from zoneinfo import ZoneInfo

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from pxectl.boot.profile import Profile
from pxectl.boot.quirks import Local, Quirks, Style
from pxectl.boot.rules import Action
from pxectl.boot.site import Mode, Serving
from pxectl.boot.subnet import Subnet
from pxectl.errors import ConfigError
from pxectl.store.config import read_config
from pxectl.store.settings import Overrides
from pxectl.wire.iana import Arch

FULL = """
[serve]
interfaces = ["enp3s0"]
dhcp = "proxy"
tftp = true
http = true
http_port = 8081
advertise = "10.77.0.1"
timezone = "Europe/Berlin"

[[subnet]]
network = "10.77.0.0/24"
pool = ["10.77.0.100-10.77.0.199", "10.77.0.210"]
lease_time = "1h30m"
[subnet.options]
router = ["10.77.0.1"]
domain-name-server = ["10.77.0.1"]

[profile.debian]
kernel = "debian/linux"
initrd = ["debian/initrd.gz", "https://example.net/firmware.cpio"]
cmdline = ["auto=true", "url={{ urls.template('preseed.cfg') }}"]

[profile.menu]
script = "menu.ipxe"

[profile.elsewhere]
chain = "https://boot.netboot.xyz"

[profile.uki]
nbp = { x64-uefi = "uki-x64.efi", arm64-uefi = "uki-arm64.efi" }

[[rule]]
name = "arm boards at night only"
match = { arch = ["arm64-uefi"], tags = ["board"], not = { time = "22:00-06:00" } }
action = "deny"

[[rule]]
match = { tags = ["gpu"], known = true }
action = "boot"
profile = "debian"
quirks = { style = "binl", reply_delay = 1, blksize = 1024, local = "sanboot" }
"""


def read(tmp_path, text, overrides=None, environ=None):
    path = tmp_path / "pxectl.toml"
    path.write_text(text)
    return read_config(path, overrides or Overrides(), environ or {})


def test_every_key_of_the_design_is_read(tmp_path):
    config = read(tmp_path, FULL)
    assert config.serving == Serving(
        interfaces=("enp3s0",),
        dhcp=Mode.PROXY,
        http_port=8081,
        advertise=IPv4Address("10.77.0.1"),
    )
    assert config.subnets == (
        Subnet(
            IPv4Network("10.77.0.0/24"),
            (
                (IPv4Address("10.77.0.100"), IPv4Address("10.77.0.199")),
                (IPv4Address("10.77.0.210"), IPv4Address("10.77.0.210")),
            ),
            5400,
            options={"router": ["10.77.0.1"], "domain-name-server": ["10.77.0.1"]},
        ),
    )
    assert config.rules.zone == ZoneInfo("Europe/Berlin")
    assert config.rules.profiles == {
        "debian": Profile(
            "debian",
            kernel="debian/linux",
            initrd=("debian/initrd.gz", "https://example.net/firmware.cpio"),
            cmdline=("auto=true", "url={{ urls.template('preseed.cfg') }}"),
        ),
        "menu": Profile("menu", script="menu.ipxe"),
        "elsewhere": Profile("elsewhere", chain="https://boot.netboot.xyz"),
        "uki": Profile("uki", nbp={Arch.X64_UEFI: "uki-x64.efi", Arch.ARM64_UEFI: "uki-arm64.efi"}),
    }
    night, gpu = config.rules.site
    assert (night.name, night.action) == ("arm boards at night only", Action.DENY)
    assert [condition.key for condition in night.match] == ["arch", "tags", "not"]
    assert (gpu.name, gpu.action, gpu.profile) == ("rule 2", Action.BOOT, "debian")
    assert gpu.quirks == Quirks(
        style=Style.BINL, reply_delay=1.0, blksize=1024, local=Local.SANBOOT
    )


def test_without_a_file_there_are_the_defaults(tmp_path):
    config = read_config(tmp_path / "pxectl.toml", Overrides(), {})
    assert config.serving == Serving()
    assert (config.subnets, config.rules.site, config.rules.profiles) == ((), (), {})


MISTAKES = [
    ("serv = 1", "serv: there is no such key", "did you mean `serve`?"),
    ("[serve]\ndhpc = 'proxy'", "serve.dhpc: there is no such key", "did you mean `dhcp`?"),
    ("[serve]\ndhcp = 'porxy'", "serve.dhcp: `porxy` is none of", "did you mean `proxy`?"),
    ("[serve]\nhttp_port = '80'", "serve.http_port: `80` is no number", "without quotes"),
    ("[serve]\nhttp_port = 0", "serve.http_port: `0` is no number", "without quotes"),
    ("[serve]\nhttp_port = true", "serve.http_port: `True` is no number", "without quotes"),
    ("[serve]\ntftp = 'no'", "serve.tftp is neither true nor false", "without quotes"),
    ("[serve]\nadvertise = '10.77.0'", "serve.advertise: `10.77.0` is not an IPv4", "10.77.0.21"),
    ("[serve]\nadvertise = '0.0.0.0'", "serve.advertise: `0.0.0.0` can not be", "10.77.0.21"),
    ("[serve]\ninterfaces = [1]", "serve.interfaces[0] is not a text", "quotes"),
    ("[serve]\ntimezone = 'Berlin'", "there is no time zone `Berlin`", "Europe/Berlin"),
    ("[serve]\ntimezone = '../etc'", "there is no time zone", "Europe/Berlin"),
    ("serve = 1", "serve is not a table", "serve"),
    ("[subnet]\nnetwork = '10.0.0.0/8'", "subnet is not a list", "[[subnet]]"),
    ("[[subnet]]", "subnet[0] has no network", "network ="),
    ("[[subnet]]\nnetwork = '10.77.0.1/24'", "subnet[0].network: 10.77.0.1/24 has host", "/24"),
    (
        "[[subnet]]\nnetwork = '10.77.0.0/24'\npool = ['10.77.0.9-10.77.0.1']",
        "subnet[0].pool: `10.77.0.9-10.77.0.1` is no range",
        "first and the last",
    ),
    (
        "[[subnet]]\nnetwork = '10.77.0.0/24'\npool = ['10.77.0.9-10.77.1.1']",
        "subnet[0].pool: 10.77.1.1 is no host's address in 10.77.0.0/24",
        "inside",
    ),
    (
        "[[subnet]]\nnetwork = '10.77.0.0/24'\npool = ['10.77.0.9-10.77.0.19', '10.77.0.19']",
        "subnet[0].pool: 10.77.0.19 stands in two ranges",
        "overlap",
    ),
    (
        "[[subnet]]\nnetwork = '10.0.0.0/8'\n[[subnet]]\nnetwork = '10.77.0.0/24'",
        "subnet[1].network: 10.77.0.0/24 overlaps 10.0.0.0/8",
        "once",
    ),
    (
        "[[subnet]]\nnetwork = '10.0.0.0/8'\nlease_time = '1 hour'",
        "subnet[0].lease_time: `1 hour` is no time",
        '"1h"',
    ),
    (
        "[[subnet]]\nnetwork = '10.0.0.0/8'\n[subnet.options]\nroutr = '10.0.0.1'",
        "subnet[0].options.routr: there is no DHCP option",
        "IANA",
    ),
    ("[profile.a]", "profile.a has none of them", "exactly one"),
    ("[profile.a]\nkernel = 'k'\nchain = 'http://x'", "profile.a has kernel and chain", "one"),
    ("[profile.a]\ninstaller = 'flatcra'", "no installer `flatcra`", "did you mean `flatcar`?"),
    ("[profile.a]", "profile.a has none of them", "chain, nbp, iso, rpi, installer"),
    (
        "[[rule]]\naction = 'deny'\ncmdline = 'x'",
        "rule 1.cmdline: action is deny", "leave it out",
    ),
    ("[profile.a]\nkrenel = 'k'", "profile.a.krenel: there is no such key", "`kernel`"),
    ("[profile.a]\nkernel = '../k'", "profile.a.kernel: `../k` is not below files/", "files/"),
    ("[profile.a]\nkernel = '/k'", "profile.a.kernel: `/k` is not below files/", "files/"),
    ("[profile.a]\nkernel = ''", "profile.a.kernel is empty", "leave"),
    ('[profile.a]\nkernel = "k\\n"', "profile.a.kernel holds a character", "plain"),
    ("[profile.a]\nscript = 's'\ninitrd = 'i'", "profile.a.initrd stands without a kernel", "kern"),
    ("[profile.a]\nchain = 'x.ipxe'", "profile.a.chain: `x.ipxe` is not a URL", "https://"),
    ("[profile.a.nbp]\nx64 = 'u'", "profile.a.nbp.x64: there is no such arch", "did you mean"),
    ("[rule]\nname = 'a'", "rule is not a list", "[[rule]]"),
    ("[[rule]]\nname = 'a'", 'rule "a" has no action', "boot, local, deny, ignore"),
    ("[[rule]]\naction = 'drop'", "rule 1.action: `drop` is none of", "one of"),
    ("[[rule]]\nname='a'\naction='deny'\nmatch={arhc='ebc'}", 'rule "a": match.arhc', "`arch`"),
    ("[[rule]]\naction='boot'\nprofile='debain'\n[profile.debian]\nkernel='k'",
     "rule 1.profile: there is no profile `debain`", "did you mean `debian`?"),
    ("[[rule]]\naction='boot'\nprofile='a'", "there is no profile `a`", "[profile.a]"),
    ("[[rule]]\naction='deny'\nprofile='a'", "action is deny, which boots none", "boot"),
    ("[[rule]]\naction='deny'\nquirks={deny='slow'}", "rule 1.quirks.deny: `slow`", "silent"),
    ("[[rule]]\naction='deny'\nquirks={blksize=100}", "rule 1.quirks.blksize: `100`", "quotes"),
    ("[[rule]]\naction='deny'\nquirks={reply_delay=11}", "rule 1.quirks.reply_delay", "seconds"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told", "mend"), MISTAKES, ids=[m[1] for m in MISTAKES])
def test_a_mistake_names_file_key_and_mend(tmp_path, text, told, mend):
    with pytest.raises(ConfigError) as error:
        read(tmp_path, text)
    assert error.value.message.startswith(f"{tmp_path}/pxectl.toml: ")
    assert told in error.value.message
    assert mend in error.value.hint
    assert "\n" not in error.value.message + error.value.hint


KEYS = st.sampled_from(
    ["serve", "subnet", "profile", "rule", "dhcp", "pool", "network", "options", "match", "action",
     "name", "kernel", "nbp", "not", "any", "quirks", "style", "initrd", "interfaces", "router"]
)  # fmt: skip
VALUES = st.recursive(
    st.booleans() | st.integers(-5, 70000) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def problem(path):
    try:
        read_config(path, Overrides(), {})
    except ConfigError as error:
        return error
    return None


@settings(max_examples=200, deadline=None)
@given(raw=st.dictionaries(KEYS, VALUES, max_size=3))
def test_no_content_is_more_than_a_configuration_error(tmp_path_factory, raw):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(tomli_w.dumps(raw))
    found = problem(path)
    assert found is None or (found.message.startswith(str(path)) and found.hint)
