"""What a partly known period would be as a whole, so that it can be compared with whole ones.

A period is made of cells: a member (a branch, a counter, an account) in a month, of shorter periods in the period. What
is missing of them is neither zero nor ignored. The usual size of a cell, its reference, is its value a year before,
where all cells of the period were known then; else its usual daily count times its open days; of a stock, its value in
the period before. The known cells show how this period compares with its reference, and the whole is what is known plus
the missing part of the reference at that ratio.

This is the ratio estimator of a finite total; its error is that of prediction where the variance of a cell is
proportional to its reference: Royall, On finite population sampling theory under certain linear regression models,
Biometrika 57 (1970), with v(x) = x. The variance is that of the cells of the year up to the period: of a period of one
cell a member, around the ratio of each time, since its missing members are compared with the others of the same time.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from transforms.arrays import FloatArray, IntArray
from transforms.cell_table import CellTable, build_cell_table
from transforms.periods import PANDAS_PERIOD

CELL_LENGTH = {"day": "day", "week": "week", "month": "month", "quarter": "month", "year": "month"}
"""The length of the cells of a sum over a period of each length; of a level or mean the period itself is the cell."""
CELLS_A_YEAR = {"day": 364, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""How many cells back the same cell of the year before lies; of a day, the same weekday."""
LEAST_FREE = 3
"""With fewer degrees of freedom (four cells around one ratio) the missing part may be nothing to twice its estimate."""
NINETY = 1.6448536269514722
"""Standard errors from the middle to either end of a 90 % interval."""
PARTS = ("of", "numerator", "denominator")


def with_whole(periods: pd.DataFrame, estimates: pd.DataFrame, admitted: pd.Series) -> pd.DataFrame:
    """``periods`` with whole, whole_error and missing.

    whole: the estimate of the whole period; its value where nothing is missing, NaN where nothing tells how large the
    missing part is, or where the plan does not admit the partly known period. whole_error: its standard error, 0 where
    nothing is missing. missing: the cells of which a part is missing, as texts "first day entity". The value, numerator
    and denominator of a rate, and a mean over members, become those of the whole: what is known of a quotient or mean
    is not a part of it.

    periods: indicator_id, start, value, numerator, denominator, completeness. estimates: as ``estimate_totals``, of the
    ``admitted`` periods.
    """
    key, columns = ["indicator_id", "start"], ("value", "numerator", "denominator")
    out = periods.assign(whole=periods["value"].where((periods["completeness"] >= 1) | admitted), whole_error=0.0)
    parts = [
        periods[key].merge(estimates[estimates["part"] == part], on=key, how="left").set_axis(periods.index)
        for part in PARTS
    ]
    cells = [_united(some) for some in zip(*(part["missing"] for part in parts), strict=True)]
    out["missing"] = pd.Series(cells, index=periods.index, dtype=object)
    of, above, below = (
        part["total"].where(part["missing"].notna(), periods[column])
        for part, column in zip(parts, columns, strict=True)
    )
    rate = periods["numerator"].notna() | periods["denominator"].notna()
    estimated = pd.Series([bool(some) for some in cells], index=periods.index)
    average = parts[0]["average"].eq(other=True)
    quotient = above / below.where(below != 0)
    relative = (parts[1]["error"].fillna(0.0) / above) ** 2 + (parts[2]["error"].fillna(0.0) / below) ** 2
    out["whole"] = out["whole"].mask(estimated, of.mask(rate, quotient))
    out["whole_error"] = out["whole_error"].mask(
        estimated, parts[0]["error"].mask(rate, quotient.abs() * relative**0.5)
    )
    for column, figure in zip(columns, (of.mask(rate, quotient), above, below), strict=True):
        out[column] = out[column].mask(estimated & (rate | average), figure)
    return out


