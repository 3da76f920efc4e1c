"""Figures by day: how they are asked for and read.

A value belongs to the Pacific day that ends at its ``end_time``, 07:00 or 08:00 in UTC; the first one of an answer ends a day
after ``since``: https://developers.facebook.com/documentation/pages-api/platforminsights/page . The links ``paging.next`` and
``previous`` of such an answer lead to other days, without end, so they are not followed.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sources.contract import Metric, ParseResult, RawPage
from sources.graph.access import note_version_drift, token_expiry
from sources.graph.api import GraphApi
from sources.graph.errors import InvalidMetricError, TooMuchDataError
from sources.graph.retired import break_of, replacement_advice, retirement_of
from sources.graph.settings import PACIFIC
from sources.observations import ObservationBuilder, ReportedValue, parse_page_json
from sources.response import ProviderResponse
from warehouse.errors import ShapeError
from warehouse.schema import DAY, Window

ZONE = ZoneInfo(PACIFIC)
WEEK = "_week"
RETENTION = timedelta(days=729)
_NEAR_MIDNIGHT = {23, 0, 1}
"""Around the change of the clocks an end_time may be an hour off."""


def midnight_s(day: date) -> str:
    """The second at which ``day`` begins in California."""
    return str(int(datetime.combine(day, time(), ZONE).timestamp()))


@dataclass
class InsightsClient:
    """Asks for many metrics at once and, where one of them is refused, for halves of them until that one is found alone.

    ``gone`` are those that were refused; they are not asked for again.
    """

    api: GraphApi
    path: str
    gone: dict[str, InvalidMetricError] = field(default_factory=dict)

    def answers(
        self, metrics: Sequence[str], params: Mapping[str, str], about: Mapping[str, object]
    ) -> Iterator[ProviderResponse]:
        wanted = [name for name in metrics if name not in self.gone]
        if not wanted:
            return
        asked = {"metric": ",".join(wanted), **params}
        try:
            yield self.api.told(self.path, asked, {**about, "kind": "insights", "metrics": wanted}, lasting=True)
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
        yield from self.answers(wanted[:middle], params, about)
        yield from self.answers(wanted[middle:], params, about)

    def require_one(self, metrics: Collection[str]) -> None:
        """Raises the provider's refusal where none of ``metrics`` is known."""
        if metrics and all(name in self.gone for name in metrics):
            raise next(iter(self.gone.values()))


