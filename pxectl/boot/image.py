"""Files inside of images: `ubuntu.iso:/casper/vmlinuz`, below `files/` or behind a URL."""

import re

_MEMBER = re.compile(r"(.*[^:/]):/(?!/)(.+)", re.DOTALL)

PLACE = b"pxectl.cmdline="
"""What an ISO has where the command line of a machine goes, with `_` behind it as room."""
FILL = b"_"


def split_member(name: str) -> tuple[str, str]:
    """The image, and the path in it; empty if `name` is that of a whole file.

    Args:
        name: a path below `files/`, or a URL.
    """
    match = _MEMBER.fullmatch(name)
    return (match[1], match[2]) if match else (name, "")
