"""The certificate of HTTPS, and how clients come to trust it, for people and scripts."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from pxectl.boot.certificate import Certificate


def about(certificate: Certificate) -> str:
    """Lines about one."""
    lines = [
        f"  for      {' '.join(certificate.names) or certificate.subject}",
        f"  valid    {certificate.begins:%Y-%m-%d} to {certificate.ends:%Y-%m-%d}",
        f"  key      {certificate.key}",
        f"  sha256   {certificate.fingerprint}",
    ]
    lines += [f"  problem  {certificate.problem}"] * bool(certificate.problem)
    return "\n".join(lines)


def words(files: Mapping[str, str], *, is_own: bool) -> str:
    """How clients come to trust a CA.

    Args:
        files: its certificate as `pem`, `der` and `esl`.
        is_own: pxectl made it.
    """
    return "\n".join(_lines(files, is_own=is_own))


def _lines(files: Mapping[str, str], *, is_own: bool) -> Iterator[str]:
    yield ""
    yield "Who has to trust the CA, and how:"
    if not is_own:
        yield "  (its CA is not pxectl's: ca.crt, ca.der and ca.esl stand for its certificate)"
    yield "  UEFI HTTP boot   setup menu, TLS Auth Configuration, Server CA Configuration,"
    yield f"                   Enroll Cert: {files['der']} from a FAT disk"
    yield "  iPXE on UEFI     of 2025 or later (Debian 13's): what that menu has enrolled"
    yield "  QEMU with OVMF   both of them, by"
    yield f"                   -fw_cfg name=etc/edk2/https/cacerts,file={files['esl']}"
    yield "  any other iPXE   built with it:"
    yield f"                   make bin/undionly.kpxe CERT={files['pem']} TRUST={files['pem']}"
    yield "  curl, wget       --cacert, --ca-certificate:"
    yield f"                   {files['pem']}"


def as_json_text(site: Path, server: Certificate, ca: Certificate | None) -> str:
    """What `--json` prints (docs/json.md)."""

    shapes = {"certificate": server, "ca": ca}
    told = {key: _shape(value) if value else None for key, value in shapes.items()}
    return json.dumps({"v": 1, "site": str(site), **told})


def _shape(certificate: Certificate) -> dict[str, object]:
    return {
        "subject": certificate.subject,
        "names": list(certificate.names),
        "begins": certificate.begins.isoformat(),
        "ends": certificate.ends.isoformat(),
        "key": certificate.key,
        "sha256": certificate.fingerprint,
        "problem": certificate.problem,
    }
