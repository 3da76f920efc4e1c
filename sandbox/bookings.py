"""An in-house JSON service: bookings with each kind of pager and access, events, and a window of page views.

``…/traffic/views`` has the shape of GitHub's (https://docs.github.com/en/rest/metrics/traffic): the last 14 days in UTC
and nothing else, so the running day is not over and the oldest one is cut off at the hour of the request.
"""

import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, ClassVar
from urllib.parse import urlencode

from sandbox.days import ZONE, days, season
from sandbox.faults import Fault
from sandbox.history import chance, years_after_2024
from sandbox.provider import Call, World, json_response
from sandbox.response import Response
from sandbox.web_traffic import seen, traffic

TOKEN, CLIENT_ID, CLIENT_SECRET, GIVEN = (
    "bookings-demo-token",
    "bookings-client",
    "bookings-demo-secret",
    "bookings-access-token",
)
ROOMS = ("Blue room", "Green room", "Studio")
KINDS = ("webinar", "workshop", "drop-in")
SIZE, MOST_DAYS, TRAILING_DAYS = 5, 366, 14
DAY, DAY_S = timedelta(days=1), 86_400
GROWTH = 0.93
"""Factor a year: fewer rooms are booked each year."""
Records = list[dict[str, Any]]


class BadRequestError(Exception):
    """A request that cannot be served; the response holds its text."""


class Bookings:
    """The service: each kind of pager has a path.

    ``/numbered``, ``/offset``, ``/cursor``, ``/headers``, ``/linked``, ``/headed``, ``/single`` and POST ``/search``
    give bookings, ``/events`` events, ``/token`` a token.
    """

    prefix: ClassVar[str] = "/bookings"

    def __init__(self, world: World) -> None:
        self.world = world

    def failure(self, status: int) -> Response:
        return json_response({"error": {429: "slow down", 500: "internal error"}.get(status, "unavailable")}, status)

    def response(self, call: Call) -> Response:
        if call.path == "/token":
            return self._exchanged(call)
        github = call.path.endswith("/traffic/views")
        if call.fault is Fault.EXPIRED_TOKEN or call.headers.get("Authorization") not in {
            f"Bearer {TOKEN}",
            f"Bearer {GIVEN}",
        }:
            return json_response(
                {"message": "Bad credentials", "status": "401"} if github else {"error": "token expired"}, 401
            )
        if call.fault is Fault.QUOTA:
            back = int((self.world.now() + timedelta(hours=1)).timestamp())
            headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(back)} if github else {}
            return json_response(
                {"message": "API rate limit exceeded"} if github else {"error": "daily quota used up"}, 403, headers
            )
        try:
            return self._traffic(call) if github else self._listed(call)
        except BadRequestError as wrong:
            return json_response({"error": str(wrong)}, 400)

    def _exchanged(self, call: Call) -> Response:
        """https://www.rfc-editor.org/rfc/rfc6749#section-4.4"""
        form = call.form()
        if call.method != "POST" or form.get("grant_type") != "client_credentials":
            return json_response({"error": "unsupported_grant_type"}, 400)
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return json_response({"error": "invalid_client"}, 401)
        return json_response({"access_token": GIVEN, "token_type": "Bearer", "expires_in": 3600})

    def _listed(self, call: Call) -> Response:
        parameters: Any = {name: values[-1] for name, values in call.query.items()}
        if call.path == "/search":
            parameters = call.json() if call.method == "POST" else None
            if not isinstance(parameters, dict):
                return json_response({"error": "POST a JSON object"}, 405 if call.method != "POST" else 400)
        kind = call.path.strip("/")
        if kind not in _PAGERS and kind != "events":
            return json_response({"error": "not found"}, 404)
        start, last = _days(parameters)
        if kind == "events":
            return json_response({"events": self._events(start, last)})
        return _PAGERS[kind](self._records(start, last), parameters, call, f"{self.world.url}{self.prefix}/{kind}")

    def _records(self, start: date, last: date) -> Records:
        """A record a room and day; what was booked late comes a day later."""
        today = self.world.now().astimezone(ZONE).date()
        found = []
        for day in days(start, min(last, today) + DAY):
            for room in ROOMS:
                booked = _booked(self.world.seed, room, day)
                late = booked if (today - day).days > 1 else booked - 1
                found.append(
                    {"id": f"{day}-{ROOMS.index(room)}", "day": str(day), "room": {"name": room}, "bookings": late}
                )
        return found

    def _events(self, start: date, last: date) -> Records:
        """The events whose instant lies in these days of UTC; who came is written down a day later."""
        found, now = Records(), self.world.now()
        for day in days(start, min(last, now.date()) + DAY):
            draw = chance(self.world.seed, "events", day)
            for number in range(draw.randint(0, 2)):
                held = datetime.combine(day, time(draw.choice((9, 14, 18, 23)), 30), UTC)
                people = draw.randint(4, 40)
                if held <= now:
                    known = people if now - held > DAY else None
                    found.append(
                        {
                            "id": f"{day:%y%m%d}{number}",
                            "held": f"{held:%Y-%m-%dT%H:%M:%SZ}",
                            "kind": draw.choice(KINDS),
                            "people": known,
                        }
                    )
        return found

    def _traffic(self, call: Call) -> Response:
        if call.one("per", "day") != "day":
            raise BadRequestError("this sandbox gives days only")
        now = self.world.now()
        first = now - timedelta(days=TRAILING_DAYS)
        views: Records = []
        for day in days(first.date(), now.date() + DAY):
            one, cut = traffic(self.world.seed, "/km/", day), 1.0
            if day == first.date():
                cut = 1 - (first - datetime.combine(day, time(), UTC)).total_seconds() / DAY_S
            figures = {
                "count": round(cut * seen(one.views, day, now)),
                "uniques": round(cut * seen(one.users, day, now)),
            }
            views += [{"timestamp": f"{day}T00:00:00Z", **figures}] if figures["count"] else []
        return json_response(
            {
                "count": sum(one["count"] for one in views),
                "uniques": max((one["uniques"] for one in views), default=0),
                "views": views,
            }
        )


