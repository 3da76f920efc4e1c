"""Plausible's Stats API with one site: https://plausible.io/docs/stats-api

Visitors are known for a day only, so those of a week are the days' added up. Once a year the tracker was off for a day.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import product
from typing import Any, ClassVar

from sandbox.days import ZONE, days
from sandbox.faults import Fault
from sandbox.history import chance
from sandbox.provider import Call, World, json_response
from sandbox.response import Response, page
from sandbox.web_traffic import PAGES, Traffic, chosen

KEY = "riverside-stats-key-9d1f4e"
SITE = "riverside.example"
METRICS = {"visitors": "users", "visits": "sessions", "pageviews": "views", "events": "views"}
DIMENSIONS = {"time:day", "time:week", "time:month", "event:page"}
KNOWN_KEYS = {"site_id", "date_range", "metrics", "dimensions", "filters", "order_by", "include", "pagination"}
OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "is": lambda path, value: path == value,
    "contains": lambda path, value: value in path,
    "matches": lambda path, value: re.search(value, path) is not None,
}
Json = dict[str, Any]


class QueryError(Exception):
    """A query that is refused, with Plausible's words."""


class Plausible:
    """``per_hour`` may be lowered by a test; ``imports_warning`` is what an answer with imports says."""

    prefix: ClassVar[str] = "/plausible"

    def __init__(self, world: World) -> None:
        self.world, self.per_hour, self.imports_warning, self.zone = world, 600, "", ZONE
        self.made: dict[datetime, int] = {}

    def failure(self, status: int) -> Response:
        return (
            page(429, "Too Many Requests")
            if status == 429
            else json_response({"error": "Internal server error"}, status)
        )

    def response(self, call: Call) -> Response:
        if call.path != "/api/v2/query" or call.method != "POST":
            return json_response({"error": "Not found"}, 404)
        credentials = call.headers.get("Authorization", "")
        if not credentials.startswith("Bearer "):
            return _refused(401, "Missing API key. Please use a valid Plausible API key as a Bearer Token.")
        hour = self.world.now().replace(minute=0, second=0, microsecond=0)
        if call.fault is Fault.QUOTA or self.made.get(hour, 0) >= self.per_hour:
            return _refused(
                429, f"Too many API requests. Your API key is limited to {self.per_hour} requests per hour."
            )
        self.made[hour] = self.made.get(hour, 0) + 1
        query = call.json()
        if not isinstance(query, dict) or not query.get("site_id"):
            return _refused(400, "Missing site ID. Please provide the required site_id parameter with your request.")
        if credentials != f"Bearer {KEY}" or call.fault is Fault.EXPIRED_TOKEN or query["site_id"] != SITE:
            return _refused(
                401,
                "Invalid API key or site ID. Please make sure you're using a valid API key with access to the site.",
            )
        try:
            start, end = _checked(query, call.detail if call.fault is Fault.RETIRED_METRIC else "")
            return self._result(query, start, end, call.fault)
        except QueryError as problem:
            return _refused(400, str(problem))

    def _result(self, query: Json, start: date, end: date, fault: Fault | None) -> Response:
        paths, dimensions = _filtered(query.get("filters", [])), list(query.get("dimensions", []))
        rows = list(self._rows(paths, dimensions, query["metrics"], start, end))
        for name, direction in reversed(query.get("order_by", [])):
            if name in dimensions:
                at = dimensions.index(name)
                descending = direction == "desc"
                rows.sort(key=lambda row, at=at: str(row["dimensions"][at]), reverse=descending)  # type: ignore[misc]
        turn = {"limit": 10_000, "offset": 0, **query.get("pagination", {})}
        first = 0 if fault is Fault.REPEATED_TOKEN else turn["offset"]
        shown = [] if fault is Fault.EMPTY_PAGE else rows[first : first + turn["limit"]]
        include, meta = query.get("include", {}), Json()
        if include.get("total_rows"):
            meta["total_rows"] = max(len(rows), 10_000_000) if fault is Fault.EMPTY_PAGE else len(rows)
        if include.get("imports"):
            meta["imports_included"] = not self.imports_warning
            meta |= (
                {"imports_skip_reason": "unsupported_query", "imports_warning": self.imports_warning}
                if self.imports_warning
                else {}
            )
        moments = (
            datetime.combine(start, time(), self.zone),
            datetime.combine(end - timedelta(days=1), time(23, 59, 59), self.zone),
        )
        requested = {**query, "date_range": [moment.isoformat() for moment in moments], "pagination": turn}
        return json_response({"results": shown, "meta": meta, "query": requested})

    def _rows(
        self, paths: list[str], dimensions: list[str], metrics: list[str], start: date, end: date
    ) -> Iterator[Json]:
        bucket = next((name for name in dimensions if name.startswith("time:")), "")
        buckets: dict[str, list[date]] = {}
        for day in days(start, min(end, self.world.now().astimezone(ZONE).date() + timedelta(days=1))):
            if not self._off(day):
                buckets.setdefault(_bucket(bucket, day), []).append(day)
        pages = [[path] for path in paths] if "event:page" in dimensions else [paths] if paths else []
        for (label, inside), group in product(buckets.items(), pages):
            daily = [chosen(group, day, self.world.seed, self.world.now()) for day in inside]
            total = Traffic(*(sum(getattr(one, name) for one in daily) for name in ("views", "sessions", "users")))
            if total.views:
                names = [label if name == bucket else group[0] for name in dimensions]
                yield {"dimensions": names, "metrics": [getattr(total, METRICS[name]) for name in metrics]}

    def _off(self, day: date) -> bool:
        return day == date(day.year, 5, chance(self.world.seed, "plausible off", day.year).randint(2, 28))


