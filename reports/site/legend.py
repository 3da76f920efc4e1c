"""The legend of a chart."""

from reports.site.chart_data import ChartData


def legend(chart: ChartData) -> list[tuple[str, str]]:
    """Each mark of the chart that has no text beside it, with the key of its text in the catalogue."""
    ahead, changes = chart.ahead, set(chart.limits.changes if chart.limits else ())
    shown = {
        "uncertain": any(
            uncertain and value is not None for uncertain, value in zip(chart.uncertain, chart.values, strict=True)
        ),
        "interval": any(value is not None for value in chart.low),
        "forecast": ahead is not None and ahead.forecast is not None,
        "fan": ahead is not None and bool(ahead.fan),
        "earlier": bool(chart.earlier),
        "limits": chart.limits is not None,
        "improvement": "improvement" in changes,
        "concern": "concern" in changes,
        "neutral": bool({"higher", "lower"} & changes),
        "break": bool(chart.breaks),
        "activity": bool(chart.activities),
        "closure": bool(chart.closures),
    }
    return [(mark, f"legend.{mark}") for mark, present in shown.items() if present]
