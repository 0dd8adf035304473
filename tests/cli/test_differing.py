import json
import shutil

import pytest
from typer.testing import CliRunner

from pxectl.cli.main import app
from pxectl.errors import PxectlError
from tests.store.test_revision import git

CONFIG = '[serve]\ninterfaces = ["lo"]\n[profile.debian]\nkernel = "linux"\n'
NIGHT = '[[rule]]\nname = "night"\nmatch = { time = "22:00-06:00" }\naction = "deny"\n'


@pytest.fixture
def site(tmp_path):
    site = tmp_path / "repository/site"
    (site / "hardware").mkdir(parents=True)
    (site / "pxectl.toml").write_text(CONFIG)
    for number in (1, 2):
        text = f'mac = "52:54:00:00:00:0{number}"\nprofile = "debian"\n'
        (site / f"hardware/node{number}.toml").write_text(text)
    git(site, "init", "-q")
    git(site, "add", ".")
    git(site, "commit", "-q", "-m", "first")
    return site


def run(site, *argv):
    return CliRunner().invoke(app, ["rules", "diff", *argv, "--site", str(site)])


def test_nothing_changed_says_nothing_and_ends_with_0(site):
    result = run(site, "HEAD")

    assert (result.exit_code, result.stdout) == (0, "")


def test_the_working_tree_is_compared_with_a_revision(site):
    (site / "hardware/node1.toml").write_text('mac = "52:54:00:00:00:01"\nnetboot = "never"\n')
    (site / "hardware/node2.toml").unlink()

    result = run(site, "HEAD")

    boots = 'boots debian by rule "known with a profile → boot"'
    assert result.stdout.splitlines() == [
        f'node1: {boots} → boots its disk by rule "netboot = "never" → local"',
        f"node2 removed: {boots} before",
    ]
    assert result.exit_code == 1


def test_another_directory_can_be_named(site, tmp_path):
    other = shutil.copytree(site, tmp_path / "other")
    (other / "hardware/node3.toml").write_text('mac = "52:54:00:00:00:03"\n')

    assert run(site, str(other)).stdout.startswith("node3 removed: denied")
    assert run(other, str(site)).stdout.startswith("node3 added: denied")


@pytest.mark.parametrize(("at", "code"), [("23:00", 1), ("12:00", 0)])
def test_rules_about_the_time_are_compared_at_a_moment(site, at, code):
    (site / "pxectl.toml").write_text(CONFIG + NIGHT)

    assert run(site, "HEAD", "--at", at).exit_code == code


def test_json_has_both_decisions(site):
    (site / "hardware/node1.toml").write_text(
        'mac = "52:54:00:00:00:01"\nprofile = "debian"\naddress = "10.77.0.9"\n'
        '[quirks]\nstyle = "binl"\n[options]\nrouter = ["10.77.0.1"]\n'
    )
    told = json.loads(run(site, "HEAD", "--json").stdout)

    [change] = told["changes"]
    assert told["v"] == 1
    assert (change["machine"], change["mac"]) == ("node1", "52:54:00:00:00:01")
    assert change["clients"] == []
    assert change["changed"] == {
        "quirks.style": ["", "binl"],
        "options.router": ["", "10.77.0.1"],
        "address": ["", "10.77.0.9"],
    }
    assert change["before"]["quirks"] == {}
    assert change["after"]["options"] == {"router": ["10.77.0.1"]}
    assert change["before"].keys() == change["after"].keys()


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("nope",), "`nope` is neither a directory nor a revision"),
        (("HEAD", "--at", "soon"), "--at: `soon` is no time"),
    ],
)
def test_what_can_not_be_is_told_with_a_hint(site, argv, message):
    result = run(site, *argv)

    assert isinstance(result.exception, PxectlError)
    assert result.exception.exit_code == 2
    assert message in result.exception.message
    assert result.exception.hint


def test_a_mistake_in_a_revision_is_told_as_its_own(site):
    (site / "hardware/node1.toml").write_text('mac = "52:54"\n')
    git(site, "commit", "-qam", "broken")
    (site / "hardware/node1.toml").write_text('mac = "52:54:00:00:00:01"\n')

    result = run(site, "HEAD")

    assert result.exception.message.startswith("HEAD:hardware/node1.toml: mac:")


def test_a_site_that_is_not_there_is_told(tmp_path):
    result = run(tmp_path / "nope", "HEAD")

    assert "there is no site" in result.exception.message
