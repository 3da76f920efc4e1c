"""The table of an indicator's values: the periods to come, then those that have been, the newest first."""

from collections.abc import Sequence
from datetime import date

from reports.language import Language
from reports.site.provenance import pulls_of_indicator
from reports.site.published_rows import Published
from warehouse.published_tables import Row

SHOWN_PERIODS = 600
"""The newest periods shown in the table; all are in periods.parquet."""


def value_table(
    published: Published, t: Language, row: Row, periods: Sequence[Row], *, yearly: bool
) -> dict[str, object]:
    """The newest periods as rows, each with its newest pull, and the pulls behind them."""
    pulls = pulls_of_indicator(published, t, row["indicator_id"])
    more = len(periods) - SHOWN_PERIODS
    return {
        "periods": [
            _period(t, row, period) | {"pull": pulls["of_period"].get(period["start"])}
            for period in reversed(periods[-SHOWN_PERIODS:])
        ],
        "coming": _coming(published, t, row),
        "ahead": None if yearly else _ahead(t, row, published.verdicts[row["indicator_id"]]),
        "more_periods": t.whole(more) if more > 0 else "",
        "pulls": pulls,
    }


def _period(t: Language, row: Row, period: Row) -> dict[str, str]:
    flags = list(period["flags"] or ())
    if period["provisional"] and "provisional" not in flags:
        flags.append("provisional")
    notes = [t(f"flag.{flag}") for flag in flags]
    if period["chart_change"] not in {None, "none"}:
        notes.append(t(f"beyond.{period['chart_change']}"))
    low, high = period["value_low"], period["value_high"]
    return {
        "name": t.period(row["period"], period["start"]),
        "value": t.number(period["value"]) or t("not_known"),
        "interval": "" if low is None or high is None else t("interval", low=t.number(low), high=t.number(high)),
        "expected": t.number(period["expected"]),
        "complete": t.percent(period["completeness"]),
        "notes": ", ".join(notes),
    }


def _ahead(t: Language, row: Row, verdict: Row) -> dict[str, str] | None:
    """The forecast for the due day as a row of the table; None where there is none."""
    if verdict["forecast_low"] is None or verdict["forecast_high"] is None:
        return None
    interval = t("interval", low=t.number(verdict["forecast_low"]), high=t.number(verdict["forecast_high"]))
    return {
        "name": t.day(row["due"]),
        "value": t.number(verdict["forecast_due"]),
        "interval": interval,
        "expected": t.number(row["target_value"]),
    }


def _coming(published: Published, t: Language, row: Row) -> list[dict[str, str]]:
    """The fan and the path ahead as rows of the table, the latest first."""
    fan, path = (
        {one["start"]: one for one in rows.get(row["indicator_id"], ())}
        for rows in (published.forecasts, published.paths)
    )
    return [
        _coming_period(t, row, start, fan.get(start), path.get(start)) for start in sorted({*fan, *path}, reverse=True)
    ]


def _coming_period(t: Language, row: Row, start: date, forecast: Row | None, path: Row | None) -> dict[str, str]:
    value = interval = notes = ""
    if forecast:
        value = t.number(forecast["mean"])
        interval = t("interval", low=t.number(forecast["low_80"]), high=t.number(forecast["high_80"]))
        notes = t("table.coming", low=t.number(forecast["low_95"]), high=t.number(forecast["high_95"]))
    return {
        "name": t.period(row["period"], start),
        "value": value,
        "interval": interval,
        "expected": t.number(path["expected"]) if path else "",
        "notes": notes,
    }
