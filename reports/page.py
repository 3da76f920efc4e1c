"""The report: one page of HTML, whole in itself, made from the published tables. It asks nothing of any other place."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from reports.words import verdict_words
from transforms.reasons import number

Row = Mapping[str, Any]
Read = Callable[[str], Sequence[Row]]
"""The rows of a published table by its name."""

SHOWN_PERIODS = 24


def report_page(organisation: str, read: Read) -> str:
    """The page's HTML. Everything that comes from the data is escaped."""
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(), undefined=StrictUndefined)
    indicators, verdicts = read("indicators"), {row["indicator_id"]: row for row in read("verdicts")}
    periods: dict[str, list[Row]] = {}
    for row in read("periods"):
        periods.setdefault(row["indicator_id"], []).append(row)
    titles = {row["indicator_id"]: row["title"] for row in indicators}
    effects = read("effects")
    history = sorted(read("verdict_history"), key=lambda row: row["as_of"], reverse=True)
    return environment.get_template("page.html").render(
        organisation=organisation,
        as_of=_instant(max((row["as_of"] for row in verdicts.values()), default=None)),
        indicators=[_indicator(row, verdicts[row["indicator_id"]], periods.get(row["indicator_id"], [])) for row in indicators],
        history=[_change(row, titles) for row in history],
        sources=[_source(row) for row in read("sources")],
        activities=[_activity(row, effects, titles) for row in sorted(read("activities"), key=lambda row: row["date"], reverse=True)],
    )


def _indicator(row: Row, verdict: Row, periods: Sequence[Row]) -> dict[str, object]:
    return {
        "id": row["indicator_id"],
        "title": row["title"],
        "unit": row["unit"],
        "verdict": verdict_words(verdict),
        "value": _number(verdict["value"]),
        "expected": _number(verdict["expected"]),
        "through": _text(verdict["through"]),
        "grade": verdict["grade"],
        "reason": verdict["reason"],
        "facts": [(name, text) for name, text in _facts(row, verdict) if text],
        "periods": [_period(period) for period in sorted(periods, key=lambda p: p["start"], reverse=True)[:SHOWN_PERIODS]],
    }


def _facts(row: Row, verdict: Row) -> list[tuple[str, str]]:
    """Name and text of what defines the indicator; empty texts are not shown."""
    start, end = row["baseline_start"], row["baseline_end"]
    baseline = f"{_number(row['baseline_value']) or 'not known'}, {start} to {end - timedelta(days=1)}" if start else ""
    value = _number(row["target_value"]) or (f"{_number(row['target_low'])} to {_number(row['target_high'])}" if row["target_low"] is not None else "")
    return [
        ("Why", verdict["reason"]),
        ("Objective", row["objective"] or ""),
        ("Owner", row["owner"] or ""),
        ("Kind", f"{row['kind']}, by {row['period']}, better {row['better']}"),
        ("Sources", ", ".join(row["sources"])),
        ("Baseline", baseline),
        ("Target", f"{value} {row['unit']} by {row['due']}" if value else ""),
        ("Path", f"{row['path']}, rule {row['rule']}" if row["path"] else ""),
        ("Progress made over progress due", _number(verdict["pace_ratio"])),
    ]


def _period(row: Row) -> dict[str, object]:
    return {
        "first": str(row["start"]),
        "last": str(row["end"] - timedelta(days=1)),
        "value": _number(row["value"]) or "not known",
        "expected": _number(row["expected"]),
        "complete": f"{row['completeness']:.0%}",
        "know": ", ".join([*row["flags"], *(["provisional"] if row["provisional"] and "provisional" not in row["flags"] else [])]),
    }


def _change(row: Row, titles: Mapping[str, str]) -> dict[str, object]:
    return {
        "as_of": _instant(row["as_of"]),
        "title": titles.get(row["indicator_id"], row["indicator_id"]),
        "verdict": verdict_words(row),
        "cause": row["cause"].replace("_", " "),
        "reason": row["reason"],
    }


def _activity(row: Row, effects: Sequence[Row], titles: Mapping[str, str]) -> dict[str, object]:
    """An activity with one sentence an indicator that it was meant to move."""
    mine = [effect for effect in effects if effect["activity_id"] == row["activity_id"]]
    return {
        "date": str(row["date"]),
        "title": row["title"],
        "channel": row["channel"] or "",
        "effects": [(titles.get(effect["indicator_id"], effect["indicator_id"]), effect["sentence"]) for effect in mine],
    }


def _source(row: Row) -> dict[str, object]:
    return {
        "source": row["source"],
        "type": row["type"],
        "through": _text(row["data_through"]),
        "fresh": "yes" if row["fresh"] else "NO",
        "rows": f"{row['rows']:,}",
        "refused": f"{row['refused']:,}",
        "error": row["last_error"] or "",
    }


def _number(value: float | None) -> str:
    """Empty where unknown."""
    return "" if value is None else number(value)


def _text(day: date | None) -> str:
    return "" if day is None else str(day)


def _instant(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
