"""The site as a git revision has it, without touching the working tree."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from pxectl.errors import HostError, PxectlError
from pxectl.store.place import CONFIG, HARDWARE, TEMPLATES

_LINK = "120000"
"""Mode of a symbolic link."""


@contextmanager
def at_revision(site: Path, revision: str) -> Iterator[Path]:
    """A directory with `pxectl.toml`, `hardware/` and `templates/` of that revision, for a while.

    Args:
        site: the site, which may lie anywhere in its repository.
        revision: whatever git takes: a branch, a tag, `HEAD~2`, `@{yesterday}`.

    Raises:
        PxectlError: the site is in no repository, there is no such revision, or no site in it.
        HostError: there is no git.
    """
    prefix = _git(site, "rev-parse", "--show-prefix").decode().removesuffix("\n")
    commit = _commit(site, revision)
    wanted = [f"{prefix}{name}" for name in (CONFIG, HARDWARE, TEMPLATES)]
    listed = _git(site, "ls-tree", "-r", "-z", "--full-tree", commit, "--", *wanted)
    entries = [line for line in listed.decode("utf-8", "surrogateescape").split("\0") if line]
    if not entries:
        where = f"below {prefix}" if prefix else "at its top"
        raise PxectlError(
            f"{revision} has no site {where}", hint="name a revision in which it was there already"
        )
    with tempfile.TemporaryDirectory(prefix="pxectl-") as folder:
        _write(site, commit, entries, prefix, Path(folder))
        yield Path(folder)


def _commit(site: Path, revision: str) -> str:
    try:
        name = f"{revision}^{{commit}}"
        found = _git(site, "rev-parse", "--verify", "--quiet", "--end-of-options", name)
    except PxectlError:
        raise PxectlError(
            f"`{revision}` is neither a directory nor a revision of the site's repository",
            hint="name another site's directory, or a branch, tag or commit such as `HEAD~1`",
        ) from None
    return found.decode().strip()


def _write(site: Path, commit: str, entries: list[str], prefix: str, folder: Path) -> None:
    """Each file's content as git keeps it; links are followed within the revision."""
    asked: dict[str, str] = {}
    for entry in entries:  # `100644 blob ID<tab>NAME`
        about, _, name = entry.partition("\t")
        mode, _, number = about.split(" ")
        if "\n" not in name and ".." not in PurePosixPath(name).parts:
            # by name git looks through the whole folder each time: only a link needs that
            asked[name] = f"{commit}:{name}" if mode == _LINK else number
    lines = "".join(f"{what}\n" for what in asked.values()).encode("utf-8", "surrogateescape")
    said = _git(site, "cat-file", "--batch", "--follow-symlinks", given=lines)
    at = 0
    for name in asked:
        end = said.index(b"\n", at)
        header = said[at:end].split(b" ")
        at = end + 1
        if not header[-1].isdigit():  # `… missing`
            continue
        size = int(header[-1])
        if header[-2] == b"blob":
            path = folder / name.removeprefix(prefix)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(said[at : at + size])
        at += size + 1


def _git(site: Path, *words: str, given: bytes = b"") -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - no shell; the one word of the user's is no option
            ["git", "-C", str(site), *words],  # noqa: S607 - the user's own git
            input=given,
            capture_output=True,
            env=os.environ | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
            check=False,
        )
    except FileNotFoundError:
        raise HostError(
            "comparing with a revision needs git, which is not installed",
            hint="install git, or name the directory of another site",
        ) from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise PxectlError(
            f"{site}: {said.removeprefix('fatal: ') or 'git failed'}",
            hint="name another site's directory, or keep the site in a git repository",
        )
    return done.stdout
