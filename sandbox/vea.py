"""SenSource Vea: a token endpoint and hourly counts of Central's gates. https://vea.sensourceinc.com/api-docs/

A second exchange kills the first token. What happened last night is not all uploaded before eight in the morning.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from sandbox.answer import Answer
from sandbox.days import BRANCHES, ZONE, days, hours
from sandbox.faults import Fault
from sandbox.history import chance, visits
from sandbox.provider import Call, World, json_answer

CLIENT_ID, CLIENT_SECRET = "riverside-vea", "vea-demo-secret-0815"
DAY = timedelta(days=1)


def hourly(seed: int, branch: str, day: date) -> list[tuple[datetime, int]]:
    """Start of each open hour (aware, local) and the visits in it; they add up to the day's."""
    opening = hours(branch, day)
    if opening is None:
        return []
    slots, total, left = list(range(*opening)), visits(seed, branch, day), visits(seed, branch, day)
    found = []
    for at, hour in enumerate(slots):
        part = left if at == len(slots) - 1 else min(left, round(total / len(slots) * chance(seed, f"hour {branch} {hour}", day).uniform(0.7, 1.3)))
        found.append((datetime.combine(day, time(hour), ZONE), part))
        left -= part
    return found


class Vea:
    """One account with one client."""

    prefix: ClassVar[str] = "/vea"

    def __init__(self, world: World) -> None:
        self.world = world
        self.exchanges = 0

    def failure(self, status: int) -> Answer:
        return json_answer({"message": {429: "Too Many Requests", 500: "Internal Server Error"}.get(status, "Service Unavailable")}, status)

    @property
    def token(self) -> str:
        return f"vea-access-token-{self.exchanges:04}"

    def answer(self, call: Call) -> Answer:
        if call.path == "/oauth/token" and call.method == "POST":
            told = call.json() or {}
            if (told.get("grant_type"), told.get("client_id"), told.get("client_secret")) != ("client_credentials", CLIENT_ID, CLIENT_SECRET):
                return json_answer({"error": "access_denied", "error_description": "Unauthorized"}, 401)
            self.exchanges += 1
            return json_answer({"access_token": self.token, "expires_in": 86400, "token_type": "Bearer"})
        if call.path != "/api/data/traffic":
            return json_answer({"message": "Not Found"}, 404)
        if call.fault is Fault.EXPIRED_TOKEN or call.headers.get("Authorization") != f"Bearer {self.token}":
            return json_answer({"message": "Unauthorized"}, 401)
        if (
            call.one("relativeDate") != "custom"
            or call.one("dateGroupings") not in {"hour", "day", "minute(15)"}
            or call.one("entityType") not in {"zone", "sensor"}
        ):
            return json_answer({"message": "Invalid query"}, 400)
        start, end = date.fromisoformat(call.one("startDate")), date.fromisoformat(call.one("endDate"))
        return json_answer({"messages": [], "results": self._results(start, end)})

    def _results(self, start: date, end: date) -> list[dict[str, Any]]:
        first, last = (datetime.combine(day, time(), UTC) for day in (start, end + DAY))
        found = []
        for branch in BRANCHES:
            for day in days(start - DAY, end + 2 * DAY):
                for begins, count in hourly(self.world.seed, branch, day):
                    moment = begins.astimezone(UTC)
                    if first <= moment < last and moment < self.world.now():
                        young = self.world.now() - moment < timedelta(hours=20)
                        ins = round(count * 0.9) if young else count
                        text = f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
                        found.append(
                            {"recordDate_hour_1": text, "zoneId": f"z-{BRANCHES.index(branch)}", "name": branch, "sumins": ins, "sumouts": max(0, ins - 1)}
                        )
        return found
