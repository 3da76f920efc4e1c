"""The legend of a chart."""

from reports.site.chart_data import ChartData

OF_A_YEAR = {"value": "total", "forecast": "total_forecast"}
"""What a mark means where totals are drawn."""


def legend(chart: ChartData) -> list[tuple[str, str]]:
    """Each mark that the chart has, with the key of its text in the catalogue."""
    ahead, changes = chart.ahead, set(chart.limits.changes if chart.limits else ())
    shown = {
        "value": True,
        "expected": any(value is not None for value in chart.expected) or bool(ahead and ahead.expected_path),
        "uncertain": any(
            uncertain and value is not None for uncertain, value in zip(chart.uncertain, chart.values, strict=True)
        ),
        "interval": any(value is not None for value in chart.low),
        "target": ahead is not None and ahead.target is not None,
        "band": ahead is not None and ahead.band is not None,
        "forecast": ahead is not None and ahead.forecast is not None,
        "fan": ahead is not None and bool(ahead.fan),
        "limits": chart.limits is not None,
        "improvement": "improvement" in changes,
        "concern": "concern" in changes,
        "neutral": bool({"higher", "lower"} & changes),
        "break": bool(chart.breaks),
        "activity": bool(chart.activities),
        "closure": bool(chart.closures),
    }
    words = OF_A_YEAR if chart.name == "year" else {}
    return [(mark, f"legend.{words.get(mark, mark)}") for mark, present in shown.items() if present]
