"""What lies beside the files of a source is named, so that a file with another ending is not missed in silence."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sources.access_log.settings import AccessLogSettings
from sources.access_log.source import AccessLog
from sources.contract import Place
from sources.files.left_out import NAMED
from sources.files.table_format import TableFormat
from sources.files.tables import Tables, read_tables, table_pages
from sources.web.session import Session
from warehouse.schema import Window

NOW = datetime(2026, 10, 1, tzinfo=UTC)
EVER = Window(date(1900, 1, 1), date(2026, 10, 1))
TEXT = "Branch,Month,Visits\nHill,2026-01,5\n"
LINE = (
    '198.51.100.7 - - [10/Sep/2026:13:55:36 +0000] "GET /km/ HTTP/1.1" 200 512 "-" "Mozilla/5.0 (X11) Firefox/140.0"\n'
)


def delivered(location: Path) -> Tables:
    return read_tables(list(table_pages("s", str(location), EVER, NOW, Session(lambda _: ""))), TableFormat())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    names = ("jan.csv", "feb.CSV", "mar.csv.gz", "apr.xlsx", "loans.csv", "letter.pdf", "~$apr.xlsx", "may.csv.part")
    for name in names:
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    (tmp_path / "jun.csv").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "left_out"),
    [
        ("*.csv", ["apr.xlsx", "feb.CSV", "mar.csv.gz"]),
        ("[ajfm]*.csv", ["apr.xlsx", "feb.CSV", "mar.csv.gz"]),
        ("l*.csv", []),
        ("jan.*", []),
        ("*.c*", ["apr.xlsx", "feb.CSV"]),
    ],
)
def test_a_pattern_that_leaves_out_files_by_their_ending_or_capitals_names_them(
    folder: Path, pattern: str, left_out: list[str]
) -> None:
    (folder / "mar.csv.gz").write_text(TEXT, encoding="utf-8")
    want = [f"{name} is not read: the pattern in 'path' leaves it out" for name in left_out]
    assert delivered(folder / pattern).notes == want


def test_a_pattern_over_folders_names_what_lies_in_each_of_them(folder: Path) -> None:
    for name in ("hill", "mill"):
        (folder / "branches" / name).mkdir(parents=True)
        (folder / "branches" / name / "jan.csv").write_text(TEXT, encoding="utf-8")
        (folder / "branches" / name / "feb.xlsx").write_text(TEXT, encoding="utf-8")
    assert delivered(folder / "branches" / "*" / "*.csv").notes == [
        "hill/feb.xlsx is not read: the pattern in 'path' leaves it out",
        "mill/feb.xlsx is not read: the pattern in 'path' leaves it out",
    ]


def test_many_odd_files_are_counted(tmp_path: Path) -> None:
    for at in range(NAMED + 4):
        (tmp_path / f"scan{at}.pdf").write_bytes(b"%PDF")
    (tmp_path / "jan.csv").write_text(TEXT, encoding="utf-8")
    notes = delivered(tmp_path).notes
    assert notes[0] == "scan0.pdf is not a table and is not read"
    assert notes[-1] == "4 more files like scan13.pdf: each is not a table and is not read"
    assert len(notes) == NAMED + 1


def test_a_log_whose_name_is_another_is_named(tmp_path: Path) -> None:
    (tmp_path / "access.log").write_text(LINE, encoding="utf-8")
    (tmp_path / "u_ex260910.log").write_text(LINE, encoding="utf-8")
    source = AccessLog("web", AccessLogSettings(type="access_log", path=str(tmp_path)), Place(ZoneInfo("UTC")))
    parsed = source.parse(list(source.fetch(EVER, NOW, Session(lambda _: ""))))
    assert "u_ex260910.log is not read: its name has no 'access'" in parsed.notes
    assert parsed.observations.set_index("metric")["value"]["requests"] == 1
