"""What `pxectl mirror` does."""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

from pxectl.boot.answer import Fetched
from pxectl.boot.foresight import foreseen, foreseen_of
from pxectl.boot.urls import is_url
from pxectl.cli.rehearsing import Said, in_mode, moment, standpoint
from pxectl.errors import RefusedError
from pxectl.store.mirror.progress import Progress
from pxectl.store.mirror.shelf import Place, Shelf
from pxectl.store.mirror.work import Work
from pxectl.store.place import FILES, STATE, find_site
from pxectl.store.secret import site_secret
from pxectl.store.settings import Overrides
from pxectl.store.site import load_site
from pxectl.store.values import read_seconds
from pxectl.ui.mirror import Fetching, Kept

AT_ONCE = 4
"""Files that are fetched at the same time."""
_LOOK = 0.1  # seconds between two looks at what has come
_READ = 1 << 20
_CENTURY = 100 * 365 * 86_400


def shelf_of(flag: Path | None) -> Shelf:
    """What is kept for the site.

    Raises:
        PxectlError: `pxectl.toml` can not be used.
    """
    path = find_site(flag).path
    size = load_site(path, Overrides()).site.mirroring.size
    return Shelf(path / STATE, lambda: size)


def kept(shelf: Shelf) -> list[Kept]:
    """All that is kept, what was asked for last first."""
    rows = []
    for place in reversed(shelf.places()):
        facts, begun = place.facts(), place.begun()
        shown = facts or begun
        if shown is None:
            continue
        part = begun.kept if begun is not None and facts is None else None
        rows.append(
            Kept(
                place.url, shown.size, part, place.occupied(), shown.sha256, shown.signed,
                shown.fetched, shown.checked, place.used() if facts else 0.0,
            )
        )  # fmt: skip
    return rows


def wanted(flag: Path | None, what: Iterable[str]) -> tuple[Fetched, ...]:
    """The files of URLs and profiles; of nothing: what the known machines will ask for.

    Raises:
        RefusedError: there is no such profile.
        PxectlError: the site can not be used.
    """
    path = find_site(flag).path
    site = in_mode(load_site(path, Overrides(), secret=site_secret(path)).site, None)
    here, now = standpoint(site, Said()), moment(site, None)
    known = {one.url: one for one in foreseen(site, here, now)}
    if not (named := list(what)):
        return tuple(known.values())
    files: dict[str, Fetched] = {}
    for name in named:
        if is_url(name):
            files[name] = known.get(name) or Fetched(name)
        elif name in site.rules.profiles:
            of_it = foreseen_of(site.rules.profiles[name], site, here, now)
            files |= {one.url: one for one in of_it}
        else:
            raise RefusedError(
                f"`{name}` is neither a URL nor a profile",
                hint="write `https://…`, or a profile of the site",
            )
    return tuple(files.values())


def fetch_all(
    flag: Path | None, files: tuple[Fetched, ...], show: Fetching
) -> list[dict[str, Any]]:
    """Fetch them, some at a time; what became of each."""
    path = find_site(flag).path
    work = Work(shelf_of(flag), path / FILES, lambda _, what, hint: show.tell(what, hint))
    progresses = [Progress(lambda: None) for _ in files]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [
            pool.submit(work.run, one.url, one.check, progress)
            for one, progress in zip(files, progresses, strict=True)
        ]
        try:
            while not all(job.done() for job in jobs):
                _show(files, progresses, show)
                time.sleep(_LOOK)
        finally:
            work.close()  # Ctrl-C: what has come of them is kept
        _show(files, progresses, show)
    return [_result(one, of) for one, of in zip(files, progresses, strict=True)]


def _show(files: tuple[Fetched, ...], progresses: list[Progress], show: Fetching) -> None:
    for one, progress in zip(files, progresses, strict=True):
        error = progress.error
        show.update(
            one.url,
            progress.arrived,
            progress.facts.size if progress.facts is not None else None,
            progress.is_whole,
            (error.message, error.hint) if error is not None else None,
        )


def _result(one: Fetched, progress: Progress) -> dict[str, Any]:
    facts = progress.facts if progress.is_whole else None
    return {
        "url": one.url,
        "size": facts.size if facts is not None else None,
        "sha256": facts.sha256 if facts is not None else None,
        "fetched": progress.came,
        "error": progress.error.message if progress.error is not None else None,
    }


def verify_all(flag: Path | None, urls: Iterable[str]) -> list[dict[str, Any]]:
    """Read files and forget those that are not what they were."""
    shelf = shelf_of(flag)
    results = []
    for place in _places(shelf, urls):
        facts = place.facts()
        if facts is None:
            continue
        good = _sum(place.body) == facts.sha256
        if not good:
            place.forget()
        results.append({"url": place.url, "sha256": facts.sha256, "good": good})
    return results


def prune(
    flag: Path | None, urls: Iterable[str], older: str | None, *, everything: bool
) -> tuple[list[str], int]:
    """Remove files; the URLs of those that are gone, and the octets that they took.

    Raises:
        ConfigError: `older` is no time.
        RefusedError: a URL is not kept.
    """
    shelf = shelf_of(flag)
    named = list(urls)
    since = time.time() - read_seconds(older, "--older", 0, _CENTURY) if older is not None else 0.0
    removed, octets = [], 0
    for place in _places(shelf, named):
        is_part = place.facts() is None
        if not (named or everything or is_part or place.used() < since):
            continue
        with place.locked() as is_ours:
            if not is_ours:  # it is being fetched
                continue
            octets += place.occupied()
            place.forget()
            removed.append(place.url)
    shelf.tidy()
    return removed, octets


def _places(shelf: Shelf, urls: Iterable[str]) -> list[Place]:
    places = shelf.places()
    known = {place.url for place in places}
    for url in urls:
        if url not in known:
            raise RefusedError(f"{url} is not kept", hint="`pxectl mirror list` shows what is")
    named = set(urls)
    return [place for place in places if not named or place.url in named]


def _sum(path: Path) -> str:
    found = sha256()
    try:
        with path.open("rb") as file:
            while octets := file.read(_READ):
                found.update(octets)
    except OSError:
        return ""
    return found.hexdigest()
