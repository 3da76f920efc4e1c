"""Newcastle's City Library in 2020: the closure is not a failure, and the recovery is judged from its break on."""

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from flows.cli import main

PLAN = """\
organisation: {{name: Newcastle Libraries, time_zone: Europe/London}}
calendar:
  closed:
    - {{from: 2020-03-23, to: 2021-04-11, reason: Closed by law in the pandemic}}
sources:
  visits:
    type: footfall
    path: {file}
    layout: wide
    columns: {{entity: Library}}
    date_formats: ["%Y-%m"]
    period: month
indicators:
  before:
    title: Visits against 2019
    unit: visits
    kind: flow
    of: [{{source: visits, metric: visits, entities: [City]}}]
    target: {{baseline: {{from: 2019-01-01, to: 2019-12-31}}, value: 50000, due: 2024-12-31, path: seasonal}}
  recovery:
    title: Recovery of visits
    unit: visits
    kind: flow
    of: [{{source: visits, metric: visits, entities: [City]}}]
    target: {{baseline: {{from: 2021-07-01, to: 2022-06-30}}, value: 30000, due: 2024-12-31, path: seasonal}}
breaks:
  - {{day: 2021-04-12, reason: Reopened after the pandemic with fewer services}}
"""
BROKEN = "the number has had another meaning since 12 Apr 2021 (Reopened after the pandemic with fewer services)"


@pytest.fixture(scope="module")
def judged(
    shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Path, dict[str, dict[str, object]], str]]:
    """The folder of published files, the verdicts and the pages as of a day."""
    file = shared_data("newcastle-libraries") / "visitor-figures/2008-onwards-monthly-visits.csv"

    def of(day: str) -> tuple[Path, dict[str, dict[str, object]], str]:
        folder = tmp_path_factory.mktemp(day)
        plan = folder / "plan.yaml"
        plan.write_text(PLAN.format(file=file), encoding="utf-8")
        for command in (
            ["run", "--plan", str(plan), "--now", f"{day}T06:00:00"],
            ["report", "--plan", str(plan), "--output", str(folder / "site")],
        ):
            done = CliRunner().invoke(main, command)
            assert done.exit_code == 0, done.output
        rows = pq.read_table(folder / "kmi-warehouse/published/verdicts.parquet").to_pylist()
        return (
            folder / "kmi-warehouse/published",
            {row["indicator_id"]: row for row in rows},
            "\n".join(file.read_text(encoding="utf-8") for file in sorted((folder / "site").glob("*.html"))),
        )

    return of


Judged = Callable[[str], tuple[Path, dict[str, dict[str, object]], str]]


def test_while_it_is_closed_nobody_is_behind_and_the_reason_names_the_closure(judged: Judged) -> None:
    _, verdicts, page = judged("2020-11-24")
    for row in verdicts.values():
        assert (row["verdict"], row["worsening"], row["alert"] == "firing") == ("not_assessable", False, False)
        assert str(row["reason"]).startswith("closed from 23 Mar 2020 to 11 Apr 2021 (Closed by law in the pandemic)")
    assert "Closed by law in the pandemic" in page


def test_after_it_no_verdict_no_trend_and_no_alert_reaches_across_the_break(judged: Judged) -> None:
    """Against 2019 the library has half its visits; that is not a verdict on the staff, as the measure has changed."""
    published, verdicts, page = judged("2024-02-01")
    row = verdicts["before"]
    assert (row["verdict"], row["worsening"]) == ("not_assessable", False)
    assert str(row["reason"]).startswith(BROKEN)
    assert row["alert"] == "inactive"
    assert "since 12 Apr 2021" in str(row["outlook"]).lower() or "12 Apr 2021" in str(row["outlook"])
    assert isinstance(row["trend_per_year"], float)
    assert row["trend_per_year"] > 0
    assert BROKEN.replace("12 Apr", "12 April") in page
    breaks = pq.read_table(published / "indicator_breaks.parquet").to_pylist()
    told = [(row["indicator_id"], str(row["day"]), row["origin"], row["spliced"]) for row in breaks]
    assert told == [("before", "2021-04-12", "declared", False), ("recovery", "2021-04-12", "declared", False)]


def test_the_recovery_is_judged_from_its_own_baseline(judged: Judged) -> None:
    _, verdicts, page = judged("2024-02-01")
    row = verdicts["recovery"]
    assert (row["verdict"], str(row["through"])) == ("on_track", "2023-12-31")
    assert "26,043 visits in Dec 2023" in str(row["reason"])
    assert "season of 2 complete years" in str(row["reason"]), "the seasons before the break do not count"
    assert "Reopened after the pandemic" in page