@lru_cache(maxsize=100_000)
def _booked(seed: int, room: str, day: date) -> int:
    """The bookings of a room on a day. Each page of a list needs them anew."""
    usual = 6 * season(day) * math.pow(GROWTH, years_after_2024(day))
    return round(usual * chance(seed, f"bookings {room}", day).uniform(0.6, 1.4))


def _days(parameters: dict[str, Any]) -> tuple[date, date]:
    try:
        start, last = date.fromisoformat(str(parameters.get("from"))), date.fromisoformat(str(parameters.get("to")))
    except ValueError:
        raise BadRequestError("from and to are days: YYYY-MM-DD") from None
    if last < start or (last - start).days >= MOST_DAYS:
        raise BadRequestError(f"to is not before from, and at most {MOST_DAYS} days are requested")
    return start, last


def _number(parameters: dict[str, Any], name: str, default: int, least: int = 0, most: int = 1_000_000) -> int:
    text = str(parameters.get(name, default))
    if not text.isdigit() or not least <= int(text) <= most:
        raise BadRequestError(f"{name} is a whole number from {least} to {most}")
    return int(text)


def _numbered(records: Records, parameters: dict[str, Any], call: Call, url: str) -> Response:  # noqa: ARG001
    pages = -(-len(records) // SIZE)
    page = 1 if call.fault is Fault.REPEATED_TOKEN else _number(parameters, "page", 1, least=1)
    part = [] if call.fault is Fault.EMPTY_PAGE else records[(page - 1) * SIZE : page * SIZE]
    return json_response({"data": {"items": part}, "meta": {"pages": pages + 99 if call.fault else pages}})


def _offset(records: Records, parameters: dict[str, Any], call: Call, url: str) -> Response:  # noqa: ARG001
    limit, at = _number(parameters, "limit", SIZE, least=1, most=50), _number(parameters, "offset", 0)
    at = 0 if call.fault is Fault.REPEATED_TOKEN else at
    part = [] if call.fault is Fault.EMPTY_PAGE else records[at : at + limit]
    return json_response({"data": {"items": part}, "total": len(records) + (999 if call.fault else 0)})


def _single(records: Records, parameters: dict[str, Any], call: Call, url: str) -> Response:  # noqa: ARG001
    return json_response({"data": {"items": records}})


def _cursors(records: Records, parameters: dict[str, Any], call: Call, url: str) -> Response:
    """Where an answer says how to go on: in the body, in a header, as an address in either."""
    at = _number(parameters, "cursor", 0)
    part = records[at : at + SIZE]
    after = at + SIZE if at + SIZE < len(records) else None
    if call.fault is Fault.REPEATED_TOKEN:
        part, after = records[:SIZE], 0
    elif call.fault is Fault.EMPTY_PAGE:
        part, after = [], at + 1
    kind, more = call.path.strip("/"), after is not None
    link = f"{url}?{urlencode({**parameters, 'cursor': after})}"
    body: dict[str, Any] = {"data": {"items": part}}
    if kind in {"cursor", "search"}:
        return json_response(body | {"meta": {"next": str(after) if more else None}})
    if kind == "linked":
        return json_response(body | {"next": link if more else None})
    if not more:
        return json_response(body)
    return json_response(
        body, headers={"Link": f'<{link}>; rel="next"'} if kind == "headed" else {"X-Next": json.dumps(after)}
    )


_PAGERS: dict[str, Callable[[Records, dict[str, Any], Call, str], Response]] = {
    "numbered": _numbered,
    "offset": _offset,
    "single": _single,
    **dict.fromkeys(("cursor", "search", "linked", "headed", "headers"), _cursors),
}
