"""The course of an indicator: values, path, target and forecast, with what happened along the way."""

from collections.abc import Sequence
from datetime import date

from reports.chart_periods import unbroken_slices
from reports.language import Language
from reports.site.chart_data import ChartData, ChartOutlook, Values
from reports.site.course_axes import domain_of, end_labels, last_day, time_ticks
from reports.site.plot import Plot, Point, Size

WIDE, NARROW = Size("wide", 1000, 360, 14), Size("narrow", 360, 300, 12.5, is_narrow=True)
MARKED_UP_TO = 60
"""Up to this number of periods each has a dot; more dots would run into one another."""
STAR = "M0-9l2.6 6 6.4.6-4.9 4.2 1.5 6.3L0 4.8l-5.6 3.3 1.5-6.3L-9-2.4l6.4-.6z"
DIAMOND = "M0-5L5 0 0 5-5 0z"
TRIANGLE = "M0-6L5 4H-5z"
SIGNALS = {
    "improvement": "M-2-6h4v4h4v4h-4v4h-4v-4h-4v-4h4z",
    "concern": "M0-3L3-6 6-3 3 0 6 3 3 6 0 3-3 6-6 3-3 0-6-3-3-6z",
    "higher": "M-5-5H5V5H-5z",
    "lower": "M-5-5H5V5H-5z",
}
"""Of each meaning of a signal its shape: a plus, a cross, a square."""
NEUTRAL = {"higher", "lower"}
HATCH = (
    '<pattern id="{name}" width="7" height="7" patternUnits="userSpaceOnUse"><path class="hx" d="{path}"/></pattern>'
)
STRIPES, DOTS = "M-1 8L8-1M-1 1L1-1M6 8L8 6", "M2 2h1M5.5 5.5h1"


def draw_course(chart: ChartData, t: Language, size: Size) -> str:
    """The picture at one size. What each mark is stands beside it, or in the legend."""
    labels = end_labels(chart, t, short=size.is_narrow)
    domain = domain_of(chart)
    values = [t.number(tick) for tick in domain.ticks]
    left = max(map(size.text_width, values)) + 10
    right = max((size.text_width(text) for _, _, text in labels), default=8) + 14
    plot = Plot(size, domain, (left, 3 * size.type_size, right, 2 * size.type_size), chart.name)
    _closures(plot, chart)
    plot.value_axis(values, chart.unit)
    plot.time_axis(time_ticks(plot, t))
    _limits(plot, chart)
    if chart.ahead:
        _outlook(plot, chart, chart.ahead)
    _values(plot, chart)
    _signals(plot, chart)
    _events(plot, chart)
    plot.end_labels(labels, last_day(chart))
    return plot.svg(chart.title, chart.description)


def points_of(days: Sequence[date], values: Values) -> list[list[Point]]:
    """The stretches of known values."""
    found: list[list[Point]] = [[]]
    for day, value in zip(days, values, strict=True):
        if value is None:
            found.append([])
        else:
            found[-1].append((day.toordinal(), value))
    return [stretch for stretch in found if stretch]


def _values(plot: Plot, chart: ChartData) -> None:
    """The path, the line with its gaps, dashed where a value may still change, the dots and the intervals."""
    for _, points in chart.earlier:
        plot.line("ey", [(day.toordinal(), value) for day, value in points])
    for stretch in points_of(chart.days, chart.expected):
        plot.line("p", stretch)
    for day, low, high in zip(chart.days, chart.low, chart.high, strict=True):
        if low is not None and high is not None and low < high:
            plot.line("i", [(day.toordinal(), low), (day.toordinal(), high)])
    line: list[float | None] = [None if at in chart.partial_ends else one for at, one in enumerate(chart.values)]
    joined = set[int]()
    for piece in unbroken_slices(chart.days, chart.cuts):
        at = piece.start
        for stretch in points_of(chart.days[piece], line[piece]):
            at = next(n for n in range(at, piece.stop) if chart.days[n].toordinal() == stretch[0][0])
            _stretch(plot, chart, at, stretch)
            joined |= set(range(at, at + len(stretch))) if len(stretch) > 1 else set()
            at += len(stretch)
    for at, (day, value) in enumerate(zip(chart.days, chart.values, strict=True)):
        if value is not None and chart.uncertain[at]:
            plot.dot("h", (day.toordinal(), value), 4)
        elif value is not None and (len(chart.days) <= MARKED_UP_TO or at not in joined):
            plot.dot("d", (day.toordinal(), value))


