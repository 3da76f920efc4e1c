"""The sample files: the same bytes for the same day, and the defects that they are meant to have."""

import csv
import gzip
import io
import re
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from sandbox import days, files, history, weblog

LINE = re.compile(r'(\S+) - - \[([^\]]+)\] "GET \S+ HTTP/1\.1" \d{3} (?:\d+|-) "[^"]*" "(?:[^"\\]|\\.)*"')


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, today: date) -> Path:
    place = tmp_path_factory.mktemp("files")
    files.write_files(place, today, 1)
    return place


def table(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode())))


def logged(folder: Path) -> list[str]:
    return [
        line
        for path in sorted(folder.glob("logs/*.gz"))
        for line in gzip.decompress(path.read_bytes()).decode().splitlines()
    ] + (folder / "logs/access.log").read_text().splitlines()


def test_the_same_day_gives_the_same_bytes_and_times(folder: Path, tmp_path: Path, today: date) -> None:
    written = files.write_files(tmp_path, today, 1)
    assert len(written) == 5 + 1 + weblog.WEEKS
    for path in written:
        twin = folder / path.relative_to(tmp_path)
        assert path.read_bytes() == twin.read_bytes(), path.name
        assert path.stat().st_mtime == twin.stat().st_mtime


def test_a_later_day_keeps_the_rotated_logs_it_still_has_and_drops_the_oldest(
    folder: Path, tmp_path: Path, today: date
) -> None:
    files.write_files(tmp_path, today, 1)
    files.write_files(tmp_path, today + timedelta(weeks=1), 1)
    before, after = ({path.name: path.read_bytes() for path in place.glob("logs/*.gz")} for place in (folder, tmp_path))
    assert len(after) == len(before) == weblog.WEEKS
    shared = set(before) & set(after)
    assert len(shared) == weblog.WEEKS - 1
    assert all(before[name] == after[name] for name in shared)


def test_visits_are_wide_with_one_blank_and_one_text(folder: Path, today: date) -> None:
    rows = table((folder / "visits.csv").read_bytes())
    assert [row["Library"] for row in rows] == list(days.BRANCHES)
    cells = [cell for row in rows for name, cell in row.items() if name != "Library"]
    assert len(cells) == 3 * 36
    assert [cell for cell in cells if not cell.isdigit()] in (["closed for works", ""], ["", "closed for works"])
    assert list(rows[0])[1:] == [f"{month:%Y-%m}" for month in days.months(today)]


def test_hourly_ins_of_open_hours_are_the_days_visits_but_for_lost_hours(folder: Path, today: date) -> None:
    rows = table((folder / "gate_hourly.csv").read_bytes())
    counted: Counter[tuple[str, date]] = Counter()
    for row in rows:
        began = datetime.fromisoformat(row["PeriodEnding"]) - timedelta(hours=1)
        span = days.hours(row["Location"], began.date()) if row["IsInternal"] == "False" else None
        if span and span[0] <= began.hour < span[1]:
            counted[row["Location"], began.date()] += int(row["Ins"])
    lost = 0
    for branch in days.BRANCHES:
        for day in days.days(today - timedelta(days=files.EXPORT_DAYS), today):
            hour = history.lost_hour(1, branch, day)
            missing = history.hourly(1, branch, day)[hour][0] if hour is not None else 0
            lost += hour is not None
            assert counted[branch, day] == history.visits(1, branch, day) - missing
    assert lost > 0


def test_the_night_of_25_hours_has_a_label_twice_and_that_of_23_one_less() -> None:
    autumn = table(files.gate_hourly_csv(date(2026, 10, 26), 1))[-4 * 25 :]
    labels = [row["PeriodEnding"] for row in autumn if row["Location"] == "Central"]
    assert len(labels) == 25
    assert [label for label, count in Counter(labels).items() if count == 2] == ["2026-10-25T01:00:00"]
    spring = [
        row["PeriodEnding"]
        for row in table(files.gate_hourly_csv(date(2026, 3, 30), 1))
        if row["Location"] == "Central"
    ][-23:]
    assert (spring[0], spring[-1]) == ("2026-03-29T02:00:00", "2026-03-30T00:00:00")