def _checked(query: Json, retired: str) -> tuple[date, date]:
    """The days requested. Raises ``QueryError`` for a query that Plausible refuses."""
    strange = [key for key in query if key not in KNOWN_KEYS]
    if strange:
        raise QueryError(f"#/{strange[0]}: Schema does not allow additional properties.")
    metrics = query.get("metrics")
    if not isinstance(metrics, list) or not metrics:
        raise QueryError("#/metrics: Expected a minimum of 1 items but got 0.")
    for at, name in enumerate(metrics):
        if name not in METRICS or name == retired:
            raise QueryError(f'#/metrics/{at}: Invalid metric "{name}"')
    for at, name in enumerate(query.get("dimensions", [])):
        if name not in DIMENSIONS:
            raise QueryError(f'#/dimensions/{at}: Invalid dimension "{name}"')
    limit = query.get("pagination", {}).get("limit", 10_000)
    if not isinstance(limit, int) or not 1 <= limit <= 10_000:
        raise QueryError("#/pagination/limit: Expected the value to be between 1 and 10000.")
    try:
        start, last = (date.fromisoformat(text) for text in query["date_range"])
    except (KeyError, TypeError, ValueError):
        raise QueryError(f"#/date_range: Invalid date range {query.get('date_range')!r}") from None
    return start, last + timedelta(days=1)


def _filtered(filters: list[Any]) -> list[str]:
    paths = list(PAGES)
    for at, one in enumerate(filters):
        if not isinstance(one, list) or len(one) < 3 or one[0] not in OPERATORS or one[1] != "event:page":
            raise QueryError(f"#/filters/{at}: Invalid filter {one!r}")
        paths = [path for path in paths if any(OPERATORS[one[0]](path, value) for value in one[2])]
    return paths


def _bucket(name: str, day: date) -> str:
    """The label of the day, week or month."""
    firsts = {"time:day": day, "time:week": day - timedelta(days=day.weekday()), "time:month": day.replace(day=1)}
    return str(firsts[name]) if name else ""


def _refused(status: int, message: str) -> Response:
    return json_response({"error": message}, status)
