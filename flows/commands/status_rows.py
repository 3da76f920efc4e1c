"""The indicators of ``kmi status``: the published verdicts with what people need beside them, chosen and in order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plan.suggestion import suggest
from reports.words import VERDICT_ORDER
from warehouse.errors import ConfigError
from warehouse.published_tables import Row

NO_TARGET = "no_target"
ABOUT = ("title", "unit", "owner", "objective", "target_value", "target_low", "target_high", "due")
"""What a row of ``kmi status`` takes from indicators.parquet."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which indicators to show; all by default. An owner or objective fits if it holds the text."""

    indicators: tuple[str, ...] = ()
    behind: bool = False
    owner: str | None = None
    objective: str | None = None

    @property
    def is_all(self) -> bool:
        return self == Selection()


def status_rows(verdicts: Iterable[Row], about: Mapping[str, Row], history: Sequence[Row]) -> list[dict[str, Any]]:
    """A row for each verdict, the worst first: its columns, those of ``ABOUT``, and the verdict before.

    about: indicators by id; one that is no longer published has only its title. history: the changes of verdict.
    """
    changes: dict[str, list[Row]] = {}
    for change in sorted(history, key=lambda row: row["as_of"]):
        changes.setdefault(change["indicator_id"], []).append(change)
    rows = [_row(verdict, about, changes.get(verdict["indicator_id"], [])) for verdict in verdicts]
    return sorted(rows, key=lambda row: (row["reason_code"] == NO_TARGET, VERDICT_ORDER.index(row["verdict"])))


def _row(verdict: Row, about: Mapping[str, Row], changes: Sequence[Row]) -> dict[str, Any]:
    own = about.get(verdict["indicator_id"], {})
    before, changed_at = _last_change(verdict, [row for row in changes if row["as_of"] <= verdict["as_of"]])
    more = {name: own.get(name) for name in ABOUT}
    return {**verdict, **more, "verdict_before": before, "verdict_changed_at": changed_at}


def _last_change(verdict: Row, changes: Sequence[Row]) -> tuple[str | None, datetime | None]:
    """The verdict before the present one, and the evaluation that changed it; None where there was no other."""
    for later, earlier in zip(reversed(changes), reversed(changes[:-1]), strict=False):
        if later["verdict"] != earlier["verdict"]:
            return (earlier["verdict"], later["as_of"]) if later["verdict"] == verdict["verdict"] else (None, None)
    return None, None


def choose(rows: Sequence[dict[str, Any]], selection: Selection) -> list[dict[str, Any]]:
    """The rows that fit. Raises ``ConfigError`` for an unknown indicator, owner or objective."""
    known = [row["indicator_id"] for row in rows]
    for name in selection.indicators:
        if name not in known:
            raise ConfigError(f"no indicator is called '{name}'", do=suggest(name, known))
    chosen = [row for row in rows if not selection.indicators or row["indicator_id"] in selection.indicators]
    for column, wanted in (("owner", selection.owner), ("objective", selection.objective)):
        if wanted is not None:
            fitting = [row for row in chosen if wanted.casefold() in (row[column] or "").casefold()]
            if not fitting:
                named = sorted({row[column] for row in rows if row[column]})
                raise ConfigError(f"no indicator has the {column} '{wanted}'", do=suggest(wanted, named))
            chosen = fitting
    return [row for row in chosen if not selection.behind or row["verdict"] == "behind"]
