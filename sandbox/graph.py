"""The Graph API as pages and Instagram accounts see it: insights, fields, lists with cursors, debug_token.

Insights: https://developers.facebook.com/docs/graph-api/reference/insights ; lists:
https://developers.facebook.com/docs/graph-api/results/ ; limits: https://developers.facebook.com/docs/graph-api/overview/rate-limiting/ ;
errors: https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

import json
import re
import threading
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar
from urllib.parse import urlencode

from sandbox.days import DAY
from sandbox.faults import Fault
from sandbox.graph_errors import expired, graph_error, invalid_metric, permission, throttled, too_long, unsupported
from sandbox.graph_history import (
    ACCOUNT,
    ACCOUNT_LEVEL,
    FIRST,
    PACIFIC,
    PAGE,
    PAGE_LEVEL,
    PAGE_TOKEN,
    UNIQUE,
    figure,
    followers,
    midnight,
    over,
    reactions,
)
from sandbox.graph_posts import of_post, posts
from sandbox.provider import Call, World, json_response
from sandbox.response import Response

APP_TOKEN = "4567890123|riverside-app-secret"  # noqa: S105 (the sandbox's own)
NEWEST, OLDEST = (26, 0), (21, 0)
PAGE_SPAN_S, ACCOUNT_SPAN_S = 93 * 86_400, 30 * 86_400
LATE_DAYS = 1
"""Instagram's figures may be up to 48 hours late: the newest day is not there yet."""


