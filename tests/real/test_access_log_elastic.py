"""Ten thousand lines of a real access log, 17 to 20 May 2015, one of them broken off in its user agent."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from click.testing import CliRunner
from counter_robots import is_robot_or_machine
from crawleruseragents import is_crawler

from flows.cli import main
from tests.plan_texts import plan_text, write_plan

BROKEN = 8899
EDGES = {date(2015, 5, 17), date(2015, 5, 20)}
NO_PAGES = {
    "png",
    "css",
    "ico",
    "jpg",
    "js",
    "txt",
    "gif",
    "ttf",
    "xml",
    "jar",
    "pdf",
    "svg",
    "exe",
    "jpeg",
    "swf",
    "gz",
    "doc",
    "woff",
}
VIEWS = "views: {title: Views, unit: views, kind: flow, period: day, of: [{source: web, metric: page_views}]}\n"
EVERY_GET = "only_html: false, double_click_s: 0"


class Line(NamedTuple):
    day: date
    agent: str
    path: str
    is_view: bool


@pytest.fixture(scope="module")
def file(shared_data: Callable[[str], Path]) -> Path:
    return shared_data("apache-logs-elastic") / "apache_logs.gz"


@pytest.fixture(scope="module")
def lines(file: Path) -> list[Line]:
    """Every line but the broken one, cut at its blanks and quotes."""
    out = []
    for number, text in enumerate(gzip.decompress(file.read_bytes()).decode().splitlines(), 1):
        if number != BROKEN:
            fields = text.split(" ")
            day = datetime.strptime(fields[3][1:12], "%d/%b/%Y").replace(tzinfo=UTC).date()
            path = fields[6].split("?")[0].split("#")[0].split(";")[0]
            out.append(Line(day, text.rsplit('"', 2)[1], path, fields[5] == '"GET' and fields[8] in {"200", "304"}))
    return out


def published(folder: Path, file: Path, more: str = "") -> Path:
    settings = f"web: {{type: access_log, path: {file}, time_zone: UTC{more and f', {more}'}}}\n"
    plan = write_plan(folder, plan_text(settings, VIEWS))
    done = CliRunner().invoke(main, ["run", "--plan", str(plan), "--now", "2015-06-01T06:00:00"])
    assert done.exit_code == 0, done.output
    return folder / "kmi-warehouse/published"


@pytest.fixture(scope="module")
def every_get(file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every GET answered with 200 or 304 is a page view, but those by robots."""
    return published(tmp_path_factory.mktemp("elastic"), file, EVERY_GET)


def by_day(published: Path, metric: str) -> dict[date, float]:
    rows = duckdb.execute(
        f"SELECT start, value FROM '{published}/observations-2015.parquet' WHERE metric = ?", [metric]
    ).fetchall()
    return dict(rows)


def days(lines: list[Line]) -> Counter[date]:
    return Counter(line.day for line in lines)


def is_robot(agent: str) -> bool:
    return agent == "-" or bool(is_robot_or_machine(agent)) or bool(is_crawler(agent))


def test_all_lines_but_one_are_read(every_get: Path, lines: list[Line]) -> None:
    assert len(lines) == 9_999
    assert by_day(every_get, "requests") == days(lines)


def test_the_broken_line_is_listed_without_the_address_of_its_client(every_get: Path) -> None:
    told = CliRunner().invoke(main, ["refused", "--warehouse", str(every_get.parent), "--json"])
    (row,) = json.loads(told.stdout)["refused"]
    assert row["origin"] == f"apache_logs.gz, line {BROKEN}"
    assert row["reason"] == "the line does not have the format of the log"
    assert "configlib.py" in row["raw_value"]
    assert not re.search(r"\d+\.\d+\.\d+\.\d+", row["raw_value"])


def test_page_views_before_robots_are_removed_are_the_gets_answered_with_200_or_304(
    file: Path, tmp_path: Path, lines: list[Line]
) -> None:
    want = days([line for line in lines if line.is_view])
    assert sum(want.values()) == 9_535
    assert by_day(published(tmp_path, file, f"{EVERY_GET}, robots: include"), "page_views") == want


def test_robots_are_left_out_and_counted_apart(every_get: Path, lines: list[Line]) -> None:
    robots = [line for line in lines if line.is_view and is_robot(line.agent)]
    assert by_day(every_get, "robot_page_views") == days(robots)
    assert by_day(every_get, "page_views") == days(
        [line for line in lines if line.is_view and not is_robot(line.agent)]
    )
    assert len(robots) > 2_000


def test_images_styles_and_scripts_are_no_pages(file: Path, tmp_path: Path, lines: list[Line]) -> None:
    pages = [
        line
        for line in lines
        if line.is_view and line.path.rsplit("/", 1)[-1].partition(".")[2].rsplit(".", 1)[-1].lower() not in NO_PAGES
    ]
    assert {line.path for line in pages} >= {"/", "/blog/tags/xsendevent"} | {
        line.path for line in lines if line.path.endswith(".html") and line.is_view
    }
    got = by_day(published(tmp_path, file, "double_click_s: 0, robots: include"), "page_views")
    assert got == days(pages)


def test_only_the_pages_that_the_plan_asks_for_count(file: Path, tmp_path: Path, lines: list[Line]) -> None:
    got = by_day(
        published(tmp_path, file, f'{EVERY_GET}, robots: include, pages: ["/blog/"], exclude: ["*.html"]'), "page_views"
    )
    assert got == days(
        [line for line in lines if line.is_view and line.path.startswith("/blog/") and not line.path.endswith(".html")]
    )


def test_the_cut_off_days_at_both_ends_are_partial_and_no_verdict_rests_on_them(every_get: Path) -> None:
    rows = duckdb.execute(
        f"SELECT DISTINCT start, flags FROM '{every_get}/observations-2015.parquet' WHERE metric = 'requests'"
    ).fetchall()
    assert {day for day, flags in rows if "partial" in flags} == EDGES
    assert len(rows) == 4


def test_no_address_of_a_client_leaves_the_log(every_get: Path) -> None:
    """The sample's own address, 83.149.9.216, is in its first line."""
    files = [path for path in every_get.parent.rglob("*") if path.is_file()]
    assert not [path for path in files if path.parts[-3:-2] == ("raw",)]
    told = "".join(path.read_text(encoding="latin-1") for path in files if path.suffix in {".json", ".parquet"})
    assert "83.149.9.216" not in told
    assert "46.118.127.106" not in told
