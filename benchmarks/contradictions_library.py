"""A simulated library: its plan, its files, and what the project makes of them.

Every indicator draws its own length, kind, direction, path, season, baseline, gaps, growth and due date; a library
has its closures. The seed decides all of it.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from flows.steps.assess import Assessment, assess
from flows.steps.collect import collect
from flows.steps.context import Context, open_context
from flows.steps.pull_windows import windows_to_pull
from transforms.pacing.pace import AT_RISK, ON_TRACK
from transforms.pacing.profile_season import MONTH_DAYS

FIRST, TODAY = pd.Timestamp("2021-01-01"), pd.Timestamp("2026-02-12")
SEASON = np.array([1.1, 0.95, 1.05, 0.95, 1.1, 0.9, 0.65, 0.6, 1.05, 1.25, 1.3, 1.1])
SEASON = SEASON / SEASON.mean()
"""Of a month, 1 in an average month."""
SEASON_OF_WEEKS = SEASON / np.average(SEASON, weights=MONTH_DAYS)
"""Of a week by the month of its Thursday, 1 in an average week."""
PANDAS = {"week": "W-SUN", "month": "M", "quarter": "Q-DEC"}
MONTHS = {"week": 12 * 7 / 365.25, "month": 1, "quarter": 3}
SOURCES = {
    "gates": "{type: footfall, path: gates.csv, period: month, metric: visits, unit: visits",
    "desk": "{type: footfall, path: desk.csv, period: month, metric: loans, unit: loans",
    "door": "{type: footfall, path: door.csv, period: week, metric: visits, unit: visits",
}


@dataclass(frozen=True, slots=True)
class World:
    """What all indicators of a library share. noise: the spread of each cell, of its expectation; None: each its own.
    on_path: the figures lie on their paths, a tenth of the cells is lost, nothing is closed, and every target is
    still to come. scale: of all values, baselines and targets.
    """

    on_path: bool = False
    noise: float | None = None
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """One indicator.

    level: of a branch in an average period of its file; factor: from such a period to the target's span; change:
    from baseline to target; pace: how fast it really goes there; gaps: the share of cells that are lost.
    """

    name: str
    period: str
    over: str
    better: str
    path: str
    kind: str
    seasonal: bool
    given: bool
    base_from: pd.Timestamp
    base_to: pd.Timestamp
    due: pd.Timestamp
    change: float
    pace: float
    noise: float
    gaps: float
    lenient: bool
    levels: tuple[float, ...]

    @property
    def file(self) -> str:
        return "door" if self.period == "week" else "gates"

    @property
    def factor(self) -> float:
        """From all branches in an average month or week to the span of the target."""
        if self.kind == "rate":
            return 1 / 3
        total = sum(self.levels)
        return total * (12 if self.over == "year" else 3 if self.period == "quarter" else 1)


def draw(rng: np.random.Generator, name: str, world: World) -> Drawn:
    period = str(rng.choice(["month", "quarter", "week"], p=[0.6, 0.25, 0.15]))
    over = "year" if period != "week" and rng.random() < 0.35 else "period"
    better = str(
        rng.choice(
            ["up", "down", "band"],
            p=[0.6, 0.25, 0.0 if over == "year" else 0.15] / np.array([0.85 if over == "year" else 1.0] * 3),
        )
    )
    path = "linear" if better == "band" else str(rng.choice(["linear", "geometric", "seasonal"]))
    kind = "rate" if period != "week" and rng.random() < 0.2 else "flow"
    baseline = int(rng.choice([2023, 2024]))
    months = int(rng.choice([rng.integers(-9, 0), rng.integers(0, 4), rng.integers(4, 30)], p=[0.25, 0.35, 0.4]))
    if world.on_path:
        months = int(rng.integers(4, 30))
    due = TODAY.to_period("M") + months
    due = (
        due.asfreq("Q-DEC").asfreq("M", how="end")
        if period == "quarter" and (over == "year" or rng.random() < 0.7)
        else due
    )
    last = due.end_time.normalize()
    if over == "period" and rng.random() < 0.3:
        last = last - pd.Timedelta(days=int(rng.integers(1, 28)))
    size = float(rng.choice([0.02, 0.05, 0.1, 0.3])) * (1 if better == "up" else -1)
    end = pd.Timestamp(f"{baseline}-12-31")
    if over == "year" and end > due.end_time - pd.DateOffset(years=1):
        baseline, end = baseline - 1, end - pd.DateOffset(years=1)
    return Drawn(
        name, period, over, better, path, kind,
        seasonal=bool(rng.random() < 0.6) if not world.on_path else path == "seasonal",
        given=bool(rng.random() < 0.5),
        base_from=pd.Timestamp(f"{baseline}-01-01"),
        base_to=end,
        due=last,
        change=0.0 if better == "band" else size,
        pace=1.0 if world.on_path else float(rng.choice([-1.0, 0.0, 0.55, 0.9, 0.97, 1.0, 1.1, 2.0])),
        noise=float(rng.choice([0.0, 0.005, 0.02, 0.06])) if world.noise is None else world.noise,
        gaps=0.1 if world.on_path else float(rng.choice([0.0, 0.0, 0.03, 0.1])),
        lenient=world.on_path or bool(rng.random() < 0.7),
        levels=tuple(float(level) for level in rng.choice([300.0, 1000.0, 4000.0], int(rng.integers(1, 4)))),
    )  # fmt: skip


def figures(one: Drawn, rng: np.random.Generator) -> pd.DataFrame:
    """start and a column a branch; NaN where lost.

    Flat until the baseline's end, then along the path at its own pace.
    """
    length = PANDAS[one.period if one.period == "week" else "month"]
    cells = pd.period_range(FIRST, TODAY, freq=length)[:-1]
    spans = cells if one.period == "week" else cells.asfreq(PANDAS[one.period])
    ends = spans.end_time.normalize() + pd.Timedelta(days=1)
    if one.over == "year":
        after = (one.due + pd.Timedelta(days=1)).to_period("M")
        left = np.maximum(-(-((after - cells.asfreq("M")).map(lambda step: step.n) - 12) // 12), 0)
        ends = pd.DatetimeIndex([(after - 12 * int(years)).start_time for years in left])
    begin = one.base_to + pd.Timedelta(days=1)
    share = np.clip((ends - begin) / (one.due + pd.Timedelta(days=1) - begin), 0, 1).to_numpy(dtype=float)
    way = (1 + one.change) ** share - 1 if one.path == "geometric" else one.change * share
    middle = cells.start_time + pd.Timedelta(days=3 if one.period == "week" else 0)
    usual = SEASON_OF_WEEKS if one.period == "week" else SEASON
    season = usual[middle.month - 1] if one.seasonal else np.ones(len(cells))
    days = np.ones(len(cells))
    if one.over == "year":  # whole days of each year that ends with the due day
        year_days = (ends - pd.DatetimeIndex([end - pd.DateOffset(years=1) for end in ends])).days.to_numpy()
        days = cells.days_in_month.to_numpy() * 12 / year_days
    # the total of a year off the seasonal path is due day by day
    course = (1 + way * one.pace) * season * (days if one.over == "year" and one.path != "seasonal" else 1.0)
    table = course[:, None] * np.array(one.levels)
    table = table * np.exp(one.noise * rng.standard_normal(table.shape))
    table[rng.random(table.shape) < one.gaps] = np.nan
    return pd.DataFrame(table, columns=[f"{one.name} {at}" for at in range(len(one.levels))]).assign(
        start=[f"{day:%Y-%m-%d}" if one.period == "week" else f"{day:%Y-%m}" for day in cells.start_time]
    )


def indicator(one: Drawn, rng: np.random.Generator, scale: float) -> dict[str, Any]:
    entities = [f"{one.name} {at}" for at in range(len(one.levels))]
    base = one.factor
    target: dict[str, Any] = {"due": one.due.date()}
    if one.better == "band":
        low, high = sorted(rng.choice([0.8, 0.95, 0.99, 1.01, 1.05, 1.2], 2, replace=False))
        target["band"] = {"low": float(base * low * scale), "high": float(base * high * scale)}
    else:
        target |= {"value": float(base * (1 + one.change) * scale), "over": one.over, "path": one.path}
        target["baseline"] = {"from": one.base_from.date(), "to": one.base_to.date()}
        target["baseline"] |= {"value": float(base * scale)} if one.given else {}
    own = {"source": one.file, "metric": "visits", "entities": entities}
    parts = {"of": [own]} if one.kind == "flow" else {
        "numerator": [own], "denominator": [{"source": "desk", "metric": "loans", "entities": entities}]
    }  # fmt: skip
    return {
        "title": one.name, "unit": "visits", "kind": one.kind, "better": one.better, "period": one.period,
        "min_completeness": 0.4 if one.lenient else 1.0, **parts, "target": target,
    }  # fmt: skip


def closures(rng: np.random.Generator) -> Iterator[dict[str, Any]]:
    """A few: long ago, in the newest months, ahead."""
    for first, last in (("2022-02-01", "2025-12-01"), ("2025-09-01", "2026-01-20"), ("2026-02-01", "2027-12-01")):
        if rng.random() < 0.5:
            day = pd.Timestamp(rng.choice(pd.date_range(first, last))).normalize()
            until = day + pd.Timedelta(days=int(rng.choice([1, 6, 13, 45])))
            yield {"from": day.date(), "to": until.date(), "reason": "Repairs"}


def write_library(folder: Path, seed: int, size: int, world: World) -> tuple[Path, list[Drawn]]:
    """The plan and its files; the same seed draws the same library at every scale."""
    rng, values = np.random.default_rng(seed), np.random.default_rng(seed + 1_000_000)
    closed = [] if world.on_path else list(closures(rng))
    drawn = [draw(rng, f"i{at}", world) for at in range(size)]
    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in SOURCES}
    for one in drawn:
        table = figures(one, values)
        table = _without_closed(table, one, closed)
        long = table.melt("start", var_name="Branch", value_name="Visits")
        if one.kind == "rate":
            loans = figures_of_loans(table, one)
            tables["desk"].append(loans.melt("start", var_name="Branch", value_name="Visits"))
        tables[one.file].append(long.assign(Visits=long["Visits"] * world.scale))
    folder.mkdir(parents=True, exist_ok=True)
    text = {}
    for name, parts in tables.items():
        if parts:
            rows = pd.concat(parts).round(6)
            branches = ", ".join(f"{name}: {name}" for name in rows["Branch"].unique())  # without noise some add up
            rows.to_csv(folder / f"{name}.csv", index=False, float_format="%.6f")
            form = "%Y-%m-%d" if name == "door" else "%Y-%m"
            text[name] = (
                SOURCES[name]
                + ", layout: long, columns: {entity: Branch, date: start, value: Visits}, "
                + f'date_formats: ["{form}"], rename: {{{branches}}}}}'
            )
    plan = {
        "organisation": {"name": "Simulated", "time_zone": "UTC"},
        "sources": {name: YAML(typ="safe").load(told) for name, told in text.items()},
        "calendar": {"closed": closed},
        "indicators": {one.name: indicator(one, rng, world.scale) for one in drawn},
    }
    path = folder / "plan.yaml"
    YAML(typ="safe").dump(plan, path)
    return path, drawn


def figures_of_loans(visits: pd.DataFrame, one: Drawn) -> pd.DataFrame:
    """Three loans for each visit expected at the baseline, whose season they share, so that the rate follows
    the path.
    """
    names = [name for name in visits.columns if name != "start"]
    season = SEASON[[int(month[5:7]) - 1 for month in visits["start"]]] if one.seasonal else np.ones(len(visits))
    if one.over == "year" and one.path != "seasonal":
        season = season * pd.PeriodIndex(visits["start"], freq="M").days_in_month.to_numpy() * 12 / 365.25
    return visits.assign(**{name: 3 * level * season for name, level in zip(names, one.levels, strict=True)})


def _without_closed(table: pd.DataFrame, one: Drawn, closed: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """On a closed day nobody comes: each cell keeps the share of its days that were open, and none where there
    is none.
    """
    if not closed:
        return table
    spans = pd.PeriodIndex(table["start"], freq=PANDAS["week" if one.period == "week" else "month"])
    days = pd.date_range(spans[0].start_time.normalize(), spans[-1].end_time.normalize())
    opened = np.ones(len(days))
    for gap in closed:
        opened[(days >= pd.Timestamp(gap["from"])) & (days <= pd.Timestamp(gap["to"]))] = 0
    share = pd.Series(opened, index=days).groupby(days.to_period(spans.freq)).mean().to_numpy()
    names = [name for name in table.columns if name != "start"]
    return table.assign(**{name: (table[name] * share).where(share > 0) for name in names})


def judged(folder: Path, plan: Path) -> tuple[Context, Assessment]:
    """Collected and judged as a run does it."""
    context = open_context(
        plan,
        folder / "warehouse",
        resolve=os.environ.__getitem__,
        log=lambda _: None,
        clock=lambda: datetime(TODAY.year, TODAY.month, TODAY.day, 6, tzinfo=UTC),
    )
    for name in context.loaded.sources:
        for window in windows_to_pull(context, name, None):
            collect(context, name, window)
    return context, assess(context)


def grade(ratio: float) -> str:
    return "on_track" if ratio >= ON_TRACK else "at_risk" if ratio >= AT_RISK else "behind"
