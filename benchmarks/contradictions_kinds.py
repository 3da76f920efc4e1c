"""What counts as a contradiction, one function a kind: a mask over the indicators of an assessment.

A verdict compares with the path, a probability with the due day, an alert asks for more than luck: they may differ.
They contradict each other where both cannot be true of one figure, or where they reckon with another target,
period, season or part of the figure.
"""

import json
from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks.contradictions_library import grade
from flows.steps.assess import Assessment
from plan.alerts import Alerts
from reports.language import english
from reports.sentences import sentence
from transforms.findings import from_json
from transforms.formatting import distinct_number, number, pace_per_cent
from transforms.pacing.pace import AT_RISK

UNLIKELY, LIKELY = 0.05, 0.95
SAME = 1e-6
"""Figures are published as floats; differences below this share come from adding them up in another order."""
ONE_DAY = pd.Timedelta(days=1)
Kind = Callable[[pd.DataFrame, Assessment], pd.Series]


def board(assessed: Assessment) -> pd.DataFrame:
    """A row an indicator: its verdict, its target, the facts of its reason, and the row of the period judged and of the
    due one.
    """
    rows = assessed.verdicts.merge(assessed.targets, on="indicator_id").reset_index(drop=True)
    facts = pd.DataFrame([json.loads(text) for text in rows["reason_parameters"]], index=rows.index)
    wanted = [
        "value",
        "expected",
        "ratio",
        "needed",
        "target",
        "start",
        "through",
        "exceeded",
        "low",
        "high",
        "partial",
    ]
    facts = facts.reindex(columns=wanted).add_prefix("said_")
    end = rows["through"] + ONE_DAY
    own = assessed.periods[["indicator_id", "end", "value", "whole", "expected"]].add_prefix("period_")
    rows = (
        rows.join(facts)
        .assign(end=end)
        .merge(own, left_on=["indicator_id", "end"], right_on=["period_indicator_id", "period_end"], how="left")
    )
    spans = pd.concat([assessed.periods, assessed.paths])[["indicator_id", "start", "end", "expected"]]
    due = spans.merge(assessed.targets[["indicator_id", "due"]], on="indicator_id")
    due = due[(due["due"] < due["end"]) & (due["expected"] != 0)]  # a closed one expects nothing, and the next decides
    due = due.sort_values("start").drop_duplicates("indicator_id")
    return rows.merge(
        due[["indicator_id", "start", "expected"]].add_prefix("due_"),
        left_on="indicator_id",
        right_on="due_indicator_id",
        how="left",
    )


def _near(one: pd.Series, other: pd.Series) -> pd.Series:
    return pd.Series(np.isclose(one.astype(float), other.astype(float), rtol=SAME, atol=0), index=one.index)


def met_but_not_likely(rows: pd.DataFrame, _: Assessment) -> pd.Series:
    """The target is met where it is due, or the year's total reached, and its probability is not above 95 %."""
    return (rows["reason_code"] == "target_met") & (rows["probability"] < LIKELY)


def held_but_unlikely(rows: pd.DataFrame, _: Assessment) -> pd.Series:
    """Achieved for any reason, and the probability is below 5 %."""
    return (rows["verdict"] == "achieved") & (rows["probability"] < UNLIKELY)


def missed_but_possible(rows: pd.DataFrame, _: Assessment) -> pd.Series:
    """The target was missed where it was due, or cannot be met any more, and its probability is above 5 %."""
    return (rows["reason_code"] == "target_missed") & (rows["probability"] > UNLIKELY)


def year_decided(rows: pd.DataFrame, _: Assessment) -> pd.Series:
    """The count of the due year alone decides, and verdict or probability say otherwise."""
    year = (
        (rows["over"] == "year")
        & (rows["kind"] == "flow")
        & rows["done"].notna()
        & (rows["verdict"] != "not_assessable")
    )
    won = year & (rows["better"] == "up") & (rows["done"] > rows["target_value"] * (1 + SAME))
    lost = year & (rows["better"] == "down") & (rows["done"] > rows["target_value"] * (1 + SAME))
    return (won & ((rows["probability"] < LIKELY) | (rows["verdict"] != "achieved"))) | (
        lost & ((rows["probability"] > UNLIKELY) | (rows["verdict"] != "behind"))
    )


def over_but_probable(rows: pd.DataFrame, _: Assessment) -> pd.Series:
    """What is judged ends after the due day, and there is still a probability."""
    return (rows["end"] > rows["due"]) & rows["probability"].notna()


def reached_but_hopeless(rows: pd.DataFrame, _: Assessment) -> pd.Series:
    """The level is reached in the last period before the due one, the path asks for no more, and the
    probability is below 5 % although the forecast of the due period lies on the right side.
    """
    side = np.where(rows["better"] == "down", -1, 1) * (
        rows["forecast_due"] - rows["needed"].where(rows["over"] != "year", rows["target_value"])
    )
    return (rows["reason_code"] == "level_reached") & (rows["probability"] < UNLIKELY) & (side > 0)


