"""Published rows for the brief: a library with one indicator, and what differs from it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

from warehouse.published_tables import PublishedTables

Rows = list[dict[str, Any]]
AS_OF = datetime(2026, 3, 2, 6, tzinfo=UTC)
MONTHS = 14


def indicator(name: str = "visits", **other: Any) -> dict[str, Any]:
    return {
        "indicator_id": name,
        "title": f"Title of {name}",
        "unit": "visits",
        "kind": "flow",
        "better": "up",
        "period": "month",
        "objective": "reach",
        "owner": "Ada",
        "sources": ["gates"],
        "baseline_value": 100.0,
        "baseline_start": date(2024, 1, 1),
        "baseline_end": date(2025, 1, 1),
        "target_value": 200.0,
        "needed": 200.0,
        "due": date(2026, 12, 31),
        "path": "linear",
        "rule": "pace",
        "target_low": None,
        "target_high": None,
        "over": "period",
        **other,
    }


def verdict(name: str = "visits", **other: Any) -> dict[str, Any]:
    return {
        "indicator_id": name,
        "as_of": AS_OF,
        "through": date(2026, 1, 31),
        "verdict": "behind",
        "worsening": False,
        "reason": "why it is so",
        "reason_code": "pace",
        "value": 90.0,
        "expected": 108.5,
        "pace_ratio": 0.2,
        "rule": "pace@1",
        "rule_value": 0.2,
        "grade": "counted",
        "alert": "inactive",
        "forecast_due": None,
        "forecast_low": None,
        "forecast_high": None,
        "probability": None,
        "probability_cases": 0,
        "probability_covered": None,
        "luck_p_value": None,
        "outlook": "No clear trend: -1 to +2 visits a year (90 % interval).",
        **other,
    }


def months(name: str = "visits", **newest: Any) -> Rows:
    """Fourteen months up to January 2026, of which the last is as ``newest`` has it."""
    starts = [date(2024 + (n + 11) // 12, (n + 11) % 12 + 1, 1) for n in range(MONTHS + 1)]
    rows = [
        {
            "indicator_id": name,
            "start": start,
            "end": end,
            "value": 90.0 + start.month,
            "completeness": 1.0,
            "provisional": False,
            "expected": 100.0,
            "flags": [],
            "as_of": AS_OF,
            "standard_error": None,
            "value_low": None,
            "value_high": None,
        }
        for start, end in pairwise(starts)
    ]
    return [*rows[:-1], rows[-1] | newest]


def source(name: str = "gates", **other: Any) -> dict[str, Any]:
    return {
        "source": name,
        "type": "footfall",
        "last_success_at": AS_OF,
        "data_through": date(2026, 1, 31),
        "fresh": True,
        "rows": 14,
        "refused": 0,
        "last_error": None,
        "missing": [],
        "waiting": None,
        "access_expires_at": None,
        **other,
    }


def effect(name: str = "visits", **other: Any) -> dict[str, Any]:
    return {
        "activity_id": "open_week",
        "indicator_id": name,
        "verdict": "associated_rise",
        "sentence": "associated with a rise",
        "effect": 20.0,
        "low": 5.0,
        "high": 35.0,
        "effect_pct": 12.0,
        "low_pct": 4.0,
        "high_pct": 21.0,
        "p_value": 0.01,
        "periods_before": 24,
        "periods_after": 6,
        **other,
    }


def tables(
    *, verdicts: Sequence[dict[str, Any]] = (), indicators: Sequence[dict[str, Any]] = (), **others: Rows
) -> dict[str, Rows]:
    """Tables by name; by default those of the one indicator 'visits', or empty."""
    judged = list(verdicts) or [verdict()]
    return {
        "indicators": list(indicators) or [indicator(row["indicator_id"]) for row in judged],
        "verdicts": judged,
        "periods": [row for one in judged for row in months(one["indicator_id"])],
        "sources": [source()],
        "indicator_breaks": [],
        "paths": [],
        "activities": [
            {
                "activity_id": "open_week",
                "date": date(2025, 7, 1),
                "title": "Open week",
                "channel": "event",
                "indicators": ["visits"],
            }
        ],
        "effects": [],
        "notes": [],
        **others,
    }


def reader(**rows: Any) -> PublishedTables:
    return PublishedTables(tables(**rows).__getitem__)
