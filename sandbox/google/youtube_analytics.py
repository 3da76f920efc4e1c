"""The YouTube Analytics API v2, ``reports.query``: https://developers.google.com/youtube/analytics/reference/reports/query"""

from datetime import date, timedelta
from typing import ClassVar

from sandbox.answer import Answer
from sandbox.days import days
from sandbox.faults import Fault
from sandbox.google.channel import PACIFIC, VIDEOS, engaged, views
from sandbox.google.tokens import bearer_problem, google_error
from sandbox.history import chance
from sandbox.provider import Call, World, json_answer

METRICS = ("views", "engagedViews", "estimatedMinutesWatched", "likes", "comments", "shares", "subscribersGained", "subscribersLost")
LATE_DAYS = 2
"""The newest days are not in the reports yet."""


class YouTubeAnalytics:
    """The owner's reports by day, for the channel or one video."""

    prefix: ClassVar[str] = "/google/youtube-analytics"

    def __init__(self, world: World) -> None:
        self.world = world

    def failure(self, status: int) -> Answer:
        return google_error(
            status, {429: "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute'.", 500: "Internal error."}.get(status, "Unavailable.")
        )

    def answer(self, call: Call) -> Answer:
        if call.path != "/v2/reports":
            return google_error(404, "Not Found")
        problem = bearer_problem(call)
        if problem:
            return problem
        if call.fault is Fault.QUOTA:
            return google_error(403, "The request cannot be completed because you have exceeded your quota.", "quotaExceeded")
        metrics = call.one("metrics").split(",")
        retired = call.detail if call.fault is Fault.RETIRED_METRIC else ""
        unknown = next((name for name in metrics if name not in METRICS or name == retired), None)
        if unknown:
            return google_error(400, f"Unknown identifier ({unknown}) given in field parameters.metrics.", "badRequest")
        if call.one("ids") != "channel==MINE" or call.one("dimensions") != "day":
            return google_error(400, "The query is not supported. Check the documentation for supported queries.", "badRequest")
        chosen = call.one("filters").removeprefix("video==")
        start, end = date.fromisoformat(call.one("startDate")), date.fromisoformat(call.one("endDate")) + timedelta(days=1)
        newest = self.world.now().astimezone(PACIFIC).date() - timedelta(days=LATE_DAYS)
        rows = [[str(day), *(self._figure(name, day, [chosen] if chosen else list(VIDEOS)) for name in metrics)] for day in days(start, min(end, newest))]
        headers = [{"name": "day", "columnType": "DIMENSION", "dataType": "STRING"}]
        headers += [{"name": name, "columnType": "METRIC", "dataType": "INTEGER"} for name in metrics]
        found: dict[str, object] = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": headers}
        return json_answer(found | ({"rows": rows} if rows else {}))

    def _figure(self, name: str, day: date, videos: list[str]) -> int:
        seed = self.world.seed
        age = (self.world.now().astimezone(PACIFIC).date() - day).days
        share = 0.97 if age <= LATE_DAYS + 1 else 1.0
        seen, kept = sum(views(seed, one, day) for one in videos), sum(engaged(seed, one, day) for one in videos)
        draw = chance(seed, f"channel {name}", day)
        figures = {
            "views": seen,
            "engagedViews": kept,
            "estimatedMinutesWatched": round(kept * 2.4),
            "likes": kept // 20,
            "comments": kept // 120,
            "shares": kept // 60,
            "subscribersGained": draw.randint(0, 4),
            "subscribersLost": draw.randint(0, 1),
        }
        return round(figures[name] * share)
