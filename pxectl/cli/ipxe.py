"""`pxectl ipxe`: which iPXE binaries are found where."""

import typer

from pxectl.cli.options import JSONOption, SiteOption


def ipxe(site: SiteOption = None, as_json: JSONOption = False) -> None:
    """Show the iPXE binaries that were found, and which architecture uses which."""
    from pxectl.boot.nbp import BINARY_HINT, COMMON
    from pxectl.store.artifacts import choose_nbps, find_artifacts
    from pxectl.store.place import find_site
    from pxectl.ui.columns import columns

    found = find_artifacts(find_site(site).path)
    used = {nbp.path: (arch, nbp) for arch, nbp in choose_nbps(found).items()}
    if as_json:
        import json

        binaries = [
            {
                "path": artifact.path,
                "source": artifact.source,
                "arch": artifact.arch.label if artifact.arch is not None else None,
                "size": artifact.size,
                "used": artifact.path in used,
                "problem": artifact.problem,
                "signed": artifact.signed,
            }
            for artifact in found
        ]
        typer.echo(json.dumps({"v": 1, "ipxe": binaries}))
    elif found:
        rows = [
            (
                artifact.arch.label if artifact.arch is not None else "-",
                used[artifact.path][1].name if artifact.path in used else "-",
                artifact.path,
                artifact.source,
                artifact.problem or ("signed" if artifact.signed else ""),
            )
            for artifact in found
        ]
        typer.echo(columns(("ARCH", "SERVED AS", "FILE", "FROM", ""), rows), nl=False)
    have = {arch for arch, _ in used.values()}
    missing = [arch.label for arch in COMMON if arch not in have]
    if missing:
        typer.echo(f"no iPXE binary for {', '.join(missing)}", err=True)
        typer.echo(f"hint: {BINARY_HINT}", err=True)
        raise typer.Exit(1)