def test_an_outage_leaves_no_rows(today: date) -> None:
    start, end = history.outage(1, 2025) or (today, today)
    rows = table(files.gate_hourly_csv(end + timedelta(days=5), 1))
    ended = {(row["Location"], row["PeriodEnding"]) for row in rows}
    noons = [f"{day}T12:00:00" for day in days.days(start, end)]
    assert not any(("Hill", noon) in ended for noon in noons)
    assert all(("Central", noon) in ended for noon in noons)


def test_readings_hold_one_text_and_day_month_names(folder: Path, today: date) -> None:
    rows = table((folder / "gate_readings.csv").read_bytes())
    assert [row["Reading"] for row in rows if not row["Reading"].isdigit()] == ["Gate broken"]
    assert rows[0]["Date"] == "01-Nov-23"
    assert rows[-1]["Date"] == "23-Nov-26"
    assert len(rows) == 2 * (today - days.first_day(today)).days


@pytest.mark.parametrize("today", [date(2026, 10, 1), date(2026, 10, 15), date(2026, 10, 31), date(2028, 2, 29)])
def test_any_day_finds_one_broken_reading(today: date) -> None:
    assert files.gate_readings_csv(today, 1).count(b"Gate broken") == 1


def test_logs_are_combined_format_with_one_malformed_line(folder: Path) -> None:
    lines = logged(folder)
    assert 35_000 < len(lines) < 45_000
    bad = [line for line in lines if not LINE.fullmatch(line)]
    assert len(bad) == 1
    assert bad[0].startswith("203.0.113.77")


@pytest.mark.parametrize("weeks", range(0, 17, 4))
def test_any_day_finds_one_malformed_line(weeks: int) -> None:
    today = date(2026, 6, 7) + timedelta(weeks=weeks, days=weeks % 7)
    assert sum(sunday.toordinal() // 7 % weblog.WEEKS == 0 for sunday in weblog.rotations(today)) == 1


def test_logs_follow_each_other_without_gap_or_overlap_and_end_yesterday(folder: Path, today: date) -> None:
    lines = [found for line in logged(folder) if (found := LINE.fullmatch(line))]
    at = [datetime.strptime(found[2], "%d/%b/%Y:%H:%M:%S %z") for found in lines]
    assert [moment.replace(tzinfo=None) for moment in at] == sorted(moment.replace(tzinfo=None) for moment in at)
    per_day = Counter(moment.date() for moment in at)
    assert max(per_day) == today - days.DAY
    assert len(per_day) == (max(per_day) - min(per_day)).days + 1
    assert per_day[date(2026, 9, 15)] == len(weblog.day_lines(1, date(2026, 9, 15)))


def test_addresses_in_the_logs_are_reserved_for_documentation(folder: Path) -> None:
    assert all(line.startswith(("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8::")) for line in logged(folder))


def test_measures_are_real_dates_and_numbers_with_one_typed_text(folder: Path, today: date) -> None:
    book = openpyxl.load_workbook(folder / "measures.xlsx")
    training, survey = (list(book[name].iter_rows(values_only=True)) for name in ("Training", "Satisfaction"))
    assert training[0] == ("Month", "Training attendances", "Enquiries answered")
    assert len(training) == 37
    assert all(isinstance(row[0], datetime) and isinstance(row[1], int) for row in training[1:])
    assert survey[0] == ("Quarter", "Satisfied (%)", "Answers")
    assert (f"{survey[-1][0]:%Y-%m-%d}", *survey[-1][1:]) == ("2026-10-01", "n/a yet", None)
    assert all(isinstance(row[1], int | float) and 60 < row[1] < 100 for row in survey[1:-1])


def test_publications_are_day_first_and_one_id_comes_twice(folder: Path) -> None:
    rows = table((folder / "publications.csv").read_bytes())
    [(twice, _)] = [(name, count) for name, count in Counter(row["ID"] for row in rows).items() if count > 1]
    assert len({row["Title"] for row in rows if row["ID"] == twice}) == 2
    assert all(re.fullmatch(r"\d\d/\d\d/\d{4}", row["Date"]) for row in rows)
