"""Bluesky's public service: the lexicons app.bsky.actor.getProfile and app.bsky.feed.getAuthorFeed.

https://docs.bsky.app/docs/api/app-bsky-actor-get-profile and
https://docs.bsky.app/docs/api/app-bsky-feed-get-author-feed; limits as
https://docs.bsky.app/docs/advanced-guides/rate-limits. Accounts: ``library.riverside.example`` is Riverside's,
``closed.riverside.example`` is suspended, ``asleep.riverside.example`` switched off.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sandbox.faults import Fault
from sandbox.microblog import OPENED, Note, followers, visible_notes
from sandbox.provider import Call, World, json_response
from sandbox.response import Response

HANDLE, DID = "library.riverside.example", "did:plc:riverside7library2sandbx"
CLOSED, ASLEEP = "closed.riverside.example", "asleep.riverside.example"
LIMIT, PERIOD_S = 3000, 300
_NOT_SIMULATED = {"posts_with_media", "posts_and_author_threads", "posts_with_video"}
Json = dict[str, Any]


class Bluesky:
    """The service. The limit counts the requests of five minutes of the sandbox's clock."""

    prefix: ClassVar[str] = "/bluesky"

    def __init__(self, world: World) -> None:
        self.world = world
        self.requests_by_period: dict[int, int] = {}

    def failure(self, status: int) -> Response:
        """429 as a proxy before the service says it, without the headers of the service's own limit."""
        words = {
            429: ("RateLimitExceeded", "Rate Limit Exceeded"),
            500: ("InternalServerError", "Internal Server Error"),
        }
        return _error(status, *words.get(status, ("NotEnoughResources", "Not Enough Resources")))

    def response(self, call: Call) -> Response:
        now = self.world.now()
        period = int(now.timestamp()) // PERIOD_S
        left = 0 if call.fault is Fault.QUOTA else LIMIT - self.requests_by_period.get(period, 0) - 1
        limits = {
            "RateLimit-Limit": str(LIMIT),
            "RateLimit-Remaining": str(max(left, 0)),
            "RateLimit-Reset": str((period + 1) * PERIOD_S),
            "RateLimit-Policy": f"{LIMIT};w={PERIOD_S}",
        }
        if left < 0 or call.fault is Fault.QUOTA:
            return _error(429, "RateLimitExceeded", "Rate Limit Exceeded", limits)
        self.requests_by_period[period] = self.requests_by_period.get(period, 0) + 1
        found = self._response(call, now)
        return Response(found.status, found.body, found.content_type, {**limits, **found.headers})

    def _response(self, call: Call, now: datetime) -> Response:
        method = call.path.removeprefix("/xrpc/")
        if call.method != "GET" or method not in {"app.bsky.actor.getProfile", "app.bsky.feed.getAuthorFeed"}:
            return _error(501, "MethodNotImplemented", "Method Not Implemented")
        actor = call.one("actor")
        if not actor:
            return _error(400, "InvalidRequest", 'Error: Params must have the property "actor"')
        if "." not in actor and not actor.startswith("did:"):
            return _error(400, "InvalidRequest", "Error: actor must be a valid did or a handle")
        if method.endswith("getProfile") and actor == CLOSED:
            return _error(400, "AccountTakedown", "Account has been suspended")
        if method.endswith("getProfile") and actor == ASLEEP:
            return _error(400, "AccountDeactivated", "Account is deactivated")
        if actor not in {HANDLE, DID}:
            return _error(400, "InvalidRequest", "Profile not found")
        return self._profile(now) if method.endswith("getProfile") else self._feed(call, now)

    def _profile(self, now: datetime) -> Response:
        seed = self.world.seed
        posts = [note for note in visible_notes(seed, "bluesky", now) if note.kind in {"post", "reply"}]
        return json_response(
            {
                "did": DID,
                "handle": HANDLE,
                "displayName": "Riverside Library",
                "associated": {"lists": 0, "feedgens": 0, "starterPacks": 0, "labeler": False},
                "labels": [],
                "createdAt": f"{OPENED}T09:30:00.000Z",
                "description": "The library by the river",
                "indexedAt": f"{OPENED}T09:30:01.000Z",
                "followersCount": followers(seed, "bluesky", now),
                "followsCount": 61,
                "postsCount": len(posts),
            }
        )

    def _feed(self, call: Call, now: datetime) -> Response:
        limit, kind = call.one("limit", "50"), call.one("filter", "posts_with_replies")
        wrong = _limit_problem(limit) or (
            "the sandbox does not simulate this filter" if kind in _NOT_SIMULATED or "includePins" in call.query else ""
        )
        if wrong:
            return _error(400, "InvalidRequest", wrong)
        left_out = {"private"} | ({"reply"} if kind == "posts_no_replies" else set())
        items = [note for note in visible_notes(self.world.seed, "bluesky", now) if note.kind not in left_out]
        before = call.one("cursor")
        repeats, empties = call.fault is Fault.REPEATED_TOKEN, call.fault is Fault.EMPTY_PAGE
        rest = [note for note in items if not before or repeats or _iso(note.at) < before]
        page = [] if empties else rest[: int(limit)]
        found: Json = {"feed": [self._item(note, now) for note in page]}
        if empties:
            found["cursor"] = _iso(
                datetime.fromtimestamp(
                    datetime.fromisoformat(before).timestamp() - 60 if before else now.timestamp(), UTC
                )
            )
        elif len(rest) > len(page):
            found["cursor"] = _iso(page[-1].at)
        return json_response(found)

    def _item(self, note: Note, now: datetime) -> Json:
        did, likes = "did:plc:museum2elsewhere4sandbox" if note.kind == "repost" else DID, note.likes(now)
        author = {"did": did, "handle": "museum.example" if note.kind == "repost" else HANDLE, "displayName": ""}
        record: Json = {"$type": "app.bsky.feed.post", "createdAt": _iso(note.at), "langs": ["en"], "text": note.text}
        if note.kind == "reply":
            parent = {"cid": "bafyreiparent", "uri": "at://did:plc:reader/app.bsky.feed.post/3kparent"}
            record["reply"] = {"parent": parent, "root": parent}
        post = {
            "uri": f"at://{did}/app.bsky.feed.post/{_key(note)}",
            "cid": f"bafyrei{_key(note)}",
            "author": author,
            "record": record,
            "replyCount": likes // 7,
            "repostCount": likes // 4,
            "likeCount": likes,
            "quoteCount": likes // 9,
            "indexedAt": _iso(note.at),
            "labels": [],
        }
        if note.kind != "repost":
            return {"post": post}
        return {
            "post": post,
            "reason": {
                "$type": "app.bsky.feed.defs#reasonRepost",
                "by": {"did": DID, "handle": HANDLE},
                "indexedAt": _iso(note.at),
            },
        }


def _limit_problem(text: str) -> str:
    if not text.lstrip("-").isdigit():
        return "Error: limit must be an integer"
    return (
        "Error: limit can not be greater than 100"
        if int(text) > 100
        else "Error: limit can not be less than 1"
        if int(text) < 1
        else ""
    )


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def _key(note: Note) -> str:
    """Microseconds in base 32, sortable: https://atproto.com/specs/tid"""
    letters, rest, key = "234567abcdefghijklmnopqrstuvwxyz", int(note.at.timestamp() * 1_000_000) << 10, ""
    while rest:
        rest, at = divmod(rest, 32)
        key = letters[at] + key
    return key.rjust(13, "2")


def _error(status: int, name: str, message: str, headers: dict[str, str] | None = None) -> Response:
    return json_response({"error": name, "message": message}, status, headers)
