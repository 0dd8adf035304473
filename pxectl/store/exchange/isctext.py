"""The syntax of dhcpd.conf: statements that end in `;`, and blocks in braces (dhcpd.conf(5))."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pxectl.errors import ConfigError

DEEPEST = 32

_TOKEN = re.compile(
    r"""(?P<blank>[\s]+|\#[^\n]*)"""
    r"""|(?P<text>"(?:[^"\\]|\\.)*")"""
    r"""|(?P<sign>[{};,=()])"""
    r"""|(?P<word>[^\s{};,=()"\#]+)""",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
_CONTROLS = {"t": "\t", "r": "\r", "n": "\n", "b": "\b"}


@dataclass(frozen=True, slots=True)
class Word:
    """A word, a sign or a quoted text."""

    text: str
    quoted: bool = False


@dataclass(slots=True)
class Statement:
    """One statement; a block holds others."""

    line: int
    words: list[Word] = field(default_factory=list)
    block: "list[Statement] | None" = None

    @property
    def keyword(self) -> str:
        """Its first word, lower case; empty for a lonely brace or text."""
        return "" if not self.words or self.words[0].quoted else self.words[0].text.lower()

    @property
    def arguments(self) -> list[Word]:
        """What stands behind the keyword, commas left out."""
        return [word for word in self.words[1:] if word.quoted or word.text != ","]


def parse_statements(text: str, where: str) -> list[Statement]:
    """The statements of a configuration, blocks with what they hold.

    Raises:
        ConfigError: quotes or braces do not match; names the line.
    """
    top: list[Statement] = []
    stack = [top]
    current: Statement | None = None
    opened: list[int] = []
    line = 1
    for line, word in _words(text, where):
        if word.quoted or word.text not in ("{", "}", ";"):
            if current is None:
                current = Statement(line)
                stack[-1].append(current)
            current.words.append(word)
        elif word.text == "{":
            if current is None:
                current = Statement(line)
                stack[-1].append(current)
            if len(stack) > DEEPEST:
                raise _wrong(where, line, f"is nested deeper than {DEEPEST} blocks")
            current.block = []
            stack.append(current.block)
            opened.append(line)
            current = None
        elif word.text == ";":
            current = None
        elif current is not None:
            raise _wrong(where, current.line, "a `;` is missing")
        elif len(stack) == 1:
            raise _wrong(where, line, "`}` closes nothing")
        else:
            stack.pop()
            opened.pop()
    if current is not None:
        raise _wrong(where, current.line, "a `;` is missing")
    if opened:
        raise _wrong(where, opened[-1], "`{` is never closed")
    return top


def _words(text: str, where: str) -> Iterator[tuple[int, Word]]:
    at, line = 0, 1
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _wrong(where, line, 'a `"` is missing')
        token = found[0]
        if found.lastgroup == "text":
            yield line, Word(unquoted(token), quoted=True)
        elif found.lastgroup != "blank":
            yield line, Word(token)
        line += token.count("\n")
        at = found.end()


def _wrong(where: str, line: int, what: str) -> ConfigError:
    return ConfigError(f"{where}: line {line}: {what}", hint="`dhcpd -t -cf FILE` checks it")


def unquoted(text: str) -> str:
    """What a text in quotes stands for; octets above 127 are UTF-8."""

    def octet(found: re.Match[str]) -> str:
        hexadecimal, octal, other = found.groups()
        if hexadecimal or octal:
            return chr((int(hexadecimal, 16) if hexadecimal else int(octal, 8)) & 0xFF)
        return _CONTROLS.get(other, other)

    plain = _ESCAPE.sub(octet, text[1:-1])
    try:
        return plain.encode("latin-1").decode()
    except UnicodeError:  # it is UTF-8 already, or another encoding
        return plain


def quoted(text: str) -> str:
    """A text in quotes; what is not plain ASCII as its octets of UTF-8."""
    return '"' + "".join(map(_quoted, text.encode())) + '"'


def _quoted(octet: int) -> str:
    if octet in b'"\\':
        return f"\\{chr(octet)}"
    return chr(octet) if 32 <= octet < 127 else f"\\{octet:03o}"
