"""Which rules can match at all: an index over their conditions, so that a thousand of them cost
as little as ten.

A condition knows values of which a fact must have one (`Condition.handles`). Each rule is filed
under its rarest condition, and a decision tries only the rules that are filed under the facts of
this client, and those that can not be filed. The order of the rules stays what it is.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence

from pxectl.boot.condition import Condition, Handle
from pxectl.boot.facts import Facts

_Shape = tuple[str, int]
_Found = tuple[Callable[[Facts], Iterable[Hashable]], dict[Hashable, list[int]]]


class Shortlist:
    """An index over lists of conditions. Immutable once made."""

    __slots__ = ("_files", "_unfiled")

    def __init__(self, matches: Iterable[Sequence[Condition]]) -> None:
        """File every rule.

        Args:
            matches: the conditions of each rule, in the order of the rules.
        """
        every = list(matches)
        crowd = Counter(
            (handle.shape, value)
            for match in every
            for condition in match
            for handle in condition.handles
            for value in handle.values
        )
        self._unfiled: list[int] = []
        files: dict[_Shape, _Found] = {}
        for place, match in enumerate(every):
            handles = _rarest(match, crowd)
            if not handles:
                self._unfiled.append(place)
            for handle in handles:
                _, by_value = files.setdefault(handle.shape, (handle.find, {}))
                for value in handle.values:
                    places = by_value.setdefault(value, [])
                    if places[-1:] != [place]:  # two branches of one `any` may share a value
                        places.append(place)
        self._files = tuple(files.values())

    def places(self, facts: Facts) -> list[int]:
        """The places, from 0 and in order, of all rules that may match; some may be named twice."""
        places = self._unfiled.copy()
        for find, by_value in self._files:
            for value in find(facts):
                places += by_value.get(value, ())
        places.sort()
        return places


def _rarest(
    match: Sequence[Condition], crowd: Counter[tuple[_Shape, Hashable]]
) -> Sequence[Handle]:
    """The handles of the condition that shares its values with the fewest others."""

    def crowding(condition: Condition) -> int:
        return max(crowd[h.shape, value] for h in condition.handles for value in h.values)

    candidates = [condition for condition in match if condition.handles]
    return min(candidates, key=crowding).handles if candidates else ()
