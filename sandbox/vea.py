"""SenSource Vea: a token endpoint and hourly counts by zone or sensor. https://vea.sensourceinc.com/api-docs/

A second exchange kills the first token. What happened last night is not all uploaded before eight in the morning.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from sandbox.days import BRANCHES, ZONE, days, hours
from sandbox.faults import Fault
from sandbox.history import GATES, hourly
from sandbox.provider import Call, World, json_response
from sandbox.response import Response

CLIENT_ID, CLIENT_SECRET = "riverside-vea", "vea-demo-secret-0815"
DAY, YOUNG = timedelta(days=1), timedelta(hours=20)
METRICS = {"ins", "outs"}
KNOWN = {
    "relativeDate": {"custom"},
    "dateGroupings": {"hour", "day"},
    "entityType": {"zone", "sensor"},
    "excludeClosedHours": {"true", "false"},
}
"""What is simulated of each parameter; Vea knows more."""


class Vea:
    """One account with one client: a zone for each branch, a sensor for each door."""

    prefix: ClassVar[str] = "/vea"

    def __init__(self, world: World) -> None:
        self.world = world
        self.exchanges = 0

    def failure(self, status: int) -> Response:
        return json_response(
            {"message": {429: "Too Many Requests", 500: "Internal Server Error"}.get(status, "Service Unavailable")},
            status,
        )

    @property
    def token(self) -> str:
        return f"vea-access-token-{self.exchanges:04}"

    def response(self, call: Call) -> Response:
        if (call.method, call.path) == ("POST", "/oauth/token"):
            return self._exchanged(call)
        if (call.method, call.path) != ("GET", "/api/data/traffic"):
            return json_response({"message": "Not Found"}, 404)
        if (
            call.fault is Fault.EXPIRED_TOKEN
            or not self.exchanges
            or call.headers.get("Authorization") != f"Bearer {self.token}"
        ):
            return json_response({"message": "Unauthorized"}, 401)
        wrong = _wrong(call)
        return (
            json_response({"message": wrong}, 400)
            if wrong
            else json_response({"messages": [], "results": self._results(call)})
        )

    def _exchanged(self, call: Call) -> Response:
        document = call.json()
        form = document if isinstance(document, dict) else call.form()
        if (form.get("grant_type"), form.get("client_id"), form.get("client_secret")) != (
            "client_credentials",
            CLIENT_ID,
            CLIENT_SECRET,
        ):
            return json_response({"error": "access_denied", "error_description": "Unauthorized"}, 401)
        self.exchanges += 1
        return json_response({"access_token": self.token, "expires_in": 86400, "token_type": "Bearer"})

    def _results(self, call: Call) -> list[dict[str, Any]]:
        kind, grouping = call.one("entityType"), call.one("dateGroupings")
        summed: dict[tuple[str, datetime], dict[str, int]] = {}
        for branch, moment, ins, outs in self._hours(call):
            local = moment.astimezone(ZONE).date()
            begins = moment if grouping == "hour" else datetime.combine(local, time(), ZONE).astimezone(UTC)
            for name, share in _entities(branch, kind):
                held = summed.setdefault((name, begins), {"ins": 0, "outs": 0})
                held["ins"] += round(ins * share)
                held["outs"] += round(outs * share)
        requested = call.one("metrics").split(",")
        return [
            {
                f"recordDate_{grouping}_1": f"{begins:%Y-%m-%dT%H:%M:%S}.000Z",
                f"{kind}Id": f"{kind}-{name.lower().replace(' ', '-')}",
                "name": name,
            }
            | {f"sum{one}": held[one] for one in requested}
            for (name, begins), held in sorted(summed.items())
        ]

    def _hours(self, call: Call) -> Iterator[tuple[str, datetime, int, int]]:
        """Branch, instant (UTC) and counts of each past hour that was requested."""
        start, end = (date.fromisoformat(call.one(name)) for name in ("startDate", "endDate"))
        first, last = (datetime.combine(day, time(), UTC) for day in (start, end + DAY))
        for branch in BRANCHES:
            for day in days(start - DAY, end + 2 * DAY):
                for hour, (ins, outs) in hourly(self.world.seed, branch, day).items():
                    moment = datetime.combine(day, time(hour), ZONE).astimezone(UTC)
                    opened, closed = hours(branch, day) or (0, 0)
                    staff = call.one("excludeClosedHours", "false") == "true" and not opened <= hour < closed
                    if first <= moment < last and moment < self.world.now() and not staff:
                        share = 0.9 if self.world.now() - moment < YOUNG else 1
                        yield branch, moment, round(ins * share), round(outs * share)


def _wrong(call: Call) -> str:
    """What the interface says of the first parameter that it does not take; empty where all are good."""
    unknown = next(
        (
            name
            for name, values in KNOWN.items()
            if call.one(name, "true" if name == "excludeClosedHours" else "") not in values
        ),
        None,
    )
    if unknown:
        return f"Invalid value for {unknown}"
    if not set(call.one("metrics").split(",")) <= METRICS:
        return "Invalid value for metrics"
    try:
        start, end = (date.fromisoformat(call.one(name)) for name in ("startDate", "endDate"))
    except ValueError:
        return "startDate and endDate must be dates"
    return "endDate must not be before startDate" if end < start else ""


def _entities(branch: str, kind: str) -> list[tuple[str, float]]:
    """The zone, or the sensors and their shares, of a branch."""
    gates = [(gate, share) for gate, share in GATES.items() if gate.startswith(branch)]
    return [(branch, 1.0)] if kind == "zone" else gates or [(f"{branch} door", 1.0)]
