"""A Mastodon account: its followers, its posts by day, and the interactions with recent posts.

https://docs.joinmastodon.org/methods/accounts/. Requests go to the account's own server, because others know only part
of its posts. A post counts on the local day of ``created_at``; reposts do not count.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import date, datetime
from itertools import count
from typing import ClassVar, cast
from urllib.parse import parse_qs, urlsplit

import requests

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.json_values import any_objects
from sources.mastodon.settings import ACCOUNT_COUNTERS, METRICS, POST_COUNTERS, MastodonSettings
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
from sources.web.auth import BearerAuth
from sources.web.budget import RateLimitHeaders
from sources.web.paging import PagerGuard
from sources.web.request import ErrorFromResponse
from sources.web.session import Session
from warehouse.errors import KmiError, RefusedError, ShapeError
from warehouse.schema import Window

PUBLIC = {"public", "unlisted"}
REMAINING_HEADER, RESET_HEADER = "X-RateLimit-Remaining", "X-RateLimit-Reset"
_RENEW = (
    "create a token in the account's Preferences, Development (scopes read:accounts and read:statuses), "
    "and set it where 'token' points"
)
_CHECK_URL = "check that 'url' is a Mastodon server"
Row = Mapping[str, object]


class Mastodon:
    """One account. Days are those of the source's zone."""

    Settings: ClassVar[type[SourceSettings]] = MastodonSettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Mastodon (REST API)",
        "none for a public account; an access token of the account if the server requires one",
        "3 requests a run, 1 more for each further 40 posts; a server allows 300 in 5 minutes",
        {"url": "https://glammr.us", "account": "library"},
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("MastodonSettings", settings)

    def metrics(self) -> tuple[Metric, ...]:
        return tuple(one for one in METRICS if self.settings.post_days or one.name not in POST_COUNTERS)

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """The account, then its posts from the newest back to the oldest that is needed."""
        response = self._get(session, "lookup", {"acct": self.settings.account})
        page = self._page(response, window, now)
        account = _account(page)
        if account.get("suspended"):
            do = "ask the server's administrators; if the account is gone for good, remove the source from the plan"
            what = "the server has suspended the account and shows none of its posts"
            raise RefusedError(what, where=page.url, do=do)
        yield page
        yield from self._posts(str(account["id"]), window, now, session)

    def _posts(self, number: str, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """The pages of the list; only the id in the Link header is used, so that it cannot lead to another server."""
        oldest = oldest_needed_day(window, now, self.place.zone, self.settings.post_days)
        params = {"limit": str(self.settings.page_size), "exclude_reblogs": "true"} | (
            {} if self.settings.replies else {"exclude_replies": "true"}
        )
        guard, seen, cursor = PagerGuard(f"{self.settings.url} statuses of {self.settings.account}"), set[str](), ""

        def page_error(response: requests.Response) -> KmiError | None:
            return _page_error(self._page(response, window, now), seen, promises=bool(_next(response)))

        for sequence in count(1):
            query = params | ({"max_id": cursor} if cursor else {})
            response = self._get(session, f"{number}/statuses", query, page_error)
            page = self._page(response, window, now, sequence)
            yield page
            rows, cursor = _rows(page), _next(response)
            created = (row.get("created_at") for row in rows if isinstance(row, dict))
            days = [day for moment in created if (day := local_day(moment, self.place.zone))]
            if not cursor or (days and max(days) < oldest):
                return
            seen.update(_ids(rows))
            guard.next(cursor)

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Posts by day since the account was opened, levels and interactions. Raises ``ShapeError``."""
        timeline, opened = Timeline("statuses", self.settings.post_days, self.place.zone), None
        ordered = sorted(pages, key=lambda page: page.sequence)
        for page in ordered:
            if urlsplit(page.url).path.endswith("/lookup"):
                account = _account(page)
                opened = _opened(account)
                timeline.snapshot(page, account, ACCOUNT_COUNTERS)
                _note_move(account, timeline)
            else:
                for row in _rows(page):
                    timeline.observed.read(row, f"{page.url} post {_id(row)}", self._count, page, timeline)
        covered = days_since_opening(ordered[0].window, opened) if ordered else None
        if covered is None:
            return timeline.observed.parsed()
        return timeline.parsed(covered, ordered[-1].url.partition("?")[0])

    def _count(self, row: Row, page: RawPage, timeline: Timeline) -> None:
        if row.get("reblog") is not None:  # raises where the row is not an object
            return
        if row.get("visibility") not in PUBLIC:
            timeline.observed.note("posts that are not public (to followers or to single people) are not counted")
            return
        day, identity = local_day(row.get("created_at"), self.place.zone), row.get("id")
        if day is None or not isinstance(identity, str):
            created = str(row.get("created_at"))
            what = "the post has no id" if day else f"'{created[:40]}' is not a time of publication"
            timeline.observed.refuse(created, what, f"{page.url} post {identity}")
            return
        timeline.add(Post(identity, day, {name: row.get(name) for name in POST_COUNTERS}, page))

    def _page(self, response: requests.Response, window: Window, now: datetime, sequence: int = 0) -> RawPage:
        return RawPage(self.name, window, sequence, response.url, response.status_code, now, response.content)

    def _get(
        self, session: Session, path: str, params: Mapping[str, str], page_error: ErrorFromResponse | None = None
    ) -> requests.Response:
        """The response. Pages after the first are saved for a later pull, so ``page_error`` refuses a bad one first."""
        settings = self.settings
        url = f"{settings.url.rstrip('/')}/api/v1/accounts/{path}"

        def error_from_response(response: requests.Response) -> KmiError | None:
            if response.status_code == 200:
                return page_error(response) if page_error else None
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

    def _error_from_response(self, response: requests.Response, message: str) -> KmiError | None:
        """Errors are JSON with ``error``: https://docs.joinmastodon.org/entities/Error/"""
        why, account = f" ({message})" if message else "", self.settings.account
        match response.status_code:
            case 401 if self.settings.token:
                return RefusedError(f"the access token is no longer valid{why}", do=_RENEW)
            case 401 | 422 if not self.settings.token:
                do = f"write 'token' into the plan; {_RENEW}"
                return RefusedError(f"the server requires a token{why}", do=do)
            case 403:
                return RefusedError(f"the token may not read this{why}", do=_RENEW)
            case 404:
                do = f"check 'url' and 'account' ({account}); if the account was renamed, write its new name"
                return RefusedError(f"the server knows no such account{why}", do=do)
            case 410:
                do = "remove the source from the plan, or name the new account"
                return RefusedError(f"the account is gone from the server{why}", do=do)
        return quota_error(response, REMAINING_HEADER, RESET_HEADER)


def _account(page: RawPage) -> Row:
    account = parse_page_json(page)
    if not isinstance(account, dict) or not isinstance(account.get("id"), str):
        raise ShapeError("the response is not an account", where=page.url, do=_CHECK_URL)
    return account


def _rows(page: RawPage) -> list[Row]:
    rows = parse_page_json(page)
    if not isinstance(rows, list) or not any_objects(rows):
        raise ShapeError("the response is not a list of posts", where=page.url, do=_CHECK_URL)
    return rows


def _id(row: Row) -> str:
    return str(row.get("id")) if isinstance(row, dict) else ""


def _ids(rows: Sequence[Row]) -> set[str]:
    return {_id(row) for row in rows}


def _page_error(page: RawPage, seen: Set[str], *, promises: bool) -> ShapeError | None:
    """What is wrong with a page of a list; None for a good one.

    A server announces a next page only after a full one, so an empty page with a next one is wrong.
    """
    try:
        rows = _rows(page)
    except ShapeError as error:
        return error
    do = "report it to the server's administrators; this pull is discarded, the earlier data are kept"
    if not rows and promises:
        return ShapeError("an empty page announces another one", where=page.url, do=do)
    if rows and _ids(rows) <= seen:
        what = f"the server repeats itself: a page holds only posts of earlier pages ({len(seen)} so far)"
        return ShapeError(what, where=page.url, do=do)
    return None


def _next(response: requests.Response) -> str:
    """The id before which the next page begins, from the Link header; empty at the end.

    https://docs.joinmastodon.org/api/guidelines/#pagination
    """
    address = response.links.get("next", {}).get("url", "")
    return parse_qs(urlsplit(address).query).get("max_id", [""])[0]


def _opened(account: Row) -> date | None:
    """The day on which the account was opened; servers give midnight UTC, so the day is the same in every zone."""
    try:
        return date.fromisoformat(str(account.get("created_at"))[:10])
    except ValueError:
        return None


def _note_move(account: Row, timeline: Timeline) -> None:
    moved = account.get("moved")
    if isinstance(moved, dict):
        timeline.observed.note(
            f"the account has moved to {str(moved.get('url') or moved.get('acct'))[:200]}: name that one in the plan"
        )
