"""Monthly visits to the libraries of Newcastle, 2008 to 2024: values, gaps, and all 38 published versions."""

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from flows.cli import main
from flows.steps.assess import assess
from flows.steps.collect import PullResult, collect
from flows.steps.context import Context, open_context
from flows.steps.publish import publish
from flows.steps.pull_windows import windows_to_pull
from tests.plan_texts import plan_text, write_plan
from tests.vintages import as_known_on
from warehouse.schema import PUBLISHED_OBSERVATIONS

Cells = dict[tuple[str, date], str]
BLANK_MONTHS = [date(2020, month, 1) for month in range(6, 13)] + [date(2021, month, 1) for month in range(1, 4)]
OF_THE_PULL = ["retrieved_at", "pull_id"]
VINTAGES = (0, 1, 12, 24, 25, 28, 29, 30, 33, 36)


def cells_of(path: Path) -> Cells:
    """Every cell of a version by branch and month, as text."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    months = [date(*map(int, (*name.split("-"), "1"))) for name in rows[0][1:]]
    return {
        (row[0].strip(), month): cell.strip() for row in rows[1:] for month, cell in zip(months, row[1:], strict=True)
    }


def known(cells: Cells) -> dict[tuple[str, date], float]:
    return {key: float(text) for key, text in cells.items() if text}


def plan_over(folder: Path, file: Path, branches: list[str]) -> Path:
    """The plan: one source, and an indicator for each branch."""
    source = f"""\
        visits:
          type: footfall
          path: {file}
          layout: wide
          columns: {{entity: Library}}
          date_formats: ["%Y-%m"]
          period: month
        """
    indicators = "".join(
        f"branch_{at}: {{title: {name}, unit: visits, kind: flow, "
        f"of: [{{source: visits, metric: visits, entities: [{name}]}}]}}\n"
        for at, name in enumerate(branches)
    )
    return write_plan(folder, plan_text(source, indicators))


@pytest.fixture(scope="module")
def figures(shared_data: Callable[[str], Path]) -> Path:
    return shared_data("newcastle-libraries") / "visitor-figures/2008-onwards-monthly-visits.csv"


@pytest.fixture(scope="module")
def published(figures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder published/ of a run over the newest version."""
    folder = tmp_path_factory.mktemp("newcastle")
    plan = plan_over(folder, figures, sorted({branch for branch, _ in cells_of(figures)}))
    done = CliRunner().invoke(main, ["run", "--plan", str(plan), "--now", "2026-11-24T06:00:00"])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("visits: 2768 observations, 2768 new\n")
    return folder / "kmi-warehouse/published"


def observed(published: Path) -> list[tuple[str, date, date, float, str, list[str]]]:
    return duckdb.execute(
        f"SELECT entity, start, \"end\", value, unit, flags FROM '{published}/observations-*.parquet' ORDER BY ALL"
    ).fetchall()


def test_each_branch_and_month_has_exactly_the_figure_in_the_file(figures: Path, published: Path) -> None:
    want = [(branch, month, value) for (branch, month), value in known(cells_of(figures)).items()]
    got = observed(published)
    assert sorted(want) == [(entity, start, value) for entity, start, _, value, _, _ in got]
    assert len(want) == 3686 - 918
    assert {(end.year * 12 + end.month) - (start.year * 12 + start.month) for _, start, end, _, _, _ in got} == {1}
    assert {(unit, *flags) for *_, unit, flags in got} == {("visits",)}


def test_blank_cells_and_absent_columns_are_missing_and_zeros_are_zeros(figures: Path, published: Path) -> None:
    cells, got = cells_of(figures), {(entity, start): value for entity, start, _, value, _, _ in observed(published)}
    assert not {key for key, text in cells.items() if not text} & got.keys()
    assert not [month for _, month in got if month in BLANK_MONTHS]
    zeros = {key for key, text in cells.items() if text == "0"}
    assert len(zeros) == 22
    assert {got[key] for key in zeros} == {0.0}
    assert {key for key, value in got.items() if value == 0} == zeros


