"""The marks that a chart has, for its legend."""

from reports.site.chart import ChartData

OF_A_YEAR = {"value": "total", "forecast": "total_forecast"}
"""What a mark means where totals are drawn."""


def legend(picture: ChartData) -> list[tuple[str, str]]:
    """Each mark with the key of its text in the catalogue."""
    ahead = picture.ahead
    shown = {
        "value": True,
        "expected": any(value is not None for value in picture.expected) or bool(ahead and ahead.expected_path),
        "uncertain": any(
            unsure and value is not None for unsure, value in zip(picture.uncertain, picture.values, strict=True)
        ),
        "interval": any(value is not None for value in picture.low),
        "target": ahead is not None and ahead.target is not None,
        "band": ahead is not None and ahead.band is not None,
        "forecast": ahead is not None and ahead.forecast is not None,
        "fan": ahead is not None and bool(ahead.fan),
        "break": bool(picture.breaks),
        "activity": bool(picture.activities),
        "closure": bool(picture.closures),
    }
    words = OF_A_YEAR if picture.name == "year" else {}
    return [(mark, f"legend.{words.get(mark, mark)}") for mark, it in shown.items() if it]
