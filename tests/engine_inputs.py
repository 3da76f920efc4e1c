"""Generated tables with what engines treat differently: nulls, ties, counters that fall, closures, items, long spans.

Numbers are whole and spans of several days are powers of two long, so that every sum is exact in any order: engines add
in orders of their own, and only then can all rows be compared without a tolerance.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

import pandas as pd
import pyarrow as pa

from flows.steps import observed_days
from flows.steps.reduction import CLOSED, GRID, METRICS, OBSERVATION_COLUMNS, PARTS, grid_days, numbered_parts
from flows.steps.settling_times import CHANGE_COLUMNS, OLDER, PULL_DAYS, READ_WINDOWS, SINCE
from transforms.periods import period_grid
from warehouse.schema import CHANGES, OBSERVATIONS

FIRST = date(2023, 12, 25)
DAYS = 200
BRANCHES = ("Hill", "Quay, upper floor", "Ünter/Straße", "", "it's")
METRICS_OF = {
    "visits": ("flow", None, 1.0, None, False),
    "stock": ("reading", None, 1.0, None, False),
    "turns": ("reading", 1000.0, 2.0, None, True),
    "likes": ("reading", None, 1.0, 50.0, False),
    "loans": ("flow", None, 1.0, None, False),
    "talks": ("flow", None, 1.0, None, False),
}


@dataclass
class Rows:
    """Observations in the making."""

    random: Random
    rows: list[dict[str, object]]

    def add(self, metric: str, entity: str, start: date, length: int, value: float | None) -> None:
        flags = self.random.choice([[], [], [], ["estimated"], ["estimated", "partial"], ["incomplete"]])
        end = start + timedelta(days=length)
        at = datetime(end.year, end.month, end.day, self.random.randrange(24), tzinfo=UTC)
        pull = f"p{self.random.randrange(9)}"
        values = ("s", metric, entity, start, end, value, flags, at, pull)
        self.rows.append(dict(zip(OBSERVATION_COLUMNS, values, strict=True)))


def reduction_tables(seed: int) -> dict[str, pa.Table]:
    """The inputs of ``flows.steps.reduction``."""
    random = Random(seed)
    made = Rows(random, [])
    for entity in BRANCHES:
        counter, likes = float(random.randrange(900)), 100.0
        for at in range(DAYS):
            day = FIRST + timedelta(days=at)
            made.add("visits", entity, day, 1, _or_null(random, float(random.randrange(90))))
            made.add("stock", entity, day, 1, _or_null(random, float(random.randrange(9))))
            counter = (counter + random.choice([0, 3, 8, 30])) % 1000 if random.random() < 0.97 else 0.0
            typed = counter if random.random() < 0.95 else float(random.randrange(1000))
            made.add("turns", entity, day, 1, _or_null(random, typed))
            likes += random.choice([-2, 0, 1, 70])
            made.add("likes", entity, day, 1, _or_null(random, likes))
        for at in range(0, DAYS, 8):  # from a day on: a day, half a week and a week, which tie in where they begin
            for length in (2, 4, 8):
                start = FIRST + timedelta(days=at)
                made.add("loans", entity, start, length, _or_null(random, float(8 * random.randrange(40))))
    for number in range(60):
        day = FIRST + timedelta(days=random.randrange(DAYS))
        made.add("talks", f"talk {number}", day, 1, _or_null(random, float(number % 4)))
    observations = pa.schema([OBSERVATIONS.arrow.field(name).with_nullable(True) for name in OBSERVATION_COLUMNS])
    grids = [period_grid(period, FIRST, FIRST + timedelta(days=DAYS)) for period in ("day", "week", "month", "year")]
    metrics = [("s", name, *settings) for name, settings in METRICS_OF.items()]
    grid = pd.concat(grids)
    return {
        "observations": pa.Table.from_pylist(made.rows, observations),
        "metrics": _table(pd.DataFrame(metrics, columns=METRICS.names), METRICS),
        **numbered_parts(pd.DataFrame(_parts(), columns=PARTS.names)),
        "grid": _table(grid, GRID),
        "days": grid_days(grid),
        "closed": _table(_closed(random), CLOSED),
    }


def _or_null(random: Random, value: float) -> float | None:
    return None if random.random() < 0.05 else value


def _parts() -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for metric, (kind, *_) in METRICS_OF.items():
        for period in ("day", "week", "month", "year"):
            name, items = f"{metric} by {period}", metric == "talks"
            rows.append((name, "of", "s", metric, None, False, items, period))
            rows += [
                (f"{name}, named", "numerator", "s", metric, one, False, False, period) for one in ("Hill", "it's")
            ]
            if kind == "reading":
                rows.append((f"{name}, steps", "of", "s", metric, None, True, False, period))
    return rows


def _closed(random: Random) -> pd.DataFrame:
    rows = [
        (entity, FIRST + timedelta(days=random.randrange(DAYS)))
        for entity in ("", "Hill", "it's", "unknown")
        for _ in range(20)
    ]
    everyone = {day for entity, day in rows if not entity}
    kept = sorted({(entity, day) for entity, day in rows if not entity or day not in everyone})
    return pd.DataFrame(kept, columns=["entity", "day"])


def _table(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False)


def settling_tables(seed: int) -> dict[str, pa.Table]:
    """The inputs of ``flows.steps.settling_times``: sources of days and of items that are read again and again."""
    random = Random(seed)
    pulls, windows, changes = [], [], []
    state: dict[tuple[str, str, str, date], float | None] = {}
    for turn in range(60):
        for source, items in (("web", False), ("talks", True)):
            day, name = FIRST + timedelta(days=turn), f"{source}-{turn}"
            settings = "s" if turn != 30 else "t"
            pulls.append(
                {"source": source, "pull_id": name, "turn": 2 * turn, "day": day, "settings": settings, "items": items}
            )
            first = date(1, 1, 1) if items else day - timedelta(days=random.choice([7, 7, 14]))
            windows.append({"pull_id": name, "first": first, "until": day})
            for metric in ("views", "hits"):
                for back in range(1, 8):
                    key = (source, metric, random.choice(BRANCHES), day - timedelta(days=back))
                    changes += _change(random, key, name, state)
    nullable = pa.schema([CHANGES.arrow.field(name).with_nullable(True) for name in CHANGE_COLUMNS])
    return {
        "changes": pa.Table.from_pylist(changes, nullable),
        "pulls": pa.Table.from_pylist(pulls, PULL_DAYS),
        "windows": pa.Table.from_pylist(windows, READ_WINDOWS),
        "since": pa.Table.from_pylist(
            [{"source": "web", "first": FIRST + timedelta(days=3)}, {"source": "talks", "first": FIRST}], SINCE
        ),
        "older": pa.Table.from_pylist([{"source": "web", "metric": "hits", "entity": BRANCHES[0]}], OLDER),
    }


def observed_day_tables(seed: int) -> dict[str, pa.Table]:
    """The inputs of ``flows.steps.observed_days``: observations with gaps, spans that overlap, and items."""
    observations = reduction_tables(seed)["observations"].select(observed_days.COLUMNS)
    sources = observations["source"].unique().to_pylist()
    return {"observations": observations, "items": pa.table({"source": sources[:1]}, schema=observed_days.ITEMS)}


def _change(
    random: Random,
    key: tuple[str, str, str, date],
    pull: str,
    state: dict[tuple[str, str, str, date], float | None],
) -> list[dict[str, object]]:
    """At most one change of a value in a pull."""
    known, old = key in state, state.get(key)
    new = _or_null(random, float(random.choice([0, 5, 5, 7, 100, 101])))
    gone = known and random.random() < 0.1
    if known and not gone and new == old:
        return []
    change = "dropped" if gone else "altered" if known else "added"
    source, metric, entity, day = key
    values = (source, metric, entity, day, day + timedelta(days=1), pull, change, old, None if gone else new)
    if gone:
        del state[key]
    else:
        state[key] = new
    return [dict(zip(CHANGE_COLUMNS, values, strict=True))]
