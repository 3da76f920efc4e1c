"""A Mastodon account: its followers, its posts by day and what people do with the recent ones.

https://docs.joinmastodon.org/methods/accounts/. The account is asked for on its own server: another one knows only a part of its
posts. A post is counted on the local day of ``created_at``; what the account reposts is not its own and is not counted.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date, datetime
from itertools import count
from typing import Annotated, ClassVar, Literal, cast
from urllib.parse import parse_qs, urlsplit

import requests
from pydantic import AfterValidator, Field

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
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
from sources.observations import parse_page_json
from sources.secrets import SecretRef
from sources.web.auth import BearerAuth
from sources.web.budget import RateLimitHeaders
from sources.web.paging import PagerGuard
from sources.web.request import ErrorFromResponse
from sources.web.session import Session
from warehouse.errors import KmiError, RefusedError, ShapeError
from warehouse.schema import Window

ACCOUNT_COUNTERS = ("followers_count", "following_count", "statuses_count")
POST_COUNTERS = ("favourites_count", "reblogs_count", "replies_count")
PUBLIC = {"public", "unlisted"}
REMAINING_HEADER, RESET_HEADER = "X-RateLimit-Remaining", "X-RateLimit-Reset"
_RENEW = "make a token in the account's Preferences, Development (scopes read:accounts and read:statuses), and set it where 'token' points"
Row = Mapping[str, object]


def _local_name(text: str) -> str:
    name = text.removeprefix("@")
    if "@" in name:
        raise ValueError(
            f"write only the name, '{name.partition('@')[0]}', and the account's own server into url: another server knows only a part of its posts"
        )
    if not name:
        raise ValueError("the name of the account is empty")
    return name


class MastodonSettings(SourceSettings):
    """An account and its server."""

    type: Literal["mastodon"]
    url: str = Field(description="address of the server on which the account lives, such as https://glammr.us")
    account: Annotated[str, AfterValidator(_local_name)] = Field(description="name of the account, without the server")
    token: SecretRef | None = Field(
        None, description="access token, where the server answers only to those who show one"
    )
    replies: bool = Field(default=True, description="count the account's replies among its posts")
    post_days: int = Field(
        30, ge=0, le=3660, description="interactions are read of posts up to this many days old; 0 for none"
    )
    page_size: int = Field(40, ge=1, le=40, description="posts in one answer")
    restated_days: int = Field(
        7, ge=0, description="trailing days that each run reads again, for posts that were deleted"
    )
    deep_days: int = Field(
        90, ge=0, description="trailing days that the first run of each month reads again; 0 for none"
    )


class Mastodon:
    """One account. Days are those of the source's zone."""

    Settings: ClassVar[type[SourceSettings]] = MastodonSettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Mastodon (REST API)",
        "none for a public account; an access token of the account where the server asks for one",
        "3 requests a run, 1 more for each further 40 posts; a server allows 300 in 5 minutes",
        {"url": "https://glammr.us", "account": "library"},
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("MastodonSettings", settings)

    def metrics(self) -> tuple[Metric, ...]:
        return (
            METRICS
            if self.settings.post_days
            else tuple(metric for metric in METRICS if metric.name not in POST_COUNTERS)
        )

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """The account, then its posts from the newest back to the oldest that is needed."""
        response = self._ask(session, "lookup", {"acct": self.settings.account})
        page = self._page(response, window, now)
        account = _account(page)
        if account.get("suspended"):
            do = "ask those who run the server; if it is gone for good, take the source out of the plan"
            raise RefusedError(
                "the server has suspended the account, and shows none of its posts", where=page.url, do=do
            )
        yield page
        yield from self._posts(str(account["id"]), window, now, session)

    def _posts(self, number: str, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """The list is followed by the id in its Link header only, so that it leads to no other server."""
        oldest = oldest_needed_day(window, now, self.place.zone, self.settings.post_days)
        params = {"limit": str(self.settings.page_size), "exclude_reblogs": "true"} | (
            {} if self.settings.replies else {"exclude_replies": "true"}
        )
        guard, seen, cursor = PagerGuard(f"{self.settings.url} statuses of {self.settings.account}"), set[str](), ""

        def no_page(response: requests.Response) -> KmiError | None:
            return _no_page(self._page(response, window, now), seen, promises=bool(_next(response)))

        for sequence in count(1):
            response = self._ask(
                session, f"{number}/statuses", params | ({"max_id": cursor} if cursor else {}), no_page
            )
            page = self._page(response, window, now, sequence)
            yield page
            rows, cursor = _rows(page), _next(response)
            days = [day for row in rows if (day := local_day(row.get("created_at"), self.place.zone))]
            if not cursor or (days and max(days) < oldest):
                return
            seen.update(_ids(rows))
            guard.next(cursor)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Posts by day since the account was opened, levels and interactions. Raises ``ShapeError``."""
        timeline, opened, ordered = (
            Timeline("statuses", self.settings.post_days, self.place.zone),
            None,
            sorted(pages, key=lambda page: page.sequence),
        )
        for page in ordered:
            if urlsplit(page.url).path.endswith("/lookup"):
                account = _account(page)
                opened = _opened(account)
                timeline.snapshot(page, account, ACCOUNT_COUNTERS)
                _say_moved(account, timeline)
            else:
                for row in _rows(page):
                    self._count(row, page, timeline)
        covered = days_since_opening(ordered[0].window, opened) if ordered else None
        if covered is None:
            return timeline.observed.parsed()
        return timeline.parsed(covered, ordered[-1].url.partition("?")[0])

    def _count(self, row: Row, page: RawPage, timeline: Timeline) -> None:
        if row.get("reblog") is not None:
            return
        if row.get("visibility") not in PUBLIC:
            timeline.observed.note("posts that are not public (to followers or to single people) are not counted")
            return
        day, identity = local_day(row.get("created_at"), self.place.zone), row.get("id")
        if day is None or not isinstance(identity, str):
            what = "the post has no id" if day else f"'{str(row.get('created_at'))[:40]}' is no time of publication"
            timeline.observed.refuse(str(row.get("created_at")), what, f"{page.url} post {identity}")
            return
        timeline.add(Post(identity, day, {name: row.get(name) for name in POST_COUNTERS}, page))

    def _page(self, response: requests.Response, window: Window, now: datetime, sequence: int = 0) -> RawPage:
        return RawPage(self.name, window, sequence, response.url, response.status_code, now, response.content)

    def _ask(
        self, session: Session, path: str, params: Mapping[str, str], wrong: ErrorFromResponse | None = None
    ) -> requests.Response:
        """A page after the first is kept for a pull that goes on later, so ``wrong`` refuses a bad one before that."""
        settings = self.settings
        url = f"{settings.url.rstrip('/')}/api/v1/accounts/{path}"

        def error_from_response(response: requests.Response) -> KmiError | None:
            if response.status_code == 200:
                return wrong(response) if wrong else None
            return with_location(
                self._error_from_response(response, error_field(response, "error", session.redact)), session.redact(url)
            )

        auth = BearerAuth(type="bearer", token=settings.token) if settings.token else None
        budget = session.budgets.of(
            f"mastodon {settings.url} {settings.token}", lambda: RateLimitHeaders(REMAINING_HEADER, RESET_HEADER)
        )
        return session.get(
            url,
            params=params,
            auth=auth,
            error_from_response=error_from_response,
            budget=budget,
            lasting="max_id" in params,
        )

    def _error_from_response(self, response: requests.Response, told: str) -> KmiError | None:
        """Errors are JSON with ``error``: https://docs.joinmastodon.org/entities/Error/"""
        told = f" ({told})" if told else ""
        match response.status_code:
            case 401 if self.settings.token:
                return RefusedError(f"the access token is no longer good{told}", do=_RENEW)
            case 401 | 422 if not self.settings.token:
                return RefusedError(
                    f"the server answers only to those who show a token{told}",
                    do=f"write 'token' into the plan; {_RENEW}",
                )
            case 403:
                return RefusedError(f"the token may not read this{told}", do=_RENEW)
            case 404:
                do = f"check 'url' and 'account' ({self.settings.account}); if the account was renamed, write its new name"
                return RefusedError(f"the server knows no such account{told}", do=do)
            case 410:
                return RefusedError(
                    f"the account is gone from the server{told}",
                    do="take the source out of the plan, or name the new account",
                )
        return quota_error(response, REMAINING_HEADER, RESET_HEADER)


def _account(page: RawPage) -> Row:
    account = parse_page_json(page)
    if not isinstance(account, dict) or not isinstance(account.get("id"), str):
        raise ShapeError("the answer is no account", where=page.url, do="check that 'url' is a Mastodon server")
    return account


def _rows(page: RawPage) -> list[Row]:
    rows = parse_page_json(page)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ShapeError("the answer is no list of posts", where=page.url, do="check that 'url' is a Mastodon server")
    return rows


def _ids(rows: Sequence[Row]) -> set[str]:
    return {str(row.get("id")) for row in rows}


def _no_page(page: RawPage, seen: Set[str], *, promises: bool) -> ShapeError | None:
    """What is wrong with a page of a list. A server promises a next page only after a full one, so an empty one never has it."""
    try:
        rows = _rows(page)
    except ShapeError as error:
        return error
    do = "tell those who run the server; nothing was kept of this pull, the old data stand"
    if not rows and promises:
        return ShapeError("an empty page promises another one", where=page.url, do=do)
    if rows and _ids(rows) <= seen:
        return ShapeError(
            f"the server repeats itself: a page holds only posts of earlier pages ({len(seen)} so far)",
            where=page.url,
            do=do,
        )
    return None


def _next(response: requests.Response) -> str:
    """The id before which the next page begins, from the Link header; empty at the end: https://docs.joinmastodon.org/api/guidelines/#pagination"""
    address = response.links.get("next", {}).get("url", "")
    return parse_qs(urlsplit(address).query).get("max_id", [""])[0]


def _opened(account: Row) -> date | None:
    """The day on which the account was opened; servers give midnight of UTC, so the day holds in every zone."""
    try:
        return date.fromisoformat(str(account.get("created_at"))[:10])
    except ValueError:
        return None


def _say_moved(account: Row, timeline: Timeline) -> None:
    moved = account.get("moved")
    if isinstance(moved, dict):
        timeline.observed.note(
            f"the account has moved to {str(moved.get('url') or moved.get('acct'))[:200]}: name that one in the plan"
        )


METRICS = (
    Metric("statuses", "posts", "flow", "posts published by the account, reposts not counted", absent="zero"),
    Metric("followers_count", "followers", "reading", "followers of the account as it says"),
    Metric("following_count", "accounts", "reading", "accounts that the account follows"),
    Metric("statuses_count", "posts", "reading", "all posts of the account as it says, replies and reposts among them"),
    Metric(
        "favourites_count", "favourites", "reading", "favourites of a post as they stood; the entity is the post's id"
    ),
    Metric("reblogs_count", "reposts", "reading", "reposts of a post as they stood; the entity is the post's id"),
    Metric("replies_count", "replies", "reading", "replies to a post as they stood; the entity is the post's id"),
)