@dataclass
class InsightsParser:
    """Reads the pages of one pull. ``declared`` are the metrics by name; ``wanted`` those named in the plan.

    ``complete``: a day that a complete answer does not name has no figure; otherwise it may only be late.
    """

    declared: Mapping[str, Metric]
    wanted: Collection[str]
    version: str
    complete: bool = True
    observed: ObservationBuilder = field(
        default_factory=lambda: ObservationBuilder(
            "look at the day in the provider's own insights; if it is right there, tell the provider"
        )
    )
    _asked: set[str] = field(default_factory=set)
    _answered: set[str] = field(default_factory=set)
    _first: date | None = None
    _last: date | None = None
    _expires: datetime | None = None
    _holes: bool = False
    _left_out: set[str] = field(default_factory=set)

    def parsed(self, pages: Sequence[RawPage]) -> ParseResult:
        if not pages:
            return self.observed.parsed()
        window = pages[0].window
        for page in sorted(pages, key=lambda page: page.sequence):
            self._page(page)
        self._tell()
        last, first = self._last, max(self._first or window.start, window.start)
        covered = [Window(first, min(last + DAY, window.end))] if last is not None and last >= first else []
        whole = self.complete and not self._holes and set(self.wanted) <= self._answered and bool(covered)
        found = self.observed.parsed(covered=covered, replaces=covered[0] if whole else None)
        return replace(found, access_expires_at=self._expires)

    def _tell(self) -> None:
        for name in self.wanted:
            known = retirement_of(name)
            if known is not None and name in self._answered:
                self.observed.note(f"'{name}': {replacement_advice(name)}; it was still answered")
            if name not in self._asked | self._left_out:
                self.observed.note(f"'{name}' was not asked for: the provider tells it of the last 30 days only")
        silent = [name for name in self.wanted if name in self._asked - self._answered - self._left_out]
        if silent:
            what = "below 100 likes (Instagram: 100 followers) there are no insights, nor without the permission to read them"
            self.observed.note(f"no answer about {', '.join(silent)}: missing, not 0; {what}")

    def _page(self, page: RawPage) -> None:
        about = json.loads(page.request or "{}")
        document = parse_page_json(page)
        if about.get("kind") == "gone":
            self._gone(about["metric"], document, page)
            return
        if about.get("kind") == "token":
            self._expires = token_expiry(document, about, self.observed) or self._expires
            return
        note_version_drift(about, self.version, self.observed)
        self._first = date.fromisoformat(about["from"]) if "from" in about else self._first
        rows = document.get("data") if isinstance(document, dict) else None
        if not isinstance(rows, list):
            raise ShapeError(
                "the answer has no list 'data'",
                where=page.url,
                do="run again; if it stays so, the interface has changed",
            )
        named = set()
        for number, row in enumerate(rows, 1):
            origin = f"{page.url} row {number}"
            if not isinstance(row, dict) or not isinstance(row.get("name"), str):
                self.observed.refuse(json.dumps(row), "the row names no metric", origin)
                continue
            named.add(row["name"])
            self._row(row, about, page.window, origin)
        asked = set(about.get("metrics", named))
        self._asked |= asked
        self._holes |= not asked <= named

    def _gone(self, metric: str, document: Any, page: RawPage) -> None:
        error = document.get("error") if isinstance(document, dict) else None
        if not isinstance(error, dict):
            raise ShapeError("the answer about a metric is no error of the Graph API", where=page.url, do="run again")
        self._left_out.add(metric)
        self.observed.note(
            f"the Graph API no longer answers about '{metric}' and it was left out: {replacement_advice(metric)}"
        )
        for name in (metric, metric + WEEK):
            if name in self.declared:
                self.observed.note_break(break_of(metric, page.window.start, name))

    def _row(self, row: Mapping[str, Any], about: Mapping[str, Any], window: Window, origin: str) -> None:
        name, period = row["name"], row.get("period")
        if name not in self.declared:
            self.observed.note(f"an answer about '{name}' was not asked for and is left out")
            return
        flags = ("estimated",) if "estimate" in str(row.get("description", "")).lower() else ()
        if "total_value" in row and "span" in about:
            span = Window(*(date.fromisoformat(day) for day in about["span"]))
            total = row["total_value"].get("value") if isinstance(row["total_value"], dict) else row["total_value"]
            self._figure(ReportedValue(name + about.get("suffix", ""), span, total, origin, flags=flags))
            self._heard(total, span.end - DAY)
            return
        if period not in {"day", "week", "lifetime"}:
            self.observed.note(f"'{name}' came over {period}, rolling from day to day: left out")
            return
        for value in row.get("values") or []:
            self._value(name, period == "week", value, window, (origin, flags))

    def _value(self, name: str, weekly: bool, value: Any, window: Window, rest: tuple[str, tuple[str, ...]]) -> None:
        origin, flags = rest
        end = local_end(value.get("end_time")) if isinstance(value, dict) else None
        if end is None:
            self.observed.refuse(json.dumps(value), "the value has no end_time at the end of a Pacific day", origin)
            return
        if weekly:
            if end.weekday() == 0 and window.start < end <= window.end and name + WEEK in self.declared:
                self._figure(
                    ReportedValue(name + WEEK, Window(end - 7 * DAY, end), value.get("value"), origin, flags=flags)
                )
            return
        self._heard(value.get("value"), end - DAY)
        day = end if self.declared[name].kind == "reading" else end - DAY
        if day in window and day >= (self._first or window.start):
            self._figure(ReportedValue(name, day, value.get("value"), origin, flags=flags))

    def _heard(self, raw: object, day: date) -> None:
        """``day`` is one of which the provider tells already; the newest may not be there yet."""
        if raw is not None:
            self._last = max(self._last or day, day)

    def _figure(self, figure: ReportedValue) -> None:
        """A table of figures, such as reactions by kind, is one figure for each of its lines; an empty one says nothing."""
        parts = figure.raw if isinstance(figure.raw, dict) else {"": figure.raw}
        if not parts:
            self.observed.note(f"'{figure.metric}' came as an empty table on some days: missing, not 0")
        for line, raw in parts.items():
            self.observed.add(replace(figure, entity=str(line), raw=raw))
        if any(raw is not None for raw in parts.values()):
            self._answered.add(figure.metric.removesuffix(WEEK))


def local_end(text: object) -> date | None:
    """The Pacific day that begins at ``text``, the end of the day before; None for what is none."""
    try:
        told = datetime.fromisoformat(str(text))
        moment = told.astimezone(ZONE)
    except (ValueError, OverflowError):
        return None
    if told.tzinfo is None:
        return None
    return (moment - timedelta(hours=12)).date() + DAY if moment.hour in _NEAR_MIDNIGHT else None


def retained_window(window: Window, now: datetime) -> Window | None:
    """The days of ``window`` of which figures are still kept, the last two years; None where there are none of them."""
    start = max(window.start, now.astimezone(ZONE).date() - RETENTION)
    return Window(start, window.end) if start < window.end else None


def fetch_insights(
    client: InsightsClient, ask: Callable[[], Iterator[ProviderResponse]], metrics: Collection[str]
) -> Iterator[ProviderResponse]:
    """The answers of ``ask``, before them what is known of the token. Raises where no metric was answered."""
    ends = client.api.token_info()
    if ends is not None:
        yield ends
    yield from ask()
    client.require_one(metrics)
