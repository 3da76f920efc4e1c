"""Turns reports into observations, column by column: a report may have a quarter of a million rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sources.contract import OBSERVATION_COLUMNS, Break, Metric, ParseResult, RawPage
from sources.frames import observation_frame, refused_frame
from sources.ga4.responses import suggested_metric
from sources.ga4.settings import RENAMED_METRICS
from sources.ga4.table import Report, constant, day_bounds, numbers, origins, read_report, span_bounds, text_series
from sources.observations import parse_page_json
from warehouse.errors import ShapeError
from warehouse.schema import DAY, Window

RESERVED = ("(other)", "(not set)", "(data not available)")
"""Google's placeholders for pages that it does not name: https://support.google.com/analytics/answer/13504892"""
_ACTION = "look at the day in the reports of the property; ask again for a shorter window"
Refused = tuple[str | None, str | None, date | None, date | None, str, str, str, str]


@dataclass
class ReportParser:
    """Collects the reports of one pull; ``parsed`` gives the observations."""

    declared: Sequence[Metric]
    _frames: list[pd.DataFrame] = field(default_factory=list)
    _refused: list[Refused] = field(default_factory=list)
    _notes: dict[str, None] = field(default_factory=dict)
    _breaks: dict[Break, None] = field(default_factory=dict)
    _missing: bool = False
    """Whether a metric has no values in this pull, so that its stored values must be kept."""

    def add_unknown_metric(self, metric: str, page: RawPage) -> None:
        """Add the response that the API does not know ``metric``. Raises ``ShapeError``."""
        try:
            message = str(parse_page_json(page)["error"]["message"])
        except (ShapeError, KeyError, TypeError):
            what = "the response about a metric is not an error of the Data API"
            raise ShapeError(what, where=page.url, do="run again") from None
        instead = suggested_metric(message) or RENAMED_METRICS.get(metric, "")
        hint = f"; write '{instead}' instead" if instead else ""
        self._note(f"the Data API no longer knows the metric '{metric}'; it was left out{hint}: {message[:150]}")
        self._missing = True
        reason = "the Data API no longer knows the metric"
        for name in self._series_of(metric):
            self._breaks[Break(name, page.window.start, "retired", reason, replaced_by=instead)] = None

    def add_report(self, page: RawPage, about: Mapping[str, Any]) -> None:
        """Add one page of a report; ``about`` is its request. Raises ``ShapeError``."""
        report, suffix = read_report(page), str(about.get("suffix", ""))
        self._note_metadata(report)
        if not report.count:
            return
        starts, ends = self._spans(report, [_span(text) for text in about.get("spans", ())], page)
        pages = report.dimensions.get("pagePath")
        base = {
            "entity": constant("", report.count) if pages is None else text_series(pages),
            "start": starts,
            "end": ends,
            "flags": self._flags(report, pages),
            "origin": origins(page, int(about.get("offset", 0)), report.count),
        }
        declared = {metric.name for metric in self.declared}
        for name in [name for name in report.metrics if name not in report.restricted]:
            if f"{name}{suffix}" not in declared:
                what = f"the report has a metric '{name}' that was not requested"
                raise ShapeError(what, where=page.url, do="collect again after a change of 'metrics'")
            self._add_values(base, report.metrics[name], f"{name}{suffix}")

    def parsed(self, window: Window | None, *, by_page: bool) -> ParseResult:
        """The result of the pull.

        ``by_page``: a page without a row on a collected day had no views, so a day without any row is not collected.
        """
        observations = pd.concat(self._frames, ignore_index=True) if self._frames else observation_frame([])
        covered: tuple[Window, ...] = (window,) if window else ()
        if by_page and window:
            covered = _days_with_rows(observations, window)
        replaces = None if self._missing else window
        return ParseResult(
            observations, refused_frame(self._refused), covered, replaces, tuple(self._notes), tuple(self._breaks)
        )

    def _note(self, sentence: str) -> None:
        self._notes[sentence] = None

    def _series_of(self, metric: str) -> list[str]:
        names = {metric, f"{metric}_week", f"{metric}_month"}
        return [declared.name for declared in self.declared if declared.name in names]

    def _spans(self, report: Report, requested: Sequence[Window], page: RawPage) -> tuple[pd.Series, pd.Series]:
        """First day, and day after the last, of each row."""
        if requested:
            bounds = {str(span).replace("..", "_"): (span.start, span.end) for span in requested}
            only = pa.repeat(pa.scalar(next(iter(bounds))), report.count)
            return span_bounds(report.dimensions.get("dateRange", only), bounds)
        if "date" not in report.dimensions:
            do = "run again; if it happens again, the interface has changed"
            raise ShapeError("the report has no dates", where=page.url, do=do)
        return day_bounds(report.dimensions["date"])

    def _flags(self, report: Report, pages: Any) -> pd.Series:
        """The report's flags for every row; pages that Google does not name are ``incomplete`` as well."""
        flags = np.empty(report.count, dtype=object)
        flags.fill(report.flags)
        if pages is None:
            return pd.Series(flags)
        unnamed = pc.is_in(pages, pa.array(RESERVED)).to_numpy(zero_copy_only=False)
        if unnamed.any():
            incomplete = tuple(sorted({*report.flags, "incomplete"}))
            flags[unnamed] = pd.Series([incomplete] * int(unnamed.sum()), dtype=object).to_numpy()
            for name in pc.unique(pages.filter(pa.array(unnamed))).to_pylist():
                self._note(
                    f"Google grouped some pages as '{name}': the group counts as one page, "
                    "and a filter on pages does not look inside it"
                )
        return pd.Series(flags)

    def _add_values(self, base: Mapping[str, pd.Series], texts: Any, metric: str) -> None:
        """Add the rows of one metric; a row without a day or a number is refused."""
        values = numbers(texts)
        frame = pd.DataFrame({**base, "metric": constant(metric, len(values)), "value": values})[OBSERVATION_COLUMNS]
        bad = np.isnan(values) | base["start"].isna().to_numpy()
        for at in np.flatnonzero(bad):
            raw, start, end = str(texts[int(at)]), base["start"].iloc[at], base["end"].iloc[at]
            first, after = (None, None) if pd.isna(start) else (start.date(), end.date())
            reason = "the row has no day" if first is None else f"'{raw[:80]}' is not a number"
            self._refused.append(
                (metric, base["entity"].iloc[at], first, after, raw[:500], reason, base["origin"].iloc[at], _ACTION)
            )
        self._frames.append(frame[~bad] if bad.any() else frame)

    def _note_metadata(self, report: Report) -> None:
        metadata = report.metadata
        if metadata.get("emptyReason"):
            self._note(f"Google returned a report without rows: {metadata['emptyReason']}")
        if report.restricted:
            self._missing = True
        for name in sorted(report.restricted):
            self._note(
                f"the account may not see the metric '{name}'; it was left out: "
                "ask an administrator of the property to lift the restriction"
            )
        for entry in metadata.get("dataTruncationReasons") or ():
            why = entry.get("dataTruncationMessage") or entry.get("dataTruncationType")
            self._note(f"Google truncated the data: {why}")
        for flag in report.flags:
            self._note(f"Google says that the numbers are {flag}; each carries the flag")


def _span(text: str) -> Window:
    start, end = text.split("..")
    return Window(date.fromisoformat(start), date.fromisoformat(end))


def _days_with_rows(observations: pd.DataFrame, window: Window) -> tuple[Window, ...]:
    """The days of ``window`` that have a daily row; consecutive days are joined."""
    daily = observations["end"] - observations["start"] == pd.Timedelta(days=1)
    found = list[Window]()
    for moment in sorted(observations.loc[daily, "start"].unique()):
        day = pd.Timestamp(moment).date()
        if found and found[-1].end == day:
            found[-1] = Window(found[-1].start, day + DAY)
        elif day in window:
            found.append(Window(day, day + DAY))
    return tuple(found)
