"""A harvest of a university's publications whose offset was ignored: 29,860 rows that hold 56 items."""

import csv
import gzip
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from flows.cli import main
from sources.web.paging import PagerGuard
from tests.plan_texts import plan_text, write_plan
from warehouse.errors import ShapeError

LOG = """\
publications:
  type: publications
  path: log.csv
  columns: {date: date, title: title, kind: resourceType, id: id}
  date_formats: ["%Y", "%m/%d/%Y", "%m/%Y", "%Y-%m-%d"]
  kind: others
  kinds: {publication.journalArticle: articles, etd.graduate: theses, etd.undergraduate: theses, etd.doctoral: theses}
"""
ARTICLES = (
    "articles: {title: Articles, unit: articles, kind: flow, period: year, "
    "of: [{source: publications, metric: articles}]}\n"
)


def ndjson(path: Path) -> list[dict[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def span(text: str) -> tuple[date, date]:
    """First day of the day, month or year that a date tells, and the day after its last one."""
    parts = [int(part) for part in re.split("[/-]", text)]
    year, *rest = (
        sorted(parts, reverse=True) if len(parts) < 3 else parts if parts[0] > 31 else [parts[2], parts[0], parts[1]]
    )
    if len(rest) == 2:
        day = date(year, *rest)
        return day, date.fromordinal(day.toordinal() + 1)
    month = rest[0] if rest else 1
    return date(year, month, 1), (date(year + month // 12, month % 12 + 1, 1) if rest else date(year + 1, 1, 1))


@pytest.fixture(scope="module")
def rows(shared_data: Callable[[str], Path]) -> list[dict[str, str]]:
    found = ndjson(shared_data("brandeis-esploro-api-pages") / "assets_all_pages.ndjson.gz")
    return [{key: str(value) for key, value in row.items()} for row in found]


@pytest.fixture(scope="module")
def run(rows: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the run over the log said, and the observations it published."""
    folder = tmp_path_factory.mktemp("brandeis")
    with (folder / "log.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    plan = write_plan(folder, plan_text(LOG, ARTICLES))
    done = CliRunner().invoke(main, ["run", "--plan", str(plan), "--now", "2026-11-24T06:00:00"])
    assert done.exit_code == 0, done.output
    return done.output, folder / "kmi-warehouse/published/observations-*.parquet"


def test_the_rows_are_56_items_each_counted_once(run: tuple[str, Path], rows: list[dict[str, str]]) -> None:
    told, published = run
    assert (len(rows), len({row["id"] for row in rows})) == (29_860, 56)
    assert "publications: 56 observations, 56 new\n" in told
    assert "29804 items came more than once and counted once" in told
    got = duckdb.execute(f"SELECT entity, value FROM '{published}' ORDER BY entity").fetchall()
    assert got == [(name, 1.0) for name in sorted({row["id"] for row in rows})]


def test_each_item_counts_on_the_day_month_or_year_that_its_date_tells(
    run: tuple[str, Path], rows: list[dict[str, str]]
) -> None:
    got = duckdb.execute(f"SELECT entity, start, \"end\" FROM '{run[1]}'").fetchall()
    assert {name: (start, end) for name, start, end in got} == {row["id"]: span(row["date"]) for row in rows}
    assert {(end - start).days for _, start, end in got} >= {1, 30, 365}


def test_each_item_counts_as_the_kind_that_the_plan_gives_it(run: tuple[str, Path], rows: list[dict[str, str]]) -> None:
    kinds = {row["id"]: row["resourceType"] for row in rows}
    want = {
        name: "articles" if kind.endswith("journalArticle") else "theses" if kind.startswith("etd.") else "others"
        for name, kind in kinds.items()
    }
    assert dict(duckdb.execute(f"SELECT entity, metric FROM '{run[1]}'").fetchall()) == want


def test_the_pages_of_a_provider_that_ignores_the_offset_are_stopped_at_the_first_repetition(
    shared_data: Callable[[str], Path],
) -> None:
    pages = ndjson(shared_data("brandeis-esploro-api-pages") / "pages_0001-0200.ndjson.gz")
    ids = [{asset["id"] for asset in page["assets"]} for page in pages]  # type: ignore[attr-defined]
    repeated = next(at for at in range(1, len(ids)) if ids[at] <= set().union(*ids[:at]))
    guard = PagerGuard("https://library.example/esploro")
    for number, page in enumerate(ids[:repeated]):
        guard.next(f"offset={number * 10}")
        guard.page(page)
    distinct = len(set().union(*ids[:repeated]))
    with pytest.raises(
        ShapeError, match=rf"page {repeated + 1} has only items of earlier pages \({distinct} distinct so far\)"
    ):
        guard.page(ids[repeated])
    assert repeated < 5
