"""The season: the months or quarters side by side, each over the years."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from reports.chart_periods import as_whole, is_estimated
from reports.language import Language
from reports.site.course_chart import NARROW
from reports.site.course_picture import HALF, readout
from reports.site.picture import Picture
from reports.site.plot import Domain, Plot, Size, value_ticks
from warehouse.published_tables import Row

CLASSES = {"month": 12, "quarter": 4}
FEWEST_YEARS, MOST_YEARS = 2, 6
INSET = 0.16
"""What is left free at either side of a month, as a share of it."""
Years = Mapping[int, Sequence[float]]
"""The values of each year that is known as a whole, the oldest first."""


@dataclass(frozen=True)
class _Season:
    """What is drawn; ``means``: of each month or quarter; ``texts``: title and description."""

    years: Years
    means: Sequence[float]
    domain: Domain
    labels: Sequence[str]
    unit: str
    texts: tuple[str, str]


def season_picture(
    t: Language, spoken: Language, row: Row, periods: Sequence[Row], cuts: Sequence[date]
) -> Picture | None:
    """None where the periods are no months or quarters, for a level, and of fewer than two whole years.

    periods: of the indicator, oldest first. cuts: the days from which values mean something else; years before the
    newest are not shown.
    """
    if row["period"] not in CLASSES or row["kind"] == "stock":
        return None
    years = whole_years(periods, CLASSES[row["period"]], max(cuts, default=date.min))
    if len(years) < FEWEST_YEARS:
        return None
    means = [sum(some) / len(years) for some in zip(*years.values(), strict=True)]
    starts = [date(max(years), at * 12 // len(means) + 1, 1) for at in range(len(means))]
    alone = f"{row['period']}_alone"
    message = _message(spoken, years, means, [spoken.writing.period(alone, start) for start in starts])
    labels = [t.writing.period(alone, start) for start in starts]
    domain = _domain(years, len(means))
    texts = t("season.title", title=row["title"]), f"{message}. {t('season.text', unit=row['unit'])}"
    drawn = _Season(years, means, domain, labels, row["unit"], texts)
    return Picture(
        name="season",
        message=message,
        wide=_draw(drawn, t, HALF),
        narrow=_draw(drawn, t, NARROW),
        columns=("first_day", "value"),
        first=len(means) * len(years) - 1,
        rows=[
            (date(year, at * 12 // len(means) + 1, 1).isoformat(), value)
            for year, values in years.items()
            for at, value in enumerate(values)
        ],
        legend=[("newest_year", "legend.newest_year"), ("year", "legend.year"), ("mean", "legend.mean")],
        readouts=[
            readout(
                domain,
                at + _offset(n, len(years)),
                values[at],
                t("readout", period=_period(t, row, year, start), value=t.number(values[at]), unit=row["unit"]),
            )
            for at, start in enumerate(starts)
            for n, (year, values) in enumerate(years.items())
        ],
    )


def whole_years(periods: Sequence[Row], classes: int, comparable: date) -> Years:
    """The newest calendar years of which every period is known as a whole and settled."""
    found: dict[int, list[float]] = {}
    for period in as_whole(periods):
        whole = period["value"] is not None and (period["completeness"] >= 1 or is_estimated(period))
        if whole and not period["provisional"] and period["start"] >= comparable:
            found.setdefault(period["start"].year, []).append(period["value"])
    whole_ones = {year: values for year, values in found.items() if len(values) == classes}
    return dict(sorted(whole_ones.items())[-MOST_YEARS:])


def _message(t: Language, years: Years, means: Sequence[float], names: Sequence[str]) -> str:
    """Which month is the highest and which the lowest, unless a year contradicts it."""
    most, least = (means.index(extreme(means)) for extreme in (max, min))
    span = {"first": min(years), "last": max(years)}
    if all(values[most] > values[least] for values in years.values()):
        return t("message.season", most=names[most], least=names[least], **span)
    return t("message.season_none", **span)


def _period(t: Language, row: Row, year: int, start: date) -> str:
    return t.period(row["period"], start.replace(year=year))


def _domain(years: Years, classes: int) -> Domain:
    known = [value for values in years.values() for value in values]
    ticks = value_ticks(min(known), max(known))
    return Domain(0, classes, ticks[0], ticks[-1], ticks)


def _offset(n: int, years: int) -> float:
    """Where within its month the value of a year stands."""
    return INSET + (1 - 2 * INSET) * (n / (years - 1) if years > 1 else 0.5)


def _draw(of: _Season, t: Language, size: Size) -> str:
    values = [t.number(tick) for tick in of.domain.ticks]
    left = max(map(size.text_width, values)) + 10
    plot = Plot(size, of.domain, (left, 3 * size.type_size, 6, 2 * size.type_size), "season")
    plot.value_axis(values, of.unit)
    room = plot.frame[2] / len(of.labels)
    fits = max(map(size.text_width, of.labels)) <= room
    labels = of.labels if fits else [label[0] for label in of.labels]
    plot.time_axis([(at + 0.5, label) for at, label in enumerate(labels)], between=True)
    for at, mean in enumerate(of.means):
        plot.line("mn", [(at + INSET / 2, mean), (at + 1 - INSET / 2, mean)])
        points = [(at + _offset(n, len(of.years)), some[at]) for n, some in enumerate(of.years.values())]
        plot.line("sy", points)
        for point in points[:-1]:
            plot.dot("o", point, 2.2)
        plot.dot("d", points[-1], 3.4)
    return plot.svg(*of.texts)
