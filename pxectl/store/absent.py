"""Which files that a site names are not there."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pxectl.boot.findings import About, Finding, Level
from pxectl.boot.image import split_member
from pxectl.boot.shim import second_stages
from pxectl.boot.site import Site
from pxectl.errors import UpstreamError
from pxectl.store.images import Images
from pxectl.store.place import FILES
from pxectl.store.profiles import is_url


def absent_files(site: Site, asked: Mapping[str, Iterable[str]]) -> Iterator[Finding]:
    """Kernels, initrds and first programs that can not be served.

    Args:
        site: what is in force.
        asked: further files and URLs, and the names of the machines that would fetch them.
    """
    for profile in site.rules.profiles.values():
        folder = Path(site.files) / profile.rpi
        if profile.rpi and not folder.is_dir():
            yield Finding(
                Level.PROBLEM,
                About.FILE,
                f"{FILES}/{profile.rpi}",
                f"is no folder, and profile `{profile.name}` boots Raspberry Pis from it",
                f"copy what a boot partition has there: {folder}",
            )
    named: dict[str, list[str]] = {}
    for profile in site.rules.profiles.values():
        programs = (*profile.nbp.values(), *second_stages(profile.nbp))
        for file in (profile.kernel, profile.iso, *profile.initrd, *programs):
            named.setdefault(file, []).append(f"profile `{profile.name}`")
    for file, by in (*named.items(), *((file, []) for file in asked if file not in named)):
        if not file or is_url(file) or file in site.named_files:
            continue
        problem = _problem(Path(site.files), file)
        if problem:
            yield Finding(
                Level.PROBLEM,
                About.FILE,
                f"{FILES}/{file}",
                f"{problem}{f', and {_some(by)} boots it' if by else ''}",
                f"put it there: {Path(site.files) / file}",
                tuple(dict.fromkeys(asked.get(file, ()))),
            )


def _problem(files: Path, name: str) -> str:
    path = files / name
    image, member = split_member(name)
    if member and not path.exists():
        return _problem(files, image) or _problem_inside(files / image, member)
    try:
        with path.open("rb"):
            pass
    except FileNotFoundError:
        return "is not there"
    except IsADirectoryError:
        return "is a directory"
    except OSError as error:
        return f"can not be read: {error.strerror}"
    return "" if path.stat().st_size else "is empty"


def _problem_inside(image: Path, member: str) -> str:
    with image.open("rb") as file:
        try:
            found = Images().member(file.fileno(), member)
        except UpstreamError as error:
            return f"can not be served: {error.message}"
    if found.file is not None:
        os.close(found.file)
    return ""


def _some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} (and {len(names) - 1} more)"
