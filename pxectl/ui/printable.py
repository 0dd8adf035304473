"""Text from the network, made safe for a terminal, a log or a file.

rich lets ESC pass, and reads `[…]` in plain strings as markup: whoever names a file or a vendor
class could move the cursor or colour the screen.
"""

import unicodedata

LIMIT = 200


def printable(text: str, limit: int = LIMIT) -> str:
    """`text` with everything that a terminal might obey spelled out, such as `\\x1b`.

    Args:
        text: hostile.
        limit: longest result, spelled out; what is cut is shown by `…`.
    """
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text
    shown = [c if _is_harmless(c) else _escaped(c) for c in text[: limit + 1]]
    if sum(map(len, shown)) <= limit:
        return "".join(shown)
    room = limit - 1  # for `…`
    kept = []
    for part in shown:  # an escape is cut out whole, not in its middle
        room -= len(part)
        if room < 0:
            break
        kept.append(part)
    return "".join(kept) + "…"


def _is_harmless(c: str) -> bool:
    # combining marks pile up over the lines above
    return c.isprintable() and unicodedata.category(c) not in ("Mn", "Me")


def _escaped(c: str) -> str:
    number = ord(c)
    if number <= 0xFF:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
