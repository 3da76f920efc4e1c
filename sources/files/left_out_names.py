"""What a plan leaves out of a delivery and of the store: entities, metrics, or one metric of one entity."""

from collections.abc import Iterable, Set

from sources.contract import SourceSettings
from sources.files.entity_names import folded


def series_name(metric: str, entity: str) -> str:
    """How notes and ``left_out`` name one metric of one entity."""
    return f"{metric} of {entity}"


class LeftOutNames:
    """The names under ``left_out``. Capitals, blanks and marks of footnotes do not count, as in names of entities.

    kept_apart: names that the plan tells apart from other spellings.
    """

    def __init__(self, names: Iterable[str] = (), kept_apart: Set[str] = frozenset()) -> None:
        self._exact = frozenset(names)
        self._folded = frozenset(folded(name) for name in self._exact - kept_apart) - {""}
        self._kept_apart = kept_apart

    def has(self, metric: str, entity: str) -> bool:
        """Whether this metric of this entity is left out."""
        names = (entity, metric, series_name(metric, entity))
        if not self._exact.isdisjoint(names):
            return True
        return any(folded(name) in self._folded for name in names if name not in self._kept_apart)

    def __bool__(self) -> bool:
        return bool(self._exact)


def left_out_names(settings: SourceSettings) -> LeftOutNames:
    """Those of any source; most have none."""
    rename: dict[str, str] = getattr(settings, "rename", {})
    return LeftOutNames(getattr(settings, "left_out", ()), frozenset(n for n, to in rename.items() if n == to))
