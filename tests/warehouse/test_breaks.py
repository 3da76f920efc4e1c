"""A change of definition is recorded once."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from warehouse.breaks import record_breaks
from warehouse.root import open_root
from warehouse.schema import BREAKS
from warehouse.tables import Tables

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Found:
    metric: str
    day: date
    kind: str = "redefined"
    reason: str = "the provider counts at the start of playback"
    entity: str = ""
    replaced_by: str = ""


def test_a_break_is_recorded_once_however_often_it_is_met(tmp_path: Path) -> None:
    tables = Tables(open_root(tmp_path))
    known = Found("views", date(2026, 8, 24))
    assert record_breaks(tables, "video", [known, known], NOW) == 1
    assert record_breaks(tables, "video", [known], NOW) == 0
    assert record_breaks(tables, "video", [Found("views", date(2027, 1, 1))], NOW) == 1
    assert record_breaks(tables, "another", [known], NOW) == 1
    assert tables.read(BREAKS).num_rows == 3


def test_a_metric_is_retired_once_whatever_day_it_is_missed_on(tmp_path: Path) -> None:
    tables = Tables(open_root(tmp_path))
    for day in (20, 21):
        record_breaks(
            tables, "page", [Found("page_fans", date(2026, 11, day), "retired", replaced_by="page_follows")], NOW
        )
    assert [(row["day"], row["replaced_by"]) for row in tables.read(BREAKS).to_pylist()] == [
        (date(2026, 11, 20), "page_follows")
    ]


def test_nothing_is_written_for_no_break(tmp_path: Path) -> None:
    tables = Tables(open_root(tmp_path))
    assert record_breaks(tables, "page", [], NOW) == 0
    assert tables.version(BREAKS) == -1
