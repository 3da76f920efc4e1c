"""The Google Analytics Data API, ``runReport``: https://developers.google.com/analytics/devguides/reporting/data/v1

Property 123456789 is Riverside's; 222222222 is a large one with sampling, thresholding and "(other)"; 999999999 has pages by
the thousand, for measuring.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sandbox.answer import Answer
from sandbox.days import ZONE, days
from sandbox.faults import Fault
from sandbox.google.tokens import bearer_problem, google_error
from sandbox.provider import Call, World, json_answer
from sandbox.web_traffic import PAGES, chosen, people, seen, traffic

PACIFIC = ZoneInfo("America/Los_Angeles")
PROPERTY, LARGE, ENDLESS = "123456789", "222222222", "999999999"
DIMENSIONS = {"date", "pagePath", "dateRange"}
METRICS = {
    "screenPageViews": "TYPE_INTEGER",
    "sessions": "TYPE_INTEGER",
    "activeUsers": "TYPE_INTEGER",
    "totalUsers": "TYPE_INTEGER",
    "eventCount": "TYPE_INTEGER",
}
KNOWN_KEYS = {
    *("dimensions", "metrics", "dateRanges", "dimensionFilter", "metricFilter", "orderBys", "limit", "offset", "keepEmptyRows"),
    *("metricAggregations", "currencyCode", "comparisons", "cohortSpec", "returnPropertyQuota"),
}
MATCHES: dict[str, Callable[[str, str], bool]] = {
    "EXACT": lambda path, value: path == value,
    "BEGINS_WITH": lambda path, value: path.startswith(value),
    "ENDS_WITH": lambda path, value: path.endswith(value),
    "CONTAINS": lambda path, value: value in path,
    "FULL_REGEXP": lambda path, value: re.fullmatch(value, path) is not None,
    "PARTIAL_REGEXP": lambda path, value: re.search(value, path) is not None,
}
COST = 10


class Analytics:
    """One Google Analytics with its quota. ``tokens_per_day`` may be lowered by a test."""

    prefix: ClassVar[str] = "/google/ga4"

    def __init__(self, world: World) -> None:
        self.world = world
        self.tokens_per_day = 200_000
        self.spent: dict[date, int] = {}

    def failure(self, status: int) -> Answer:
        if status == 429:
            return google_error(429, "Exhausted concurrent requests quota. Please wait for some requests to complete.")
        return google_error(status, "Internal error encountered." if status == 500 else "The service is currently unavailable.")

    def answer(self, call: Call) -> Answer:
        asked = re.fullmatch(r"/v1beta/properties/(\d+):runReport", call.path)
        if asked is None or call.method != "POST":
            return google_error(404, "Requested entity was not found.")
        problem = bearer_problem(call)
        if problem:
            return problem
        if asked[1] not in {PROPERTY, LARGE, ENDLESS}:
            return google_error(403, "User does not have sufficient permissions for this property.")
        today = self.world.now().astimezone(PACIFIC).date()
        if call.fault is Fault.QUOTA or self.spent.get(today, 0) + COST > self.tokens_per_day:
            return google_error(429, "Exhausted property tokens per day. These quota tokens will return in under 24 hours.")
        report = call.json()
        wrong = _wrong(report, call.detail if call.fault is Fault.RETIRED_METRIC else "")
        if wrong:
            return google_error(400, wrong)
        self.spent[today] = self.spent.get(today, 0) + COST
        if asked[1] == ENDLESS:
            return Answer(200, _endless(str(report["dateRanges"]), int(report.get("offset", 0)), int(report.get("limit", 10_000))), "application/json")
        offset = 0 if call.fault is Fault.REPEATED_TOKEN else int(report.get("offset", 0))
        return json_answer(self._report(report, asked[1], offset, self.tokens_per_day - self.spent[today]))

    def _report(self, report: dict[str, Any], number: str, offset: int, left: int) -> dict[str, Any]:
        dimensions = [one["name"] for one in report.get("dimensions", [])]
        metrics = [one["name"] for one in report["metrics"]]
        rows = [row for at, span in enumerate(report["dateRanges"]) for row in self._rows(report, span, at, dimensions, metrics)]
        if "date" in dimensions:
            rows.sort(key=lambda row: [cell["value"] for cell in row["dimensionValues"]])
        named = [*dimensions, *(["dateRange"] if len(report["dateRanges"]) > 1 else [])]
        metadata: dict[str, Any] = {"currencyCode": "GBP", "timeZone": ZONE.key}
        if number == LARGE:
            metadata |= {
                "dataLossFromOtherRow": True,
                "subjectToThresholding": True,
                "samplingMetadatas": [{"samplesReadCount": "5000", "samplingSpaceSize": "91000"}],
            }
            rows = _with_other(rows, dimensions)
        limit = int(report.get("limit", 10_000))
        found: dict[str, Any] = {
            "dimensionHeaders": [{"name": name} for name in named],
            "metricHeaders": [{"name": name, "type": METRICS[name]} for name in metrics],
        }
        page = rows[offset : offset + limit]
        found |= {"rows": page} if page else {}
        found |= {"rowCount": len(rows)} if rows else {}
        found["metadata"] = metadata
        if report.get("returnPropertyQuota"):
            found["propertyQuota"] = {
                "tokensPerDay": {"consumed": COST, "remaining": left},
                "tokensPerHour": {"consumed": COST, "remaining": 40_000 - COST},
                "concurrentRequests": {"remaining": 10},
                "serverErrorsPerProjectPerHour": {"remaining": 10},
                "potentiallyThresholdedRequestsPerHour": {"remaining": 120},
                "tokensPerProjectPerHour": {"consumed": COST, "remaining": 14_000 - COST},
            }
        return found | {"kind": "analyticsData#runReport"}

    def _rows(self, report: dict[str, Any], span: dict[str, str], at: int, dimensions: list[str], metrics: list[str]) -> list[dict[str, Any]]:
        now = self.world.now()
        start, end = date.fromisoformat(span["startDate"]), date.fromisoformat(span["endDate"]) + timedelta(days=1)
        end = min(end, now.astimezone(ZONE).date() + timedelta(days=1))
        paths = [path for path in PAGES if _passes(report.get("dimensionFilter"), path)]
        every = [[path] for path in paths] if "pagePath" in dimensions else [paths]
        spans = [(day, day + timedelta(days=1)) for day in days(start, end)] if "date" in dimensions else [(start, end)]
        name = [span.get("name", f"date_range_{at}")] if len(report["dateRanges"]) > 1 else []
        rows = []
        for first, last in spans:
            for group in every if paths else []:
                keys = {"date": f"{first:%Y%m%d}", "pagePath": group[0]}
                values = self._values(group, first, last, metrics, now)
                told = [{"value": keys[dimension]} for dimension in dimensions] + [{"value": one} for one in name]
                rows.append({"dimensionValues": told, "metricValues": [{"value": str(value)} for value in values]})
        return rows

    def _values(self, paths: list[str], start: date, end: date, metrics: list[str], now: datetime) -> list[int]:
        seed, span = self.world.seed, days(start, end)
        totals = [chosen(paths, day, seed, now) for day in span]
        figures = {
            "screenPageViews": sum(one.views for one in totals),
            "eventCount": sum(seen(traffic(seed, path, day).views * 3, day, now) for day in span for path in paths),
            "sessions": sum(one.sessions for one in totals),
            "activeUsers": people(paths, start, end, seed, now),
            "totalUsers": round(people(paths, start, end, seed, now) * 1.04),
        }
        return [figures[name] for name in metrics]


def _wrong(report: Any, retired: str) -> str:
    """What is wrong with a request, in Google's words; empty for a good one."""
    if not isinstance(report, dict):
        return "Invalid JSON payload received."
    return next(_faults(report, retired), "")


