"""The settings of dates: formats, the year of labels without one, fiscal years, and the span of each label."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from sources.files.month_names import ENGLISH
from sources.inspection.date_choice import DateChoice
from sources.inspection.dialogue import Dialogue
from sources.inspection.words import ENDS, has_word

FIRST_MONTHS = (("4", "April"), ("7", "July"), ("10", "October"), ("9", "September"), ("8", "August"), ("1", "January"))
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")


def date_settings(choice: DateChoice, context_words: str, dialogue: Dialogue) -> dict[str, object]:
    """The settings of the chosen formats. ``context_words``: words outside the table, which may name its year."""
    settings: dict[str, object] = {}
    if choice.forms:
        settings["date_formats"] = [form.pattern for form in choice.forms]
    if choice.language != "en":
        settings["month_language"] = choice.language
    if any(not form.has_year for form in choice.forms):
        _add_year(settings, choice, context_words, dialogue)
    if any(form.is_pair for form in choice.forms):
        _add_first_month(settings, "a year such as 2019/20 begins in a month that the file does not name", dialogue)
    elif any(form.is_fiscal for form in choice.forms):
        _add_first_month(settings, "the file speaks of fiscal years and does not say when they begin", dialogue)
        settings["year_named"] = (
            dialogue.answer_to(
                "year_named",
                "Which calendar year gives a fiscal year its number?",
                "the file has one number for each fiscal year",
                [("last", "the one in which it ends"), ("first", "the one in which it begins")],
            )
            or "last"
        )
    return settings


def _add_year(settings: dict[str, object], choice: DateChoice, context_words: str, dialogue: Dialogue) -> None:
    months = [moment.at.month for moment in choice.moments.values()]
    turned = bool(months) and months[0] != 1 and (12, 1) in pairwise(months)
    years = list(dict.fromkeys(_YEAR.findall(context_words)))
    if len(years) == 1 and not turned:
        dialogue.take("year", years[0], "the only year in the name or the title of the file")
        settings["year"] = int(years[0])
        return
    text = "Which year do the dates lie in?"
    if turned:
        settings["year_starts"] = months[0]
        dialogue.take("year", f"from {ENGLISH[months[0] - 1]} on", "the months run on from December to January")
        text = f"In which year does the first month, {ENGLISH[months[0] - 1]}, lie?"
    year = dialogue.number_for("year", text, "the dates have no year", 1900, 2199)
    settings["year"] = year or 2000


def _add_first_month(settings: dict[str, object], why: str, dialogue: Dialogue) -> None:
    answer = dialogue.answer_to("year_starts", "In which month does the year begin?", why, FIRST_MONTHS)
    settings["year_starts"] = int(answer or 4)


SPANS: dict[str, tuple[dict[str, object], str]] = {
    "day": ({"period": "day"}, "that day only"),
    "week_from": ({"period": "week"}, "the seven days that begin with it"),
    "week_to": ({"period": "week", "label": "end"}, "the seven days that end with it"),
    "month": ({"period": "month"}, "its month"),
    "quarter": ({"period": "quarter"}, "its quarter"),
    "year": ({"period": "year"}, "its year"),
}


def span_of_days(days_of: Iterable[Sequence[date]], part: str, dialogue: Dialogue) -> dict[str, object]:
    """The settings of the span that a label of a day covers, by the distances of the days; otherwise asked."""
    groups = [sorted(set(days)) for days in days_of]
    every = [day for days in groups for day in days]
    steps = [after - before for days in groups for before, after in pairwise(days)]
    ends = has_word(part, ENDS)
    if len(steps) >= 2:
        first, last = all(day.day == 1 for day in every), all((day + timedelta(days=1)).day == 1 for day in every)
        if (last or (first and not ends)) and timedelta(days=27) < min(steps) < timedelta(days=32):
            dialogue.take(part, "months", f"every one is the {'first' if first else 'last'} day of its month")
            return {"period": "month"}
        single = sum(step == timedelta(days=1) for step in steps)
        if 2 * single > len(steps) or (single and max(steps) < timedelta(days=7) and len(steps) >= 5):
            dialogue.take(part, "days", f"{single:,} of {len(steps):,} steps are from one day to the next")
            return {"period": "day"}
    weekly = len(steps) >= 2 and all(step.days % 7 == 0 for step in steps)
    if weekly and ends and has_word(part, ("week", "weeks")):
        dialogue.take(part, "the last days of weeks", "its name, and the dates are whole weeks apart")
        return dict(SPANS["week_to"][0])
    choices = [(name, meaning) for name, (_, meaning) in SPANS.items()]
    why = "the dates are whole weeks apart" if weekly else "the distances of the dates do not say"
    answer = dialogue.answer_to("period", f"Which days does the figure beside a date in {part} cover?", why, choices)
    return dict(SPANS[answer or "day"][0])


def minutes_of(times: Iterable[datetime]) -> str | None:
    """The length of the intervals whose beginnings are regular times; None for instants of events."""
    seconds = {moment.minute * 60 + moment.second for moment in times}
    lengths = (("hour", 3600), ("30min", 1800), ("15min", 900))
    return next((name for name, length in lengths if len({second % length for second in seconds}) == 1), None)
