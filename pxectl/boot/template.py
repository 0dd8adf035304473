"""The site's texts: Jinja2, sandboxed, strict about names that are not defined."""

from collections.abc import Mapping
from typing import Any

from pxectl.errors import PxectlError

_HINT = "templates know machine, vars, client, urls and profile; `vars.x is defined` asks for one"
_NO_VAR = "'mappingproxy object' has no attribute"


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
        context: `machine`, `vars`, `client`, `urls`, `profile`.
        others: the site's templates by name, for `include` and `extends`.

    Raises:
        PxectlError: names template and line.
    """
    if not is_template(text):
        return text
    from jinja2 import DictLoader, StrictUndefined, TemplateError  # 60 ms: only when needed
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    from pxectl.boot.compiled import COMPILED
    from pxectl.boot.filters import FILTERS

    environment = ImmutableSandboxedEnvironment(
        loader=DictLoader(dict(others) | {name: text}),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,
        bytecode_cache=COMPILED,
    )
    environment.filters |= FILTERS
    try:
        return environment.get_template(name).render(context)
    except TemplateError as error:
        line = getattr(error, "lineno", None) or _line_in(error, name)
        where = f"{name}, line {line}" if line else name
        said = (error.message or type(error).__name__).replace(_NO_VAR, "vars has no")
        raise PxectlError(f"template {where}: {said}", hint=_HINT) from None
    except Exception as error:  # a template may raise anything Python can: 1/0, a bad filter
        where = f"{name}, line {line}" if (line := _line_in(error, name)) else name
        said = "it includes itself" if isinstance(error, RecursionError) else str(error)
        what = said or type(error).__name__
        raise PxectlError(
            f"template {where}: {what}", hint="test a value before it is used: `{% if … %}`"
        ) from None


def _line_in(error: Exception, name: str) -> int | None:
    """The line of the template where `error` came from: Jinja2 puts it into the traceback."""
    line, step = None, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename in (name, "<template>"):
            line = step.tb_lineno
        step = step.tb_next
    return line