def _faults(report: dict[str, Any], retired: str) -> Iterator[str]:
    yield from (f'Invalid JSON payload received. Unknown name "{key}": Cannot find field.' for key in report if key not in KNOWN_KEYS)
    listed = "For a list of valid dimensions and metrics, see https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema ."
    for kind, known in (("dimension", DIMENSIONS), ("metric", METRICS.keys() - {retired})):
        yield from (f"Field {one.get('name')} is not a valid {kind}. {listed}" for one in report.get(f"{kind}s", []) if one.get("name") not in known)
    metrics, ranges = report.get("metrics") or [], report.get("dateRanges", [])
    if not 1 <= len(metrics) <= 10:
        yield "The request must have at least one metric." if not metrics else "Requests are limited to 10 metrics."
    if not 1 <= len(ranges) <= 4:
        yield f"Requests are limited to 4 dateRanges. This request contains {len(ranges)} dateRanges."
    if any(span["startDate"] > span["endDate"] for span in ranges):
        yield "The startDate of a dateRange must not be after its endDate."
    if any(re.match(r"^(date_range|RESERVED_)", span.get("name", "")) for span in ranges):
        yield "A dateRange's name must not begin with date_range or RESERVED_."
    if not 0 < int(report.get("limit", 10_000)) <= 250_000:
        yield "The limit must be between 1 and 250000."


