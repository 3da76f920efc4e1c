"""The chart of an indicator in PowerPoint: values and path, which can be edited there."""

from typing import TYPE_CHECKING, Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_MARKER_STYLE
from pptx.enum.dml import MSO_LINE
from pptx.util import Pt

from reports.brief.chart import message
from reports.brief.chart_labels import is_uncertain
from reports.brief.inputs import JudgedIndicator
from reports.chart_periods import middle_day, partial_ends, unbroken_slices
from reports.language import Language

if TYPE_CHECKING:
    from pptx.slide import Slide

BLUE, BROWN = RGBColor(0x0B, 0x4A, 0x8F), RGBColor(0x8A, 0x4B, 0x00)
PALE = RGBColor(0x9D, 0xB8, 0xD6)
LABELS = 6
"""Labels below the chart, about."""


def add_chart(slide: "Slide", indicator: JudgedIndicator, place: tuple[int, int, int, int]) -> None:
    """Add the chart at ``place``: left, top, width, height. What is unknown is a gap, never zero."""
    t = indicator.t
    data, known = _data(indicator)
    frame = slide.shapes.add_chart(XL_CHART_TYPE.LINE_MARKERS, *place, data)
    unit = {"unit": indicator.unit, "length": t(f"length.{indicator.row['period']}"), "title": indicator.title}
    ends = {"count": t.whole(len(known)), "low": t.number(min(known)), "high": t.number(max(known))}
    frame._element.nvGraphicFramePr.cNvPr.set("descr", t("brief.chart.native", **unit, **ends))
    chart = frame.chart
    chart.font.size = Pt(12)
    chart.has_title = True
    chart.chart_title.text_frame.text = message(indicator)
    heading = chart.chart_title.text_frame.paragraphs[0].runs[0].font
    heading.size, heading.bold = Pt(14), True
    chart.has_legend = True
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    chart.value_axis.has_title = True
    chart.value_axis.axis_title.text_frame.text = t("brief.chart.unit", unit=unit["unit"], length=unit["length"])
    chart.value_axis.axis_title.text_frame.paragraphs[0].runs[0].font.size = Pt(11)
    chart.value_axis.major_gridlines.format.line.color.rgb = RGBColor(0xD0, 0xD0, 0xD0)
    chart.value_axis.tick_labels.number_format_is_linked = False
    chart.value_axis.tick_labels.number_format = "#,##0" if max(map(abs, known)) >= 10 else "General"
    if min(known) >= 0:
        chart.value_axis.minimum_scale = 0
    _style(chart, t)


def _data(indicator: JudgedIndicator) -> tuple[CategoryChartData, list[float]]:
    """What the chart is made of, and the known values.

    A break that nothing splices begins a series of its own, so that no line crosses it; a first or last period of which
    a part is missing is on no line, as it is neither a rise nor a fall.
    """
    t, periods = indicator.t, indicator.periods_to_chart
    ahead = [row for row in indicator.path if row["start"] > periods[-1]["start"]]
    values, isolated = [row["value"] for row in periods], partial_ends(periods)
    data = CategoryChartData()
    data.categories = [t.period(indicator.row["period"], row["start"]) for row in (*periods, *ahead)]
    cuts = [row["day"] for row in indicator.breaks_to_chart if not row["spliced"]]
    for piece in unbroken_slices([middle_day(row) for row in periods], cuts):
        shown = [
            value if piece.start <= n < piece.stop and n not in isolated else None for n, value in enumerate(values)
        ]
        since = t("brief.chart.values_since", day=t.day(periods[piece.start]["start"]))
        data.add_series(since if piece.start else t("brief.chart.values"), [*shown, *(None for _ in ahead)])
    if any(row["expected"] is not None for row in (*periods, *ahead)):
        data.add_series(t("brief.chart.expected"), [row["expected"] for row in (*periods, *ahead)])
    unsure = [row["value"] if is_uncertain(row) else None for row in periods]
    if any(value is not None for value in unsure):
        data.add_series(t("brief.chart.uncertain"), [*unsure, *(None for _ in ahead)])
    return data, [value for value in values if value is not None]


def _style(chart: Any, t: Language) -> None:
    """Lines that differ without colour, pale dots for what is uncertain, and fewer labels than periods."""
    for series in chart.plots[0].series:
        series.smooth = False
        series.marker.style = XL_MARKER_STYLE.NONE
        if series.name == t("brief.chart.uncertain"):
            series.format.line.fill.background()
            series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 8
            series.marker.format.fill.solid()
            series.marker.format.fill.fore_color.rgb = PALE
            series.marker.format.line.color.rgb = BLUE
            continue
        is_path = series.name == t("brief.chart.expected")
        series.format.line.color.rgb, series.format.line.width = BROWN if is_path else BLUE, Pt(2.25)
        if is_path:
            series.format.line.dash_style = MSO_LINE.DASH
    axis = chart.category_axis
    count = len(chart.plots[0].categories)
    for name in ("tickLblSkip", "tickMarkSkip"):
        mark = axis._element.makeelement(f"{{{axis._element.nsmap['c']}}}{name}", {"val": str(max(count // LABELS, 1))})
        axis._element.find("./{*}noMultiLvlLbl").addprevious(mark)
