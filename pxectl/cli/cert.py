"""`pxectl cert`: the certificate of HTTPS, made for a lab, and how clients come to trust it."""

from pathlib import Path
from typing import Annotated

import typer

from pxectl.cli.options import JSONOption, SiteOption

app = typer.Typer(
    no_args_is_help=True,
    help="Make and show the certificate of HTTPS.",
    rich_markup_mode=None,
)


@app.command("make")
def make(
    site: SiteOption = None,
    name: Annotated[
        list[str] | None,
        typer.Option(
            "--name",
            metavar="NAME",
            help="A DNS name or address that clients use; may be repeated.",
            show_default="this host's name, and the addresses that it serves on",
        ),
    ] = None,
    as_json: JSONOption = False,
) -> None:
    """Make the server's certificate in tls/, and a small CA for it if there is none yet.

    Made again it is renewed: the CA stays, and a running serve takes the new one.
    """
    from datetime import UTC, datetime
    from time import time

    from pxectl.store import authority
    from pxectl.store.place import find_site
    from pxectl.ui.certificate import about, as_json_text

    path = find_site(site).path
    made = authority.make(path, _names(path, name or []), datetime.fromtimestamp(time(), UTC))
    if as_json:
        typer.echo(as_json_text(path, made.server, made.ca))
        return
    what = "made" if made.is_new_ca else "made, by the CA that was there"
    typer.echo(f"{made.folder / authority.SERVER_CERT}: {what}")
    typer.echo(about(made.server))
    hint = 'https = "ipxe" in [serve] has iPXE use it; `pxectl cert show` tells who trusts it how'
    typer.echo(f"hint: {hint}", err=True)


@app.command("show")
def show(site: SiteOption = None, as_json: JSONOption = False) -> None:
    """Show the certificate, whether it can be used, and how clients come to trust it."""
    from datetime import UTC, datetime
    from time import time

    from pxectl.store.authority import CA_CERT, CA_DER, CA_ESL, SERVER_CERT, TLS
    from pxectl.store.certificate import describe, read_certificate, read_pem
    from pxectl.store.place import find_site
    from pxectl.store.site import SiteReader
    from pxectl.ui.certificate import about, as_json_text, words

    path = find_site(site).path
    serving = SiteReader(path).read(()).site.serving
    cert, key = path / serving.tls_cert, path / serving.tls_key
    certificate = read_certificate(cert, key, datetime.fromtimestamp(time(), UTC))
    folder = path / TLS
    own = cert == folder / SERVER_CERT and (folder / CA_CERT).exists()
    ca = describe(read_pem(folder / CA_CERT)) if own else None
    if as_json:
        typer.echo(as_json_text(path, certificate, ca))
        return
    typer.echo(f"{cert}")
    typer.echo(about(certificate))
    if ca is not None:
        typer.echo(f"{folder / CA_CERT}")
        typer.echo(about(ca))
    trusted = {"pem": "ca.crt", "der": "ca.der", "esl": "ca.esl"}
    if own:
        trusted = {"pem": CA_CERT, "der": CA_DER, "esl": CA_ESL}
        trusted = {form: str(folder / file) for form, file in trusted.items()}
    typer.echo(words(trusted, is_own=own))


def _names(site: Path, given: list[str]) -> list[str]:
    """What clients call this server."""
    import platform

    from pxectl.errors import HostError, PxectlError
    from pxectl.net.interfaces import choose
    from pxectl.store.site import SiteReader

    for name in given:
        if not name.isascii() or not name.isprintable() or not name.strip("."):
            raise PxectlError(f"--name: `{name}` is no name of a host", hint="write it in ASCII")
    if given:
        return list(dict.fromkeys(given))
    serving = SiteReader(site).read(()).site.serving
    found = [str(serving.advertise)] if serving.advertise else []
    try:
        found += [str(one.address) for one in choose(serving.interfaces)]
    except HostError as error:
        if not found:
            raise HostError(error.message, hint="say the address with `--name`") from None
    host = platform.node()
    found += [host] if host.isascii() and host and host != "localhost" else []
    return list(dict.fromkeys(found))
