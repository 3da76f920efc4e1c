"""The chart of an indicator in PowerPoint: values and path, which can be edited there."""

from typing import TYPE_CHECKING, Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_MARKER_STYLE
from pptx.enum.dml import MSO_LINE
from pptx.util import Pt

from reports.brief.chart import message
from reports.brief.inputs import JudgedIndicator

if TYPE_CHECKING:
    from pptx.slide import Slide

BLUE, BROWN = RGBColor(0x0B, 0x4A, 0x8F), RGBColor(0x8A, 0x4B, 0x00)
LABELS = 6
"""Labels below the chart, about."""


def add_chart(slide: "Slide", indicator: JudgedIndicator, place: tuple[int, int, int, int]) -> None:
    """Add the chart at ``place``: left, top, width, height. What is unknown is a gap, never zero."""
    t = indicator.t
    data, known = _data(indicator)
    frame = slide.shapes.add_chart(XL_CHART_TYPE.LINE, *place, data)
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
    _style(chart)


def _data(indicator: JudgedIndicator) -> tuple[CategoryChartData, list[float]]:
    t, length = indicator.t, indicator.row["period"]
    periods = indicator.periods_to_chart
    last = periods[-1]["start"]
    rows = [*periods, *(row for row in indicator.path if row["start"] > last)]
    values = [row.get("value") for row in rows]
    data = CategoryChartData()
    data.categories = [t.period(length, row["start"]) for row in rows]
    data.add_series(t("brief.chart.values"), values)
    if any(row["expected"] is not None for row in rows):
        data.add_series(t("brief.chart.expected"), [row["expected"] for row in rows])
    return data, [value for value in values if value is not None]


def _style(chart: Any) -> None:
    """Lines that differ without colour; fewer labels than periods."""
    for series, colour in zip(chart.plots[0].series, (BLUE, BROWN), strict=False):
        series.smooth = False
        series.marker.style = XL_MARKER_STYLE.NONE
        series.format.line.color.rgb, series.format.line.width = colour, Pt(2.25)
        if colour is BROWN:
            series.format.line.dash_style = MSO_LINE.DASH
    axis = chart.category_axis
    count = len(chart.plots[0].categories)
    for name in ("tickLblSkip", "tickMarkSkip"):
        mark = axis._element.makeelement(f"{{{axis._element.nsmap['c']}}}{name}", {"val": str(max(count // LABELS, 1))})
        axis._element.find("./{*}noMultiLvlLbl").addprevious(mark)
