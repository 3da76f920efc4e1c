"""Umami 3 with one web site: https://umami.is/docs/api

Umami Cloud is under ``/v1`` and takes a key, a self-hosted Umami under ``/api`` and takes a login. Of the units only
the day is simulated. Umami counts at once, so a past day never changes. The cloud's 50 calls in 15 seconds are not
simulated, since the sandbox's clock does not move. Once a year the tracker was off for a day.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, available_timezones

from sandbox.days import ZONE, days
from sandbox.faults import Fault
from sandbox.history import chance
from sandbox.provider import Call, World, json_response
from sandbox.response import Response, page
from sandbox.web_traffic import PAGES, Traffic, chosen, people

KEY = "api_riverside_8c7d6e5f4a3b"
USER, PASSWORD = "riverside", "umami-riverside-pass"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.riverside-session.4f2a"  # noqa: S105 (accepted here only)
WEBSITE = "0d0e6c1c-5f2a-4f6b-9a55-6f0c3f2b7a10"
UNITS = ("minute", "hour", "day", "month", "year")
OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda path, value: path in value.split(","),
    "neq": lambda path, value: path not in value.split(","),
    "c": lambda path, value: value in path,
    "dnc": lambda path, value: value not in path,
    "re": lambda path, value: re.search(value, path) is not None,
    "nre": lambda path, value: re.search(value, path) is None,
}
Json = dict[str, Any]


class Umami:
    """``version`` 2 gives totals as objects, knows the filter ``url`` in place of ``path`` and no expanded lists."""

    prefix: ClassVar[str] = "/umami"

    def __init__(self, world: World) -> None:
        self.world, self.version = world, 3

    def failure(self, status: int) -> Response:
        return page(429, "Too Many Requests") if status == 429 else _error(status, "server-error", "Server error")

    def response(self, call: Call) -> Response:
        if call.path == "/api/auth/login" and call.method == "POST":
            return self._login(call)
        requested = re.fullmatch(r"/(v1|api)/websites/([0-9a-f-]+)/(pageviews|stats|metrics/expanded)", call.path)
        if requested is None or call.method != "GET":
            return _error(404, "not-found", "Not found")
        if call.fault is Fault.QUOTA:
            return _error(429, "too-many-requests", "Too many requests")
        key, token = call.headers.get("X-Umami-Api-Key"), call.headers.get("Authorization")
        known = key == KEY if requested[1] == "v1" else token == f"Bearer {TOKEN}"
        if not known or call.fault is Fault.EXPIRED_TOKEN or requested[2] != WEBSITE:
            return _error(401, "unauthorized", "Unauthorized")
        wrong = _wrong(call)
        if wrong:
            return _error(400, "bad-request", f"Bad request: {wrong}")
        if requested[3] == "pageviews":
            return json_response(self._series(call))
        if requested[3] == "stats":
            return json_response(self._stats(call))
        return json_response(self._pages(call)) if self.version >= 3 else _error(404, "not-found", "Not found")

    def _login(self, call: Call) -> Response:
        login = call.json()
        if not isinstance(login, dict) or (login.get("username"), login.get("password")) != (USER, PASSWORD):
            return _error(401, "incorrect-username-password", "Unauthorized")
        user = {
            "id": "6a1b",
            "username": USER,
            "role": "view-only",
            "createdAt": "2024-01-01T09:00:00.000Z",
            "isAdmin": False,
        }
        return json_response({"token": TOKEN, "user": user})

    def _series(self, call: Call) -> Json:
        zone, paths = ZoneInfo(call.one("timezone", "UTC")), self._paths(call)
        found = (
            [(day, chosen(paths, day, self.world.seed, self._counted())) for day in self._days(call, zone)]
            if paths
            else []
        )
        points = {
            name: [{"x": f"{day} 00:00:00", "y": getattr(one, of)} for day, one in found]
            for name, of in (("pageviews", "views"), ("sessions", "users"))
        }
        return {name: [point for point in of if point["y"]] for name, of in points.items()}

    def _stats(self, call: Call) -> Json:
        zone, paths = ZoneInfo(call.one("timezone", "UTC")), self._paths(call)
        daily = (
            [chosen(paths, day, self.world.seed, self._counted()) for day in self._days(call, zone)] if paths else []
        )
        total = Traffic(*(sum(getattr(one, name) for one in daily) for name in ("views", "sessions", "users")))
        inside = self._days(call, zone)
        visitors = (
            people(paths, inside[0], inside[-1] + timedelta(days=1), self.world.seed, self._counted())
            if inside and paths
            else 0
        )
        found = {
            "pageviews": total.views,
            "visitors": visitors,
            "visits": total.sessions,
            "bounces": total.sessions // 3,
            "totaltime": total.sessions * 140,
        }
        if self.version < 3:
            return {name: {"value": value, "prev": 0} for name, value in found.items()}
        return {**found, "comparison": dict.fromkeys(found, 0)}

    def _pages(self, call: Call) -> list[Json]:
        zone, rows = ZoneInfo(call.one("timezone", "UTC")), list[Json]()
        for path in self._paths(call):
            daily = [chosen([path], day, self.world.seed, self._counted()) for day in self._days(call, zone)]
            views, visits, users = (sum(getattr(one, name) for one in daily) for name in ("views", "sessions", "users"))
            if views:
                rows.append(
                    {
                        "name": path,
                        "pageviews": views,
                        "visitors": users,
                        "visits": visits,
                        "bounces": visits // 3,
                        "totaltime": visits * 60,
                    }
                )
        rows.sort(key=lambda row: (-int(row["visitors"]), str(row["name"])))
        offset = 0 if call.fault is Fault.REPEATED_TOKEN else int(call.one("offset", "0"))
        return rows[offset : offset + int(call.one("limit", "500"))]

    def _days(self, call: Call, zone: ZoneInfo) -> list[date]:
        """The days that begin in the span and are not to come, but for the one on which the tracker was off."""
        start, end = (datetime.fromtimestamp(int(call.one(name)) / 1000, UTC) for name in ("startAt", "endAt"))
        first = start.astimezone(zone).date()
        spanned = [
            day
            for day in days(first, end.astimezone(zone).date() + timedelta(days=1))
            if start <= datetime.combine(day, time(), zone) <= end
        ]
        return [day for day in spanned if day <= self.world.now().astimezone(ZONE).date() and not self._off(day)]

    def _counted(self) -> datetime:
        """When the values of a day are complete: at once."""
        return self.world.now() + timedelta(days=3)

    def _off(self, day: date) -> bool:
        return day == date(day.year, 6, chance(self.world.seed, "umami off", day.year).randint(2, 28))

    def _paths(self, call: Call) -> list[str]:
        filter_ = call.one("path" if self.version >= 3 else "url")
        operator, dot, value = filter_.partition(".")
        if not filter_:
            return list(PAGES)
        if not dot or operator not in OPERATORS or (self.version < 3 and operator in {"re", "nre"}):
            operator, value = "eq", filter_
        return [path for path in PAGES if OPERATORS[operator](path, value)]


def _wrong(call: Call) -> str:
    """What a parameter lacks; empty where all can be used."""
    if not (call.one("startAt").isdigit() and call.one("endAt").isdigit()):
        return "startAt and endAt are numbers of milliseconds"
    if call.one("unit", "day") not in UNITS:
        return "Invalid unit"
    if call.one("unit", "day") != "day":
        return "the sandbox simulates days only"
    if call.one("timezone", "UTC") not in available_timezones():
        return "Invalid timezone"
    if call.path.endswith("expanded") and call.one("type") != "path":
        return "Invalid type"
    return ""


def _error(status: int, code: str, message: str) -> Response:
    return json_response({"error": {"message": message, "code": code, "status": status}}, status)