def forecast_off_probability(rows: pd.DataFrame, _: Assessment) -> pd.Series:
    """The target lies below the 80 % interval and has no 90 %, or above it and has more than 10 %."""
    needed = rows["needed"].where(rows["over"] != "year", rows["target_value"])
    chance = rows["probability"].where(rows["better"] != "down", 1 - rows["probability"])
    open_ = (rows["better"] != "band") & rows["probability"].between(0.01, 0.99)
    low, high = rows["forecast_low"] * (1 - SAME), rows["forecast_high"] * (1 + SAME)
    return open_ & (((needed < low) & (chance < 0.89)) | ((needed > high) & (chance > 0.11)))


def star_off_path(rows: pd.DataFrame, _: Assessment) -> pd.Series:
    """What the path expects of the period that holds the due day is not what meets the target in it."""
    mine = (rows["over"] == "period") & (rows["better"] != "band") & rows["due_expected"].notna()
    return mine & ~_near(rows["due_expected"], rows["needed"])


def star_off_forecast(rows: pd.DataFrame, assessed: Assessment) -> pd.Series:
    """The star lies outside the 95 % interval of the forecast on the side that the probability does not say."""
    fan = assessed.forecasts.merge(assessed.targets[["indicator_id", "due"]], on="indicator_id")
    fan = fan[(fan["start"] <= fan["due"]) & (fan["due"] < fan["end"])].set_index("indicator_id")
    low, high = (rows["indicator_id"].map(fan[name]) for name in ("low_95", "high_95"))
    chance = rows["probability"].where(rows["better"] != "down", 1 - rows["probability"])
    mine = (rows["over"] == "period") & (rows["better"] != "band")
    return mine & (((rows["needed"] < low) & (chance < 0.5)) | ((rows["needed"] > high) & (chance > 0.5)))


def year_path_off_target(rows: pd.DataFrame, assessed: Assessment) -> pd.Series:
    """The parts of the due year do not add up to the target of a flow."""
    spans = pd.concat([assessed.periods, assessed.paths])[["indicator_id", "start", "expected"]]
    spans = spans.merge(assessed.targets[["indicator_id", "year_start", "year_end"]], on="indicator_id")
    inside = spans[(spans["start"] >= spans["year_start"]) & (spans["start"] < spans["year_end"])]
    total = rows["indicator_id"].map(inside.groupby("indicator_id")["expected"].sum(min_count=1))
    led = (
        (rows["over"] == "year")
        & (rows["kind"] == "flow")
        & total.notna()
        & (rows["baseline_end"] <= rows["year_start"])
    )
    return led & ~_near(total, rows["target_value"])


def ratio_off_figures(rows: pd.DataFrame, _: Assessment) -> pd.Series:
    """A verdict by its pace is not the one that the ratio, or the ratio as it is printed, has."""
    mine = (rows["reason_code"] == "pace") & rows["verdict"].isin(["on_track", "at_risk", "behind"])
    told = rows["pace_ratio"].map(lambda ratio: grade(pace_per_cent(ratio) / 100) if pd.notna(ratio) else "")
    return mine & ((told != rows["verdict"]) | (rows["pace_ratio"].map(grade) != rows["verdict"]))


def reason_off_columns(rows: pd.DataFrame, _: Assessment) -> pd.Series:
    """A figure of the reason is not the one in the columns, or its sentence does not print it."""
    off = pd.Series(False, index=rows.index)
    for said, column in (
        ("value", "value"),
        ("expected", "expected"),
        ("ratio", "pace_ratio"),
        ("target", "target_value"),
    ):
        known = rows[f"said_{said}"].notna()
        off |= known & ~_near(rows[f"said_{said}"], rows[column])
    off |= rows["said_through"].notna() & (pd.to_datetime(rows["said_through"]) != rows["through"])
    texts = [
        sentence(from_json(code, told), english())
        for code, told in zip(rows["reason_code"], rows["reason_parameters"], strict=True)
    ]
    shown = rows["said_value"].notna()
    printed = [
        distinct_number(value, mark) in text if known else True
        for value, mark, text, known in zip(rows["value"], _mark(rows), texts, shown, strict=True)
    ]
    return off | ~pd.Series(printed, index=rows.index) | (pd.Series(texts, index=rows.index) != rows["reason"])


def _mark(rows: pd.DataFrame) -> list[float | None]:
    """What a printed figure must be told from: what is needed in its period, or the target."""
    marks = rows["said_needed"].astype(float).fillna(rows["said_target"].astype(float))
    return [None if pd.isna(mark) else float(mark) for mark in marks]


