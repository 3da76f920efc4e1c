"""Fetches daily insights.

A value belongs to the Pacific day that ends at its ``end_time``, 07:00 or 08:00 in UTC; the first value of a response
ends a day after ``since``: https://developers.facebook.com/documentation/pages-api/platforminsights/page . The links
``paging.next`` and ``previous`` lead to other days without end, so they are not followed.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sources.contract import RawPage
from sources.graph.api import GraphApi
from sources.graph.errors import InvalidMetricError, TooMuchDataError
from sources.graph.settings import PACIFIC
from sources.response import ProviderResponse
from warehouse.schema import Window

ZONE = ZoneInfo(PACIFIC)
WEEK = "_week"
RETENTION = timedelta(days=729)
STILL_EXPECTED = timedelta(days=30)
"""Days without an answer are requested again for so long; insights come within 48 hours, unless there are none."""


def midnight_s(day: date) -> str:
    """The Unix time, in seconds, at which ``day`` begins in California."""
    return str(int(datetime.combine(day, time(), ZONE).timestamp()))


@dataclass
class InsightsClient:
    """Fetches many metrics at once; bisects them when the API refuses one, until that one is isolated.

    ``gone`` are the metrics that the API refused; they are not requested again.
    """

    api: GraphApi
    path: str
    gone: dict[str, InvalidMetricError] = field(default_factory=dict)

    def fetch(
        self, metrics: Sequence[str], params: Mapping[str, str], about: Mapping[str, object]
    ) -> Iterator[ProviderResponse]:
        """The responses that hold ``metrics``, and one of status 400 for each metric that the API does not know."""
        wanted = [name for name in metrics if name not in self.gone]
        if not wanted:
            return
        query = {"metric": ",".join(wanted), **params}
        try:
            yield self.api.fetch(self.path, query, {**about, "kind": "insights", "metrics": wanted}, lasting=True)
        except InvalidMetricError as error:
            if len(wanted) == 1:
                self.gone[wanted[0]] = error
                yield ProviderResponse(error.where, 400, error.body, json.dumps({"kind": "gone", "metric": wanted[0]}))
                return
            yield from self._halves(wanted, params, about)
        except TooMuchDataError:
            if len(wanted) == 1:
                raise
            yield from self._halves(wanted, params, about)

    def _halves(
        self, wanted: Sequence[str], params: Mapping[str, str], about: Mapping[str, object]
    ) -> Iterator[ProviderResponse]:
        middle = len(wanted) // 2
        yield from self.fetch(wanted[:middle], params, about)
        yield from self.fetch(wanted[middle:], params, about)

    def require_one(self, metrics: Collection[str]) -> None:
        """Raises the provider's refusal if it knows none of ``metrics``."""
        if metrics and all(name in self.gone for name in metrics):
            raise next(iter(self.gone.values()))


def retained_window(window: Window, now: datetime) -> Window | None:
    """The part of ``window`` that the provider still keeps, the last two years; None if it keeps none of it."""
    start = max(window.start, now.astimezone(ZONE).date() - RETENTION)
    return Window(start, window.end) if start < window.end else None


def unanswered_window(window: Window, pages: Sequence[RawPage]) -> Window | None:
    """The part of ``window`` whose insights may still come, seen from when ``pages`` were fetched."""
    today = max(page.fetched_at for page in pages).astimezone(ZONE).date()
    return window.overlap(Window(today - STILL_EXPECTED, date.max))


def fetch_insights(
    client: InsightsClient, responses: Iterator[ProviderResponse], metrics: Collection[str]
) -> Iterator[ProviderResponse]:
    """The token's expiry, then ``responses``. Raises the provider's refusal if it knows none of ``metrics``."""
    token = client.api.token_info()
    if token is not None:
        yield token
    yield from responses
    client.require_one(metrics)
