"""Paths and sizes as people read them, in logs, hints and the live view."""


def short_path(path: str) -> str:
    """A path or URL without the token: people know the machine from the column before it."""
    scheme, separator, rest = path.partition("://")
    parts = (rest if separator else path).replace("\\", "/").split("/")
    kept = [part for part in parts if not (len(part) > 18 and part[17:18] == "." and "-" in part)]
    joined = "/".join(kept)
    return f"{scheme}://{joined}" if separator else joined.lstrip("/")


def size_of(octets: int) -> str:
    """Octets as people read them: `31.2 MB`."""
    if octets < 1000:
        return f"{octets} B"
    if octets < 1_000_000:
        return f"{octets / 1000:.0f} kB"
    return f"{octets / 1e6:.1f} MB"
