"""Log files that were deleted or copied in part between two runs, from the command line to the published values."""

from datetime import date
from pathlib import Path
from shutil import copytree, rmtree

import duckdb
import pytest
from click.testing import CliRunner

from flows.cli import main
from tests.log_lines import at, line
from tests.plan_texts import plan_text, write_plan

VIEWS = "views: {title: Views, unit: views, kind: flow, period: day, of: [{source: web, metric: page_views}]}\n"


def hours(day: int, first: int = 0, end: int = 24) -> str:
    """Three views an hour, by three visitors: 72 a day."""
    clocks = ((hour, who) for hour in range(first, end) for who in range(3))
    return "".join(
        line(at(f"{hour:02}:{who}0:00", f"{day:02}/Mar/2026"), f"GET /{hour} HTTP/1.1", client=f"192.0.2.{who}") + "\n"
        for hour, who in clocks
    )


def run(folder: Path, day: int, settings: str = "") -> str:
    plan = write_plan(folder, plan_text(f"web: {{type: access_log, path: logs/, time_zone: UTC{settings}}}\n", VIEWS))
    done = CliRunner().invoke(main, ["run", "--plan", str(plan), "--now", f"2026-03-{day:02}T06:00:00"])
    assert done.exit_code == 0, done.output
    return done.output


def views(folder: Path) -> dict[int, float]:
    path = folder / "kmi-warehouse/published/observations-2026.parquet"
    rows = duckdb.execute(f"SELECT start, value FROM '{path}' WHERE metric = 'page_views' ORDER BY start").fetchall()
    return {day.day: value for day, value in rows if isinstance(day, date)}


@pytest.fixture(scope="module")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder after a run over three files of a day each, rotated at 06:00, and the running one; and a copy of it."""
    folder, copy = tmp_path_factory.mktemp("library"), tmp_path_factory.mktemp("copy") / "library"
    (folder / "logs").mkdir()
    for age, day in enumerate((5, 4, 3), 1):
        (folder / f"logs/access.log.{age}").write_text(hours(day, 6) + hours(day + 1, 0, 6), encoding="utf-8")
    (folder / "logs/access.log").write_text(hours(6, 6) + hours(7), encoding="utf-8")
    run(folder, 8)
    assert views(folder) == {3: 54, 4: 72, 5: 72, 6: 72, 7: 72}
    return folder, Path(copytree(folder, copy))


@pytest.fixture
def folder(first_run: tuple[Path, Path]) -> Path:
    """The folder as the first run left it, in its own place: its path is one of the settings."""
    folder, copy = first_run
    rmtree(folder)
    return Path(copytree(copy, folder))


@pytest.mark.slow
def test_a_file_that_is_gone_takes_nothing_with_it_and_the_days_are_named(folder: Path) -> None:
    (folder / "logs/access.log.2").unlink()
    told = run(folder, 9)
    assert views(folder) == {3: 54, 4: 72, 5: 72, 6: 72, 7: 72}
    assert "the delivery holds fewer requests of 2026-03-04, 2026-03-05 than were counted before" in told
    assert "the stored values are kept" in told


@pytest.mark.slow
def test_a_file_that_was_copied_in_part_leaves_what_was_counted(folder: Path) -> None:
    (folder / "logs/access.log.1").write_text(hours(5, 6, 12), encoding="utf-8")
    told = run(folder, 9)
    assert views(folder) == {3: 54, 4: 72, 5: 72, 6: 72, 7: 72}
    assert "2026-03-05, 2026-03-06" in told


@pytest.mark.slow
def test_files_that_hold_more_than_before_count(folder: Path) -> None:
    (folder / "logs/access.log").write_text(hours(6, 6) + hours(7) + hours(8), encoding="utf-8")
    told = run(folder, 9)
    assert views(folder)[8] == 72
    assert "fewer requests" not in told


@pytest.mark.slow
def test_what_the_plan_takes_as_it_is_falls(folder: Path) -> None:
    """Within a whole day the file lacks six hours: the plan says that they were another site's."""
    (folder / "logs/access.log").write_text(hours(6, 6) + hours(7, 0, 12) + hours(7, 18), encoding="utf-8")
    run(folder, 9, ", when_fewer: take")
    assert views(folder)[7] == 54
    assert "fewer requests" not in run(folder, 10, ", when_fewer: take")


def test_a_fall_after_a_change_of_settings_counts_and_is_named(folder: Path) -> None:
    (folder / "logs/access.log").write_text(hours(6, 6) + hours(7, 0, 12) + hours(7, 18), encoding="utf-8")
    told = run(folder, 9, ", double_click_s: 10")
    assert views(folder)[7] == 54
    assert "the settings of the source changed, so the new values count" in told
