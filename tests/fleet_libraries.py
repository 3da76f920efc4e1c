"""A fleet of small libraries over files of monthly visits."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from flows.fleet.members import MemberResult, MemberRun

NOW = datetime(2026, 7, 5, 4, tzinfo=UTC)
"""A morning after the first half of 2026."""
INSTANT = "2026-07-05T04:00:00"
PLAN = """\
organisation: {{name: "{title}", time_zone: Europe/London}}
sources:
  gates: {{type: footfall, path: visits.csv, layout: wide, columns: {{entity: Branch}},
    date_formats: ["%Y-%m"], period: month}}
indicators:
  {indicator}:
    {{title: Visits, unit: {unit}, kind: flow, of: [{{source: gates, metric: visits}}]}}
"""
MONTHS = tuple(f"2026-{month:02}" for month in range(1, 7))


def write_member(
    folder: Path,
    values: Sequence[float | None],
    *,
    title: str = "",
    indicator: str = "visits",
    unit: str = "visits",
    plan: str = PLAN,
) -> Path:
    """Write the plan and the visits of the first months of 2026; None is an empty cell."""
    folder.mkdir(parents=True, exist_ok=True)
    months = MONTHS[: len(values)]
    cells = ["" if value is None else f"{value:g}" for value in values]
    (folder / "visits.csv").write_text(f"Branch,{','.join(months)}\nAll,{','.join(cells)}\n", encoding="utf-8")
    text = plan.format(title=title or folder.name, indicator=indicator, unit=unit)
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    return folder / "plan.yaml"


def fleet_text(members: Mapping[str, str], more: str = "") -> str:
    """A fleet file; ``members``: what each has beside its name and its plan, as YAML between braces."""
    lines = [
        f"  {name}: {{name: {name.title()} Library, plan: {name}/plan.yaml{', ' if rest else ''}{rest}}}\n"
        for name, rest in members.items()
    ]
    return f"name: Three Rivers\ntime_zone: Europe/London\n{more}members:\n{''.join(lines)}"


def write_fleet(
    folder: Path, values: Mapping[str, Sequence[float | None]], rest: Mapping[str, str] | None = None, more: str = ""
) -> Path:
    """Write the libraries and the fleet file; its path."""
    for name, own in values.items():
        write_member(folder / name, own)
    path = folder / "fleet.yaml"
    path.write_text(fleet_text({name: (rest or {}).get(name, "") for name in values}, more), encoding="utf-8")
    return path


def die_for_south(run: MemberRun) -> MemberResult:
    """A run that ends its process without a word where the member is south."""
    if run.member == "south":
        os._exit(9)
    return MemberResult(run.member, lines=(str(os.getpid()),))
