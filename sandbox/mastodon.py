"""A Mastodon server: https://docs.joinmastodon.org/methods/accounts/

Limits: https://docs.joinmastodon.org/api/rate-limits/

Accounts: ``library`` is Riverside's, ``oldlibrary`` has moved to it, ``closed`` is suspended, ``quiet`` hides its
followers. Parameters of Mastodon that the sandbox does not simulate are refused, so that no test relies on them.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from sandbox.faults import Fault
from sandbox.microblog import OPENED, Note, followers, visible_notes
from sandbox.provider import Call, World, json_response
from sandbox.response import Response

TOKEN = "riverside-mastodon-token"  # noqa: S105 (the sandbox's own)
LIMIT, PERIOD_S = 300, 300
ACCOUNTS = {
    "library": "109000000000000001",
    "oldlibrary": "109000000000000002",
    "closed": "109000000000000003",
    "quiet": "109000000000000004",
}
_NOT_SIMULATED = {"only_media", "pinned", "tagged", "since_id", "min_id"}
Json = dict[str, Any]


class Mastodon:
    """One server. The limit counts the requests of five minutes of the sandbox's clock."""

    prefix: ClassVar[str] = "/mastodon"

    def __init__(self, world: World) -> None:
        self.world = world
        self.requests_by_period: dict[int, int] = {}

    def failure(self, status: int) -> Response:
        """429 as a proxy before the server says it, without the headers of the server's own limit."""
        words = {
            429: "Too many requests",
            500: "We're sorry, but something went wrong on our end.",
            503: "Remote data could not be fetched",
        }
        return _error(status, words[status])

    def response(self, call: Call) -> Response:
        now = self.world.now()
        period = int(now.timestamp()) // PERIOD_S
        left = 0 if call.fault is Fault.QUOTA else LIMIT - self.requests_by_period.get(period, 0) - 1
        back = datetime.fromtimestamp((period + 1) * PERIOD_S, UTC)
        limits = {
            "X-RateLimit-Limit": str(LIMIT),
            "X-RateLimit-Remaining": str(max(left, 0)),
            "X-RateLimit-Reset": f"{back:%Y-%m-%dT%H:%M:%S.000000Z}",
        }
        if left < 0 or call.fault is Fault.QUOTA:
            return _error(429, "Too many requests", limits)
        self.requests_by_period[period] = self.requests_by_period.get(period, 0) + 1
        found = self._response(call, now)
        return Response(found.status, found.body, found.content_type, {**limits, **found.headers})

    def _response(self, call: Call, now: datetime) -> Response:
        shown = call.headers.get("Authorization", "")
        if call.fault is Fault.EXPIRED_TOKEN or (shown and shown != f"Bearer {TOKEN}"):
            return _error(401, "The access token is invalid")
        parts = call.path.strip("/").split("/")
        if call.method != "GET" or parts[:3] != ["api", "v1", "accounts"]:
            return _error(404, "Record not found")
        if parts[3:] == ["lookup"]:
            return self._account(ACCOUNTS.get(call.one("acct").removeprefix("@"), ""), now)
        number = parts[3] if len(parts) > 3 else ""
        if len(parts) == 4:
            return self._account(number, now)
        return (
            self._statuses(call, number, now, own=bool(shown))
            if parts[4:] == ["statuses"]
            else _error(404, "Record not found")
        )

    def _account(self, number: str, now: datetime) -> Response:
        if number not in ACCOUNTS.values():
            return _error(404, "Record not found")
        return json_response(self._account_object(number, now))

    def _account_object(self, number: str, now: datetime) -> Json:
        name = next(name for name, known in ACCOUNTS.items() if known == number)
        seed, page = self.world.seed, f"{self.world.url}{self.prefix}/@{name}"
        notes = visible_notes(seed, "mastodon", now) if name in {"library", "quiet"} else []
        account: Json = {
            "id": number,
            "username": name,
            "acct": name,
            "display_name": "Riverside Library",
            "locked": False,
            "bot": False,
            "discoverable": True,
            "group": False,
            "created_at": f"{OPENED}T00:00:00.000Z",
            "note": "<p>The library by the river</p>",
            "url": page,
            "uri": f"{self.world.url}{self.prefix}/users/{name}",
            "followers_count": -1 if name == "quiet" else followers(seed, "mastodon", now),
            "following_count": 84,
            "statuses_count": len(notes),
            "last_status_at": f"{notes[0].at:%Y-%m-%d}" if notes else None,
            "emojis": [],
            "fields": [],
        }
        if name == "closed":
            account |= {"suspended": True, "display_name": "", "note": "", "followers_count": 0, "following_count": 0}
        if name == "oldlibrary":
            account["moved"] = self._account_object(ACCOUNTS["library"], now)
        return account

    def _statuses(self, call: Call, number: str, now: datetime, *, own: bool) -> Response:
        if number not in ACCOUNTS.values():
            return _error(404, "Record not found")
        unknown = _NOT_SIMULATED & set(call.query)
        if unknown:
            return _error(400, f"the sandbox does not simulate {', '.join(sorted(unknown))}")
        wanted = self._wanted(call, number, now, own=own)
        limit = min(abs(int(call.one("limit", "20") or 20)), 40)
        before = call.one("max_id")
        repeats, empties = call.fault is Fault.REPEATED_TOKEN, call.fault is Fault.EMPTY_PAGE
        rest = [note for note in wanted if not before or repeats or _id(note) < int(before)]
        page = [] if empties else rest[:limit]
        kept = {name: call.one(name) for name in call.query if name not in {"max_id", "acct"}}
        at = f"{self.world.url}{self.prefix}/api/v1/accounts/{number}/statuses"
        last = int(before or _id(wanted[0])) - 1 if empties else _id(page[-1]) if page else 0
        links = (
            [f'<{at}?{urlencode(kept | {"max_id": str(last)})}>; rel="next"'] if len(page) == limit or empties else []
        )
        links += [f'<{at}?{urlencode(kept | {"min_id": str(_id(page[0]))})}>; rel="prev"'] if page else []
        return json_response(
            [self._status(note, number, now) for note in page], headers={"Link": ", ".join(links)} if links else {}
        )

    def _wanted(self, call: Call, number: str, now: datetime, *, own: bool) -> list[Note]:
        left_out = {"repost"} if call.one("exclude_reblogs") in {"true", "1"} else set()
        left_out |= {"reply"} if call.one("exclude_replies") in {"true", "1"} else set()
        left_out |= set() if own else {"private"}
        posting = number in {ACCOUNTS["library"], ACCOUNTS["quiet"]}
        return (
            [note for note in visible_notes(self.world.seed, "mastodon", now) if note.kind not in left_out]
            if posting
            else []
        )

    def _status(self, note: Note, number: str, now: datetime) -> Json:
        at, name = f"{self.world.url}{self.prefix}", next(name for name, known in ACCOUNTS.items() if known == number)
        likes = note.likes(now)
        status: Json = {
            "id": str(_id(note)),
            "created_at": f"{note.at:%Y-%m-%dT%H:%M:%S}.{note.at.microsecond // 1000:03}Z",
            "in_reply_to_id": "108999999999999999" if note.kind == "reply" else None,
            "in_reply_to_account_id": "108000000000000000" if note.kind == "reply" else None,
            "sensitive": False,
            "spoiler_text": "",
            "visibility": "private" if note.kind == "private" else "public",
            "language": "en",
            "uri": f"{at}/users/{name}/statuses/{_id(note)}",
            "url": f"{at}/@{name}/{_id(note)}",
            "replies_count": likes // 6,
            "reblogs_count": likes // 3,
            "favourites_count": likes,
            "edited_at": None,
            "content": f"<p>{note.text}</p>",
            "reblog": None,
            "account": {"id": number, "username": name, "acct": name},
            "media_attachments": [],
            "mentions": [],
            "tags": [],
            "emojis": [],
            "card": None,
            "poll": None,
        }
        if note.kind == "repost":
            status["reblog"] = status | {
                "id": "108888888888888888",
                "account": {"id": "1", "username": "museum", "acct": "museum@museum.example"},
            }
            status |= {"content": "", "replies_count": 0, "reblogs_count": 0, "favourites_count": 0}
        return status


def _id(note: Note) -> int:
    """Milliseconds in the upper bits: https://github.com/mastodon/mastodon/blob/main/lib/mastodon/snowflake.rb"""
    return round(note.at.timestamp() * 1000) << 16


def _error(status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    return json_response({"error": words}, status, headers)
