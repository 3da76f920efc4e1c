"""The page of an indicator: what to know first, its pictures, and how it is known."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from reports.chart_periods import periods_to_chart
from reports.language import Language
from reports.languages import spoken
from reports.sentences import in_readers_language, outlook, reason
from reports.site.caveats import caveats
from reports.site.chance_picture import chance_picture, due_forecast
from reports.site.chart_data import Events, chart_data, chart_events
from reports.site.control_chart import control_facts, limits_note
from reports.site.course_message import course_message
from reports.site.course_picture import Stretch, picture_of
from reports.site.effect_picture import effect_picture
from reports.site.indicator_facts import definition_facts, figures, filled, goal_facts, judged_facts
from reports.site.lists import change_row, effect_row, source_row
from reports.site.overview import indicator_row
from reports.site.picture import Picture
from reports.site.published_rows import Published
from reports.site.season_picture import season_picture
from reports.site.value_table import value_table
from reports.site.year_picture import year_picture, year_rows
from reports.site.yearly import year_of
from warehouse.published_tables import Row


def indicator_page(published: Published, t: Language, row: Row) -> dict[str, Any]:
    """What the page shows. Its sentences have dates in full, its tables short ones."""
    name, said = row["indicator_id"], spoken(t)
    verdict, periods = published.verdicts[name], published.periods.get(name, ())
    shown = periods_to_chart(row, periods)
    events = chart_events(published, row, shown)
    head, yearly = indicator_row(published, said, row), name in published.plan.yearly
    year, goal = year_of(published, row), filled(goal_facts(said, row, yearly=yearly))
    course = _course(published, t, said, row, shown, events)
    others = [
        year_picture(t, said, row, year, events.closures) if year else None,
        chance_picture(t, said, row, due_forecast(row, verdict, yearly=yearly), _season_note(said, row, yearly=yearly)),
        season_picture(t, said, row, periods, [one["day"] for _, one in events.breaks if not one["spliced"]]),
        effect_picture(published, t, said, row),
    ]
    return {
        "id": name,
        "head": head,
        "figures": figures(said, row, verdict, head, goal),
        "reason": reason(verdict, said),
        "outlook": outlook(verdict, said),
        "outlook_translated": in_readers_language(verdict, "outlook_parameters"),
        "judged": filled([*judged_facts(said, row, verdict, head), *control_facts(said, row, verdict, periods)]),
        "goal": goal,
        "definition": filled(definition_facts(published, said, row)),
        "course": course,
        "pictures": [one for one in others if one],
        "source": _source(published, said, row),
        **_events_part(said, events),
        "totals": year_rows(t, row, year) if year else [],
        **value_table(published, t, row, periods, yearly=yearly),
        "caveats": caveats(published, said, row),
        **_history_part(published, t, said, name),
        "effects": [effect_row(published, said, effect) for effect in published.effects.get(name, ())],
        "sources": [
            source_row(published, said, source)
            for source in published.sources
            if source["source"] in (row["sources"] or ())
        ],
    }


def pictures_of(page: dict[str, Any]) -> list[Picture]:
    """All pictures of a page, the course first."""
    return [one for one in (page["course"], *page["pictures"]) if one]


def _course(
    published: Published, t: Language, said: Language, row: Row, periods: Sequence[Row], events: Events
) -> Picture | None:
    """None where no value is known."""
    if not any(period["value"] is not None for period in periods):
        return None
    chart = chart_data(published, t, row, events, periods)
    past = [_stretch(t, row, period, _flags(t, period)) for period in periods]
    ahead = [_stretch(t, row, one) for one in published.forecasts.get(row["indicator_id"], ())] if chart.ahead else []
    message = course_message(said, row, published.verdicts[row["indicator_id"]], periods)
    older = len(periods) < len(published.periods[row["indicator_id"]])
    first = said.period(row["period"], periods[0]["start"]) if older else ""
    return picture_of(chart, t, message, past, ahead, [*_notes(published, said, row, first, limits=bool(chart.limits))])


def _stretch(t: Language, row: Row, period: Row, notes: Sequence[str] = ()) -> Stretch:
    last: date = period["end"] - timedelta(days=1)
    return Stretch(t.period(row["period"], period["start"]), period["start"], last, notes)


def _flags(t: Language, period: Row) -> list[str]:
    flags = list(period["flags"] or ())
    return [t(f"flag.{flag}") for flag in flags] + (
        [t("flag.provisional")] if period["provisional"] and "provisional" not in flags else []
    )


def _notes(published: Published, t: Language, row: Row, first: str, *, limits: bool) -> Iterator[str]:
    """What one has to know to read the chart. first: the first period shown, where there are earlier ones."""
    if row["indicator_id"] in published.plan.yearly:
        yield t("chart.year")
    else:
        yield from _season_note(t, row, yearly=False)
    if limits and (note := limits_note(t, row)):
        yield note
    if first:
        yield t("chart.older", first=first)


def _season_note(t: Language, row: Row, *, yearly: bool) -> list[str]:
    """What the target is in the season of its due day, where that differs."""
    target, needed = row["target_value"], row["needed"]
    if yearly or target is None or needed is None or target == needed:
        return []
    return [t("chart.season", target=t.number(target), needed=t.number(needed, target))]


def _source(published: Published, t: Language, row: Row) -> str:
    """Where the figures of the pictures come from, and up to which day all of them have data."""
    names = row["sources"] or ()
    reach = [one["data_through"] for one in published.sources if one["source"] in names]
    sources = ", ".join(names)
    if not reach or None in reach:
        return t("picture.source_undated", sources=sources)
    return t("picture.source", sources=sources, day=t.day(min(reach)))


def _events_part(t: Language, events: Events) -> dict[str, object]:
    """What the letters, numbers and stripes in the chart mean."""
    return {
        "breaks": [(letter, t.day(one["day"]), one["reason"], _splice(t, one)) for letter, one in events.breaks],
        "activities": [(number, t.day(one["date"]), one["title"]) for number, one in events.activities],
        "closures": [(t.span(first, last + timedelta(days=1)), reason) for first, last, reason in events.closures],
    }


def _history_part(published: Published, t: Language, said: Language, name: str) -> dict[str, object]:
    changes = published.history.get(name, ())
    return {
        "history": [change_row(published, t, change) for change in changes],
        "moved": [change_row(published, said, change) for change in changes if change["cause"] == "plan_changed"],
    }


def _splice(t: Language, one: Row) -> str:
    if not one["spliced"]:
        return t("break.apart")
    factor = one["factor"]
    return t("break.joined") if factor is None else t("break.spliced", share=t.percent(factor))
