"""Insights of the page and of the Instagram account: their metrics by day, week or 28 days.

https://developers.facebook.com/docs/graph-api/reference/insights
"""

from datetime import UTC, date, datetime
from urllib.parse import urlencode

from sandbox.days import DAY
from sandbox.faults import Fault
from sandbox.graph_errors import graph_error, invalid_metric, too_long
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
from sandbox.graph_posts import of_post
from sandbox.provider import Call, World, json_response
from sandbox.response import Response

PAGE_SPAN_S, ACCOUNT_SPAN_S = 93 * 86_400, 30 * 86_400
LATE_DAYS = 1
"""Instagram's values may be up to 48 hours late: the newest day is not there yet."""


class Insights:
    """The insights of one page and its Instagram account; ``prefix``: of the provider's paths."""

    def __init__(self, world: World, prefix: str) -> None:
        self.world, self.prefix = world, prefix

    @property
    def today(self) -> date:
        return self.world.now().astimezone(PACIFIC).date()

    def response(self, node: str, call: Call) -> Response:
        metrics = [name for name in call.one("metric").split(",") if name]
        if not metrics:
            what = (
                "(#3001) No metric was specified to be fetched. Please specify one or more metrics to be fetched and "
                "try again."
            )
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
            what = (
                f"(#100) The following metrics ({', '.join(wrong)}) should be specified with parameter "
                "metric_type=total_value"
            )
            return graph_error(400, 100, what)
        if call.one("period") != "day":
            return graph_error(
                400, 100, f"(#100) Incompatible metrics ({metrics[0]}) with period ({call.one('period')})"
            )
        if "follower_count" in metrics and since < midnight(self.today - 30 * DAY).timestamp():
            return graph_error(
                400,
                100,
                "(#100) (follower_count) metric only supports querying data for the last 30 days excluding the "
                "current day",
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
        """Links to the spans before and after, which never end; they hold the token."""
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