def value_off_period(rows: pd.DataFrame, assessed: Assessment) -> pd.Series:
    """The figure judged is not that of its period or year, or the expectation not that of the part that was counted."""
    single = (rows["over"] == "period") & rows["value"].notna() & rows["period_value"].notna()
    part = (rows["period_value"] / rows["period_whole"]).where(rows["period_whole"] != 0, 1.0)
    off = single & ~_near(rows["value"], rows["period_value"])
    off |= single & rows["expected"].notna() & ~_near(rows["expected"], rows["period_expected"] * part)
    spans = assessed.periods.merge(rows[["indicator_id", "said_start", "through"]], on="indicator_id")
    spans = spans[
        (spans["start"] >= pd.to_datetime(spans["said_start"])) & (spans["end"] <= spans["through"] + ONE_DAY)
    ]
    total = rows["indicator_id"].map(spans.groupby("indicator_id")["value"].sum())
    year = (rows["over"] == "year") & (rows["kind"] == "flow") & rows["said_start"].notna()
    return off | (year & ~_near(total, rows["value"]))


def printed_the_same(rows: pd.DataFrame, _: Assessment) -> pd.Series:
    """The target was missed, and figure and target are printed alike; or met, and they are printed the wrong
    way round.
    """
    decided = rows["reason_code"].isin(["target_met", "target_missed"])
    needed = rows["said_needed"].astype(float).fillna(rows["target_value"])
    pairs = zip(rows["value"].fillna(0), needed.fillna(0), strict=True)
    texts = [(distinct_number(a, b), number(b)) for a, b in pairs]
    alike = pd.Series([a == b for a, b in texts], index=rows.index)
    short = np.where(rows["better"] == "down", rows["value"] > needed * (1 + SAME), rows["value"] < needed * (1 - SAME))
    whole = rows["said_partial"].isna()
    return (
        decided
        & whole
        & (((rows["reason_code"] == "target_missed") & alike) | ((rows["reason_code"] == "target_met") & short))
    )


def better_but_worsening(rows: pd.DataFrame, _: Assessment) -> pd.Series:
    """Worsening, and achieved, on track or at risk."""
    good = rows["verdict"].isin(["achieved", "on_track", "at_risk"])
    return rows["worsening"] & (good | (rows["verdict"] == "not_assessable"))


def alert_without_shortfall(rows: pd.DataFrame, assessed: Assessment) -> pd.Series:
    """An alert fires on what the verdict calls on track or achieved, and did so in as many periods as end an alert."""
    settings = Alerts()
    firing = (rows["alert"] == "firing") & rows["verdict"].isin(["on_track", "achieved"])
    own = rows.set_index("indicator_id")
    return firing & rows["indicator_id"].map(
        lambda name: _clear_for(own.loc[name], assessed.periods[assessed.periods["indicator_id"] == name], settings)
    ).astype(bool)


def _clear_for(row: pd.Series, periods: pd.DataFrame, settings: Alerts) -> bool:
    """Whether the last periods, ``keep`` and one, lie beyond the margin on the path that the verdict uses."""
    known = periods[
        periods["whole"].notna() & (periods["completeness"] >= row["min_completeness"]) & ~periods["provisional"]
    ]
    if row["better"] == "band":
        last = known[known["whole"].notna()].tail(settings.keep + 1)
        return bool(((last["whole"] >= row["target_low"]) & (last["whole"] <= row["target_high"])).all())
    known = known[known["expected"].notna()].assign(base=known["expected"] * np.nan)
    last = known.tail(settings.keep + 1)
    if row["over"] == "year":
        year = known[(known["start"] >= pd.Timestamp(row["said_start"])) & (known["start"] <= row["through"])]
        ratio = _pace_so_far(row, year).tail(settings.keep + 1)
        return bool(len(ratio) > settings.keep and (ratio >= AT_RISK + settings.margin).all())
    ends = (last["end"] - row["baseline_end"]).dt.days / ((row["due"] + ONE_DAY - row["baseline_end"]).days)
    way = row["target_value"] / row["baseline_value"]
    goal = way ** ends.clip(0, 1) if row["path"] == "geometric" else 1 + (way - 1) * ends.clip(0, 1)
    base = last["expected"] / goal
    ratio = (last["whole"] - base) / (last["expected"] - base)
    return bool((ratio >= AT_RISK + settings.margin).all())


def _pace_so_far(row: pd.Series, year: pd.DataFrame) -> pd.Series:
    """The pace of the year from its start to the end of each of its periods. The baseline has the course of the path,
    and so the same share of it throughout the year, which the verdict's own figures give."""
    weight = year["denominator"].astype(float) if row["kind"] == "rate" else 1.0
    value, expected = ((year[name] * weight).cumsum() for name in ("whole", "expected"))
    share = (row["value"] / row["expected"] - row["pace_ratio"]) / (1 - row["pace_ratio"])
    ratio: pd.Series = (value - share * expected) / (expected - share * expected)
    return ratio


KINDS: tuple[Kind, ...] = (
    met_but_not_likely,
    held_but_unlikely,
    missed_but_possible,
    year_decided,
    over_but_probable,
    reached_but_hopeless,
    forecast_off_probability,
    star_off_path,
    star_off_forecast,
    year_path_off_target,
    ratio_off_figures,
    reason_off_columns,
    value_off_period,
    printed_the_same,
    better_but_worsening,
    alert_without_shortfall,
)
