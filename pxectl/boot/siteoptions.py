"""DHCP options of subnets, machines and rules as octets: made once, not for every packet.

Memory goes by the identity of a mapping, which a site never changes: comparing what it holds would
cost as much as encoding it. What is remembered keeps the mapping alive, so no other one can get
its identity.
"""

from collections.abc import Mapping
from typing import Any

from pxectl.wire.values import encode_option

_MOST = 4096  # then all is forgotten: a site that was read again leaves nothing behind for long

_encoded: dict[int, tuple[Mapping[str, Any], Mapping[int, bytes]]] = {}
_merged: dict[tuple[int, int], tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]] = {}


def encoded(options: Mapping[str, Any]) -> Mapping[int, bytes]:
    """Octets by code of options as the site's files hold them, in their order.

    Args:
        options: value by name; `store/` has checked them when it read the files.
    """
    known = _encoded.get(id(options))
    if known is not None:
        return known[1]
    octets = dict(encode_option(name, value) for name, value in options.items())
    if len(_encoded) >= _MOST:
        _encoded.clear()
    _encoded[id(options)] = options, octets
    return octets


def nearest(near: Mapping[str, Any], far: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options of both; where both name one, that of `near`. The same mapping for the same two.

    Args:
        near: a rule's.
        far: its machine's.
    """
    if not far or not near:
        return near or far
    key = id(near), id(far)
    known = _merged.get(key)
    if known is not None:
        return known[2]
    both = {**far, **near}  # another name for the same option comes later, and wins
    if len(_merged) >= _MOST:
        _merged.clear()
    _merged[key] = near, far, both
    return both
