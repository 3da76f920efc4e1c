"""The reviews of the plan that took place, and the verdicts that lay on the table."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pandas as pd
import pyarrow as pa

from flows.steps.context import Context
from transforms.judgement.history import verdicts_as_of
from warehouse.frames import to_arrow, to_pandas
from warehouse.root import table_rows
from warehouse.schema import EVALUATIONS, REVIEWS, VERDICT_LEDGER

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class HeldReview:
    """A review that took place. ``as_of``: the evaluation that was looked at, aware UTC."""

    held_on: date
    as_of: datetime
    by: str
    note: str = ""
    indicators: tuple[str, ...] = ()


def held_reviews(context: Context) -> list[HeldReview]:
    """All reviews on the ledger, in the order of their days."""
    rows = table_rows(context.tables.read(REVIEWS))
    held = [
        HeldReview(row["held_on"], row["as_of"].astimezone(UTC), row["by"], row["note"] or "", tuple(row["indicators"]))
        for row in rows
    ]
    return sorted(held, key=lambda review: (review.held_on, review.as_of))


def record_review(context: Context, review: HeldReview) -> None:
    """Append a review. Only under the warehouse's lock."""
    row = {
        "held_on": review.held_on,
        "as_of": review.as_of,
        "by": review.by,
        "note": review.note or None,
        "indicators": list(review.indicators),
        "recorded_at": context.clock(),
    }
    context.tables.append(REVIEWS, pa.Table.from_pylist([row], schema=REVIEWS.arrow))


@dataclass(frozen=True, slots=True)
class VerdictLedger:
    """``rows``: the whole ledger of verdicts. ``evaluations``: when the plan was evaluated."""

    rows: pd.DataFrame
    evaluations: pd.DataFrame

    def as_of(self, instant: datetime) -> list[Row]:
        """The verdicts and goals of the last evaluation up to ``instant``; none before the first."""
        found = verdicts_as_of(self.rows, self.evaluations, pd.Timestamp(instant))
        return table_rows(to_arrow(found, VERDICT_LEDGER))

    def evaluated_until(self, instant: datetime) -> datetime | None:
        """The last evaluation up to ``instant``."""
        made = self.evaluations.loc[self.evaluations["as_of"] <= pd.Timestamp(instant), "as_of"]
        return None if made.empty else made.max().to_pydatetime()

    def goals_changed_after(self, instant: datetime) -> dict[str, list[str]]:
        """What the plan changed in the goal of each indicator since ``instant``, oldest first."""
        later = self.rows[(self.rows["as_of"] > pd.Timestamp(instant)) & self.rows["plan_change"].notna()]
        changes: dict[str, list[str]] = {}
        ordered = later.sort_values("as_of", kind="stable")
        for name, text in zip(ordered["indicator_id"], ordered["plan_change"], strict=True):
            changes.setdefault(name, []).append(text)
        return changes


def read_verdict_ledger(context: Context) -> VerdictLedger:
    return VerdictLedger(to_pandas(context.tables.read(VERDICT_LEDGER)), to_pandas(context.tables.read(EVALUATIONS)))