def _united(cells: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(sorted({text for some in cells if isinstance(some, tuple) for text in some}))


def cell_length(period: str, how: str) -> str:
    """The length of the cells of such periods; ``how``: the aggregation over days."""
    return CELL_LENGTH[period] if how == "sum" else period


def missing_cell_length(period: str, kind: str) -> str:
    """The length of the cells that may be missing from an indicator of this kind; a level has no parts in time."""
    return cell_length(period, "last" if kind == "stock" else "sum")


def at_whole(periods: pd.DataFrame) -> pd.DataFrame:
    """``periods`` with the whole as the value, for all that compares periods; counted: the value itself."""
    return periods.assign(counted=periods["value"], value=periods["whole"])


def with_all_errors(periods: pd.DataFrame) -> pd.DataFrame:
    """``periods`` of ``at_whole``; the standard error is also that of what is missing."""
    own, missing = periods["standard_error"].astype(float), periods["whole_error"]
    return periods.assign(standard_error=own.where(~(missing > 0), np.hypot(own.fillna(0.0), missing)))


def as_counted(periods: pd.DataFrame) -> pd.DataFrame:
    """``periods`` of ``at_whole`` with what was counted as the value, whole_low and whole_high."""
    reach = NINETY * periods["whole_error"]
    low = at_least_counted(periods["whole"] - reach, periods)
    shown = periods.assign(value=periods["counted"], whole_low=low, whole_high=periods["whole"] + reach)
    return shown.drop(columns="counted")


def at_least_counted(figures: pd.Series, periods: pd.DataFrame) -> pd.Series:
    """``figures`` of ``periods`` (of ``at_whole``), of a sum not below what was counted of it already."""
    adds = (periods["counted"] >= 0) & (periods["counted"] < periods["value"])
    return figures.mask(adds & (figures < periods["counted"]), periods["counted"])


def from_their_first_period(members: pd.DataFrame, settings: pd.DataFrame) -> pd.DataFrame:
    """``members`` that are there from an indicator's first day on, expected from the start of that period on.

    What lies before the first day of a file is missing from its first period. A member that came later misses nothing
    of what was before. members: as ``transforms.periods.expected_members``. settings: indicator_id, period.
    """
    first = pd.to_datetime(members["first"])
    at_first = first <= first.groupby(members["indicator_id"]).transform("min")
    length = members["indicator_id"].map(settings.set_index("indicator_id")["period"])
    starts = [
        day.to_period(PANDAS_PERIOD[period]).start_time if moved else day
        for day, period, moved in zip(first, length, at_first, strict=True)
    ]
    return members.assign(first=pd.Series(starts, index=members.index, dtype="datetime64[us]"))


def estimate_totals(cells: pd.DataFrame, periods: pd.DataFrame) -> pd.DataFrame:
    """indicator_id, part, start, total, error, missing, average: of each partly known part of the given periods.

    average: the total is a mean over members.

    cells: as ``transforms.periods.member_cells``, of these indicators, in cells of the length ``CELL_LENGTH`` gives to
    their period. periods: indicator_id, start, end, cell (the length of its cells), kind.
    """
    found = [
        totals
        for name, wanted in periods.groupby("indicator_id")
        for part, own in cells[cells["indicator_id"] == name].groupby("part")
        for totals in _of_part(own, wanted.sort_values("start"), str(name), str(part))
    ]
    columns = ["indicator_id", "part", "start", "total", "error", "missing", "average"]
    return pd.DataFrame(found, columns=columns).astype({"start": "datetime64[us]", "total": float, "error": float})


def _of_part(cells: pd.DataFrame, wanted: pd.DataFrame, name: str, part: str) -> Iterator[tuple[object, ...]]:
    """A row of ``estimate_totals`` for each of the wanted periods in which this part is partly known."""
    length, stock = str(wanted["cell"].iat[0]), wanted["kind"].iat[0] == "stock"
    table = build_cell_table(cells, length, 0 if stock else CELLS_A_YEAR[length])
    variances = {which: _variance(table, which, CELLS_A_YEAR[length]) for which in ("reference", "usual")}
    first, last = (np.searchsorted(table.starts, wanted[edge].to_numpy()) for edge in ("start", "end"))
    over = cells["over_entities"].iat[0]
    for start, at, until in zip(wanted["start"], first, last, strict=True):
        span = slice(int(at), int(until))
        expected = ~np.isnan(table.known[:, span])
        if (np.nan_to_num(table.known[:, span], nan=1.0) >= 1).all():
            continue
        which = "reference" if np.isfinite(table.reference[:, span][expected]).all() else "usual"
        known = variances[which]
        at_one_time = until - at == 1 and known[True][1][int(until) - 1] >= LEAST_FREE
        variance, free = (one[int(until) - 1] for one in known[bool(at_one_time)])
        total, error = _total(table, span, getattr(table, which)[:, span], variance, int(free))
        members = int(expected.any(axis=1).sum()) if over == "mean" else 1
        total = np.nan if over == "max" else total / members  # the largest may be the one that is missing
        yield name, part, start, total, error / members, table.missing(span), over == "mean"


def _variance(table: CellTable, which: str, a_year: int) -> dict[bool, tuple[FloatArray, IntArray]]:
    """The variance of a cell by unit of its reference, and the number of comparisons behind it, by time.

    Of the wholly known cells in the year up to each time; by whether the cells of one time are compared with each other
    only, or those of the whole year.
    """
    reference = getattr(table, which)
    counts = (table.known >= 1) & np.isfinite(reference) & (reference > 0)
    size = np.where(counts, reference, 1.0)
    terms = (counts, np.where(counts, table.value, 0.0), np.where(counts, size, 0.0), counts * table.value**2 / size)
    at_once = [term.sum(axis=0, dtype=float) for term in terms]
    residual, free = _residual(*at_once)
    apart = [_over_a_year(one, a_year) for one in (residual, free)]
    together = _residual(*(_over_a_year(one, a_year) for one in at_once))
    return {
        at_one_time: (squares / np.clip(free, 1, None), free.astype(np.int64))
        for at_one_time, (squares, free) in ((True, apart), (False, together))
    }


def _residual(
    number: FloatArray, value: FloatArray, expected: FloatArray, square: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The weighted squares around the common ratio, and their degrees of freedom."""
    around = square - value**2 / np.where(expected > 0, expected, 1.0)
    return np.clip(around, 0.0, None), np.clip(number - 1, 0, None)


def _over_a_year(amounts: FloatArray, a_year: int) -> FloatArray:
    """The sum over the year up to each time."""
    running: FloatArray = np.cumsum(amounts)
    before = np.zeros(len(running))
    before[a_year:] = running[:-a_year]
    return running - before


def _total(table: CellTable, span: slice, reference: FloatArray, variance: float, free: int) -> tuple[float, float]:
    """The estimate of the whole and its standard error; NaN where nothing is known to compare."""
    known = table.known[:, span]
    whole = float(np.where(np.isnan(known), 0.0, reference).sum())
    covered = float(np.nansum(np.where(known > 0, reference * known, 0.0)))
    value = float(table.value[:, span].sum())
    if not covered > 0 or not np.isfinite(whole):
        return np.nan, np.nan
    ratio, missing = value / covered, whole - covered
    if free < LEAST_FREE:
        return value + ratio * missing, abs(ratio * missing) / NINETY
    return value + ratio * missing, float(np.sqrt(variance * (missing + missing**2 / covered)))
