"""Where templates run: Jinja2's sandbox, and what it leaves open.

Imports jinja2: only what renders imports this.
"""

from collections.abc import Mapping

from jinja2 import DictLoader, StrictUndefined
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pxectl.boot.compiled import COMPILED
from pxectl.boot.filters import FILTERS

LONGEST = 1 << 16
"""Bits of a number that is reckoned with. One operation on longer ones may take minutes, and
nothing interrupts it."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Numbers stay short in it."""

    intercepted_binops = frozenset(("*", "**", "/", "//", "%"))

    def __init__(self, texts: Mapping[str, str]) -> None:
        """For one rendering.

        Args:
            texts: the templates by name.
        """
        super().__init__(
            loader=DictLoader(texts),
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            autoescape=False,
            bytecode_cache=COMPILED,
        )
        self.filters |= FILTERS

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        """Reckon."""
        if isinstance(left, int) and isinstance(right, int):
            grows = right if operator == "**" else 1
            if left.bit_length() * max(grows, 1) > LONGEST or right.bit_length() > LONGEST:
                raise ValueError("a number is too long")
        reckoned: object = super().call_binop(context, operator, left, right)
        return reckoned