def _stretch(plot: Plot, chart: ChartData, first: int, points: Sequence[Point]) -> None:
    """A line, dashed from the last sure value on where those that follow may still change."""
    sure = len(points)
    while sure and chart.uncertain[first + sure - 1]:
        sure -= 1
    plot.line("s", points[:sure])
    plot.line("s sp", points[max(sure - 1, 0) :] if sure < len(points) else [])


def _limits(plot: Plot, chart: ChartData) -> None:
    """The mean and the limits of each control chart."""
    if chart.limits is None:
        return
    for piece in unbroken_slices(chart.days, chart.cuts):
        for kind, values in (("cm", chart.limits.mean), ("cl", chart.limits.low), ("cl", chart.limits.high)):
            for stretch in points_of(chart.days[piece], values[piece]):
                plot.line(kind, stretch)


def _signals(plot: Plot, chart: ChartData) -> None:
    for at, change in enumerate(chart.limits.changes if chart.limits else ()):
        value = chart.values[at]
        if change in SIGNALS and value is not None:
            kind = "sn" if change in NEUTRAL else "sg"
            plot.shape(kind, SIGNALS[change], *plot.at((chart.days[at].toordinal(), value)))


def _outlook(plot: Plot, chart: ChartData, ahead: ChartOutlook) -> None:
    """The band, the fan (the wider one paler, each with an edge), the path, the target and the forecast."""
    due = ahead.due.toordinal()
    if ahead.band:
        pattern = f"{plot.name}-{plot.size.name}-band"
        plot.parts.append(HATCH.format(name=pattern, path=DOTS))
        (left, top), (right, bottom) = plot.at((plot.domain.left, ahead.band[1])), plot.at((due, ahead.band[0]))
        box = f'x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"'
        plot.parts.append(f'<rect class="bd" fill="url(#{pattern})" {box}/>')
    if ahead.fan:
        ends = [[(day.toordinal(), values[at]) for day, values in ahead.fan] for at in range(5)]
        for low, high, edge in ((0, 4, "f9"), (1, 3, "f8")):
            plot.area("fa", ends[low], ends[high])
            plot.line(edge, ends[low])
            plot.line(edge, ends[high])
        plot.line("fm", ends[2])
    plot.line("p", [(day.toordinal(), value) for day, value in ahead.expected_path])
    if ahead.forecast:
        _forecast(plot, chart, ahead.forecast, due)
    if ahead.target is not None:
        plot.shape("st", STAR, *plot.at((due, ahead.target)))


def _forecast(plot: Plot, chart: ChartData, forecast: tuple[float, float, float], due: int) -> None:
    """A bar with caps at the due day; where there is no fan, a line leads to it from the newest value."""
    low, middle, high = forecast
    known = [(day.toordinal(), one) for day, one in zip(chart.days, chart.values, strict=True) if one is not None]
    if known and chart.ahead and not chart.ahead.fan:
        plot.line("fj", [known[-1], (due, middle)])
    plot.line("fb", [(due, low), (due, high)])
    for end in (low, high):
        plot.shape("fb", "M-5 0H5", *plot.at((due, end)))
    plot.shape("fd", DIAMOND, *plot.at((due, middle)))


def _closures(plot: Plot, chart: ChartData) -> None:
    _, top, _, height = plot.frame
    pattern = f"{plot.name}-{plot.size.name}-closed"
    if chart.closures:
        plot.parts.append(HATCH.format(name=pattern, path=STRIPES))
    for first, last in chart.closures:
        left, right = (plot.x(min(max(at, plot.domain.left), plot.domain.right)) for at in _days(first, last))
        box = f'x="{left:.1f}" y="{top:.1f}" width="{max(right - left, 2):.1f}" height="{height:.1f}"'
        plot.parts.append(f'<rect class="cz" fill="url(#{pattern})" {box}/>')


def _days(first: date, last: date) -> tuple[float, float]:
    return first.toordinal(), last.toordinal() + 1


def _events(plot: Plot, chart: ChartData) -> None:
    """Breaks as lines with a letter, activities as triangles with a number."""
    _, top, _, height = plot.frame
    for day, letter in chart.breaks:
        plot.upright("br", day.toordinal())
        plot.text("m k", letter, plot.x(day.toordinal()), top - 5)
    for day, number in chart.activities:
        x = plot.x(day.toordinal())
        plot.shape("ac", TRIANGLE, x, top + height - 6)
        plot.text("m", number, x, top + height - 15)
