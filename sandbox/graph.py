"""The Graph API as pages and Instagram accounts see it: insights, fields, lists with cursors, debug_token.

Insights: https://developers.facebook.com/docs/graph-api/reference/insights ;
lists: https://developers.facebook.com/docs/graph-api/results/ ;
limits: https://developers.facebook.com/docs/graph-api/overview/rate-limiting/ ;
errors: https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

import json
import re
import threading
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar

from sandbox.days import DAY
from sandbox.faults import Fault
from sandbox.graph_errors import expired, graph_error, permission, throttled, unsupported
from sandbox.graph_history import (
    ACCOUNT,
    PACIFIC,
    PAGE,
    PAGE_TOKEN,
    followers,
)
from sandbox.graph_insights import Insights
from sandbox.graph_posts import posts
from sandbox.provider import Call, World, json_response
from sandbox.response import Response

APP_TOKEN = "4567890123|riverside-app-secret"  # noqa: S105 (the sandbox's own)
NEWEST, OLDEST = (26, 0), (21, 0)


class Graph:
    """One page and the Instagram account that belongs to it."""

    prefix: ClassVar[str] = "/graph"

    def __init__(self, world: World) -> None:
        self.world = world
        self.insights = Insights(world, self.prefix)
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
        found = self._response(call)
        with self.lock:
            self.calls += 1
            used = min(1 + self.calls // 40, 80)
        usage = {"call_count": used, "total_cputime": 1, "total_time": 1}
        business = {PAGE: [{"type": "pages", **usage, "estimated_time_to_regain_access": 0}]}
        version = re.match(r"/v(\d+)\.(\d+)/", call.path)
        requested = (int(version[1]), int(version[2])) if version else NEWEST
        served = requested if OLDEST <= requested <= NEWEST else NEWEST
        headers = {
            "facebook-api-version": f"v{served[0]}.{served[1]}",
            "X-Business-Use-Case-Usage": json.dumps(business),
            **found.headers,
        }
        return Response(found.status, found.body, found.content_type, headers)

    def _response(self, call: Call) -> Response:
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
            return self.insights.response(node, call)
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
        """Called with the app's token: https://developers.facebook.com/docs/graph-api/reference/debug_token"""
        if token != APP_TOKEN:
            return permission(
                "(#100) You must provide an app access token, or a user access token that is an owner or developer "
                "of the app"
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
