"""JSON as Kea has it: with comments of three kinds, commas before brackets, and includes."""

import json
import re
from typing import Any

from pxectl.errors import ConfigError

# taken even without its end, or each quote would search for it anew
_STRING = r'"(?:[^"\\\n]|\\.)*"?'
_COMMENT = re.compile(
    rf"({_STRING})|//[^\n]*|\#[^\n]*|/\*.*?(?:\*/|\Z)|<\?include[^\n]*", re.DOTALL
)
_COMMA = re.compile(rf"({_STRING})|,(?=\s*[\]}}])", re.DOTALL)


def parse_kea(text: str, where: str) -> Any:  # noqa: ANN401 - whatever the file holds
    """What the text holds.

    Raises:
        ConfigError: it is no such JSON; names the line.
    """
    plain = _COMMENT.sub(_blank, text)
    plain = _COMMA.sub(lambda found: found[1] or " ", plain)
    try:
        return json.loads(plain)
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"{where}: line {error.lineno}: {error.msg}", hint="`kea-dhcp4 -t FILE` checks it"
        ) from None
    except RecursionError:
        raise ConfigError(f"{where}: is nested too deeply", hint="flatten it") from None
    except ValueError as error:  # a number of thousands of digits
        raise ConfigError(f"{where}: {error}", hint="`kea-dhcp4 -t FILE` checks it") from None


def includes(text: str) -> list[str]:
    """Names of files that it includes, which are not read."""
    return re.findall(r'<\?include\s+"([^"\n]*)"\s*\?>', text)


def _blank(found: re.Match[str]) -> str:
    """Nothing, but on as many lines: an error names the right one."""
    return found[1] or "\n" * found[0].count("\n")
