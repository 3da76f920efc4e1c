"""What an indicator's page shows: the verdict, the chart with its table, the goal, what is to be known of the figures, where they came from."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from reports.chart_periods import periods_to_chart
from reports.site.caveats import caveats
from reports.site.chart import draw
from reports.site.chart_data import chart_data, chart_events
from reports.site.language import Language
from reports.site.legend import legend
from reports.site.lists import change_row, effect_row, source_row
from reports.site.overview import indicator_row
from reports.site.provenance import pulls_of_indicator
from reports.site.published_rows import Published, Row
from reports.site.yearly import year_page

SHOWN_PERIODS = 600
"""Rows of the table beside the chart; the newest ones. All are in periods.parquet."""


def indicator_page(published: Published, t: Language, row: Row) -> dict[str, Any]:
    name = row["indicator_id"]
    verdict, periods = published.verdicts[name], published.periods.get(name, ())
    history = published.history.get(name, ())
    shown = periods_to_chart(row, periods)
    seen = chart_events(published, row, shown)
    head, pulls = indicator_row(published, t, row), pulls_of_indicator(published, t, name)
    yearly = name in published.plan_details.yearly
    picture = (
        chart_data(published, t, row, seen, shown) if any(period["value"] is not None for period in periods) else None
    )
    return {
        "head": head,
        "outlook": verdict["outlook"] or "",
        "judged": _filled(_judged(t, row, verdict, head)),
        "goal": _filled(_goal(t, row, yearly=yearly)),
        "moved": [change_row(published, t, change) for change in history if change["cause"] == "plan_changed"],
        "definition": _filled(_definition(published, t, row)),
        "chart": draw(picture, t) if picture else "",
        "legend": legend(picture) if picture else [],
        "older": t.period(row["period"], shown[0]["start"]) if len(shown) < len(periods) else "",
        "yearly": yearly,
        "year": year_page(published, t, row, seen.closures),
        "season": row["path"] == "seasonal" and row["target_value"] is not None and not yearly,
        "coming": _coming(published, t, row),
        "periods": [
            _period(t, row, period) | {"pull": pulls["of_period"].get(period["start"])}
            for period in reversed(periods[-SHOWN_PERIODS:])
        ],
        "more_periods": t.whole(len(periods) - SHOWN_PERIODS) if len(periods) > SHOWN_PERIODS else "",
        "ahead": None if yearly else _ahead(t, row, verdict),
        "breaks": [(letter, t.day(one["day"]), one["reason"], _splice(t, one)) for letter, one in seen.breaks],
        "activities": [(number, t.day(one["date"]), one["title"]) for number, one in seen.activities],
        "closures": [(t.span(first, last + timedelta(days=1)), reason) for first, last, reason in seen.closures],
        "caveats": caveats(published, t, row),
        "effects": [effect_row(published, t, effect) for effect in published.effects.get(name, ())],
        "pulls": pulls,
        "sources": [
            source_row(published, t, source)
            for source in published.sources
            if source["source"] in (row["sources"] or ())
        ],
        "history": [change_row(published, t, change) for change in history],
    }


def _filled(facts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Only what is known; the first is a key of the catalogue."""
    return [(key, text) for key, text in facts if text]


def _judged(t: Language, row: Row, verdict: Row, head: dict[str, Any]) -> list[tuple[str, str]]:
    luck = verdict["luck_p_value"]
    return [
        ("label.value", f"{head['value']} {row['unit']}" if head["value"] else ""),
        ("label.expected", f"{head['expected']} {row['unit']}" if head["expected"] else ""),
        ("label.pace", head["pace"]),
        ("label.through", head["through"]),
        ("label.grade", head["grade"]),
        (
            "label.probability",
            " ".join(part for part in (head["probability"], head["record"] and f"({head['record']})") if part),
        ),
        (
            "label.luck",
            ""
            if luck is None or verdict["verdict"] not in {"behind", "at_risk"}
            else t("luck.below")
            if luck < 0.01
            else t.percent(luck),
        ),
        (
            "label.alert",
            " ".join(part for part in (t(f"alert.{head['alert']}"), _since(t, head["alert_since"])) if part)
            if head["alert"]
            else "",
        ),
        ("label.owner", row["owner"] or ""),
        ("label.objective", row["objective"] or ""),
    ]


def _since(t: Language, day: str) -> str:
    return t("since", day=day) if day else ""


def _goal(t: Language, row: Row, *, yearly: bool) -> list[tuple[str, str]]:
    start, end = row["baseline_start"], row["baseline_end"]
    base = "baseline" if row["baseline_value"] is not None else "baseline.unknown"
    band = row["target_low"] is not None
    value = (
        t("band", low=t.number(row["target_low"]), high=t.number(row["target_high"]))
        if band
        else t.number(row["target_value"])
    )
    return [
        (
            "label.target",
            t("target.year" if yearly else "target.period", value=value, unit=row["unit"], due=t.day(row["due"]))
            if value
            else "",
        ),
        (
            "label.baseline",
            t(base, value=t.number(row["baseline_value"]), unit=row["unit"], span=t.span(start, end)) if start else "",
        ),
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
        ("label.measures", "; ".join(published.plan_details.measures.get(row["indicator_id"], ()))),
        ("label.sources", ", ".join(row["sources"] or ())),
    ]


def _period(t: Language, row: Row, period: Row) -> dict[str, str]:
    flags = list(period["flags"] or ())
    known = [t(f"flag.{flag}") for flag in flags] + (
        [t("flag.provisional")] if period["provisional"] and "provisional" not in flags else []
    )
    low, high = period["value_low"], period["value_high"]
    return {
        "name": t.period(row["period"], period["start"]),
        "value": t.number(period["value"]) or t("not_known"),
        "interval": "" if low is None or high is None else t("interval", low=t.number(low), high=t.number(high)),
        "expected": t.number(period["expected"]),
        "complete": t.percent(period["completeness"]),
        "know": ", ".join(known),
    }


def _ahead(t: Language, row: Row, verdict: Row) -> dict[str, str] | None:
    """The forecast as a row of the table."""
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
    """The fan and the path ahead as rows of the table, the farthest first."""
    fan, path = (
        {one["start"]: one for one in rows.get(row["indicator_id"], ())}
        for rows in (published.forecasts, published.paths)
    )
    return [
        {
            "name": t.period(row["period"], start),
            "value": t.number(fan[start]["mean"]) if start in fan else "",
            "interval": t("interval", low=t.number(fan[start]["low_80"]), high=t.number(fan[start]["high_80"]))
            if start in fan
            else "",
            "expected": t.number(path[start]["expected"]) if start in path else "",
            "know": t("table.coming", low=t.number(fan[start]["low_95"]), high=t.number(fan[start]["high_95"]))
            if start in fan
            else "",
        }
        for start in sorted({*fan, *path}, reverse=True)
    ]


def _splice(t: Language, one: Row) -> str:
    if not one["spliced"]:
        return t("break.apart")
    return t("break.spliced", factor=t.number(one["factor"])) if one["factor"] is not None else t("break.joined")
