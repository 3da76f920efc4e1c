"""The YouTube Analytics API v2, ``reports.query``.

https://developers.google.com/youtube/analytics/reference/reports/query

Simulated are the time-based reports of a channel and of one of its videos:
https://developers.google.com/youtube/analytics/channel_reports
"""

from datetime import date, timedelta
from typing import ClassVar

from sandbox.days import days
from sandbox.faults import Fault
from sandbox.google.channel import CHANNEL, PACIFIC, VIDEOS, engaged, joined, left, published, views
from sandbox.google.tokens import bearer_problem, google_error
from sandbox.provider import Call, World, json_response
from sandbox.response import Response

METRICS = (
    "views",
    "engagedViews",
    "estimatedMinutesWatched",
    "likes",
    "comments",
    "shares",
    "subscribersGained",
    "subscribersLost",
    "videosAddedToPlaylists",
    "videosRemovedFromPlaylists",
)
REQUIRED = ("ids", "startDate", "endDate", "metrics")
LATE_DAYS = 2
"""The newest days are not in the reports yet."""
GROWING = {LATE_DAYS + 1: 0.97}
"""Age of a day to the share of its figures that the report holds by then."""
UNSUPPORTED = (
    "The query is not supported. Check the documentation at "
    "https://developers.google.com/youtube/analytics/v2/available_reports for supported queries."
)


class YouTubeAnalytics:
    """The owner's reports by day, for the channel or one video."""

    prefix: ClassVar[str] = "/google/youtube-analytics"

    def __init__(self, world: World) -> None:
        self.world = world

    def failure(self, status: int) -> Response:
        return google_error(
            status,
            {
                429: "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute'.",
                500: "Internal error.",
            }.get(status, "Unavailable."),
        )

    def response(self, call: Call) -> Response:
        if (call.method, call.path) != ("GET", "/v2/reports"):
            return google_error(404, "Not Found")
        problem = bearer_problem(call)
        if problem:
            return problem
        if call.fault is Fault.QUOTA:
            return google_error(
                403, "The request cannot be completed because you have exceeded your quota.", "quotaExceeded"
            )
        problem = _problem(call)
        if problem:
            return problem
        metrics, chosen = call.one("metrics").split(","), call.one("filters").removeprefix("video==")
        rows = [[str(day), *(self._figure(name, day, chosen) for name in metrics)] for day in self._days(call, chosen)]
        headers = [{"name": "day", "columnType": "DIMENSION", "dataType": "STRING"}]
        headers += [{"name": name, "columnType": "METRIC", "dataType": "INTEGER"} for name in metrics]
        found: dict[str, object] = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": headers}
        return json_response(found | ({"rows": rows} if rows else {}))

    def _days(self, call: Call, chosen: str) -> list[date]:
        """The requested days that are in the reports by now and not before the video; newest first where requested."""
        start, end = (
            date.fromisoformat(call.one("startDate")),
            date.fromisoformat(call.one("endDate")) + timedelta(days=1),
        )
        newest = self.world.now().astimezone(PACIFIC).date() - timedelta(days=LATE_DAYS)
        first = published(chosen) if chosen else published(VIDEOS[0])
        return days(max(start, first), min(end, newest))[:: -1 if call.one("sort") == "-day" else 1]

    def _figure(self, name: str, day: date, chosen: str) -> int:
        seed, videos = self.world.seed, [chosen] if chosen else list(VIDEOS)
        age = (self.world.now().astimezone(PACIFIC).date() - day).days
        seen, kept = sum(views(seed, one, day) for one in videos), sum(engaged(seed, one, day) for one in videos)
        figures = {
            "views": seen,
            "engagedViews": kept,
            "estimatedMinutesWatched": round(kept * 2.4),
            "likes": kept // 20,
            "comments": kept // 120,
            "shares": kept // 60,
            "subscribersGained": kept // 30 if chosen else joined(seed, day),
            "subscribersLost": 0 if chosen else left(seed, day),
            "videosAddedToPlaylists": kept // 40,
            "videosRemovedFromPlaylists": kept // 200,
        }
        return round(figures[name] * GROWING.get(age, 1.0))


def _problem(call: Call) -> Response | None:
    missing = [name for name in REQUIRED if not call.one(name)]
    if missing:
        return google_error(400, "Required", "required")
    metrics = call.one("metrics").split(",")
    retired = call.detail if call.fault is Fault.RETIRED_METRIC else ""
    unknown = next((name for name in metrics if name not in METRICS or name == retired), None)
    if unknown:
        return google_error(400, f"Unknown identifier ({unknown}) given in field parameters.metrics.", "badRequest")
    try:
        start, end = date.fromisoformat(call.one("startDate")), date.fromisoformat(call.one("endDate"))
    except ValueError:
        return google_error(400, "Invalid query. Query did not conform to the expectations.", "badRequest")
    if start > end:
        return google_error(400, "Invalid query. Query did not conform to the expectations.", "badRequest")
    filters = call.one("filters")
    if (
        call.one("dimensions") != "day"
        or call.one("sort", "day") not in {"day", "-day"}
        or (filters and not filters.startswith("video=="))
    ):
        return google_error(400, UNSUPPORTED, "badRequest")
    ours = call.one("ids") in {"channel==MINE", f"channel=={CHANNEL}"} and (
        not filters or filters.removeprefix("video==") in VIDEOS
    )
    return None if ours else google_error(403, "Forbidden", "forbidden")
