"""The page of an indicator: verdict, chart and table, goal, caveats, and where the values came from."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from reports.chart_periods import periods_to_chart
from reports.language import Language
from reports.sentences import in_readers_language, outlook
from reports.site.caveats import caveats
from reports.site.chart import draw
from reports.site.chart_data import Events, chart_data, chart_events
from reports.site.control_chart import control_facts, limits_note
from reports.site.legend import legend
from reports.site.lists import change_row, effect_row, source_row
from reports.site.overview import indicator_row
from reports.site.provenance import pulls_of_indicator
from reports.site.published_rows import Published
from reports.site.yearly import year_page
from warehouse.published_tables import Row

SHOWN_PERIODS = 600
"""The newest periods shown in the table; all are in periods.parquet."""


def indicator_page(published: Published, t: Language, row: Row) -> dict[str, Any]:
    name = row["indicator_id"]
    verdict, periods = published.verdicts[name], published.periods.get(name, ())
    shown = periods_to_chart(row, periods)
    events = chart_events(published, row, shown)
    head, yearly = indicator_row(published, t, row), name in published.plan.yearly
    return {
        "head": head,
        "outlook": outlook(verdict, t),
        "outlook_translated": in_readers_language(verdict, "outlook_parameters"),
        "judged": _filled([*_judged(t, row, verdict, head), *control_facts(t, row, verdict, periods)]),
        "goal": _filled(_goal(t, row, yearly=yearly)),
        "definition": _filled(_definition(published, t, row)),
        **_chart_part(published, t, row, events, shown),
        "older": t.period(row["period"], shown[0]["start"]) if len(shown) < len(periods) else "",
        "yearly": yearly,
        "year": year_page(published, t, row, events.closures),
        "season": row["path"] == "seasonal" and row["target_value"] is not None and not yearly,
        **_table_part(published, t, row, periods),
        "coming": _coming(published, t, row),
        "ahead": None if yearly else _ahead(t, row, verdict),
        "caveats": caveats(published, t, row),
        **_history_part(published, t, name),
        "effects": [effect_row(published, t, effect) for effect in published.effects.get(name, ())],
        "sources": [
            source_row(published, t, source)
            for source in published.sources
            if source["source"] in (row["sources"] or ())
        ],
    }


def _chart_part(
    published: Published, t: Language, row: Row, events: Events, periods: Sequence[Row]
) -> dict[str, object]:
    """The chart with its legend and what its letters and numbers mean; empty where no value is known."""
    any_value = any(period["value"] is not None for period in periods)
    chart = chart_data(published, t, row, events, periods) if any_value else None
    return {
        "chart": draw(chart, t) if chart else "",
        "legend": legend(chart) if chart else [],
        "limits": limits_note(t, row) if chart and chart.limits else "",
        "breaks": [(letter, t.day(one["day"]), one["reason"], _splice(t, one)) for letter, one in events.breaks],
        "activities": [(number, t.day(one["date"]), one["title"]) for number, one in events.activities],
        "closures": [(t.span(first, last + timedelta(days=1)), reason) for first, last, reason in events.closures],
    }


def _table_part(published: Published, t: Language, row: Row, periods: Sequence[Row]) -> dict[str, object]:
    """The newest periods as rows, each with its newest pull, and the pulls behind them."""
    pulls = pulls_of_indicator(published, t, row["indicator_id"])
    more = len(periods) - SHOWN_PERIODS
    return {
        "periods": [
            _period(t, row, period) | {"pull": pulls["of_period"].get(period["start"])}
            for period in reversed(periods[-SHOWN_PERIODS:])
        ],
        "more_periods": t.whole(more) if more > 0 else "",
        "pulls": pulls,
    }


def _history_part(published: Published, t: Language, name: str) -> dict[str, object]:
    changes = [(change["cause"], change_row(published, t, change)) for change in published.history.get(name, ())]
    return {
        "history": [shown for _, shown in changes],
        "moved": [shown for cause, shown in changes if cause == "plan_changed"],
    }


def _filled(facts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs of catalogue key and text, without those whose text is empty."""
    return [(key, text) for key, text in facts if text]


def _judged(t: Language, row: Row, verdict: Row, head: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        ("label.value", f"{head['value']} {row['unit']}" if head["value"] else ""),
        ("label.expected", f"{head['expected']} {row['unit']}" if head["expected"] else ""),
        ("label.pace", head["pace"]),
        ("label.through", head["through"]),
        ("label.grade", head["grade"]),
        ("label.probability", _joined(head["probability"], head["record"] and f"({head['record']})")),
        ("label.luck", _luck(t, verdict)),
        ("label.alert", _alert(t, verdict, head["alert_raised"])),
        ("label.owner", row["owner"] or ""),
        ("label.objective", row["objective"] or ""),
    ]


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _luck(t: Language, verdict: Row) -> str:
    """How often luck alone brings as large a shortfall; empty where there is none, or where it is not known."""
    p = verdict["luck_p_value"]
    if p is None or verdict["verdict"] not in {"behind", "at_risk"}:
        return ""
    return t("luck.below") if p < 0.01 else t.percent(p)


def _alert(t: Language, verdict: Row, raised: str) -> str:
    """The state, since when, and the period for which it was first found."""
    if not verdict["alert"]:
        return ""
    period = t("alert.for_period", day=t.day(verdict["alert_since"])) if raised and verdict["alert_since"] else ""
    return _joined(t(f"alert.{verdict['alert']}"), _joined(raised, period))


def _goal(t: Language, row: Row, *, yearly: bool) -> list[tuple[str, str]]:
    start, end = row["baseline_start"], row["baseline_end"]
    band = row["target_low"] is not None
    value = t.number(row["target_value"])
    if band:
        value = t("band", low=t.number(row["target_low"]), high=t.number(row["target_high"]))
    target = baseline = ""
    if value:
        target = t("target.year" if yearly else "target.period", value=value, unit=row["unit"], due=t.day(row["due"]))
    if start:
        key = "baseline" if row["baseline_value"] is not None else "baseline.unknown"
        baseline = t(key, value=t.number(row["baseline_value"]), unit=row["unit"], span=t.span(start, end))
    return [
        ("label.target", target),
        ("label.baseline", baseline),
        ("label.path", t(f"path.{row['path']}") if row["path"] and not band else ""),
        ("label.rule", _rule(t, row["rule"]) if value and row["rule"] and not band else ""),
    ]


def _rule(t: Language, rule: str) -> str:
    return t("rule.pace") if rule.startswith("pace") else t("rule.other", name=rule)


def _definition(published: Published, t: Language, row: Row) -> list[tuple[str, str]]:
    return [
        ("label.unit", row["unit"]),
        ("label.kind", t(f"kind.{row['kind']}")),
        ("label.period", t(f"length.{row['period']}")),
        ("label.better", t(f"better.{row['better']}")),
        ("label.measures", "; ".join(published.plan.measures.get(row["indicator_id"], ()))),
        ("label.sources", ", ".join(row["sources"] or ())),
    ]


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


def _splice(t: Language, one: Row) -> str:
    if not one["spliced"]:
        return t("break.apart")
    factor = one["factor"]
    return t("break.joined") if factor is None else t("break.spliced", share=t.percent(factor))
