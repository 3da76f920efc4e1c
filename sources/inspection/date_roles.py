"""The columns of a table that say when: one date, a year beside a month, a first and a last day, a time of day."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sources.files.cells import Cell, cell_text
from sources.files.dates import Moment, is_repeated
from sources.files.day_times import read_time
from sources.inspection.columns import Column
from sources.inspection.date_choice import DateChoice, choose_forms
from sources.inspection.dialogue import Dialogue
from sources.inspection.periods import date_settings, minutes_of, span_of_days
from sources.inspection.table import Table
from sources.inspection.words import ENDS, NOTES, STARTS, has_word

JOINED = "Period"


@dataclass
class DateRoles:
    """The columns of the dates, with the settings that read them. ``moments``: of each row, None where unread.

    date: the name as the plan names it. used: the columns that are dates or parts of one.
    """

    date: str
    used: list[Column]
    moments: list[Moment | None]
    settings: dict[str, object] = field(default_factory=dict)
    end: str = ""
    hour: Column | None = None
    choice: DateChoice | None = None

    @property
    def has_times(self) -> bool:
        """Whether the rows have a time of day that is not midnight throughout."""
        return self.hour is not None or any(m is not None and m.at.time() != time() for m in self.moments)


def find_dates(table: Table) -> DateRoles | None:
    """The columns of the dates; asked where several hold one."""
    parts = _joined(table)
    dates = [column for column in table.columns if (column.is_date or column.is_year) and not column.is_hour]
    if parts is not None:
        return parts
    if not dates:
        return None
    start = [column for column in dates if has_word(column.name, STARTS)]
    end = [column for column in dates if has_word(column.name, ENDS)]
    if len(start) == len(end) == 1 and start != end:
        return _read(table, start[0], [start[0], end[0]], end[0])
    return _read(table, chosen_date(dates, table.dialogue), dates)


def chosen_date(dates: Sequence[Column], dialogue: Dialogue) -> Column:
    """The column of the date; asked where several hold one."""
    if len(dates) == 1:
        return dates[0]
    choices = [(column.name, f"such as {next((t for t in column.texts if t), '')}") for column in dates]
    answer = dialogue.answer_to("date", "Which date counts?", f"{len(dates)} columns hold dates", choices)
    return next((column for column in dates if column.name == answer), dates[0])


def _joined(table: Table) -> DateRoles | None:
    """A year beside a month or a quarter, read as one."""
    years = [column for column in table.columns if column.is_year or (column.is_date and _holds_pairs(column))]
    months = [column for column in table.columns if column.is_month and column not in years]
    quarters = [column for column in table.columns if column.is_quarter and column not in years]
    if len(years) != 1 or len(months) + len(quarters) != 1:
        return None
    year, part = years[0], (months or quarters)[0]
    name = JOINED if all(column.name != JOINED for column in table.columns) else f"{JOINED} of both"
    table.dialogue.take(f"columns '{year.name}' and '{part.name}'", "one date", "a year beside a month or a quarter")
    texts = [f"{a} {b}".strip() for a, b in zip(year.texts, part.texts, strict=True)]
    column = Column(year.at, name, name, [text or None for text in texts])
    roles = _read(table, column, [year, part])
    if roles is not None:
        roles.settings["join"] = {name: [year.name, part.name]}
    return roles


def _holds_pairs(column: Column) -> bool:
    return all("/" in text or "-" in text for text in column.texts if text) and max(map(len, column.texts)) <= 9


def _read(table: Table, column: Column, used: list[Column], end: Column | None = None) -> DateRoles | None:
    cells = [*column.cells, *(end.cells if end else [])]
    texts = [cell_text(cell) for cell in cells if cell is not None and not isinstance(cell, date | time)]
    choice = choose_forms(texts, f"column '{column.name}'", table.dialogue)
    if not choice.moments and all(not isinstance(cell, date) for cell in cells):
        return None
    _warn_of_swapped(column, choice, table.dialogue)
    moments = [_moment(cell, choice) for cell in column.cells]
    settings = date_settings(choice, table.context_words, table.dialogue)
    hours = [other for other in table.columns if other.is_hour and other not in used]
    roles = DateRoles(
        column.name, used, moments, settings, end.name if end else "", hours[0] if hours else None, choice
    )
    if hours:
        table.dialogue.take(f"column '{hours[0].name}'", "the time of day", "its name, and every cell is a time")
    return roles


def _moment(cell: Cell, choice: DateChoice) -> Moment | None:
    if isinstance(cell, datetime):
        return Moment(cell, "day" if cell.time() == time() else "time")
    if isinstance(cell, date):
        return Moment(datetime.combine(cell, time()), "day")
    return choice.moments.get(cell_text(cell))


def _warn_of_swapped(column: Column, choice: DateChoice, dialogue: Dialogue) -> None:
    """Ask where a workbook holds dates beside texts with days above 12 only: Excel has swapped day and month."""
    real = [cell for cell in column.cells if isinstance(cell, datetime)]
    ordered = bool(real and choice.moments) and any(form.order for form in choice.forms)
    if ordered and all(cell.day <= 12 for cell in real) and all(m.at.day > 12 for m in choice.moments.values()):
        dialogue.answer_to(
            "swapped",
            f"The dates in '{column.name}' are partly texts and partly dates. Are the latter right, such as "
            f"{real[0]:%d %B %Y}?",
            "no date of the workbook has a day above 12, and every text has: Excel may have swapped day and month",
            [("right", "yes, they are right; if not, correct the file first")],
        )


def row_keys(roles: DateRoles, zone: ZoneInfo) -> list[object]:
    """What of its date tells a row apart: the day of events, otherwise the instant; a row without one repeats no other.

    Of two equal labels in the hour that clocks repeat, the second is another hour.
    """
    daily = roles.has_times and minutes_of(_instants(roles)) is None
    keys, seen = list[object](), Counter[object]()
    for at, moment in enumerate(roles.moments):
        if moment is None:
            keys.append(("no date", at))
            continue
        label, hour = moment.at, roles.hour.cells[at] if roles.hour else None
        instant = _instant(label, hour)
        key: object = (label.date() if daily else label, roles.hour.texts[at] if roles.hour else "")
        if instant is not None and instant.tzinfo is None and is_repeated(instant, zone):
            seen[key] += 1
            key = (key, seen[key] % 2)
        keys.append(key)
    return keys


def _instant(label: datetime | None, hour: Cell) -> datetime | None:
    if label is None or hour is None:
        return label
    since = read_time(hour, is_end=False, length=None)
    return label + since if isinstance(since, timedelta) else label


def span_settings(
    roles: DateRoles, entities: Sequence[str], values: Sequence[float | None], table: Table
) -> dict[str, object]:
    """The settings ``period`` and ``label``: what span a count covers."""
    dialogue = table.dialogue
    read = [moment for moment in roles.moments if moment is not None]
    precision = max({m.precision for m in read}, key=[m.precision for m in read].count)
    if roles.end:
        return {}
    if roles.hour is None and precision not in ("day", "time"):
        return {"period": precision}
    if roles.has_times:
        at = _instants(roles)
        minutes = minutes_of(at)
        if minutes is not None:
            dialogue.take("length of a count", minutes, "the times of day follow each other so")
            return {"period": minutes, **_label(roles, values, dialogue)}
        return {"period": "day"}
    utc = utc_days(read, dialogue)
    by_entity: dict[str, list[date]] = {}
    for name, moment in zip(entities, roles.moments, strict=True):
        if moment is not None:
            by_entity.setdefault(name, []).append(moment.at.date())
    return {**span_of_days(by_entity.values(), f"column '{roles.date}'", dialogue), **utc}


def utc_days(moments: Sequence[Moment], dialogue: Dialogue) -> dict[str, object]:
    """The zone of days that are written as midnight in UTC: elsewhere they would fall on the day before."""
    if moments and all(moment.at.tzinfo is not None and not moment.at.utcoffset() for moment in moments):
        dialogue.take("days", "days in UTC", "each date is midnight in UTC")
        return {"time_zone": "UTC"}
    return {}


def _instants(roles: DateRoles) -> list[datetime]:
    if roles.hour is None:
        return [moment.at for moment in roles.moments if moment is not None]
    read = (read_time(cell, is_end=False, length=None) for cell in roles.hour.cells if cell is not None)
    start = datetime(2000, 1, 1)  # noqa: DTZ001 - only its time of day is looked at
    return [start + each for each in read if isinstance(each, timedelta)]


def _label(roles: DateRoles, values: Sequence[float | None], dialogue: Dialogue) -> dict[str, object]:
    """Whether a label begins or ends its interval; it decides on which day a count at midnight falls."""
    name = roles.hour.name if roles.hour else roles.date
    texts = roles.hour.texts if roles.hour else []
    if has_word(name, ENDS) or any(text.startswith("24") for text in texts):
        dialogue.take(f"column '{name}'", "the end of each interval", "its name, or a time of 24:00")
        return {"label": "end"}
    if roles.hour is not None or has_word(name, STARTS):
        return {}
    if not values:
        return {}
    at_midnight = [v for v, m in zip(values, roles.moments, strict=True) if m and m.at.time() == time() and v]
    if not at_midnight:
        return {}
    answer = dialogue.answer_to(
        "label",
        f"Does a time in '{name}' begin the interval that was counted, or end it?",
        f"{len(at_midnight):,} counts stand at midnight and fall on one day or the other",
        [
            ("start", "begin: 00:00 is the first hour of the day"),
            ("end", "end: 00:00 is the last hour of the day before"),
        ],
    )
    return {"label": "end"} if answer == "end" else {}


def filled_down(table: Table, names: Sequence[str]) -> tuple[Table, list[str]]:
    """The table with merged cells repeated, where the person says so, and the columns that repeat."""
    found = []
    columns = list(table.columns)
    for place, column in enumerate(columns):
        blanks = sum(cell is None for cell in column.cells)
        first = bool(column.cells) and column.cells[0] is not None
        if (
            column.name not in names
            or has_word(column.name, NOTES)
            or not first
            or not 0.3 * len(column.cells) <= blanks < len(column.cells)
        ):
            continue
        answer = table.dialogue.answer_to(
            "fill_down",
            f"Does a blank cell in '{column.name}' repeat the one above?",
            f"{blanks:,} of its {len(column.cells):,} cells are blank, as merged cells are",
            [("yes", "yes"), ("no", "no: the rows have no name or date")],
        )
        if answer == "yes":
            found.append(column.name)
            above: Cell = None
            cells = [above := cell if cell is not None else above for cell in column.cells]
            columns[place] = replace(column, cells=cells)
    return replace(table, columns=columns), found