def _passes(chosen_by: dict[str, Any] | None, path: str) -> bool:
    if not chosen_by:
        return True
    if "notExpression" in chosen_by:
        return not _passes(chosen_by["notExpression"], path)
    if "andGroup" in chosen_by:
        return all(_passes(one, path) for one in chosen_by["andGroup"]["expressions"])
    if "orGroup" in chosen_by:
        return any(_passes(one, path) for one in chosen_by["orGroup"]["expressions"])
    told = chosen_by["filter"]["stringFilter"]
    fits = MATCHES[told.get("matchType", "EXACT")]
    sensitive = told.get("caseSensitive", False)
    return bool(fits(path if sensitive else path.lower(), told["value"] if sensitive else told["value"].lower()))


def _with_other(rows: list[dict[str, Any]], dimensions: list[str]) -> list[dict[str, Any]]:
    """Small pages put together in a row "(other)" each day, as in a table with too many different pages."""
    if "pagePath" not in dimensions:
        return rows
    at, found = dimensions.index("pagePath"), []
    for row in rows:
        small = row["dimensionValues"][at]["value"] in {"/km/communities/", "/km/guides/lessons-learned/"}
        cells = [{"value": "(other)"} if place == at and small else cell for place, cell in enumerate(row["dimensionValues"])]
        found.append({**row, "dimensionValues": cells})
    merged: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in found:
        key = tuple(cell["value"] for cell in row["dimensionValues"])
        if key in merged:
            pairs = zip(merged[key]["metricValues"], row["metricValues"], strict=True)
            summed = [{"value": str(int(one["value"]) + int(other["value"]))} for one, other in pairs]
            merged[key] = {**row, "metricValues": summed}
        else:
            merged[key] = row
    return list(merged.values())


@lru_cache(maxsize=64)
def _endless(ranges: str, offset: int, limit: int) -> bytes:
    """Page views of 10,000 pages on each of the days, in Google's layout."""
    start, end = (date.fromisoformat(text) for text in re.findall(r"\d{4}-\d\d-\d\d", ranges)[:2])
    every, pages = days(start, end + timedelta(days=1)), 10_000
    total = len(every) * pages
    rows = ",\n".join(_row(f"{every[at // pages]:%Y%m%d}", f"/km/page-{at % pages}", at % 977 + 1) for at in range(offset, min(offset + limit, total)))
    headers = '"dimensionHeaders": [{"name": "date"}, {"name": "pagePath"}],\n  "metricHeaders": [{"name": "screenPageViews", "type": "TYPE_INTEGER"}]'
    metadata = f'"rowCount": {total},\n  "metadata": {{"currencyCode": "GBP", "timeZone": "{ZONE.key}"}}'
    return f'{{\n  {headers},\n  "rows": [\n{rows}\n  ],\n  {metadata},\n  "kind": "analyticsData#runReport"\n}}\n'.encode()


def _row(day: str, path: str, views: int) -> str:
    """A row as Google indents it."""
    cells = f'        {{\n          "value": "{day}"\n        }},\n        {{\n          "value": "{path}"\n        }}'
    figure = f'        {{\n          "value": "{views}"\n        }}'
    return f'    {{\n      "dimensionValues": [\n{cells}\n      ],\n      "metricValues": [\n{figure}\n      ]\n    }}'