class Graph:
    """One page and the Instagram account that belongs to it."""

    prefix: ClassVar[str] = "/graph"

    def __init__(self, world: World) -> None:
        self.world = world
        self.calls, self.lock = 0, threading.Lock()

    def failure(self, status: int) -> Response:
        if status == 429:
            return graph_error(429, 613, "(#613) Calls to this api have exceeded the rate limit.")
        return graph_error(
            status, 2, "An unexpected error has occurred. Please retry your request later.", kind="OAuthException"
        )

    @property
    def today(self) -> date:
        return self.world.now().astimezone(PACIFIC).date()

    def response(self, call: Call) -> Response:
        """What it says, with the version that answered and how much of the limit is used."""
        found = self._answer(call)
        with self.lock:
            self.calls += 1
            used = min(1 + self.calls // 40, 80)
        usage = {"call_count": used, "total_cputime": 1, "total_time": 1}
        business = {PAGE: [{"type": "pages", **usage, "estimated_time_to_regain_access": 0}]}
        version = re.match(r"/v(\d+)\.(\d+)/", call.path)
        asked = (int(version[1]), int(version[2])) if version else NEWEST
        served = asked if OLDEST <= asked <= NEWEST else NEWEST
        headers = {
            "facebook-api-version": f"v{served[0]}.{served[1]}",
            "X-Business-Use-Case-Usage": json.dumps(business),
            **found.headers,
        }
        return Response(found.status, found.body, found.content_type, headers)

    def _answer(self, call: Call) -> Response:
        match = re.fullmatch(r"(?:/v\d+\.\d+)?/([\w]+)(?:/(\w+))?", call.path)
        if call.method != "GET" or not match:
            return graph_error(400, 2500, "Unknown path components: " + call.path, kind="OAuthException")
        node, edge = match[1], match[2] or ""
        token = call.headers.get("Authorization", "").removeprefix("Bearer ") or call.one("access_token")
        if node == "debug_token":
            return self._debug_token(call, token)
        problem = self._refused(call, token)
        if problem is not None:
            return problem
        if edge == "insights":
            return self._insights(node, call)
        if (node, edge) in {(PAGE, "posts"), (ACCOUNT, "media")}:
            return posts(self.world, f"{self.world.url}{self.prefix}{call.path}", call, on_account=edge == "media")
        return self._fields(node, call) if not edge and node in {PAGE, ACCOUNT} else unsupported(node)

    def _refused(self, call: Call, token: str) -> Response | None:
        if call.fault is Fault.EXPIRED_TOKEN:
            return expired(self.world.now())
        if not token:
            return graph_error(400, 104, "An access token is required to request this resource.")
        if token == APP_TOKEN:
            return permission("(#200) Provide valid page access token")
        if token != PAGE_TOKEN:
            return graph_error(400, 190, "Invalid OAuth access token - Cannot parse access token")
        return throttled(PAGE) if call.fault is Fault.QUOTA else None

    def _debug_token(self, call: Call, token: str) -> Response:
        """https://developers.facebook.com/docs/graph-api/reference/debug_token : with the app's token, not the page's own."""
        if token != APP_TOKEN:
            return permission(
                "(#100) You must provide an app access token, or a user access token that is an owner or developer of the app"
            )
        end = datetime.combine(self.world.today + timedelta(days=80), time(), UTC)
        if call.one("input_token") != PAGE_TOKEN:
            return json_response(
                {
                    "data": {
                        "error": {"code": 190, "message": "Invalid OAuth access token."},
                        "is_valid": False,
                        "scopes": [],
                    }
                }
            )
        good = {
            "app_id": "4567890123",
            "type": "PAGE",
            "is_valid": True,
            "expires_at": 0,
            "data_access_expires_at": int(end.timestamp()),
        }
        return json_response(
            {"data": {**good, "scopes": ["read_insights", "pages_read_engagement"], "profile_id": PAGE}}
        )

    def _fields(self, node: str, call: Call) -> Response:
        level = followers(self.world.seed, self.today - DAY)
        known = {
            PAGE: {"fan_count": level - 60, "followers_count": level},
            ACCOUNT: {"followers_count": level // 2, "media_count": 243},
        }[node]
        unknown = [name for name in call.one("fields", "id").split(",") if name not in {*known, "id", "name"}]
        if unknown:
            kind = "Page" if node == PAGE else "ShadowIGUser"
            return graph_error(
                400, 100, f"(#100) Tried accessing nonexisting field ({unknown[0]}) on node type ({kind})"
            )
        return json_response(
            {name: known.get(name, "Riverside Library") for name in call.one("fields").split(",") if name != "id"}
            | {"id": node}
        )

    def _insights(self, node: str, call: Call) -> Response:
        metrics = [name for name in call.one("metric").split(",") if name]
        if not metrics:
            what = "(#3001) No metric was specified to be fetched. Please specify one or more metrics to be fetched and try again."
            return graph_error(400, 3001, what, subcode=1_504_028)
        if node not in {PAGE, ACCOUNT}:
            return of_post(self.world, node, metrics, call)
        known = (
            [*PAGE_LEVEL, "page_follows", "page_actions_post_reactions_total"] if node == PAGE else list(ACCOUNT_LEVEL)
        )
        gone = call.detail if call.fault is Fault.RETIRED_METRIC else ""
        if any(name not in known or name == gone for name in metrics):
            return invalid_metric(node == ACCOUNT, [name for name in known if name != gone])
        if not call.one("since").isdigit() or not call.one("until").isdigit():
            return graph_error(400, 100, "(#100) since and until must be Unix timestamps")
        since, until = int(call.one("since")), int(call.one("until"))
        most = PAGE_SPAN_S if node == PAGE else ACCOUNT_SPAN_S
        if until - since > most:
            return too_long(most, on_account=node == ACCOUNT)
        return (
            self._of_page(metrics, call, since, until)
            if node == PAGE
            else self._of_account(metrics, call, since, until)
        )

    def _of_page(self, metrics: list[str], call: Call, since: int, until: int) -> Response:
        period, rows = call.one("period", "day"), []
        if period not in {"day", "week", "days_28"}:
            return graph_error(400, 100, f"(#100) Incompatible metrics ({metrics[0]}) with period ({period})")
        back = {"day": 1, "week": 7, "days_28": 28}[period]
        for name in metrics:
            if name in {"page_follows", "page_actions_post_reactions_total"} and period != "day":
                continue
            values = [
                {"value": self._page_value(name, end - back * DAY, end), "end_time": _end_time(end)}
                for end in self._ends(since, until)
            ]
            title, about = name.replace("_", " ").title(), "estimated number of people" if name in UNIQUE else "number"
            rows.append(
                {
                    "name": name,
                    "period": period,
                    "values": values,
                    "title": title,
                    "description": about,
                    "id": f"{PAGE}/insights/{name}/{period}",
                }
            )
        return json_response({"data": rows, "paging": self._neighbours(call, f"{PAGE}/insights", since, until)})

    def _page_value(self, name: str, start: date, end: date) -> object:
        if name == "page_follows":
            return followers(self.world.seed, end - DAY)
        if name == "page_actions_post_reactions_total":
            return reactions(self.world.seed, start)
        return over(self.world.seed, name, start, end, self.today)

    def _of_account(self, metrics: list[str], call: Call, since: int, until: int) -> Response:
        total = call.one("metric_type") == "total_value"
        wrong = [
            name for name in metrics if (name == "follower_count" if total else name not in {"reach", "follower_count"})
        ]
        if wrong and total:
            return graph_error(
                400, 100, f"(#100) The following metric ({wrong[0]}) is incompatible with the metric type (total_value)"
            )
        if wrong:
            what = f"(#100) The following metrics ({', '.join(wrong)}) should be specified with parameter metric_type=total_value"
            return graph_error(400, 100, what)
        if call.one("period") != "day":
            return graph_error(
                400, 100, f"(#100) Incompatible metrics ({metrics[0]}) with period ({call.one('period')})"
            )
        if "follower_count" in metrics and since < midnight(self.today - 30 * DAY).timestamp():
            return graph_error(
                400,
                100,
                "(#100) (follower_count) metric only supports querying data for the last 30 days excluding the current day",
            )
        ends = [end for end in self._ends(since, until) if end <= self.today - LATE_DAYS * DAY]
        rows = [self._account_row(name, ends, total=total) for name in metrics] if ends else []
        return json_response({"data": rows, "paging": self._neighbours(call, f"{ACCOUNT}/insights", since, until)})

    def _account_row(self, name: str, ends: list[date], *, total: bool) -> dict[str, object]:
        seed, about = (
            self.world.seed,
            "The number of accounts. This metric is estimated." if name in UNIQUE else "The number of times.",
        )
        row: dict[str, object] = {
            "name": name,
            "period": "day",
            "title": name.replace("_", " "),
            "description": about,
            "id": f"{ACCOUNT}/insights/{name}/day",
        }
        if total:
            return {**row, "total_value": {"value": over(seed, name, ends[0] - DAY, ends[-1], self.today)}}
        return {
            **row,
            "values": [
                {"value": figure(seed, name, end - DAY, self.today), "end_time": _end_time(end)} for end in ends
            ],
        }

    def _ends(self, since: int, until: int) -> list[date]:
        """The Pacific midnights in ``(since, until]`` that have come."""
        first = datetime.fromtimestamp(since, UTC).astimezone(PACIFIC).date() + DAY
        last = min(datetime.fromtimestamp(until, UTC).astimezone(PACIFIC).date(), self.today)
        return [
            first + n * DAY
            for n in range((last - first).days + 1)
            if first + n * DAY > max(FIRST, self.today - 730 * DAY)
        ]

    def _neighbours(self, call: Call, path: str, since: int, until: int) -> dict[str, str]:
        """Links to the spans before and after, which never end; the token stands in them."""
        found = {}
        for name, shift in (("previous", since - until), ("next", until - since)):
            query = {
                "access_token": PAGE_TOKEN,
                "metric": call.one("metric"),
                "period": call.one("period"),
                "since": since + shift,
                "until": until + shift,
            }
            found[name] = f"{self.world.url}{self.prefix}/{call.path.split('/')[1]}/{path}?{urlencode(query)}"
        return found


def _end_time(day: date) -> str:
    return midnight(day).strftime("%Y-%m-%dT%H:%M:%S+0000")
