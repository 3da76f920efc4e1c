"""A small library whose published folder has rows in every table, after two runs.

The second run has a restated month and other goals. One figure is refused.
"""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from flows.steps.note_ledger import new_note, record_note
from flows.steps.refresh import RefreshRequest, refresh
from tests.forked_runs import context_of

FIRST, SECOND = datetime(2026, 2, 2, 6, tzinfo=UTC), datetime(2026, 3, 2, 6, tzinfo=UTC)
PLAN = """\
organisation: {{name: Star Library, time_zone: Europe/London}}
sources:
  gates: {{type: footfall, path: visits.csv, layout: wide, columns: {{entity: Library}},
    date_formats: ["%Y-%m"], period: month}}
  door:
    type: footfall
    path: door.csv
    layout: long
    columns: {{entity: Branch, date: Week, value: Visits}}
    date_formats: ["%Y-%m-%d"]
    period: week
{more_sources}indicators:
  hill:
    title: Visits to Hill
    unit: visits
    kind: flow
    owner: Head of Hill
    objective: A house that people use
    of: [{{source: gates, metric: visits, entities: [Hill]}}]
    target: {{baseline: {{from: 2024-01-01, to: 2024-12-31}}, value: {goal}, due: 2027-12-31}}
  vale: {{title: Visits to Vale, unit: visits, kind: flow, of: [{{source: gates, metric: visits, entities: [Vale]}}]}}
  share:
    title: Vale for one at Hill
    unit: visits
    kind: rate
    numerator: [{{source: gates, metric: visits, entities: [Vale]}}]
    denominator: [{{source: gates, metric: visits, entities: [Hill]}}]
  mill:
    title: Visits to Mill
    unit: visits
    kind: flow
    period: year
    of: [{{source: door, metric: visits}}]
    sample: {{}}
    target: {{baseline: {{from: 2024-01-01, to: 2024-12-31, value: 52000}}, value: 60000, due: 2027-12-31}}
{more_indicators}activities: {{week: {{date: 2025-03-01, title: Week, indicators: [hill, vale]}}}}
breaks: [{{day: 2021-01-01, reason: new gates, indicators: [hill]}}]
"""
GONE = """\
  old: {type: footfall, path: old.csv, layout: wide, columns: {entity: Library}, date_formats: ["%Y-%m"], period: month}
"""
GONE_INDICATOR = """\
  gone: {title: Visits to Old, unit: visits, kind: flow, of: [{source: old, metric: visits}]}
"""


def published_star(folder: Path) -> Path:
    """The published folder after both runs. An indicator and its source have left the plan between them."""
    months = pd.period_range("2019-01", "2026-02", freq="M")
    rng = np.random.default_rng(4)
    visits = 1000 * np.exp(
        0.2 * np.sin(2 * np.pi * np.arange(len(months)) / 12) + rng.normal(0, 0.04, (2, len(months)))
    )
    table = pd.DataFrame(
        visits.round().astype(int), index=pd.Index(["Hill", "Vale"], name="Library"), columns=months.astype(str)
    )
    weeks = pd.DataFrame(
        {
            "Branch": "Mill",
            "Week": ["2025-02-03", "2025-03-03", "2025-05-05", "2025-10-06", "2025-11-03", "2025-12-01"],
            "Visits": [1010, 995, 990, 1040, 1020, -7],
        }
    )
    weeks.to_csv(folder / "door.csv", index=False)
    table.iloc[:, :-1].to_csv(folder / "visits.csv")
    table.iloc[:1, :3].to_csv(folder / "old.csv")
    _run(folder, FIRST, PLAN.format(goal=1400, more_sources=GONE, more_indicators=GONE_INDICATOR))
    context = context_of(folder / "plan.yaml", folder / "warehouse", FIRST)
    name = next(iter(context.loaded.plan.indicators))
    record_note(context, new_note(name, FIRST.date(), "Ada", "The lift is mended in May", FIRST))
    table.iloc[0, -2] += 40
    table.to_csv(folder / "visits.csv")
    _run(folder, SECOND, PLAN.format(goal=1500, more_sources="", more_indicators=""))
    return folder / "warehouse" / "published"


def _run(folder: Path, now: datetime, plan: str) -> None:
    path = folder / "plan.yaml"
    path.write_text(plan, encoding="utf-8")
    done = refresh(context_of(path, folder / "warehouse", now), RefreshRequest())
    assert not done.failed
