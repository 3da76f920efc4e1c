"""The published rows that a message tells of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

Row = Mapping[str, Any]


def no_rows() -> Mapping[str, Sequence[Row]]:
    return {}


@dataclass(frozen=True)
class PublishedRows:
    """Published rows by indicator or source.

    ``changes``: the newest change of each verdict, with the column verdict_before.
    ``last_finish``: when a run finished last (UTC), of a notice on the runs themselves.
    ``notes``: newest first. ``periods``: gives them by indicator, oldest first, and reads them where it is called.
    """

    indicators: Mapping[str, Row]
    verdicts: Mapping[str, Row]
    changes: Mapping[str, Row]
    sources: Mapping[str, Row]
    last_finish: datetime | None = None
    notes: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    periods: Callable[[], Mapping[str, Sequence[Row]]] = no_rows

    def redacted(self, redact: Callable[[str], str]) -> "PublishedRows":
        """The rows with clean texts, before any of them is cut: a part of a secret is not found any more."""
        return replace(
            self,
            indicators={name: _clean(row, redact) for name, row in self.indicators.items()},
            verdicts={name: _clean(row, redact) for name, row in self.verdicts.items()},
            changes={name: _clean(row, redact) for name, row in self.changes.items()},
            sources={name: _clean(row, redact) for name, row in self.sources.items()},
            notes={name: [_clean(row, redact) for row in rows] for name, rows in self.notes.items()},
        )


def _clean(row: Row, redact: Callable[[str], str]) -> Row:
    return {name: redact(value) if isinstance(value, str) else value for name, value in row.items()}
