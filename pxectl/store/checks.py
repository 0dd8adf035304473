"""What a profile says of the files that its URLs lead to: `sha256`, `sha256sums`, `signature`."""

import re
from collections.abc import Mapping
from typing import Any

from pxectl.boot.check import Check
from pxectl.errors import ConfigError
from pxectl.store.quirks import read_path
from pxectl.store.values import read_table, read_text

CHECK_KEYS = ("sha256", "sha256sums", "signature", "signed_by")
_HEX = re.compile("[0-9a-f]{64}")


def read_checks(table: Mapping[str, Any], where: str) -> Mapping[str, Check]:
    """The checks by the name of the file, `*` for all that are not named.

    Args:
        table: the profile as TOML gave it.
        where: file and key, as errors name it.

    Raises:
        ConfigError: a value that can not be, or one that lacks another.
    """
    checks = {}
    given = table.get("sha256", {})
    for name, value in ({"*": given} if isinstance(given, str) else _sums(given, where)).items():
        checks[name] = Check(sha256=_sum(value, f"{where}.sha256"))
    if "sha256sums" in table or "signature" in table:
        if "*" in checks:
            raise ConfigError(
                f"{where} has sha256 and a list or signature, too",
                hint='with a list, name files: `sha256 = { linux = "…" }`',
            )
        checks["*"] = _listed(table, where)
    elif "signed_by" in table:
        raise ConfigError(
            f"{where}.signed_by stands without a signature", hint='add `signature = ".sig"`'
        )
    return checks


def _sums(value: object, where: str) -> Mapping[str, Any]:
    return read_table(value, f"{where}.sha256")


def _sum(value: object, where: str) -> str:
    text = read_text(value, where).lower()
    if not _HEX.fullmatch(text):
        raise ConfigError(f"{where}: `{text}` is no SHA-256", hint="64 digits: `sha256sum FILE`")
    return text


def _listed(table: Mapping[str, Any], where: str) -> Check:
    sums = _place(table, "sha256sums", where)
    signature = read_text(table["signature"], f"{where}.signature") if "signature" in table else ""
    if signature and "signed_by" not in table:
        raise ConfigError(
            f"{where}.signature stands without what may have signed it",
            hint='write `signed_by = "debian.asc"`: OpenPGP certificates below files/',
        )
    if signature and not signature.startswith("."):
        if not sums:
            raise ConfigError(
                f"{where}.signature: `{signature}` can not be of every file",
                hint='write what stands behind each URL: `signature = ".sig"`',
            )
        signature = _place(table, "signature", where)
    key = read_path(table["signed_by"], f"{where}.signed_by") if signature else ""
    return Check(sums=sums, signature=signature, key=key)


def _place(table: Mapping[str, Any], key: str, where: str) -> str:
    if key not in table:
        return ""
    text = read_text(table[key], f"{where}.{key}")
    return text if "://" in text else read_path(text, f"{where}.{key}")
