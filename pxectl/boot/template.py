"""The site's texts: Jinja2, sandboxed, strict about names that are not defined."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from traceback import clear_frames
from typing import Any

from pxectl.budget import OverBudgetError, budget
from pxectl.errors import PxectlError

SECONDS, MEMORY, LARGEST = 1, 64 << 20, 8 << 20
"""What a text may cost, of the processor and of memory, and octets of what comes of it. The longest
answer file that people write takes a hundredth of each."""
STRIKES = 3
"""Times that a text may cost too much. Machines ask again and again, and all others wait."""
COSTLY = 256
"""Such texts that are remembered."""

_HINT = "templates know machine, vars, client, urls, site and profile; `vars.x is defined` asks"
_COSTLY_HINT = "a loop without an end? It is tried again when a file of the site changes"
_NO_VAR = re.compile(r"'(?:mappingproxy|dict) object' has no attribute")


def is_template(text: str) -> bool:
    """False for a text without any Jinja2 in it, which needs no rendering."""
    return "{{" in text or "{%" in text or "{#" in text


def literal(text: str) -> str:
    """A template that renders to `text`: for what others wrote and nobody is to fill in."""
    return text.replace("{", "{{ '{' }}") if is_template(text) else text


def render(name: str, text: str, context: Mapping[str, Any], others: Mapping[str, str]) -> str:
    """`text` with `context` filled in.

    Args:
        name: what to call it in errors.
        text: the template.
        context: `machine`, `vars`, `client`, `urls`, `site`, `profile`.
        others: the site's templates by name, for `include` and `extends`.

    Raises:
        PxectlError: names template and line.
    """
    if not is_template(text):
        return text
    from jinja2 import TemplateError  # 60 ms: only when needed

    from pxectl.boot.sandbox import Sandbox

    _COSTLY.ask(name, text, others)
    try:
        with budget(SECONDS, MEMORY):
            rendered = Sandbox({**others, name: text}).get_template(name).render(context)
    except TemplateError as error:
        line = getattr(error, "lineno", None) or _line_in(error, name)
        said = _NO_VAR.sub("vars has no", error.message or type(error).__name__)
        raise PxectlError(f"{_where(name, line)}: {said}", hint=_HINT) from None
    except (OverBudgetError, MemoryError) as error:
        too_long = isinstance(error, OverBudgetError)
        used = f"{SECONDS} s" if too_long else f"{MEMORY >> 20} MB of memory"
        said = f"{_where(name, _line_in(error, name))}: needs more than {used}"
        clear_frames(error.__traceback__)  # what it holds, others need
        raise _COSTLY.note(name, text, others, said) from None
    except Exception as error:  # a template may raise anything Python can: 1/0, a bad filter
        said = "it includes itself" if isinstance(error, RecursionError) else str(error)
        what = said or type(error).__name__
        raise PxectlError(
            f"{_where(name, _line_in(error, name))}: {what}",
            hint="test a value before it is used: `{% if … %}`",
        ) from None
    if len(rendered) > LARGEST:
        said = f"comes to more than {LARGEST >> 20} MB"
        raise _COSTLY.note(name, text, others, f"{_where(name, None)}: {said}")
    return rendered


@dataclass(frozen=True, slots=True)
class _Strikes:
    count: int
    message: str
    others: Mapping[str, str]


class _Costly:
    """Texts that cost too much, and how often. Bounded; the one that was longest ago goes."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], _Strikes] = OrderedDict()

    def ask(self, name: str, text: str, others: Mapping[str, str]) -> None:
        """Raise what the text came to, if it had its chances in this version of the site."""
        known = self._known.get((name, text))
        if known is not None and known.others is others and known.count >= STRIKES:
            raise PxectlError(known.message, hint=_COSTLY_HINT)

    def note(self, name: str, text: str, others: Mapping[str, str], message: str) -> PxectlError:
        """The error to raise."""
        known = self._known.pop((name, text), None)
        count = known.count if known is not None and known.others is others else 0
        self._known[name, text] = _Strikes(count + 1, message, others)
        if len(self._known) > COSTLY:
            self._known.popitem(last=False)
        return PxectlError(message, hint=_COSTLY_HINT)


_COSTLY = _Costly()


def _where(name: str, line: int | None) -> str:
    return f"template {name}, line {line}" if line else f"template {name}"


def _line_in(error: BaseException, name: str) -> int | None:
    """The line of the template where `error` came from: Jinja2 puts it into the traceback of what
    it knows, and else into the template."""
    line, step = None, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename in (name, "<template>"):
            template = step.tb_frame.f_globals.get("__jinja_template__")
            number = step.tb_lineno
            line = template.get_corresponding_lineno(number) if template else number
        step = step.tb_next
    return line
