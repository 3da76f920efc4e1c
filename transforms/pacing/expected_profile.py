"""The expected profile of each indicator.

How much of a usual period is to be expected in each of its periods.

Open days and the season decide. See ``target_years`` for the years, ``profile_season`` for the season.
"""

import numpy as np
import pandas as pd

from transforms.matrix import is_usable
from transforms.pacing.profile_season import days_in, with_season
from transforms.pacing.seasonal import cumulative_share
from transforms.pacing.target_years import ONE_DAY, anniversary, spans, years_left

BASELINE_COLUMNS = ["baseline_start", "baseline_end"]
TARGET_COLUMNS = ["indicator_id", "kind", "period", "over", "path", "due", *BASELINE_COLUMNS, "min_completeness"]
PERIOD_COLUMNS = [
    "indicator_id",
    "start",
    "value",
    "counted",
    "completeness",
    "provisional",
    "numerator",
    "denominator",
]


def build_profile(periods: pd.DataFrame, targets: pd.DataFrame, calendar: pd.DataFrame | None) -> pd.DataFrame:
    """One row for each span of ``spans``, with its period, its target and the expected profile.

    closed: a flow of which nothing is expected. known: complete, settled and not closed. year: ``years_left``, with
    year_start and year_end (the day after). open_share: open days over those usual in this part of the year. scale: the
    factor from an average period to this one. index: the factor of the season alone. seasons: the number of years
    behind it. part and share: of its year in the period and up to its end. Periods ahead change nothing in the others.

    calendar: open, potential and term by indicator_id and start, as ``transforms.pacing.opendays.open_days`` returns
    them; without it all days are open.
    """
    rows = _placed(periods, targets, calendar)
    opens = rows["flow"] & (rows["potential"] > 0)
    unusual = rows["open"] / rows["potential"].where(opens) / _usual_share(rows)
    rows["open_share"] = unusual.where(opens, 1.0).where(~rows["closed"], 0.0)
    rows = with_season(rows)
    seasonal, flow, seasonal_ground = rows["seasons"] > 0, rows["flow"], rows["index"] * rows["ground"]
    in_season = np.where(flow, seasonal_ground / rows["mean_ground"], rows["index"])
    rows["scale"] = np.where(seasonal, in_season, rows["open_share"])
    in_year = np.where(flow, seasonal_ground, rows["index"] * rows["class_ground"])
    return _with_shares(rows, np.where(seasonal, in_year, rows["open"]))


def _placed(periods: pd.DataFrame, targets: pd.DataFrame, calendar: pd.DataFrame | None) -> pd.DataFrame:
    """The spans with targets, periods and calendar, and the class and year of each."""
    rows = spans(periods, targets).merge(targets[TARGET_COLUMNS], on="indicator_id")
    rows = rows.merge(periods.reindex(columns=PERIOD_COLUMNS), on=["indicator_id", "start"], how="left")
    rows["counted"] = rows["counted"].astype(float).fillna(rows["value"])
    days = days_in(rows)
    if calendar is not None:
        columns = ["indicator_id", "start", "open", "potential", "term"]
        rows = rows.merge(calendar[columns], on=["indicator_id", "start"], how="left")
    for name, plain in (("open", days), ("potential", days), ("term", 0.0 * days)):
        rows[name] = rows[name].fillna(plain) if name in rows else plain
    rows["flow"] = rows["kind"] == "flow"
    rows["closed"] = rows["flow"] & (rows["open"] <= 0)
    rows["known"] = is_usable(rows) & ~rows["closed"]
    middle = rows["start"] + pd.to_timedelta(3 * (rows["period"] == "week"), unit="D")
    quarterly, yearly = rows["period"] == "quarter", rows["period"] == "year"
    rows["class"] = np.select([quarterly, yearly], [middle.dt.quarter - 1, 0], middle.dt.month - 1)
    anchor = (rows["due"] + ONE_DAY).where(rows["over"] == "year", rows["baseline_end"])
    rows["year"] = years_left(middle, anchor)
    rows["year_start"], rows["year_end"] = anniversary(anchor, rows["year"] + 1), anniversary(anchor, rows["year"])
    return rows


def _usual_share(rows: pd.DataFrame) -> pd.Series:
    """The share of its days on which a period of this part of the year is usually open.

    It is the median over the years, of two years the greater. With one year only, the usual share of the rest of the
    year counts where it is greater. A period ahead counts only for itself, where no year before had that part.
    """
    own = (rows["open"] / rows["potential"]).where((rows["potential"] > 0) & (rows["open"] > 0))
    share = own.where(~rows["ahead"])
    parts = [rows["indicator_id"], rows["class"]]
    usual = share.groupby(parts).quantile(0.5, interpolation="higher")
    whole = share.groupby(rows["indicator_id"]).quantile(0.5, interpolation="higher")
    anywhere = whole.reindex(usual.index.get_level_values(0)).to_numpy()
    once = share.groupby(parts).count() < 2
    usual = usual.mask(once & (usual < anywhere), pd.Series(anywhere, index=usual.index)).rename("usual")
    found: pd.Series = rows[["indicator_id", "class"]].join(usual, on=["indicator_id", "class"])["usual"]
    return found.fillna(pd.concat([rows["indicator_id"].map(whole), own], axis=1).max(axis=1))


def _with_shares(rows: pd.DataFrame, weight: np.ndarray) -> pd.DataFrame:
    """``rows`` with part and share of the year; the periods of a year are in order."""
    group = rows.groupby(["indicator_id", "year"], dropna=False)
    at = (group.ngroup().to_numpy(), group.cumcount().to_numpy())
    table = np.zeros((at[0].max(initial=-1) + 1, at[1].max(initial=-1) + 1))
    table[at] = weight
    share = cumulative_share(table)
    return rows.assign(part=np.diff(share, axis=1, prepend=0.0)[at], share=share[at])
