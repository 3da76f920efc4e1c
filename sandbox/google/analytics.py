"""The Google Analytics Data API, ``runReport``: https://developers.google.com/analytics/devguides/reporting/data/v1

Property 123456789 is Riverside's; 222222222 is a large one with sampling, thresholding and "(other)"; 999999999 has
10,000 pages a day, for measuring.
"""

import re
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sandbox.days import ZONE, days
from sandbox.faults import Fault
from sandbox.google.large_property import Row, as_large_property, endless_report
from sandbox.google.report_rules import METRICS, MOST_ROWS, day, first_fault, passes
from sandbox.google.tokens import bearer_problem, google_error
from sandbox.provider import Call, World, json_response
from sandbox.response import Response
from sandbox.web_traffic import PAGES, chosen, people, seen, traffic

PACIFIC = ZoneInfo("America/Los_Angeles")
PROPERTY, LARGE, ENDLESS = "123456789", "222222222", "999999999"
COST = 10


class Analytics:
    """One Google Analytics with its quota. ``tokens_per_day`` and ``tokens_per_hour`` may be lowered by a test."""

    prefix: ClassVar[str] = "/google/ga4"

    def __init__(self, world: World) -> None:
        self.world = world
        self.tokens_per_day, self.tokens_per_hour = 200_000, 40_000
        self.spent: dict[str, int] = {}

    def failure(self, status: int) -> Response:
        if status == 429:
            return google_error(429, "Exhausted concurrent requests quota. Please wait for some requests to complete.")
        return google_error(
            status, "Internal error encountered." if status == 500 else "The service is currently unavailable."
        )

    def response(self, call: Call) -> Response:
        requested = re.fullmatch(r"/v1beta/properties/([^/:]+):runReport", call.path)
        if requested is None or call.method != "POST":
            return google_error(404, "Requested entity was not found.")
        problem = bearer_problem(call) or self._property_problem(requested[1]) or self._quota_problem(call)
        if problem:
            return problem
        report = call.json()
        fault = first_fault(
            report, call.detail if call.fault is Fault.RETIRED_METRIC else "", self.world.now().astimezone(ZONE).date()
        )
        if fault:
            return google_error(400, fault)
        for period in self._periods():
            self.spent[period] = self.spent.get(period, 0) + COST
        offset, limit = int(report.get("offset", 0)), min(int(report.get("limit", 10_000)), MOST_ROWS)
        if requested[1] == ENDLESS:
            text = endless_report(str(report["dateRanges"]), offset, limit, compact=call.one("prettyPrint") == "false")
            return Response(200, text, "application/json; charset=UTF-8")
        offset = 0 if call.fault is Fault.REPEATED_TOKEN else offset
        return json_response(
            self._report(
                report, requested[1], slice(offset, offset if call.fault is Fault.EMPTY_PAGE else offset + limit)
            )
        )

    def _property_problem(self, number: str) -> Response | None:
        where = "https://developers.google.com/analytics/devguides/reporting/data/v1/property-id"
        if not number.isdigit():
            return google_error(
                400,
                f"Invalid property ID: {number}. A numeric Property ID is required. To learn more about Property ID, "
                f"see {where}.",
            )
        if number not in {PROPERTY, LARGE, ENDLESS}:
            return google_error(
                403,
                "User does not have sufficient permissions for this property. To learn more about Property ID, see "
                f"{where}.",
            )
        return None

    def _periods(self) -> tuple[str, str]:
        """The quotas' day, which begins at midnight in California, and hour."""
        now = self.world.now()
        return f"{now.astimezone(PACIFIC):%Y-%m-%d}", f"{now:%Y-%m-%dT%H}"

    def _left(self) -> dict[str, int]:
        a_day, an_hour = self._periods()
        hourly = self.spent.get(an_hour, 0)
        project = round(self.tokens_per_hour * 0.35) - hourly
        return {
            "Day": self.tokens_per_day - self.spent.get(a_day, 0),
            "Hour": self.tokens_per_hour - hourly,
            "ProjectPerHour": project,
        }

    def _quota_problem(self, call: Call) -> Response | None:
        left = self._left()
        if call.fault is Fault.QUOTA or left["Day"] < COST:
            return google_error(
                429, "Exhausted property tokens per day. These quota tokens will return in under 24 hours."
            )
        if left["Hour"] < COST:
            return google_error(
                429, "Exhausted property tokens per hour. These quota tokens will return in under an hour."
            )
        if left["ProjectPerHour"] < COST:
            return google_error(
                429,
                "Exhausted property tokens for a project per hour. These quota tokens will return in under an hour.",
            )
        return None

    def _report(self, report: dict[str, Any], number: str, page: slice) -> dict[str, Any]:
        dimensions, metrics = ([one["name"] for one in report.get(kind, [])] for kind in ("dimensions", "metrics"))
        rows = [
            row
            for at, span in enumerate(report["dateRanges"])
            for row in self._rows(report, span, at, dimensions, metrics)
        ]
        metadata: dict[str, Any] = {"currencyCode": "GBP", "timeZone": ZONE.key}
        if number == LARGE:
            rows, metadata = as_large_property(
                rows, dimensions, metrics, metadata | {"samplingMetadatas": [_SAMPLED] * len(report["dateRanges"])}
            )
        if not report.get("keepEmptyRows"):
            rows = [row for row in rows if any(cell["value"] != "0" for cell in row["metricValues"])]
        rows.sort(key=lambda row: _order(report, dimensions, metrics, row))
        named = [*dimensions, *(["dateRange"] if len(report["dateRanges"]) > 1 else [])]
        found: dict[str, Any] = {"dimensionHeaders": [{"name": name} for name in named]} if named else {}
        found["metricHeaders"] = [{"name": name, "type": METRICS[name]} for name in metrics]
        found |= {"rows": rows[page]} if rows[page] else {}
        found |= {"rowCount": len(rows)} if rows else {}
        found["metadata"] = metadata
        if report.get("returnPropertyQuota"):
            left = self._left()
            found["propertyQuota"] = {
                **{f"tokensPer{name}": {"consumed": COST, "remaining": count} for name, count in left.items()},
                "concurrentRequests": {"remaining": 10},
                "serverErrorsPerProjectPerHour": {"remaining": 10},
                "potentiallyThresholdedRequestsPerHour": {"remaining": 120},
            }
        return found | {"kind": "analyticsData#runReport"}

    def _rows(
        self, report: dict[str, Any], span: dict[str, str], at: int, dimensions: list[str], metrics: list[str]
    ) -> list[Row]:
        now = self.world.now()
        today = now.astimezone(ZONE).date()
        start, last = (day(span[side], today) or today for side in ("startDate", "endDate"))
        end = min(last, today) + timedelta(days=1)
        paths = [path for path in PAGES if passes(report.get("dimensionFilter"), path)]
        every = [[path] for path in paths] if "pagePath" in dimensions else [paths]
        spans = [(one, one + timedelta(days=1)) for one in days(start, end)] if "date" in dimensions else [(start, end)]
        name = [span.get("name", f"date_range_{at}")] if len(report["dateRanges"]) > 1 else []
        rows = []
        for first, after in spans if start < end else ():
            for group in every if paths else []:
                keys = {"date": f"{first:%Y%m%d}", "pagePath": group[0]}
                names = [{"value": keys[dimension]} for dimension in dimensions] + [{"value": one} for one in name]
                values = self._values(group, first, after, metrics, now)
                rows.append({"dimensionValues": names, "metricValues": [{"value": str(value)} for value in values]})
        return rows

    def _values(self, paths: list[str], start: date, end: date, metrics: list[str], now: datetime) -> list[int]:
        seed, span = self.world.seed, days(start, end)
        totals = [chosen(paths, one, seed, now) for one in span]
        figures = {
            "screenPageViews": sum(one.views for one in totals),
            "eventCount": sum(seen(traffic(seed, path, one).views * 3, one, now) for one in span for path in paths),
            "sessions": sum(one.sessions for one in totals),
            "activeUsers": people(paths, start, end, seed, now),
            "totalUsers": round(people(paths, start, end, seed, now) * 1.04),
        }
        return [figures[name] for name in metrics]


_SAMPLED = {"samplesReadCount": "5000", "samplingSpaceSize": "91000"}


def _order(report: dict[str, Any], dimensions: list[str], metrics: list[str], row: Row) -> list[tuple[int, str]]:
    """The sort key: what was requested, numbers as numbers; then the names."""
    found = []
    for order in report.get("orderBys", []):
        if "dimension" in order:
            value = row["dimensionValues"][dimensions.index(order["dimension"]["dimensionName"])]["value"]
            found.append((0, "".join(chr(0x10FFFF - ord(letter)) for letter in value) if order.get("desc") else value))
        else:
            number = int(row["metricValues"][metrics.index(order["metric"]["metricName"])]["value"])
            found.append((-number if order.get("desc") else number, ""))
    return found
