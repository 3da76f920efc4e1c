"""The effect of each activity in the plan on each indicator that it was meant to move."""

from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from transforms.arrays import FloatArray
from transforms.effects.effect_findings import CANNOT_TELL, EffectFacts, effect_finding
from transforms.effects.estimate import estimate_effect
from transforms.effects.event_window import EventWindow, common_control, locate_event, select_window
from transforms.effects.outcome import Effect
from transforms.effects.window_lengths import WINDOW_LENGTHS
from transforms.periods import period_grid
from warehouse.schema import PUBLISHED_EFFECTS

SEASONS = {span.period: season for season, span in WINDOW_LENGTHS.items()}
LEVEL = 0.90
SAID = ("sentence", "reason_code", "reason_parameters")
EFFECT_COLUMNS = [*(name for name in PUBLISHED_EFFECTS.own_names if name not in SAID), "finding"]
"""The published columns without those that are made of the finding."""
COUNTS = ("periods_before", "periods_after", "placebo_tried", "placebo_passed")
ValuesByIndicator = Mapping[str, FloatArray]
Row = Mapping[Hashable, Any]


@dataclass(frozen=True)
class Activities:
    """The activities and indicators of the plan.

    activities: one row for each activity and indicator it was meant to move: activity_id, date, title, indicator_id,
    controls (a tuple of indicators with the same period). indicators: indicator_id, indicator (its title), unit,
    period, min_completeness. breaks: indicator_id, day: the first day on which its number has a new meaning; with a
    column spliced, spliced ones are ignored.
    """

    activities: pd.DataFrame
    indicators: pd.DataFrame
    breaks: pd.DataFrame


def estimate_effects(periods: pd.DataFrame, plan: Activities) -> pd.DataFrame:
    """Columns ``EFFECT_COLUMNS``.

    periods: as ``transforms.periods.periods``; complete and settled ones count.
    """
    known = plan.activities.merge(plan.indicators, on="indicator_id")
    usable = _usable(periods, plan.indicators)
    frames = [
        _of_period(str(period), rows.reset_index(drop=True), usable, plan)
        for period, rows in known.groupby("period", sort=True)
    ]
    frames = [frame for frame in frames if not frame.empty]
    if not frames:
        return pd.DataFrame(columns=EFFECT_COLUMNS)
    every = pd.concat(frames, ignore_index=True)
    return every.sort_values(["activity_id", "indicator_id"], ignore_index=True)[EFFECT_COLUMNS]


def _usable(periods: pd.DataFrame, indicators: pd.DataFrame) -> pd.DataFrame:
    """Periods that are complete, settled and not closed throughout.

    Columns indicator_id, period, start, end, value, standard_error.
    """
    rows = periods.merge(indicators[["indicator_id", "period", "min_completeness"]], on="indicator_id")
    complete = (rows["completeness"] >= rows["min_completeness"]) & rows["value"].notna()
    whole = complete & ~rows["provisional"].astype(bool)
    closed = rows["flags"].map(lambda flags: "closed" in flags).astype(bool)
    rows = rows if "standard_error" in rows else rows.assign(standard_error=np.nan)
    return rows.loc[whole & ~closed, ["indicator_id", "period", "start", "end", "value", "standard_error"]]


def _of_period(period: str, rows: pd.DataFrame, usable: pd.DataFrame, plan: Activities) -> pd.DataFrame:
    """The effects of the activities in ``rows``, on indicators with this length of period."""
    spans, values, errors = _matrix(period, usable[usable["period"] == period], plan.indicators)
    windows = [_window(row, values, spans, plan) for row in rows.to_dict("records")]
    alone = rows["controls"].map(len).eq(0).to_numpy()
    frames = []
    for chosen in (np.flatnonzero(alone), np.flatnonzero(~alone)):
        if not len(chosen):
            continue
        controls = None
        if not alone[chosen[0]]:
            together = [common_control([values[name] for name in rows["controls"][at]]) for at in chosen]
            controls = np.stack(together)
        mine = [windows[at] for at in chosen]
        found = estimate_effect(
            np.stack([one.values for one in mine]),
            np.array([one.first for one in mine]),
            SEASONS[period],
            controls,
            LEVEL,
            np.stack([errors[name] for name in rows["indicator_id"][chosen]]),
        )
        frames.append(_frame(rows.iloc[chosen], mine, found, plan))
    return pd.concat(frames, ignore_index=True)


