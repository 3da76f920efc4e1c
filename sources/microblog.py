"""What the microblog sources share: posts counted by local day, and readings of followers and interactions.

The posts of each day of the window are a flow. A pull gives every day, also with 0, so that it corrects a day from
which a post was deleted. Followers and interactions are readings of the day on which they were read. That day is in the
window of the next pull, so a pull does not replace its window: it would delete yesterday's readings.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import requests

from sources.contract import ParseResult, RawPage
from sources.json_values import json_or_none
from sources.observations import ObservationBuilder, ReportedValue, parse_number
from sources.web.budget import RateLimitHeaders
from warehouse.errors import KmiError, QuotaError
from warehouse.schema import DAY, Window


@dataclass(frozen=True, slots=True)
class Post:
    """A post on one page; ``day`` is its local day, ``counts`` maps a metric to its raw count."""

    identity: str
    day: date
    counts: Mapping[str, object]
    page: RawPage


@dataclass
class Timeline:
    """Collects the posts of one pull.

    ``metric``: the flow of posts. ``post_days``: counts are kept of posts up to this many days old.
    """

    metric: str
    post_days: int
    zone: ZoneInfo
    observed: ObservationBuilder = field(default_factory=ObservationBuilder)
    _posts: dict[str, Post] = field(default_factory=dict)

    def add(self, post: Post) -> None:
        """Add a post; if several pages hold it, the last one counts."""
        self._posts[post.identity] = post

    def snapshot(self, page: RawPage, account: Mapping[str, object], names: Sequence[str]) -> None:
        """Add the counters ``names`` of an account, as readings of the day of the page."""
        for name in names:
            self._read(ReportedValue(name, reading_day(page, self.zone), account.get(name), f"{page.url} {name}"))

    def parsed(self, window: Window, origin: str) -> ParseResult:
        """The posts of each day of ``window``, and the readings. ``origin`` is that of the posts."""
        posts = Counter(post.day for post in self._posts.values())
        for day in (window.start + n * DAY for n in range(window.days)):
            self.observed.add(ReportedValue(self.metric, day, posts[day], origin))
        for post in self._posts.values():
            at = reading_day(post.page, self.zone)
            if at - timedelta(days=self.post_days) < post.day <= at:
                for name, raw in post.counts.items():
                    self._read(ReportedValue(name, at, raw, f"{post.page.url} post {post.identity}", post.identity))
        return self.observed.parsed(covered=(window,))

    def _read(self, figure: ReportedValue) -> None:
        value = parse_number(figure.raw)
        if figure.raw is None:
            self.observed.refuse("", f"the response holds no {figure.metric}", figure.origin, figure=figure)
        elif value is not None and value < 0:
            # A server that hides the number gives -1: https://glitch-soc.github.io/docs/features/hide-follower-count
            self.observed.note(f"the server hides {figure.metric} (it gave {value:.0f}), so it is missing")
        else:
            self.observed.add(figure)


def reading_day(page: RawPage, zone: ZoneInfo) -> date:
    """The local day on which the page was fetched."""
    return page.fetched_at.astimezone(zone).date()


def local_day(moment: object, zone: ZoneInfo) -> date | None:
    """The local day of an ISO time with an offset; None for anything else."""
    try:
        at = datetime.fromisoformat(moment if isinstance(moment, str) else "")
        return at.astimezone(zone).date() if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def oldest_needed_day(window: Window, now: datetime, zone: ZoneInfo, post_days: int) -> date:
    """The oldest day whose posts are needed, for the window or for their interactions."""
    return min(window.start, now.astimezone(zone).date() - timedelta(days=post_days - 1))


def days_since_opening(window: Window, opened: date | None) -> Window | None:
    """The days of the window on which the account existed; None if there are none."""
    if opened is None or opened <= window.start:
        return window
    return Window(opened, window.end) if opened < window.end else None


def quota_error(response: requests.Response, remaining: str, reset: str) -> QuotaError | None:
    """The error of a 429 whose headers say when requests are allowed again; None for any other response."""
    if response.status_code != 429:
        return None
    limit = RateLimitHeaders(remaining, reset)
    limit.learn(response, 0.0)
    wait = limit.wait_s(0.0)
    if not wait:
        return None
    what = f"the limit of requests is used up; it is renewed in {max(round(wait / 60), 1)} minutes"
    return QuotaError(what, do="nothing: the next run goes on", retry_after_s=wait)


def error_field(response: requests.Response, name: str, redact: Callable[[str], str]) -> str:
    """The text under ``name`` in an error's JSON, without secrets; empty if there is none."""
    body = json_or_none(response)
    text = body.get(name) if isinstance(body, dict) else None
    return redact(text)[:200] if isinstance(text, str) else ""


def with_location(error: KmiError | None, where: str) -> KmiError | None:
    """A copy of ``error`` with the address at which it happened."""
    if isinstance(error, QuotaError):
        return QuotaError(error.what, where=where, do=error.do, retry_after_s=error.retry_after_s)
    return error if error is None else type(error)(error.what, where=where, do=error.do)
