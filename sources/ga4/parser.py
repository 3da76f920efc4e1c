"""From reports to observations, column by column: a report may have a quarter of a million rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sources.contract import OBSERVATION_COLUMNS, Break, Metric, ParseResult, RawPage, observation_frame, refused_frame
from sources.ga4.responses import suggested_metric
from sources.ga4.settings import RENAMED_METRICS
from sources.ga4.table import Report, constant, days, numbers, origins, report, spans, text_series
from warehouse.errors import ShapeError
from warehouse.schema import DAY, Window

RESERVED = ("(other)", "(not set)", "(data not available)")
"""What Google writes for a page that it does not name: https://support.google.com/analytics/answer/13504892"""
_ACTION = "look at the day in the reports of the property; ask again for a shorter window"
Refused = tuple[str | None, str | None, date | None, date | None, str, str, str, str]


@dataclass
class ReportParser:
    """Collects the reports of one pull."""

    declared: Sequence[Metric]
    _frames: list[pd.DataFrame] = field(default_factory=list)
    _refused: list[Refused] = field(default_factory=list)
    _notes: dict[str, None] = field(default_factory=dict)
    _breaks: dict[Break, None] = field(default_factory=dict)
    _missing: bool = False
    """Whether a metric has no figures, so that what stands of it must stay."""

    def gone(self, metric: str, page: RawPage) -> None:
        """Take in the answer that the API does not know ``metric``. Raises ``ShapeError``."""
        try:
            message = str(json.loads(page.body)["error"]["message"])
        except (ValueError, KeyError, TypeError):
            raise ShapeError(
                "the answer about a metric is no error of the Data API", where=page.url, do="run again"
            ) from None
        instead = suggested_metric(message) or RENAMED_METRICS.get(metric, "")
        hint = f"; write '{instead}' instead" if instead else ""
        self._notes[
            f"the metric '{metric}' is not known to the Data API any more and was left out{hint}: {message[:150]}"
        ] = None
        self._missing = True
        reason = "the Data API does not know the metric any more"
        for name in self._named_after(metric):
            self._breaks[Break(name, page.window.start, "retired", reason, replaced_by=instead)] = None

    def report(self, page: RawPage, about: Mapping[str, Any]) -> None:
        """Take in one answer. Raises ``ShapeError``."""
        read, suffix = report(page), str(about.get("suffix", ""))
        self._tell(read)
        if not read.count:
            return
        starts, ends = self._spans(read, [_span(text) for text in about.get("spans", ())], page)
        pages = read.dimensions.get("pagePath")
        base = {
            "entity": constant("", read.count) if pages is None else text_series(pages),
            "start": starts,
            "end": ends,
            "flags": self._flags(read, pages),
            "origin": origins(page, int(about.get("offset", 0)), read.count),
        }
        known = {metric.name for metric in self.declared}
        for name in [name for name in read.metrics if name not in read.restricted]:
            if f"{name}{suffix}" not in known:
                raise ShapeError(
                    f"the report has a metric '{name}' that was not asked for",
                    where=page.url,
                    do="collect again after a change of 'metrics'",
                )
            self._figures(base, read.metrics[name], f"{name}{suffix}")

    def parsed(self, window: Window | None, *, by_page: bool) -> ParseResult:
        """``by_page``: a page without a row on a day that was collected had no views, so a day without any row is not collected."""
        observations = pd.concat(self._frames, ignore_index=True) if self._frames else observation_frame([])
        covered: tuple[Window, ...] = (window,) if window else ()
        if by_page and window:
            covered = _days_with_rows(observations, window)
        replaces = None if self._missing else window
        return ParseResult(
            observations, refused_frame(self._refused), covered, replaces, tuple(self._notes), tuple(self._breaks)
        )

    def _named_after(self, metric: str) -> list[str]:
        return [known.name for known in self.declared if known.name in {metric, f"{metric}_week", f"{metric}_month"}]

    def _spans(self, read: Report, asked: Sequence[Window], page: RawPage) -> tuple[pd.Series, pd.Series]:
        if asked:
            known = {str(span).replace("..", "_"): (span.start, span.end) for span in asked}
            return spans(read.dimensions.get("dateRange", pa.repeat(pa.scalar(next(iter(known))), read.count)), known)
        if "date" not in read.dimensions:
            raise ShapeError(
                "the report has no dates", where=page.url, do="run again; if it stays so, the interface has changed"
            )
        return days(read.dimensions["date"])

    def _flags(self, read: Report, pages: Any) -> pd.Series:
        """The same tuple for every row, but for the pages that Google does not name."""
        found = np.empty(read.count, dtype=object)
        found.fill(read.flags)
        unnamed = (
            np.zeros(read.count, dtype=bool)
            if pages is None
            else pc.is_in(pages, pa.array(RESERVED)).to_numpy(zero_copy_only=False)
        )
        if unnamed.any():
            found[unnamed] = pd.Series(
                [tuple(sorted({*read.flags, "incomplete"}))] * int(unnamed.sum()), dtype=object
            ).to_numpy()
            for name in pc.unique(pages.filter(pa.array(unnamed))).to_pylist():
                self._notes[
                    f"Google put some pages together as '{name}': it stands as a page of its own, and a filter on pages does not look inside"
                ] = None
        return pd.Series(found)

    def _figures(self, base: Mapping[str, pd.Series], texts: Any, metric: str) -> None:
        """The rows of one metric; what has no day or no number is refused."""
        values = numbers(texts)
        frame = pd.DataFrame({**base, "metric": constant(metric, len(values)), "value": values})[OBSERVATION_COLUMNS]
        bad = np.isnan(values) | base["start"].isna().to_numpy()
        for at in np.flatnonzero(bad):
            raw, start, end = str(texts[int(at)]), base["start"].iloc[at], base["end"].iloc[at]
            first, after = (None, None) if pd.isna(start) else (start.date(), end.date())
            reason = "the row has no day" if first is None else f"'{raw[:80]}' is no number"
            self._refused.append(
                (metric, base["entity"].iloc[at], first, after, raw[:500], reason, base["origin"].iloc[at], _ACTION)
            )
        self._frames.append(frame[~bad] if bad.any() else frame)

    def _tell(self, read: Report) -> None:
        told = read.metadata
        if told.get("emptyReason"):
            self._notes[f"Google gives a report without rows: {told['emptyReason']}"] = None
        if read.restricted:
            self._missing = True
        for name in sorted(read.restricted):
            self._notes[
                f"the account may not see the metric '{name}'; it was left out: ask an administrator of the property to lift the restriction"
            ] = None
        for entry in told.get("dataTruncationReasons") or ():
            self._notes[
                f"Google cut the data: {entry.get('dataTruncationMessage') or entry.get('dataTruncationType')}"
            ] = None
        for flag in read.flags:
            self._notes[f"Google says that the numbers are {flag}; each carries the flag"] = None


def _span(text: str) -> Window:
    start, end = text.split("..")
    return Window(date.fromisoformat(start), date.fromisoformat(end))


def _days_with_rows(observations: pd.DataFrame, window: Window) -> tuple[Window, ...]:
    """The days of ``window`` that have a row of their own, put together where they follow each other."""
    whole = observations["end"] - observations["start"] == pd.Timedelta(days=1)
    found = list[Window]()
    for moment in sorted(observations.loc[whole, "start"].unique()):
        day = pd.Timestamp(moment).date()
        if found and found[-1].end == day:
            found[-1] = Window(found[-1].start, day + DAY)
        elif day in window:
            found.append(Window(day, day + DAY))
    return tuple(found)
