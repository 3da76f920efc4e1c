"""Published rows made by hand, and pages read back."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

from reports.languages import language
from reports.site.build import build_site
from reports.site.published_rows import PlanDetails
from warehouse.published_tables import PublishedTables

AS_OF = datetime(2026, 3, 2, 6, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\u202e\"'&=$x^2$ {name} %s"
VOID = {"input", "meta", "link", "br", "path", "circle", "use", "polyline"}
Tables = dict[str, list[dict[str, Any]]]


def months(count: int, before: date = date(2026, 3, 1)) -> list[tuple[date, date]]:
    """First day and the day after the last one of ``count`` months, the last of which ends before ``before``."""
    first = before.year * 12 + before.month - 1 - count
    starts = [date(n // 12, n % 12 + 1, 1) for n in range(first, first + count + 1)]
    return list(pairwise(starts))


def indicator(name: str = "visits", **more: Any) -> dict[str, Any]:
    row = {
        **{
            "indicator_id": name,
            "title": "Visits",
            "unit": "visits",
            "kind": "flow",
            "better": "up",
            "period": "month",
            "objective": "Busy rooms",
        },
        **{
            "owner": "Ms Reader",
            "sources": ["gates"],
            "baseline_value": 100.0,
            "baseline_start": date(2025, 1, 1),
            "baseline_end": date(2026, 1, 1),
        },
        **{
            "target_value": 200.0,
            "needed": 200.0,
            "due": date(2026, 12, 31),
            "path": "linear",
            "rule": "pace",
            "target_low": None,
            "target_high": None,
        },
    }
    return row | more


def verdict(name: str = "visits", **more: Any) -> dict[str, Any]:
    row = {
        **{
            "indicator_id": name,
            "as_of": AS_OF,
            "through": date(2026, 1, 31),
            "verdict": "behind",
            "worsening": True,
            "reason": "90 visits in Jan 2026",
        },
        **{
            "value": 90.0,
            "expected": 108.5,
            "pace_ratio": -1.18,
            "rule": "pace@1",
            "grade": "incomplete",
            "outlook": "No clear trend.",
        },
        **{
            "forecast_due": 120.0,
            "forecast_low": 90.0,
            "forecast_high": 150.0,
            "probability": 0.12,
            "probability_cases": 9,
            "probability_covered": 8 / 9,
        },
        **{"luck_p_value": 0.004, "alert": "firing", "alert_since": date(2025, 12, 1)},
        "alert_raised_at": datetime(2026, 1, 5, 6, tzinfo=UTC),
    }
    return row | more


def periods(name: str = "visits", count: int = 26) -> list[dict[str, Any]]:
    """Of which the third is unknown and the last provisional."""
    spans = months(count)
    return [
        {
            **{
                "indicator_id": name,
                "start": start,
                "end": end,
                "value": None if at == 2 else 80.0 + at,
                "expected": 90.0 + at,
            },
            **{
                "completeness": 0.5 if at == 2 else 1.0,
                "provisional": at == count - 1,
                "flags": ["incomplete"] if at == 2 else [],
                "as_of": AS_OF,
            },
        }
        for at, (start, end) in enumerate(spans)
    ]


def forecasts(name: str = "visits") -> list[dict[str, Any]]:
    """The months from March to December 2026."""
    spread = {"low_95": 80.0, "low_80": 90.0, "mean": 110.0, "high_80": 130.0, "high_95": 140.0}
    return [{"indicator_id": name, "start": start, "end": end, **spread} for start, end in months(10, date(2027, 1, 1))]


def paths(name: str = "visits") -> list[dict[str, Any]]:
    """The same months, of which 121, 122 … are expected."""
    return [
        {"indicator_id": name, "start": start, "end": end, "expected": 120.0 + at}
        for at, (start, end) in enumerate(months(10, date(2027, 1, 1)), 1)
    ]


def pull(name: str, **more: Any) -> dict[str, Any]:
    """Recorded at six on the day that its id begins with."""
    counts = {"rows": 12345, "added": 31, "altered": 0, "dropped": 1, "refused": 2}
    recorded = datetime.strptime(name[:15] + "+0000", "%Y%m%dT%H%M%S%z")
    row = {
        "pull_id": name,
        "source": "gates",
        "status": "committed",
        "window_start": date(2024, 1, 1),
        "window_end": date(2026, 3, 1),
        "error": None,
    }
    return row | counts | {"recorded_at": recorded} | more


def check(says: str, name: str | None, failed: int) -> dict[str, Any]:
    found = {"expectation": says, "expectation_type": name, "rows": 12347, "failed": failed}
    return {"source": "gates", "pull_id": "20260302T060000-aaaa", "recorded_at": AS_OF, **found}


def note(indicator_id: str, text: str, noted_on: date = date(2026, 2, 20)) -> dict[str, Any]:
    written = {"note_id": f"{noted_on:%m%d}abcd", "indicator_id": indicator_id, "noted_on": noted_on}
    return written | {"author": "Ms Reader", "note": text, "recorded_at": AS_OF}


def tables(*names: str, **more: Any) -> Tables:
    """A few indicators with everything that a page can show; ``more`` replaces whole tables."""
    ids = names or ("visits",)
    moved = {
        "cause": "plan_changed",
        "plan_change": "target 150 by 31 Dec 2026 before, now 200",
        "as_of": datetime(2026, 1, 2, tzinfo=UTC),
    }
    source = {
        "source": "gates",
        "type": "footfall",
        "last_success_at": AS_OF,
        "data_through": date(2026, 2, 28),
        "fresh": False,
        "rows": 12345,
    }
    found: Tables = {
        "indicators": [indicator(name) for name in ids],
        "verdicts": [verdict(name) for name in ids],
        "periods": [row for name in ids for row in periods(name)],
        "forecasts": [row for name in ids for row in forecasts(name)],
        "paths": [row for name in ids for row in paths(name)],
        "verdict_history": [row for name in ids for row in (verdict(name, cause="new_data"), verdict(name, **moved))],
        "indicator_breaks": [
            {
                "indicator_id": ids[0],
                "day": date(2025, 6, 1),
                "reason": "New gates",
                "origin": "declared",
                "spliced": False,
            }
        ],
        "sources": [
            source
            | {
                "refused": 2,
                "last_error": "timed out",
                "missing": ["2026-02-03"],
                "settling": "values change for 3 days",
            }
        ],
        "settling": [
            {
                "source": "gates",
                "metric": "visits",
                "age": 1,
                "read_again": 9,
                "changed": 2,
                "followed": 9,
                "share_still_changing": 0.2,
            }
        ],
        "pulls": [
            pull("20260302T060000-aaaa"),
            pull("20260301T060000-bbbb", altered=3),
            pull("20260228T060000-cccc", status="failed", error="timed out"),
        ],
        "period_pulls": [
            {"indicator_id": name, "start": start, "pull_id": one}
            for name in ids
            for start, one in (
                *((start, "20260301T060000-bbbb") for start, _ in months(26)),
                (months(26)[-1][0], "20260302T060000-aaaa"),
            )
        ],
        "checks": [check("it can be read", None, 2), check("value is finite", "ExpectColumnValuesToBeBetween", 0)],
        "activities": [
            {
                "activity_id": "week",
                "date": date(2025, 9, 5),
                "title": "Open week",
                "channel": "poster",
                "indicators": [ids[0]],
            }
        ],
        "effects": [
            {
                "activity_id": "week",
                "indicator_id": ids[0],
                "verdict": "cannot_tell",
                "sentence": "cannot tell: 2 complete months after it, needs 3",
                "reason_code": "few_after",
                "reason_parameters": '{"known": 2, "needs": 3, "period": "month"}',
            }
        ],
        "notes": [note(ids[0], "The lift is mended in May"), note(ids[0], "The lift broke", date(2026, 1, 9))],
    }
    return found | more


def pages(rows: Mapping[str, Any], plan: PlanDetails | None = None, code: str = "en") -> dict[str, str]:
    """The site's files as text."""
    details = plan or PlanDetails(
        "Hill Library",
        {"visits": ["gates: visits"]},
        closures=((date(2024, 8, 1), date(2024, 9, 30), "Building works"),),
    )
    return {
        name: body.decode() for name, body in build_site(details, PublishedTables(rows.__getitem__), language(code))
    }


class Page(HTMLParser):
    """Every tag with its attributes, and the text between. ``unclosed``: tags opened and not closed, or the reverse."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.unclosed = "", list[str]()
        self._open: list[str] = []
        self.feed(page.split("<style>", 1)[0])
        self.feed(page.split("</style>", 1)[-1] if "<style>" in page else "")
        self.text = " ".join(self.text.split())
        self.unclosed += self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self._open and self._open[-1] == tag:
            self._open.pop()
        else:
            self.unclosed.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]
