"""A small library whose files change from state to state.

State n depends on n alone: new months, restated months, items that come and go, a branch of which most months do, a
cell that cannot be read.
"""

from datetime import date, timedelta
from pathlib import Path

PLAN = """\
organisation: {name: Test Library, time_zone: Europe/London}
sources:
  gates:
    type: footfall
    path: visits.csv
    layout: wide
    columns: {entity: Library}
    date_formats: ["%Y-%m"]
    period: month
  log:
    type: publications
    path: log.csv
    columns: {date: Date, kind: Kind, id: ID}
    date_formats: ["%Y-%m-%d"]
    kinds: {guide: guides}
indicators:
  visits:
    title: Visits
    unit: visits
    kind: flow
    of: [{source: gates, metric: visits}]
    target: {baseline: {from: 2024-01-01, to: 2024-12-31, value: 300}, value: 400, due: 2027-12-31}
  guides: {title: Guides, unit: guides, kind: flow, of: [{source: log, metric: guides}]}
"""
NOTICES = """\
alerts:
  routes:
    - to: ${env:KMI_NOTICES_TO}
      verdicts: [behind, at_risk, on_track, achieved, not_assessable]
      sources: true
"""
BRANCHES = ("Hill", "Quay", "Park")
ObservationRow = tuple[str, str, date, date, float, str, tuple[str, ...]]
"""Metric, entity, start, end, value, unit, flags: an observation without its instant and its pull."""


def write_library(folder: Path, number: int, *, notices: bool = False) -> Path:
    """Write the plan and the files of state ``number``, each replaced atomically; returns the plan's path.

    With ``notices`` the plan has a route, and targets that are met in some states and missed in others.
    """
    folder.mkdir(parents=True, exist_ok=True)
    months = _months(number)
    visits = [["Library", *(f"{month:%Y-%m}" for month in months)]]
    visits += [[branch, *(_cell(number, branch, month) for month in months)] for branch in BRANCHES]
    log = [["Date", "Kind", "ID"], *([day.isoformat(), "guide", name] for name, day in _guides(number))]
    for name, rows in (("visits.csv", visits), ("log.csv", log)):
        replace_file(folder / name, "".join(",".join(row) + "\n" for row in rows))
    replace_file(folder / "plan.yaml", _plan_with_notices(number) if notices else PLAN)
    return folder / "plan.yaml"


def _plan_with_notices(number: int) -> str:
    """The target of visits is missed in two of four states, and its day has passed in one of three."""
    plan = PLAN.replace("value: 400, due: 2027-12-31", f"value: {(400, 9000)[number // 2 % 2]}, due: 2027-12-31")
    if number % 3 == 2:
        plan = plan.replace("due: 2027-12-31", "due: 2026-01-31")
    return plan + NOTICES


def replace_file(path: Path, text: str) -> None:
    """Write ``text`` next to ``path`` and rename it into place."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def expected_rows(number: int) -> dict[str, set[ObservationRow]]:
    """The observations of each source in state ``number``, computed without the pipeline."""
    facts: dict[str, set[ObservationRow]] = {"gates": set(), "log": set()}
    for month in _months(number):
        end = _next(month)
        cells = ((branch, _cell(number, branch, month)) for branch in BRANCHES)
        facts["gates"] |= {
            ("visits", branch, month, end, float(cell), "visits", ()) for branch, cell in cells if cell.isdigit()
        }
    facts["log"] = {("guides", name, day, day + timedelta(days=1), 1.0, "items", ()) for name, day in _guides(number)}
    return facts


def _months(number: int) -> list[date]:
    months = [date(2025, 1, 1)]
    while len(months) < min(6 + number, 14):
        months.append(_next(months[-1]))
    return months


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _cell(number: int, branch: str, month: date) -> str:
    if branch == "Park" and number % 2 == 0 and month > date(2025, 1, 1):
        return ""
    if branch == "Quay" and month.month == 1 + number % 4 and number % 3 == 1:
        return "broken"
    return str(100 * len(branch) + month.month + (number if (month.month + number) % 3 == 0 else 0))


def _guides(number: int) -> list[tuple[str, date]]:
    """In each state some guides go and others move; the oldest stays, since a log begins at its oldest row."""
    names = [at for at in range(6 + number) if at == 0 or at % 5 != number % 5]
    later = {at: 9 * at % 350 + 2 if at else 0 for at in names}  # no other guide is as old
    return [
        (f"g{at}", date(2025, 1, 5) + timedelta(days=later[at] + (1 if at % 3 == number % 3 else 0))) for at in names
    ]
