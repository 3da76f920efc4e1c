"""The effect of each activity in the plan on each indicator it was meant to move."""

from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from transforms.effects.effect_sentence import EffectFacts, effect_sentence
from transforms.effects.estimate import effect
from transforms.effects.event_window import EventWindow, common_control, event_label, locate_event, select_window
from transforms.effects.outcome import Effect
from transforms.effects.window_lengths import SPANS
from transforms.periods import period_grid
from transforms.reasons import day
from transforms.rules.inputs import FloatArray
from warehouse.schema import PUBLISHED_EFFECTS

SEASONS = {span.period: season for season, span in SPANS.items()}
LEVEL = 0.90
COUNTS = ("periods_before", "periods_after", "placebo_tried", "placebo_passed")
ValuesByIndicator = Mapping[str, FloatArray]
Row = Mapping[Hashable, Any]


@dataclass(frozen=True)
class Activities:
    """What the plan says.

    activities: one row an activity and indicator it was meant to move: activity_id, date, title, indicator_id, controls (a
    tuple of indicators of the same period). indicators: indicator_id, indicator (its title), unit, period, min_completeness.
    breaks: indicator_id, day: the first day on which its number means something else; with a column spliced, those are no breaks.
    """

    activities: pd.DataFrame
    indicators: pd.DataFrame
    breaks: pd.DataFrame


def effects(periods: pd.DataFrame, given: Activities) -> pd.DataFrame:
    """The columns of the published table. ``periods`` as ``transforms.periods.periods`` yields them; complete and settled ones count."""
    known = given.activities.merge(given.indicators, on="indicator_id")
    usable = _usable(periods, given.indicators)
    frames = [
        _of_period(str(period), rows.reset_index(drop=True), usable, given)
        for period, rows in known.groupby("period", sort=True)
    ]
    frames = [frame for frame in frames if not frame.empty]
    if not frames:
        return pd.DataFrame(columns=PUBLISHED_EFFECTS.names)
    return pd.concat(frames, ignore_index=True).sort_values(["activity_id", "indicator_id"], ignore_index=True)[
        PUBLISHED_EFFECTS.names
    ]


def _usable(periods: pd.DataFrame, indicators: pd.DataFrame) -> pd.DataFrame:
    """indicator_id, period, start, end, value, standard_error: complete, settled, and not closed all along."""
    rows = periods.merge(indicators[["indicator_id", "period", "min_completeness"]], on="indicator_id")
    whole = (
        (rows["completeness"] >= rows["min_completeness"]) & ~rows["provisional"].astype(bool) & rows["value"].notna()
    )
    closed = rows["flags"].map(lambda flags: "closed" in flags).astype(bool)
    rows = rows if "standard_error" in rows else rows.assign(standard_error=np.nan)
    return rows.loc[whole & ~closed, ["indicator_id", "period", "start", "end", "value", "standard_error"]]


def _of_period(period: str, rows: pd.DataFrame, usable: pd.DataFrame, given: Activities) -> pd.DataFrame:
    """``rows``: activities on indicators of this period."""
    spans, figures, errors = _matrix(period, usable[usable["period"] == period], given.indicators)
    placed = [_place(row, figures, spans, given) for row in rows.to_dict("records")]
    alone = rows["controls"].map(len).eq(0).to_numpy()
    frames = []
    for chosen in (np.flatnonzero(alone), np.flatnonzero(~alone)):
        if len(chosen):
            here = [placed[at] for at in chosen]
            controls = (
                None
                if alone[chosen[0]]
                else np.stack([common_control([figures[name] for name in rows["controls"][at]]) for at in chosen])
            )
            wrong = np.stack([errors[name] for name in rows["indicator_id"][chosen]])
            found = effect(
                np.stack([one.values for one in here]),
                np.array([one.first for one in here]),
                SEASONS[period],
                controls,
                LEVEL,
                wrong,
            )
            frames.append(_frame(rows.iloc[chosen], here, found, given))
    return pd.concat(frames, ignore_index=True)


def _matrix(
    period: str, usable: pd.DataFrame, indicators: pd.DataFrame
) -> tuple[pd.DataFrame, ValuesByIndicator, ValuesByIndicator]:
    """The periods in their order (start, end), and each indicator's values in them and their standard errors; NaN where there is none."""
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


def _place(row: Row, figures: ValuesByIndicator, spans: pd.DataFrame, given: Activities) -> EventWindow:
    indicator, breaks = str(row["indicator_id"]), given.breaks
    if "spliced" in breaks:
        breaks = breaks[~breaks["spliced"].astype(bool)]
    concerned = breaks.loc[breaks["indicator_id"].isin([indicator, *_names(row)]), "day"].drop_duplicates()
    others = given.activities[
        (given.activities["indicator_id"] == indicator) & (given.activities["activity_id"] != row["activity_id"])
    ]
    return select_window(
        locate_event("", pd.Timestamp(str(row["date"])), spans),
        figures[indicator],
        [
            locate_event(event_label(title, date), date, spans)
            for title, date in zip(others["title"], others["date"], strict=True)
        ],
        [locate_event(f"the break of {day(date)}", date, spans) for date in concerned],
        SPANS[SEASONS[str(row["period"])]],
    )


def _names(row: Row) -> tuple[str, ...]:
    controls = row["controls"]
    return tuple(map(str, controls)) if isinstance(controls, tuple | list) else ()


def _frame(rows: pd.DataFrame, placed: list[EventWindow], found: Effect, given: Activities) -> pd.DataFrame:
    """One row an activity and indicator. What stands too near takes away every figure."""
    frame = pd.DataFrame(asdict(found)).set_axis(rows.index)
    stopped = np.array([one.reason != "" for one in placed])
    figures = [field.name for field in fields(Effect) if field.name not in {*COUNTS, "verdict", "reason"}]
    frame.loc[stopped, figures] = np.nan
    frame.loc[stopped, "verdict"] = "cannot_tell"
    frame.loc[stopped, "reason"] = [one.reason for one in placed if one.reason]
    frame = frame.assign(
        **{name: rows[name] for name in ("activity_id", "indicator_id")}, controls=rows["controls"].map(list)
    )
    frame["grade"] = np.where(frame["verdict"] == "cannot_tell", "none", "estimated")
    titles = dict(zip(given.indicators["indicator_id"], given.indicators["indicator"], strict=True))
    whole = pd.concat([frame, rows[["unit", "period"]]], axis=1).assign(until=[one.until for one in placed])
    frame["sentence"] = [effect_sentence(_told(row, titles)) for row in whole.to_dict("records")]
    return frame


def _told(row: Row, titles: Mapping[str, str]) -> EffectFacts:
    same = {
        field.name: row[field.name] for field in fields(EffectFacts) if field.name in row and field.name != "controls"
    }
    return EffectFacts(
        **same, level=LEVEL, after=row["periods_after"], controls=tuple(titles[name] for name in _names(row))
    )
