from pathlib import Path

import pytest

from pxectl.boot.client import Client
from pxectl.boot.decide import decide
from pxectl.boot.machine import Machine, Netboot
from pxectl.boot.rules import Action
from pxectl.errors import ConfigError
from pxectl.mac import MAC
from pxectl.store.config import read_config
from pxectl.store.settings import Overrides

A = MAC.parse("52:54:00:00:00:01")


@pytest.fixture
def files(tmp_path):
    for name in ("a/linux", "a/initrd.img", "b/initrd.img"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def config(files: Path, text: str = "", **flags):
    (files / "pxectl.toml").write_text(text)
    return read_config(files / "pxectl.toml", Overrides(**flags), {})


def test_every_client_boots_the_files_that_the_flags_name(files):
    kernel, one, two = (str(files / n) for n in ("a/linux", "a/initrd.img", "b/initrd.img"))
    made = config(files, kernel=kernel, initrd=(one, two), cmdline=" a=1  b='2 3' ")
    decision = decide(Client(A), None, made.rules, 0)
    assert decision.action is Action.BOOT
    profile = decision.profile
    assert profile.cmdline == ("a=1  b='2 3'",)
    assert [made.named_files[name] for name in (profile.kernel, *profile.initrd)] == [
        kernel,
        one,
        two,
    ]
    assert "/" not in "".join(made.named_files)


def test_the_sites_rules_and_never_come_first(files):
    deny = "[[rule]]\nmatch = { tags = 'no' }\naction = 'deny'"
    rules = config(files, deny, kernel=str(files / "a/linux")).rules
    never = Machine("n", (A,), netboot=Netboot.NEVER)
    assert decide(Client(A), never, rules, 0).action is Action.LOCAL
    assert decide(Client(A), Machine("t", (A,), tags=("no",)), rules, 0).action is Action.DENY
    assert decide(Client(A), Machine("m", (A,)), rules, 0).profile.name == "adhoc"


def test_every_client_boots_an_installer(files):
    rules = config(files, installer="debian", cmdline="console=ttyS0").rules

    decision = decide(Client(A), None, rules, 0)

    assert decision.profile.recipe.name == "debian"
    assert decision.profile.cmdline == ("console=ttyS0",)
    assert decision.rule.name == "--installer boots every client"


def test_every_client_boots_a_profile_of_the_site(files):
    text = "[profile.one]\nchain = 'http://x/'\n[profile.two]\nchain = 'http://y/'\n"
    rules = config(files, text, profile="two").rules

    assert decide(Client(A), None, rules, 0).profile.name == "two"
    assert decide(Client(A), Machine("m", (A,), profile="one"), rules, 0).profile.name == "two"
    assert list(rules.profiles) == ["one", "two"]


def test_a_url_is_no_file_of_this_host(files):
    made = config(files, kernel="https://example.net/linux")
    assert made.named_files == {}
    assert made.rules.profiles["adhoc"].kernel == "https://example.net/linux"


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ({"kernel": "none"}, "--kernel: `none`: No such file"),
        ({"kernel": "/"}, "--kernel: `/` is not a file"),
        ({"kernel": "/dev/null"}, "--kernel: `/dev/null` is not a file"),
        ({"initrd": ("x",)}, "--initrd stands without a kernel"),
        ({"cmdline": "x"}, "--cmdline stands without a kernel"),
        ({"kernel": "http://x/", "cmdline": "a\nb"}, "--cmdline holds a line break"),
        ({"kernel": "http://x/", "initrd": ("none",)}, "--initrd: `none`: No such file"),
        ({"kernel": "http://x/", "profile": "a"}, "--kernel and --profile contradict each other"),
        ({"profile": "a", "cmdline": "x"}, "--cmdline stands without a kernel"),
        ({"installer": "debian", "initrd": ("x",)}, "--initrd stands without a kernel"),
        ({"profile": "a"}, "--profile: the site has no profile `a`"),
        ({"installer": "debain"}, "--installer: there is no installer `debain`"),
        ({"installer": "nixos"}, "--installer: `nixos` needs init"),
    ],
)
def test_flags_that_can_not_work_are_told_at_once(files, flags, told):
    with pytest.raises(ConfigError) as error:
        config(files, **flags)
    assert error.value.message.startswith(told)


def test_an_empty_file_is_told(files):
    (files / "empty").touch()
    with pytest.raises(ConfigError, match="is empty"):
        config(files, kernel=str(files / "empty"))


def test_a_profile_of_the_same_name_is_told(files):
    with pytest.raises(ConfigError, match="adhoc"):
        config(files, "[profile.adhoc]\nkernel = 'k'", kernel=str(files / "a/linux"))
