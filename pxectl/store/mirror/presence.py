"""Whether what is here is enough."""

import time

from pxectl.boot.check import Check
from pxectl.store.mirror.shelf import Facts

FRESH = 60.0
"""Seconds for which the server is not asked again whether a file has changed."""


def is_good(facts: Facts, check: Check) -> bool:
    """Whether what is here was looked at as `check` wants it, as far as that can be known here."""
    if check.sha256 and facts.sha256 != check.sha256:
        return False
    return not check.voucher or facts.voucher == check.voucher


def is_fresh(facts: Facts, check: Check) -> bool:
    """Whether nobody has to be asked: by its sum it can not change, or it was asked just now."""
    return bool(check.sha256) or 0 <= time.time() - facts.checked < FRESH
