import json
import random

import pytest
from typer.testing import CliRunner

from pxectl.cli.main import app
from pxectl.errors import ConfigError, RefusedError
from pxectl.store.mirror import fetching
from tests.upstream import Kept, upstream

BODY = random.Random(6).randbytes(300_000)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(fetching, "PAUSES", (0.01,) * 5)


@pytest.fixture
def there():
    with upstream() as files:
        yield files


@pytest.fixture
def site(tmp_path, there):
    there.files |= {"linux": Kept(BODY), "initrd.gz": Kept(BODY[:1000])}
    (tmp_path / "hardware").mkdir()
    (tmp_path / "pxectl.toml").write_text(
        f'[profile.debian]\nkernel = "{there.url("linux")}"\n'
        f'initrd = ["{there.url("initrd.gz")}"]\n'
        f'[profile.other]\nkernel = "{there.url("other")}"\n'
    )
    (tmp_path / "hardware/node1.toml").write_text(
        'mac = ["52:54:00:12:34:56"]\nprofile = "debian"\n'
    )
    return tmp_path


def run(site, *argv):
    return CliRunner().invoke(app, ["mirror", *argv, "--site", str(site)], catch_exceptions=True)


def said(site, *argv):
    return json.loads(run(site, *argv, "--json").stdout)


def test_what_machines_will_ask_for_is_fetched_once(site, there):
    first, second = run(site, "prefetch"), run(site, "prefetch")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert there.url("linux") in first.stderr
    assert there.downloads("linux") == there.downloads("initrd.gz") == 1
    assert there.downloads("other") == 0


def test_urls_and_profiles_can_be_named(site, there):
    there.files["other"] = there.files["third"] = Kept(BODY)

    result = said(site, "prefetch", "other", there.url("third"))

    assert {one["url"] for one in result["files"]} == {there.url("other"), there.url("third")}
    assert {one["size"] for one in result["files"]} == {len(BODY)}


def test_what_can_not_be_had_is_told_and_all_else_is_fetched(site, there):
    result = run(site, "prefetch", "other", there.url("linux"))

    assert result.exit_code == 1
    assert "status 404" in result.stderr
    assert there.downloads("linux") == 1


def test_what_is_neither_url_nor_profile_is_refused(site):
    result = run(site, "prefetch", "debain")

    assert isinstance(result.exception, RefusedError)


def test_a_site_without_urls_has_nothing_to_fetch(tmp_path):
    result = run(tmp_path, "prefetch")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "no machine's profile" in result.stderr


def test_what_is_kept_is_listed(site, there):
    assert said(site, "list")["files"] == []
    run(site, "prefetch")

    [linux] = [f for f in said(site, "list")["files"] if f["url"] == there.url("linux")]
    assert (linux["size"], linux["part"], len(linux["sha256"])) == (len(BODY), None, 64)
    table = run(site, "list")
    assert there.url("initrd.gz") in table.stdout
    assert "2 files" in table.stderr


def test_an_unfinished_file_is_listed_as_such_and_pruned(site, there, monkeypatch):
    from pxectl.store.mirror import part

    monkeypatch.setattr(part, "SAFE_EVERY", 1000)
    there.files["linux"] = Kept(BODY, breaks_after=[100_000] + [0] * 5)
    run(site, "prefetch", there.url("linux"))

    [one] = said(site, "list")["files"]
    assert 0 < one["part"] < one["size"] == len(BODY)
    assert said(site, "prune")["removed"] == [there.url("linux")]
    assert said(site, "list")["files"] == []


def test_what_has_rotted_on_the_disk_is_found_and_fetched_again(site, there):
    run(site, "prefetch")
    [body] = [p for p in (site / "state/mirror").glob("*.body") if p.stat().st_size == len(BODY)]
    body.write_bytes(BODY[:-1] + b"x")

    first, second = run(site, "verify"), run(site, "verify")

    assert (first.exit_code, second.exit_code) == (1, 0)
    assert f"removed {there.url('linux')}" in first.stdout
    run(site, "prefetch")
    assert body.read_bytes() == BODY


def test_good_files_are_good(site):
    run(site, "prefetch")

    result = said(site, "verify")
    assert [one["good"] for one in result["files"]] == [True, True]


@pytest.mark.parametrize(
    ("argv", "left"),
    [
        ((), 2),
        (("--all",), 0),
        (("--older", "1h"), 2),
        (("--older", "0s"), 0),
        (("linux",), 1),
    ],
)
def test_what_is_not_wanted_is_removed(site, there, argv, left):
    run(site, "prefetch")

    result = run(site, "prune", *(there.url(a) if a == "linux" else a for a in argv))

    assert result.exit_code == 0, result.exception
    assert len(said(site, "list")["files"]) == left


@pytest.mark.parametrize("command", ["verify", "prune"])
def test_what_is_not_kept_is_refused(site, command):
    assert isinstance(run(site, command, "http://x/y").exception, RefusedError)


def test_a_time_that_is_none_is_told(site):
    assert isinstance(run(site, "prune", "--older", "soon").exception, ConfigError)


def test_bars_are_for_terminals(site, there):
    """Run on a terminal of its own: what it shows are names, and nothing of it moves the cursor
    when it is no terminal."""
    result = run(site, "prefetch")

    assert "\x1b" not in result.stderr