def test_each_branch_has_its_months_as_periods_with_gaps_null(figures: Path, published: Path) -> None:
    cells = known(cells_of(figures))
    rows = duckdb.execute(f"""
        SELECT title, start, value, completeness, flags
        FROM '{published}/periods.parquet' JOIN '{published}/indicators.parquet' USING (indicator_id)
    """).fetchall()
    assert {(title, start): value for title, start, value, _, _ in rows if value is not None} == cells
    gaps = [(completeness, flags) for title, start, _, completeness, flags in rows if (title, start) not in cells]
    assert {(share, *flags) for share, flags in gaps} == {(0.0, "incomplete")}
    seen = {(title, start) for title, start, *_ in rows}
    begun = {branch: min(month for name, month in cells if name == branch) for branch, _ in cells}
    assert {(branch, month) for branch, first in begun.items() for month in BLANK_MONTHS if first <= month} <= seen
    assert {completeness for title, start, _, completeness, _ in rows if (title, start) in cells} == {1.0}


def noon(file: Path) -> datetime:
    """When a version was published, by its name."""
    return datetime.combine(date.fromisoformat(file.name[:10]), time(12), UTC)


def loaded(folder: Path, file: Path) -> tuple[Context, PullResult]:
    """A version collected on its day into the warehouse of ``folder``."""
    plan = plan_over(folder, file, ["City Library"])
    context = open_context(
        plan,
        folder / "kmi-warehouse",
        resolve=lambda reference: reference,
        log=lambda line: None,
        clock=lambda: noon(file),
    )
    (window,) = windows_to_pull(context, "visits", None)
    return context, collect(context, "visits", window)


def received(file: Path) -> dict[tuple[str, date], float]:
    """What a version says of the months that had begun when it was published."""
    return {key: value for key, value in known(cells_of(file)).items() if key[1] < noon(file).date()}


@pytest.fixture(scope="module")
def versions(shared_data: Callable[[str], Path]) -> list[Path]:
    files = sorted((shared_data("newcastle-libraries") / "visitor-figures-versions").glob("*.csv"))
    assert len(files) == 38
    return files


@pytest.fixture(scope="module")
def one_after_another(
    versions: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Context, list[PullResult]]:
    """All versions loaded in the order of their names, each on its day."""
    folder = tmp_path_factory.mktemp("versions")
    pulls = [loaded(folder, file) for file in versions]
    return pulls[-1][0], [collected for _, collected in pulls]


def test_all_versions_end_in_the_table_of_the_last_one_alone(
    versions: list[Path], one_after_another: tuple[Context, list[PullResult]], tmp_path: Path
) -> None:
    alone, _ = loaded(tmp_path, versions[-1])
    tables = []
    for context in (one_after_another[0], alone):
        publish(context, assess(context))
        table = pa.concat_tables(
            [
                pq.read_table(file)
                for file in sorted(Path(context.root.address, "published").glob("observations-*.parquet"))
            ]
        )
        tables.append(
            table.drop_columns(OF_THE_PULL).sort_by([(name, "ascending") for name in PUBLISHED_OBSERVATIONS.key])
        )
    assert tables[0].column_names == [name for name in PUBLISHED_OBSERVATIONS.names if name not in OF_THE_PULL]
    assert tables[0].equals(tables[1])
    assert tables[0].num_rows == 2768


def test_each_version_adds_alters_and_drops_what_differs_from_the_one_before(
    versions: list[Path], one_after_another: tuple[Context, list[PullResult]]
) -> None:
    said = [received(file) for file in versions]
    want = []
    for before, after in zip([{}, *said], said, strict=False):
        both = before.keys() & after.keys()
        want.append(
            (
                len(after),
                len(after.keys() - both),
                sum(before[key] != after[key] for key in both),
                len(before.keys() - both),
            )
        )
    got = [(c.outcome.rows, c.outcome.added, c.outcome.altered, c.outcome.dropped) for c in one_after_another[1]]
    assert got == want
    assert sum(altered for _, _, altered, _ in got) > 0
    assert {c.refused for c in one_after_another[1]} == {0}


@pytest.mark.parametrize("number", VINTAGES)
def test_a_vintage_is_exactly_what_its_version_said(
    versions: list[Path], one_after_another: tuple[Context, list[PullResult]], number: int
) -> None:
    file = versions[number]
    then = as_known_on(one_after_another[0].tables, noon(file))
    got = dict(zip(zip(then["entity"], then["start"].dt.date, strict=True), then["value"], strict=True))
    assert len(got) == len(then)
    assert got == received(file)


def test_before_the_first_version_nothing_was_known(
    versions: list[Path], one_after_another: tuple[Context, list[PullResult]]
) -> None:
    day_before = noon(versions[0]) - timedelta(days=1)
    assert as_known_on(one_after_another[0].tables, day_before).empty
