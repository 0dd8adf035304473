import subprocess

import pytest

from pxectl.errors import HostError, PxectlError
from pxectl.store.revision import at_revision
from pxectl.store.site import load_site


def git(folder, *words):
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    subprocess.run(["git", "-C", folder, *identity, *words], check=True, capture_output=True)


def fill(site):
    (site / "hardware").mkdir(parents=True)
    (site / "templates/sub").mkdir(parents=True)
    (site / "files").mkdir()
    (site / "pxectl.toml").write_text('[profile.debian]\nkernel = "linux"\n')
    (site / "hardware/node1.toml").write_text('mac = "52:54:00:00:00:01"\nprofile = "debian"\n')
    (site / "hardware/wäsche 2.toml").write_text('mac = "52:54:00:00:00:02"\n')
    (site / "templates/sub/x.ipxe").write_text("#!ipxe\r\n")
    (site / "files/linux").write_bytes(bytes(1000))


@pytest.fixture(params=["", "deep/down"])
def site(request, tmp_path):
    """A site at the top of a repository, and one below it."""
    git(tmp_path, "init", "-q")
    site = tmp_path / request.param if request.param else tmp_path
    fill(site)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return site


def contents(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_a_revision_is_what_was_committed_without_the_files_that_are_served(site):
    with at_revision(site, "HEAD") as folder:
        assert contents(folder).keys() == {
            "pxectl.toml", "hardware/node1.toml", "hardware/wäsche 2.toml", "templates/sub/x.ipxe",
        }  # fmt: skip
        assert (folder / "templates/sub/x.ipxe").read_bytes() == b"#!ipxe\r\n"
        assert len(load_site(folder, environ={}).site.inventory) == 2
    assert not folder.exists()


def test_the_working_tree_stays_as_it_is(site):
    (site / "hardware/node1.toml").write_text("half a th")
    (site / "hardware/new.toml").write_text("mac = 1")
    before = contents(site)

    with at_revision(site, "HEAD") as folder:
        assert "new.toml" not in {path.name for path in folder.rglob("*")}

    assert contents(site) == before


def test_a_link_is_followed_within_the_revision(site):
    (site / "hardware/linked.toml").symlink_to("node1.toml")
    (site / "hardware/gone.toml").symlink_to("nowhere.toml")
    (site / "hardware/out.toml").symlink_to("/etc/hostname")
    git(site, "add", ".")
    git(site, "commit", "-q", "-m", "links")

    with at_revision(site, "HEAD") as folder:
        hardware = folder / "hardware"
        assert (hardware / "linked.toml").read_text() == (hardware / "node1.toml").read_text()
        assert not (hardware / "gone.toml").exists()
        assert not (hardware / "out.toml").exists()


@pytest.mark.parametrize("revision", ["nope", "HEAD~7", "--help", "--output=x", "a b"])
def test_what_is_no_revision_is_told(site, revision):
    with pytest.raises(PxectlError, match="neither a directory nor a revision") as raised:
        at_revision(site, revision).__enter__()
    assert raised.value.hint
    assert not (site / "x").exists()


def test_a_revision_without_a_site_is_told(site):
    git(site, "rm", "-rq", "pxectl.toml", "hardware", "templates")
    git(site, "commit", "-q", "-m", "gone")

    with pytest.raises(PxectlError, match="HEAD has no site"):
        at_revision(site, "HEAD").__enter__()


def test_no_repository_and_no_git_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(PxectlError, match="not a git repository") as raised:
        at_revision(tmp_path, "HEAD").__enter__()
    assert "git repository" in raised.value.hint

    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HostError, match="needs git"):
        at_revision(tmp_path, "HEAD").__enter__()
