"""Sample files as libraries have them, with their usual defects. The same ``today`` and seed give the same bytes."""

import csv
import gzip
import io
import os
import re
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from openpyxl import Workbook

from sandbox.days import BRANCHES, DAY, ZONE, days, first_day, months
from sandbox.history import (
    GATES,
    attendances_reported,
    broken_day,
    enquiries_reported,
    gate_works,
    hourly,
    lost_hour,
    monthly_return,
    quarters,
    readings,
    satisfaction,
)
from sandbox.items import SITE, publications
from sandbox.weblog import current_lines, rotated_lines, rotations

EXPORT_DAYS = 120
FIRST_SHARE = 0.6
"""Share of the newest month's attendances that is in the workbook before it is corrected."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def write_files(folder: Path, today: date, seed: int) -> list[Path]:
    """Write all files under ``folder`` as of the first minute of ``today``; the paths. Old rotated logs are removed."""
    logs = folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    content = {
        folder / "visits.csv": visits_csv(today, seed),
        folder / "gate_hourly.csv": gate_hourly_csv(today, seed),
        folder / "gate_readings.csv": gate_readings_csv(today, seed),
        folder / "publications.csv": publications_csv(today, seed),
        folder / "measures.xlsx": measures_xlsx(today, seed),
        logs / "access.log": current_lines(seed, today).encode(),
    }
    for rotation in rotations(today):
        content[logs / f"access.log-{rotation:%Y%m%d}.gz"] = gzip.compress(
            rotated_lines(seed, rotation).encode(), mtime=0
        )
    for old in logs.glob("access.log-????????.gz"):
        if old not in content:
            old.unlink()
    for path, body in content.items():
        path.write_bytes(body)
        os.utime(path, (_written(path, today),) * 2)
    return sorted(content)


def write_first_workbook(folder: Path, today: date, seed: int) -> None:
    """Write the workbook as it was at first, without the lists of some trainings of the newest month."""
    write_workbook(folder, today, seed, FIRST_SHARE)


def write_workbook(folder: Path, today: date, seed: int, share: float = 1.0) -> None:
    """Write the workbook alone, with ``share`` of the attendances of the newest month."""
    path = folder / "measures.xlsx"
    path.write_bytes(measures_xlsx(today, seed, share))
    os.utime(path, (_written(path, today),) * 2)


def _written(path: Path, today: date) -> float:
    """When the file would have been written: a rotated log on its Sunday, all else at the first minute of ``today``."""
    stamp = re.search(r"-(\d{8})\.gz$", path.name)
    day = datetime.strptime(stamp[1], "%Y%m%d").replace(tzinfo=UTC).date() if stamp else today
    return datetime.combine(day, time(), ZONE).timestamp()


def _csv(rows: list[list[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def visits_csv(today: date, seed: int) -> bytes:
    """The branches' returns: a row per branch, a column per complete month (``2026-03``).

    One cell is blank, one holds text, and the newest month is still too low.
    """
    columns = months(today)
    rows: list[list[object]] = [["Library", *(f"{month:%Y-%m}" for month in columns)]]
    rows += [[branch, *(monthly_return(seed, branch, month, today) for month in columns)] for branch in BRANCHES]
    return _csv(rows)


def gate_hourly_csv(today: date, seed: int) -> bytes:
    """The people counters' export of the last 120 days: a row per gate and hour, labelled by the local end of the hour.

    A night of 25 hours has a label twice. Days without power have no rows; now and then an open hour is missing; the
    counter on Central's study floor is internal.
    """
    rows: list[list[object]] = [["SiteCode", "Location", "IsInternal", "PeriodEnding", "Ins", "Outs"]]
    for day in days(today - timedelta(days=EXPORT_DAYS), today):
        for code, branch in zip(("CEN", "MIL", "HIL"), BRANCHES, strict=True):
            if not gate_works(seed, branch, day):
                continue
            counts, lost = hourly(seed, branch, day), lost_hour(seed, branch, day)
            for hour, label in _hour_ends(day):
                came, left = counts.get(hour, (0, 0))
                if hour != lost:
                    rows.append([code, branch, "False", label, came, left])
                if code == "CEN":
                    rows.append([code, "Central study floor", "True", label, came // 3, left // 3])
    return _csv(rows)


def _hour_ends(day: date) -> list[tuple[int, str]]:
    """Local hour and the label of its end for each of the 23, 24 or 25 hours of ``day``."""
    at, end = (datetime.combine(d, time(), ZONE).astimezone(UTC) for d in (day, day + DAY))
    found = []
    while at < end:
        after = at + timedelta(hours=1)
        found.append((at.astimezone(ZONE).hour, f"{after.astimezone(ZONE):%Y-%m-%dT%H:%M:%S}"))
        at = after
    return found


def gate_readings_csv(today: date, seed: int) -> bytes:
    """Dials of two gates at Central, read before opening and typed by hand: five digits, one reset, one text."""
    rows: list[list[object]] = [["Date", "Gate", "Reading"]]
    mute = broken_day(seed, today)
    dials = {gate: readings(seed, gate, first_day(today), today) for gate in GATES}
    for day in days(first_day(today), today):
        for gate, dial in dials.items():
            broken = gate == "Central main" and day == mute
            rows.append(
                [f"{day.day:02}-{_MONTHS[day.month - 1]}-{day:%y}", gate, "Gate broken" if broken else dial[day]]
            )
    return _csv(rows)


def publications_csv(today: date, seed: int) -> bytes:
    """The publication log: day-first dates, one id entered twice."""
    rows: list[list[object]] = [["Date", "Kind", "ID", "Title", "URL"]]
    rows += [
        [f"{p.day:%d/%m/%Y}", p.kind, p.id, p.title, f"{SITE}/publications/{p.id.lower()}"]
        for p in publications(seed, today)
    ]
    return _csv(rows)


def measures_xlsx(today: date, seed: int, share: float = 1.0) -> bytes:
    """The in-house workbook: sheets ``Training`` (a row per month) and ``Satisfaction`` (a row per quarter).

    Dates are real dates; the running quarter's score is the text ``n/a yet``. It holds ``share`` of the
    attendances of the newest month.
    """
    book = Workbook()
    book.properties.creator, book.properties.created = "Riverside Library", datetime.combine(date(2018, 1, 1), time())
    sheet = book.active
    sheet.title = "Training"
    sheet.append(["Month", "Training attendances", "Enquiries answered"])
    for month in months(today):
        counted = round(attendances_reported(seed, month, today) * (share if month == months(today)[-1] else 1))
        sheet.append([month, counted, enquiries_reported(seed, month, today)])
    survey = book.create_sheet("Satisfaction")
    survey.append(["Quarter", "Satisfied (%)", "Answers"])
    *closed, running = quarters(today)
    for quarter in closed:
        survey.append([quarter, *satisfaction(seed, quarter)])
    survey.append([running, "n/a yet", None])
    body = io.BytesIO()
    book.save(body)
    return _without_clock(body.getvalue())


def _without_clock(workbook: bytes) -> bytes:
    """The same workbook with fixed times: openpyxl stamps each entry and the ``modified`` property with the present."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            body = source.read(entry)
            if entry.filename == "docProps/core.xml":
                body = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2018-01-01T00:00:00Z", body)
            target.writestr(zipfile.ZipInfo(entry.filename, (2018, 1, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()
