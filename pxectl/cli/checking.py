"""`pxectl rules check`: what is wrong in a site before a machine finds it."""

from collections.abc import Iterator
from pathlib import Path

from pxectl.boot.findings import About, Finding, Level


def check_site(flag: Path | None) -> Iterator[Finding]:
    """Everything that is found in a site.

    Args:
        flag: what `--site` said.

    Raises:
        PxectlError: `pxectl.toml` can not be used at all.
    """
    from pxectl.boot.findings import find_all
    from pxectl.boot.outcomes import Outcomes, unused_templates
    from pxectl.cli.rehearsing import Said, in_mode, moment, standpoint
    from pxectl.store.absent import absent_files
    from pxectl.store.place import find_site
    from pxectl.store.secret import site_secret
    from pxectl.store.settings import Overrides
    from pxectl.store.site import load_site

    path = find_site(flag).path
    loaded = load_site(path, Overrides(), secret=site_secret(path))
    for problem in loaded.problems:
        yield Finding(Level.PROBLEM, About.MACHINE, "", problem.message, problem.hint)
    for note in loaded.notes:
        yield Finding(Level.NOTE, About.MACHINE, "", note.message, note.hint)
    yield from find_all(loaded.site)
    site, said = in_mode(loaded.site, None), Said()
    outcomes = Outcomes(site, standpoint(site, said), moment(site, None))
    yield from outcomes.findings()
    yield from absent_files(site, outcomes.files)
    yield from unused_templates(site, outcomes.templates)
