"""An in-house JSON service: room bookings behind each kind of pager and of access, and a trailing window of page views.

``/traffic/views`` has the shape of GitHub's (https://docs.github.com/en/rest/metrics/traffic): the last 14 days and nothing else.
"""

from datetime import date, timedelta
from typing import Any, ClassVar

from sandbox.answer import Answer
from sandbox.days import ZONE, days, season
from sandbox.faults import Fault
from sandbox.history import chance
from sandbox.provider import Call, World, json_answer
from sandbox.web_traffic import seen, traffic

TOKEN, CLIENT_ID, CLIENT_SECRET, GIVEN = "bookings-demo-token", "bookings-client", "bookings-demo-secret", "bookings-access-token"
ROOMS = ("Blue room", "Green room", "Studio")
SIZE = 5
TRAILING_DAYS = 14


class Bookings:
    """``/numbered``, ``/offset``, ``/cursor``, ``/linked``, ``/headed`` and ``/single`` page; ``/token`` gives a token."""

    prefix: ClassVar[str] = "/bookings"

    def __init__(self, world: World) -> None:
        self.world = world

    def failure(self, status: int) -> Answer:
        return json_answer({"error": {429: "slow down", 500: "internal error"}.get(status, "unavailable")}, status)

    def answer(self, call: Call) -> Answer:
        if call.path == "/token":
            form = call.form()
            known = (form.get("client_id"), form.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
            return json_answer({"access_token": GIVEN, "token_type": "Bearer"}) if known else json_answer({"error": "invalid_client"}, 401)
        if call.fault is Fault.EXPIRED_TOKEN or call.headers.get("Authorization") not in {f"Bearer {TOKEN}", f"Bearer {GIVEN}"}:
            return json_answer({"error": "token expired"}, 401)
        if call.fault is Fault.QUOTA:
            return json_answer({"error": "daily quota used up"}, 403)
        if call.path == "/traffic/views":
            return self._traffic()
        try:
            start, last = date.fromisoformat(call.one("from")), date.fromisoformat(call.one("to"))
        except ValueError:
            return json_answer({"error": "from and to are days: YYYY-MM-DD"}, 400)
        return self._paged(call, self._records(start, last))

    def _records(self, start: date, last: date) -> list[dict[str, Any]]:
        """A record a room and day; what was booked late comes a day later."""
        now = self.world.now()
        today = now.astimezone(ZONE).date()
        found = []
        for day in days(start, min(last + timedelta(days=1), today + timedelta(days=1))):
            for room in ROOMS:
                booked = round(6 * season(day) * chance(self.world.seed, f"bookings {room}", day).uniform(0.6, 1.4))
                found.append(
                    {"id": f"{day}-{ROOMS.index(room)}", "day": str(day), "room": {"name": room}, "bookings": booked if (today - day).days > 1 else booked - 1}
                )
        return found

    def _paged(self, call: Call, records: list[dict[str, Any]]) -> Answer:
        kind = call.path.strip("/")
        at = int(call.one("page", "1")) - 1 if kind == "numbered" else int(call.one("offset") or call.one("cursor") or call.one("after") or 0) // SIZE
        at = 0 if call.fault is Fault.REPEATED_TOKEN else at
        part = [] if call.fault is Fault.EMPTY_PAGE else records[at * SIZE : (at + 1) * SIZE]
        more = (at + 1) * SIZE < len(records) or call.fault in {Fault.REPEATED_TOKEN, Fault.EMPTY_PAGE}
        after = 0 if call.fault is Fault.REPEATED_TOKEN else int(call.one("cursor") or call.one("after") or 0) + (SIZE if call.fault is None else 1)
        link = f"{self.world.url}{self.prefix}/{kind}?from={call.one('from')}&to={call.one('to')}&after={after}"
        pages = -(-len(records) // SIZE)
        if kind == "single":
            return json_answer({"data": {"items": records}})
        if kind == "numbered":
            return json_answer({"data": {"items": part}, "meta": {"pages": pages + 99 if call.fault else pages}})
        if kind == "offset":
            return json_answer({"data": {"items": part}, "total": len(records) + (999 if call.fault else 0)})
        if kind == "cursor":
            return json_answer({"data": {"items": part}, "meta": {"next": str(after) if more else None}})
        if kind == "linked":
            return json_answer({"data": {"items": part}, "next": link if more else None})
        if kind == "headed":
            return json_answer({"data": {"items": part}}, headers={"Link": f'<{link}>; rel="next"'} if more else {})
        return json_answer({"error": "not found"}, 404)

    def _traffic(self) -> Answer:
        now = self.world.now()
        today = now.astimezone(ZONE).date()
        views: list[dict[str, Any]] = []
        for day in days(today - timedelta(days=TRAILING_DAYS), today):
            one = traffic(self.world.seed, "/km/", day)
            views.append({"timestamp": f"{day}T00:00:00Z", "count": seen(one.views, day, now), "uniques": seen(one.users, day, now)})
        return json_answer({"count": sum(one["count"] for one in views), "uniques": max(one["uniques"] for one in views), "views": views})
