"""The TRAF-SYS portal: a token for user and password, then hourly counts with the end of each hour in local time."""

from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from sandbox.answer import Answer
from sandbox.days import ZONE, days
from sandbox.faults import Fault
from sandbox.provider import Call, World, json_answer
from sandbox.vea import hourly

USER, PASSWORD, TOKEN = "library@riverside.example", "trafsys-demo-password", "trafsys-access-token-42"
SITE = "RIVER"
DAY = timedelta(days=1)


class Trafsys:
    """One account with one site: a gate to the street and a door inside."""

    prefix: ClassVar[str] = "/trafsys"

    def __init__(self, world: World) -> None:
        self.world = world

    def failure(self, status: int) -> Answer:
        words = {429: "API calls quota exceeded! maximum admitted 1 per Second.", 500: "An error has occurred."}
        return json_answer({"Message": words.get(status, "Service unavailable.")}, status)

    def answer(self, call: Call) -> Answer:
        if call.path == "/rest/token" and call.method == "POST":
            form = call.form()
            if (form.get("grant_type"), form.get("username"), form.get("password")) != ("password", USER, PASSWORD):
                return json_answer({"error": "invalid_grant", "error_description": "The user name or password is incorrect."}, 400)
            ends = self.world.now() + timedelta(days=14)
            return json_answer({"access_token": TOKEN, "token_type": "bearer", "expires_in": 1209599, ".expires": f"{ends:%a, %d %b %Y %H:%M:%S} GMT"})
        if call.path != "/rest/api/traffic":
            return json_answer({"Message": "No HTTP resource was found."}, 404)
        if call.fault is Fault.EXPIRED_TOKEN or call.headers.get("Authorization") != f"Bearer {TOKEN}":
            return json_answer({"Message": "Authorization has been denied for this request."}, 401)
        try:
            start, end = date.fromisoformat(call.one("DateFrom")), date.fromisoformat(call.one("DateTo"))
        except ValueError:
            return json_answer({"Message": "The request is invalid."}, 400)
        if call.one("SiteCode") not in {"", SITE}:
            return json_answer([])
        return json_answer(self._rows(start, end, internal=call.one("IncludeInternalLocations") == "true"))

    def _rows(self, start: date, end: date, *, internal: bool) -> list[dict[str, Any]]:
        first, last = datetime.combine(start, time(), ZONE), datetime.combine(end + DAY, time(), ZONE)
        found = []
        for day in days(start - DAY, end + DAY):
            for begins, count in hourly(self.world.seed, "Central", day):
                ends = begins + timedelta(hours=1)
                if not (first <= ends <= last and ends <= self.world.now()):
                    continue
                young = self.world.now() - ends < timedelta(hours=20)
                ins = round(count * 0.92) if young else count
                for location, inside, figure in (("Central main", False, ins), *((("Reading room", True, ins // 3),) if internal else ())):
                    outs = max(0, figure - 1)
                    found.append(
                        {"SiteCode": SITE, "Location": location, "IsInternal": inside, "PeriodEnding": f"{ends:%Y-%m-%dT%H:%M:%S}", "Ins": figure, "Outs": outs}
                    )
        return found
