"""ESXi's `boot.cfg`: the list of what its loader fetches, which names places of the ISO."""

_LISTS = ("kernel", "modules")


def moved_boot_cfg(place: str, content: bytes) -> bytes:
    """A `boot.cfg` whose kernel and modules come from `place`.

    The ISO's names begin with a slash, which the loader takes for the root of the server; `prefix`
    stands in front of names without one. VMware's guide for PXE says to edit it so by hand.

    Args:
        place: URL of the folder that holds what the ISO holds.
        content: of the ISO's file, `KEY=VALUE` lines; `modules` are joined by ` --- `.
    """
    lines = [line.rstrip() for line in content.decode("utf-8", "replace").splitlines()]
    kept = [line for line in lines if _key(line) != "prefix"]
    moved = [_without_slashes(line) if _key(line) in _LISTS else line for line in kept]
    at = next((n for n, line in enumerate(moved) if _key(line) == "kernel"), len(moved))
    return "\n".join((*moved[:at], f"prefix={place}", *moved[at:], "")).encode()


def _key(line: str) -> str:
    return line.partition("=")[0].strip().lower()


def _without_slashes(line: str) -> str:
    key, _, value = line.partition("=")
    return f"{key}={' '.join(word.lstrip('/') for word in value.split())}"
