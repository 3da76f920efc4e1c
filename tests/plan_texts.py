"""Plans for tests, as text."""

from pathlib import Path
from textwrap import dedent, indent

HEAD = """\
organisation: {name: Riverside Library, time_zone: Europe/London}
"""
GATES = """\
gates:
  type: footfall
  path: visits.csv
  layout: wide
  columns: {entity: Library}
  date_formats: ["%Y-%m"]
  period: month
"""
VISITS = """\
visits:
  title: Visits
  unit: visits
  kind: flow
  of: [{source: gates, metric: visits}]
  target:
    baseline: {from: 2025-01-01, to: 2025-12-31, value: 100}
    value: 200
    due: 2027-12-31
"""


def plan_text(sources: str = GATES, indicators: str = VISITS, more: str = "") -> str:
    """A whole plan from its parts, each written without indentation."""
    return (
        f"{HEAD}sources:\n{indent(dedent(sources), '  ')}indicators:\n{indent(dedent(indicators), '  ')}{dedent(more)}"
    )


def write_plan(folder: Path, text: str | None = None) -> Path:
    """The plan written into ``folder``; its path."""
    path = folder / "plan.yaml"
    path.write_text(plan_text() if text is None else text, encoding="utf-8")
    return path
