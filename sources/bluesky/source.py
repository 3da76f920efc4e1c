"""A Bluesky account: its followers, its posts by day, and the interactions with recent posts.

https://docs.bsky.app/docs/api/app-bsky-feed-get-author-feed. The public service needs no access. A post counts on the
local day of the earlier of ``createdAt``, set by the author's program, and ``indexedAt``, set by the network:
https://docs.bsky.app/docs/advanced-guides/timestamps. Reposts do not count.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import ClassVar, cast
from urllib.parse import urlsplit

import requests

from sources.bluesky.settings import ACCOUNT_COUNTERS, METRICS, POST_COUNTERS, BlueskySettings
from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.json_values import any_objects
from sources.microblog import (
    Post,
    Timeline,
    days_since_opening,
    error_field,
    local_day,
    oldest_needed_day,
    quota_error,
    with_location,
)
from sources.observations import ObservationBuilder, parse_number, parse_page_json
from sources.web.budget import RateLimitHeaders
from sources.web.paging import PagerGuard
from sources.web.session import Session
from warehouse.errors import KmiError, RefusedError, RetryableError, ShapeError
from warehouse.schema import Window

PROFILE, FEED = "app.bsky.actor.getProfile", "app.bsky.feed.getAuthorFeed"
REMAINING_HEADER, RESET_HEADER = "RateLimit-Remaining", "RateLimit-Reset"
REPOST = "app.bsky.feed.defs#reasonRepost"
_CHECK_URL = "check 'url': the public service is https://public.api.bsky.app"
Row = Mapping[str, object]


class Bluesky:
    """One account. Days are those of the source's zone."""

    Settings: ClassVar[type[SourceSettings]] = BlueskySettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Bluesky (public API)",
        "none",
        "2 requests a run, 1 more for each further 100 posts and reposts; the service allows 3000 in 5 minutes",
        {"account": "library.bsky.social"},
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("BlueskySettings", settings)

    def metrics(self) -> tuple[Metric, ...]:
        return (
            METRICS
            if self.settings.post_days
            else tuple(metric for metric in METRICS if metric.name not in POST_COUNTERS)
        )

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """The profile, then its feed from the newest post back to the oldest that is needed."""
        response = self._get(session, PROFILE, {"actor": self.settings.account})
        page = RawPage(self.name, window, 0, response.url, response.status_code, now, response.content)
        actor = str(_profile(page)["did"])
        yield page
        oldest = oldest_needed_day(window, now, self.place.zone, self.settings.post_days)
        kind = "posts_with_replies" if self.settings.replies else "posts_no_replies"
        params = {"actor": actor, "limit": str(self.settings.page_size), "filter": kind}
        guard, cursor, sequence = PagerGuard(f"{self.settings.url} posts of {self.settings.account}"), "", 1
        while True:
            response = self._get(session, FEED, params | ({"cursor": cursor} if cursor else {}))
            page = RawPage(self.name, window, sequence, response.url, response.status_code, now, response.content)
            yield page
            (rows, cursor), sequence = _feed(page), sequence + 1
            if not rows:
                guard.empty_page(bool(cursor))
            if not cursor or self._reaches(rows, oldest):
                return
            guard.page(_key(row) for row in rows)
            guard.next(cursor)

    def _reaches(self, rows: Sequence[Row], oldest: date) -> bool:
        """Whether all posts on a page are older than ``oldest``; a repost has the day on which it was reposted."""
        days = [day for row in rows if (day := self._listed(row))]
        return bool(days) and max(days) < oldest

    def _listed(self, row: Row) -> date | None:
        reason = _part(row, "reason")
        return (
            local_day(reason.get("indexedAt"), self.place.zone)
            if "indexedAt" in reason
            else self._day(_part(row, "post"))
        )

    def _day(self, post: Row) -> date | None:
        created, indexed = (
            local_day(moment, self.place.zone)
            for moment in (_part(post, "record").get("createdAt"), post.get("indexedAt"))
        )
        return min(created, indexed) if created and indexed else created or indexed

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Posts by day since the account was opened, levels and interactions. Raises ``ShapeError``."""
        timeline, ordered = (
            Timeline("posts", self.settings.post_days, self.place.zone),
            sorted(pages, key=lambda page: page.sequence),
        )
        profile: Row = {}
        days, complete = list[date](), False
        for page in ordered:
            if urlsplit(page.url).path.endswith(PROFILE):
                profile = _profile(page)
                timeline.snapshot(page, profile, ACCOUNT_COUNTERS)
                continue
            rows, cursor = _feed(page)
            complete = not cursor
            read = timeline.observed.read
            counted = [
                read(row, f"{page.url} item {number}", self._count, profile.get("did"), page, timeline)
                for number, row in enumerate(rows, 1)
            ]
            days += [day for day in counted if day]
        if not ordered:
            return timeline.observed.parsed()
        covered = self._covered(ordered[0].window, profile, days if complete else None, timeline.observed)
        early = sum(day in ordered[0].window and day < covered.start for day in days) if covered else 0
        if early:
            timeline.observed.note(
                f"{early} posts are dated before the account was opened (imported from elsewhere); they are not counted"
            )
        return timeline.parsed(covered, ordered[-1].url.partition("?")[0]) if covered else timeline.observed.parsed()

    def _covered(
        self, window: Window, profile: Row, all_days: Sequence[date] | None, observed: ObservationBuilder
    ) -> Window | None:
        """The days that the feed covers, since the account was opened.

        ``all_days``: the days of all posts if the feed was read to its end, which may come too early:
        https://github.com/bluesky-social/atproto/issues/2616
        """
        opened, count = (
            local_day(profile.get("createdAt"), self.place.zone),
            parse_number(profile.get("postsCount")) or 0,
        )
        if all_days is not None and self.settings.replies and len(all_days) < count:
            first = min(all_days, default=window.end)
            if first > max(window.start, opened or window.start):
                observed.note(
                    f"the feed ends after {len(all_days)} posts although the profile counts {count:.0f}; "
                    f"days before {first} are missing"
                )
                opened = first
        return days_since_opening(window, opened)

    def _count(self, row: Row, did: object, page: RawPage, timeline: Timeline) -> date | None:
        """Add an item of the feed and return its day; None if it is not the account's own post."""
        if not isinstance(row, dict):
            raise TypeError("an item of the feed is an object")
        post, reason = _part(row, "post"), _part(row, "reason")
        if reason.get("$type") == REPOST or _part(post, "author").get("did", did) != did:
            return None
        day, uri = self._day(post), post.get("uri")
        if day is None or not isinstance(uri, str):
            created = str(_part(post, "record").get("createdAt"))
            what = "the post has no uri" if day else f"'{created[:40]}' is not a time of publication"
            timeline.observed.refuse(created, what, f"{page.url} post {uri}")
            return None
        timeline.add(Post(uri, day, {name: post.get(name) for name in POST_COUNTERS}, page))
        return day

    def _get(self, session: Session, method: str, params: Mapping[str, str]) -> requests.Response:
        """The response. None is saved for a later pull: counts change, and one account stays far below the limit."""
        url = f"{self.settings.url.rstrip('/')}/xrpc/{method}"

        def error_from_response(response: requests.Response) -> KmiError | None:
            code, message = (error_field(response, name, session.redact) for name in ("error", "message"))
            return with_location(self._error_from_response(response, code, message), session.redact(url))

        budget = session.budgets.of(
            f"bluesky {self.settings.url}", lambda: RateLimitHeaders(REMAINING_HEADER, RESET_HEADER)
        )
        return session.get(url, params=params, error_from_response=error_from_response, budget=budget)

    def _error_from_response(self, response: requests.Response, code: str, message: str) -> KmiError | None:
        """Errors are JSON with ``error`` and ``message``: https://atproto.com/specs/xrpc#error-responses"""
        account = self.settings.account
        match code:
            case "AccountTakedown":
                do = "ask moderation@blueskyweb.xyz; if it is gone for good, remove the source from the plan"
                return RefusedError(f"the account {account} is suspended ({message})", do=do)
            case "AccountDeactivated":
                do = "reactivate it, or remove the source from the plan"
                return RefusedError(f"the account {account} is deactivated ({message})", do=do)
            case "InvalidRequest" if message == "Profile not found" or "must be a valid did or a handle" in message:
                do = "check 'account'; after a change of handle write the new one, or the did, which stays"
                return RefusedError(f"there is no account {account} ({message})", do=do)
            case "UpstreamFailure" | "UpstreamTimeout" | "NotEnoughResources":
                return RetryableError(f"a part of Bluesky does not answer ({message or code})")
        return quota_error(response, REMAINING_HEADER, RESET_HEADER)


def _part(row: object, name: str) -> Row:
    found = row.get(name) if isinstance(row, dict) else None
    return found if isinstance(found, dict) else {}


def _key(row: Row) -> str:
    """The identity of an item of the feed: one post may be there twice, as a post and as a repost."""
    return f"{_part(row, 'post').get('uri')} {_part(row, 'reason').get('indexedAt', '')}"


def _profile(page: RawPage) -> Row:
    profile = parse_page_json(page)
    if not isinstance(profile, dict) or not isinstance(profile.get("did"), str):
        raise ShapeError("the response is not a profile", where=page.url, do=_CHECK_URL)
    return profile


def _feed(page: RawPage) -> tuple[list[Row], str]:
    """The items of a page and the cursor of the next one; empty at the end."""
    document = parse_page_json(page)
    rows = document.get("feed") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not any_objects(rows):
        raise ShapeError("the response is not a list of posts", where=page.url, do=_CHECK_URL)
    return rows, str(document.get("cursor") or "")
