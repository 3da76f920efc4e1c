"""Posts of the page and of the Instagram account: their lists, page by page, and their metrics.

https://developers.facebook.com/docs/graph-api/results/ and
https://developers.facebook.com/docs/graph-api/reference/page/feed/
"""

import re
from datetime import date
from urllib.parse import urlencode

from sandbox.faults import Fault
from sandbox.graph_errors import graph_error, invalid_metric, permission, unsupported
from sandbox.graph_history import FIRST, PACIFIC, PAGE, PAGE_TOKEN, post_days, posted, so_far
from sandbox.provider import Call, World, json_response
from sandbox.response import Response

POST_LEVEL = {"post_media_view": 260, "post_total_media_view_unique": 150, "post_clicks": 9}
MEDIA_LEVEL = {"views": 190, "reach": 120, "saved": 3, "shares": 2, "total_interactions": 17}
NO_FIGURES = 5
"""Which post, from the newest, shows no insights."""


def of_post(world: World, node: str, metrics: list[str], call: Call) -> Response:
    """Figures over the life of a post so far."""
    now, on_account = world.now(), "_" not in node
    all_days = post_days(now.astimezone(PACIFIC).date())
    number = next((n for n, day in enumerate(all_days) if node in {_post(day), _media(day)}), None)
    if number is None:
        return unsupported(node)
    level, gone = (MEDIA_LEVEL if on_account else POST_LEVEL), call.detail if call.fault is Fault.RETIRED_METRIC else ""
    if any(name not in level or name == gone for name in metrics):
        return invalid_metric(on_account, [name for name in level if name != gone])
    if number == NO_FIGURES:
        return (
            permission("(#10) Not enough viewers for the media to show insights") if on_account else unsupported(node)
        )
    values = {name: so_far(world.seed, all_days[number], name, level[name], now) for name in metrics}
    return json_response(
        {
            "data": [
                {"name": name, "period": "lifetime", "values": [{"value": value}], "id": f"{node}/insights/{name}"}
                for name, value in values.items()
            ]
        }
    )


def posts(world: World, address: str, call: Call, *, on_account: bool) -> Response:
    """The newest first. A page may hold fewer than requested: hidden posts are left out after counting."""
    limit = call.one("limit", "25")
    if not limit.isdigit() or not 1 <= int(limit) <= 100:
        return graph_error(400, 100, "(#100) Param limit must be a number from 1 to 100")
    start = int(call.one("after", "c0")[1:]) if re.fullmatch(r"c\d+", call.one("after", "c0")) else 0
    all_days = post_days(world.now().astimezone(PACIFIC).date())
    rows = [
        _item(world, all_days[n], on_account=on_account)
        for n in range(start, min(start + int(limit), len(all_days)))
        if n % 17 != 13
    ]
    following = start + int(limit)
    if call.fault is Fault.EMPTY_PAGE:
        rows, all_days = [], [*all_days, *([FIRST] * (following + 1))]
    if call.fault is Fault.REPEATED_TOKEN:
        following = start
    paging: dict[str, object] = {"cursors": {"before": f"c{start}", "after": f"c{following}"}}
    if following < len(all_days):
        onward = {
            "access_token": PAGE_TOKEN,
            "pretty": "0",
            "fields": call.one("fields"),
            "limit": limit,
            "after": f"c{following}",
        }
        paging["next"] = f"{address}?{urlencode(onward)}"
    return json_response({"data": rows, "paging": paging})


def _item(world: World, day: date, *, on_account: bool) -> dict[str, object]:
    seed, now = world.seed, world.now()
    likes, comments, shared = (
        so_far(seed, day, kind, level, now) for kind, level in (("likes", 18), ("comments", 3), ("shares", 2))
    )
    if on_account:
        return {"id": _media(day), "like_count": likes, "comments_count": comments}
    counted = {
        "reactions": {"data": [], "summary": {"total_count": likes}},
        "comments": {"data": [], "summary": {"total_count": comments}},
    }
    created = posted(seed, day).strftime("%Y-%m-%dT%H:%M:%S+0000")
    return {"id": _post(day), "created_time": created, **counted, **({"shares": {"count": shared}} if shared else {})}


def _post(day: date) -> str:
    return f"{PAGE}_{day.toordinal()}"


def _media(day: date) -> str:
    return f"1790000{day.toordinal()}"
