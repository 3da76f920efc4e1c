"""The TRAF-SYS portal: a token for user and password, then counts with the end of each hour in local time.

As in https://github.com/ulsdevteam/trafsys-data-transfer . Some of last night's counts are uploaded at eight in the
morning.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from sandbox.days import ZONE, days
from sandbox.faults import Fault
from sandbox.history import hourly
from sandbox.provider import Call, World, json_response
from sandbox.response import Response

USER, PASSWORD, TOKEN = "library@riverside.example", "trafsys-demo-password", "trafsys-access-token-42"
SITE, GATE, INSIDE = "RIVER", "Central main", "Reading room"
DAY, HOUR, YOUNG = timedelta(days=1), timedelta(hours=1), timedelta(hours=20)
FLAGS = ("IncludeInternalLocations", "DataSummedByDay")


class Trafsys:
    """One account with one site: a gate to the street and a door inside."""

    prefix: ClassVar[str] = "/trafsys"

    def __init__(self, world: World) -> None:
        self.world = world

    def failure(self, status: int) -> Response:
        words = {429: "API calls quota exceeded! maximum admitted 1 per Second.", 500: "An error has occurred."}
        return json_response({"Message": words.get(status, "Service unavailable.")}, status)

    def response(self, call: Call) -> Response:
        if (call.method, call.path) == ("POST", "/rest/token"):
            return self._exchanged(call)
        if (call.method, call.path) != ("GET", "/rest/api/traffic"):
            return json_response({"Message": "No HTTP resource was found."}, 404)
        if call.fault is Fault.EXPIRED_TOKEN or call.headers.get("Authorization") != f"Bearer {TOKEN}":
            return json_response({"Message": "Authorization has been denied for this request."}, 401)
        try:
            start, end = date.fromisoformat(call.one("DateFrom")), date.fromisoformat(call.one("DateTo"))
        except ValueError:
            return json_response({"Message": "The request is invalid."}, 400)
        if end < start or any(call.one(name, "false").lower() not in {"true", "false"} for name in FLAGS):
            return json_response({"Message": "The request is invalid."}, 400)
        if call.one("SiteCode") not in {"", SITE}:
            return json_response([])
        internal, summed = (call.one(name, "false").lower() == "true" for name in FLAGS)
        return json_response(
            [row for gate in self._locations(internal=internal) for row in self._rows(gate, start, end, summed=summed)]
        )

    def _exchanged(self, call: Call) -> Response:
        form = call.form()
        if (form.get("grant_type"), form.get("username"), form.get("password")) != ("password", USER, PASSWORD):
            return json_response(
                {"error": "invalid_grant", "error_description": "The user name or password is incorrect."}, 400
            )
        ends = self.world.now() + timedelta(days=14)
        return json_response(
            {
                "access_token": TOKEN,
                "token_type": "bearer",
                "expires_in": 1209599,
                ".expires": f"{ends:%a, %d %b %Y %H:%M:%S} GMT",
            }
        )

    @staticmethod
    def _locations(*, internal: bool) -> list[tuple[str, bool]]:
        return [(GATE, False), (INSIDE, True)] if internal else [(GATE, False)]

    def _rows(self, location: tuple[str, bool], start: date, end: date, *, summed: bool) -> Iterator[dict[str, Any]]:
        """The past hours that begin on the days from ``start`` to ``end``, or their sums, which end with the day."""
        name, inside = location
        for day in days(start, end + DAY):
            counts: dict[datetime, tuple[int, int]] = {}
            for hour, (ins, outs) in hourly(self.world.seed, "Central", day).items():
                ends = datetime.combine(day, time(hour), ZONE) + HOUR
                if ends <= self.world.now():
                    share = (0.92 if self.world.now() - ends < YOUNG else 1) / (3 if inside else 1)
                    counts[ends] = (round(ins * share), round(outs * share))
            if summed and counts:
                counts = {
                    datetime.combine(day + DAY, time(), ZONE): (
                        sum(ins for ins, _ in counts.values()),
                        sum(outs for _, outs in counts.values()),
                    )
                }
            for ends, (ins, outs) in counts.items():
                row = {
                    "SiteCode": SITE,
                    "Location": name,
                    "IsInternal": inside,
                    "PeriodEnding": f"{ends:%Y-%m-%dT%H:%M:%S}",
                }
                yield row | {"Ins": ins, "Outs": outs}