def _matrix(
    period: str, usable: pd.DataFrame, indicators: pd.DataFrame
) -> tuple[pd.DataFrame, ValuesByIndicator, ValuesByIndicator]:
    """The periods in order (start, end), and by indicator their values and standard errors.

    Both are NaN where there is no usable period.
    """
    names = list(indicators.loc[indicators["period"] == period, "indicator_id"])
    if usable.empty:
        none = {name: np.empty(0) for name in names}
        return pd.DataFrame({"start": [], "end": []}, dtype="datetime64[us]"), none, none
    spans = period_grid(period, usable["start"].min().date(), usable["end"].max().date())
    wide = (
        usable.pivot(index="indicator_id", columns="start", values=column) for column in ("value", "standard_error")
    )
    rows = [table.reindex(index=names, columns=pd.Index(spans["start"])).to_numpy(dtype=np.float64) for table in wide]
    return spans, dict(zip(names, rows[0], strict=True)), dict(zip(names, rows[1], strict=True))


def _window(row: Row, values: ValuesByIndicator, spans: pd.DataFrame, plan: Activities) -> EventWindow:
    indicator, breaks = str(row["indicator_id"]), plan.breaks
    if "spliced" in breaks:
        breaks = breaks[~breaks["spliced"].astype(bool)]
    concerned = breaks.loc[breaks["indicator_id"].isin([indicator, *_names(row)]), "day"].drop_duplicates()
    on_it, itself = plan.activities["indicator_id"] == indicator, plan.activities["activity_id"] == row["activity_id"]
    others = plan.activities[on_it & ~itself]
    return select_window(
        locate_event("", pd.Timestamp(str(row["date"])), spans),
        values[indicator],
        [locate_event(title, date, spans) for title, date in zip(others["title"], others["date"], strict=True)],
        [locate_event("", date, spans) for date in concerned],
        WINDOW_LENGTHS[SEASONS[str(row["period"])]],
    )


def _names(row: Row) -> tuple[str, ...]:
    controls = row["controls"]
    return tuple(map(str, controls)) if isinstance(controls, tuple | list) else ()


def _frame(rows: pd.DataFrame, windows: list[EventWindow], found: Effect, plan: Activities) -> pd.DataFrame:
    """One row for each activity and indicator.

    An overlapping activity or a nearby break removes every number.
    """
    frame = pd.DataFrame(asdict(found)).set_axis(rows.index)
    stopped = np.array([one.reason is not None for one in windows])
    numbers = [field.name for field in fields(Effect) if field.name not in {*COUNTS, "verdict", "reason"}]
    frame.loc[stopped, numbers] = np.nan
    frame.loc[stopped, "verdict"] = CANNOT_TELL
    frame = frame.assign(
        **{name: rows[name] for name in ("activity_id", "indicator_id")}, controls=rows["controls"].map(list)
    )
    frame["grade"] = np.where(frame["verdict"] == CANNOT_TELL, "none", "estimated")
    titles = dict(zip(plan.indicators["indicator_id"], plan.indicators["indicator"], strict=True))
    whole = pd.concat([frame, rows[["unit", "period"]]], axis=1).to_dict("records")
    findings = [
        window.reason or effect_finding(_facts(row, window, titles), WINDOW_LENGTHS[SEASONS[row["period"]]])
        for row, window in zip(whole, windows, strict=True)
    ]
    frame["finding"] = pd.Series(findings, index=frame.index, dtype=object)
    return frame


def _facts(row: Row, window: EventWindow, titles: Mapping[str, str]) -> EffectFacts:
    same = {field.name: row[field.name] for field in fields(EffectFacts) if field.name not in {"controls", "until"}}
    return EffectFacts(**same, until=window.until, controls=tuple(titles[name] for name in _names(row)))
