"""What Jinja2 made of templates: compiling one costs ten times as much as rendering it, and a rack
renders the same few again and again.

Imports jinja2: only what renders imports this.
"""

from collections import OrderedDict
from types import CodeType

from jinja2.bccache import Bucket, BytecodeCache

KEPT = 1024
"""Texts; the one that was used longest ago goes."""


class Compiled(BytecodeCache):
    """The code of texts, for environments that are alike. Mutable; of one thread."""

    def __init__(self) -> None:
        self._code: OrderedDict[tuple[str, str], CodeType] = OrderedDict()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give `bucket` the code of its text, if it is known."""
        key = (bucket.key, bucket.checksum)
        if key in self._code:
            self._code.move_to_end(key)
            bucket.code = self._code[key]

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a text."""
        if bucket.code is None:
            return
        self._code[bucket.key, bucket.checksum] = bucket.code
        if len(self._code) > KEPT:
            self._code.popitem(last=False)


COMPILED = Compiled()
"""A pure function's memory: code depends on name and text alone."""
