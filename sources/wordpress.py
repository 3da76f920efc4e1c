"""Posts, pages and other content of a WordPress site, through its REST API (``wp/v2``).

The site compares ``after`` and ``before`` with its own local time, so a day is added at both ends and the response is
filtered on ``date_gmt``. A post that was moved to a day before the window is found by its date of change. A scheduled
one that the site published late has no new date of change, so each list reaches back by ``LATE``. One that was deleted
or hidden is noticed when its day is read again: ``restated_days`` on each run, ``deep_days`` once a month.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar, Literal, cast
from urllib.parse import urlencode

import requests
from pydantic import Field

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.items import Item, Items, KindName, Refusal, item_metrics, one_day
from sources.json_values import any_objects, parse_json
from sources.web.addresses import same_origin
from sources.web.auth import Auth
from sources.web.paging import PagerGuard
from sources.web.session import Session
from sources.whole_numbers import read_count
from sources.wordpress_routes import ApiRoot, Route, base_of, named_root, usual_root
from warehouse.errors import KmiError, RefusedError, RetryableError, ShapeError
from warehouse.schema import DAY, Window

PER_PAGE = 100
MAX_READINGS = 3
LATE = timedelta(days=2)
"""How long after its planned time a site may publish a scheduled post: its clock runs only with its visitors."""
FIELDS = "id,date,date_gmt,modified_gmt,link,title,type,status"
_PAGING = {"per_page": str(PER_PAGE), "orderby": "id", "order": "asc", "_fields": FIELDS}
_BEYOND_THE_END = "rest_post_invalid_page_number"
Row = Mapping[str, object]


class WordPressSettings(SourceSettings):
    """A site and which of its content counts as what."""

    type: Literal["wordpress"]
    url: str = Field(description="address of the site; it says itself where its REST API is")
    content: dict[str, KindName] = Field(
        default_factory=lambda: {"posts": "posts"},
        min_length=1,
        description="kind by REST base: posts, pages or the base of a custom type, with its namespace unless wp/v2",
    )
    categories: tuple[int, ...] = Field((), description="only posts of these categories, by their ids")
    deep_days: int = Field(
        36500, ge=0, description="trailing days that the first run of each month reads again: everything, by default"
    )
    auth: Auth | None = Field(None, description="an application password, where the site requires one")


class WordPress:
    """One site. Days are those of the source's zone."""

    Settings: ClassVar[type[SourceSettings]] = WordPressSettings
    max_days: ClassVar[int | None] = None
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = True
    about: ClassVar[About] = About(
        "WordPress (REST API)",
        "none for what is public; an application password otherwise",
        "2 requests a run, more for over 100 posts",
        {"url": "https://library.example"},
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("WordPressSettings", settings)

    def metrics(self) -> tuple[Metric, ...]:
        return item_metrics(self.settings.content.values())

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """Per REST base: items published in the window or ``LATE`` before, then older ones changed since it began."""
        published = {"after": _midnight(window.start - LATE - DAY), "before": _midnight(window.end + DAY)}
        changed = {"modified_after": _midnight(window.start - DAY), "before": _midnight(window.start - LATE + DAY)}
        sequence, root = 0, usual_root(self.settings.url)
        for base, choice in ((base, choice) for base in self.settings.content for choice in (published, changed)):
            wanted = {**choice, **self._categories(base)}
            try:
                pages = self._whole_list(root.route(base), wanted, session)
            except (RefusedError, ShapeError) as refused:
                if sequence:
                    raise
                root = self._named_root(root, refused, session)
                pages = self._whole_list(root.route(base), wanted, session)
            for url, response in pages:
                yield RawPage(self.name, window, sequence, url, response.status_code, now, response.content)
                sequence += 1

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Every published item, on its day by ``date_gmt``. The pull is complete for its window."""
        items = Items()
        for page in sorted(pages, key=lambda page: page.sequence):
            kinds = {name.rpartition("/")[2]: kind for name, kind in self.settings.content.items()}
            kind = kinds.get(base_of(page.url))
            if kind is None:
                do = "collect again after a change of 'content'"
                raise ShapeError("the page is of a content that is not in the plan", where=page.url, do=do)
            for number, row in enumerate(_rows(page.body, page.url), start=1):
                items.read(row, f"{page.url} item {number}", self._count, page, kind, items, number)
        windows = {page.window for page in pages}
        only = windows.pop() if len(windows) == 1 else None
        return items.parsed(covered=(only,) if only else (), replaces=only)

    def _count(self, row: Row, page: RawPage, kind: str, items: Items, number: int) -> None:
        origin = f"{page.url} item {number}"
        identity = f"{row.get('type') or kind}:{row.get('id')}"
        if row.get("status", "publish") != "publish":
            items.note("some items are not published (drafts, private or scheduled ones); they are not counted")
            return
        day = self._day(row.get("date_gmt"))
        if day is None or not isinstance(row.get("id"), int):
            raw, reason = (
                str(row.get("date_gmt") or ""),
                "the item has no usable date_gmt" if day is None else "the item has no id",
            )
            action = "open the item in WordPress, give it a date and save it"
            items.refuse(Refusal(raw, reason, origin, action, kind, identity))
            return
        changed, window = "modified_after=" in page.url, page.window
        if self._moved_away(day, row, window) if changed else self._published(day, window):
            items.add(Item(kind, identity, one_day(day), origin, version=str(row.get("modified_gmt") or "")))

    def _published(self, day: date, window: Window) -> bool:
        """Whether an item of this day is of the window, or of the days of ``LATE`` before it."""
        return day in window or (window.start - LATE <= day < window.start and self._is_collected(day))

    def _moved_away(self, day: date, row: Row, window: Window) -> bool:
        """Whether a changed item is dated before all that and was changed since the window began."""
        changed = self._day(row.get("modified_gmt")) or window.start
        return day < window.start - LATE and window.start <= changed and self._is_collected(day)

    def _is_collected(self, day: date) -> bool:
        return self.settings.since is None or day >= self.settings.since

    def _day(self, moment: object) -> date | None:
        try:
            parsed = datetime.fromisoformat(str(moment))
            return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(self.place.zone).date()
        except (ValueError, OverflowError):
            return None

    def _categories(self, base: str) -> dict[str, str]:
        chosen = ",".join(str(number) for number in self.settings.categories)
        return {"categories": chosen} if chosen and base == "posts" else {}

    def _named_root(self, tried: ApiRoot, refused: KmiError, session: Session) -> ApiRoot:
        """The root that the site names, where the one that was tried is not there. Raises ``refused`` otherwise."""
        if isinstance(refused, RefusedError) and "404" not in refused.what:
            raise refused
        try:
            found = named_root(session.get(self.settings.url))
        except KmiError:
            raise refused from None
        if found is None or found == tried:
            raise refused
        if self.settings.auth is not None and not same_origin(self.settings.url, found.url):
            do = "write the address that the site names into the plan"
            raise RefusedError(f"the REST API is on another host: {found.url}", where=self.settings.url, do=do)
        return found

    def _whole_list(
        self, route: Route, choice: Mapping[str, str], session: Session
    ) -> list[tuple[str, requests.Response]]:
        """All pages of one list, read again from the first if it changed meanwhile. Raises ``RetryableError``."""
        for _ in range(MAX_READINGS):
            pages = self._one_reading(route, choice, session)
            if pages is not None:
                return pages
        where = session.redact(f"{route.url}?{urlencode({**route.params, **choice})}")
        what = f"the list changed each of the {MAX_READINGS} times that it was read"
        raise RetryableError(what, where=where, do="run again when nobody is publishing")

    def _one_reading(
        self, route: Route, choice: Mapping[str, str], session: Session
    ) -> list[tuple[str, requests.Response]] | None:
        """The pages from first to last; None where the list changed meanwhile (its total, or an item came twice)."""
        pages: list[tuple[str, requests.Response]] = []
        guard, seen, totals = PagerGuard(session.redact(route.url)), set[str](), set[str | None]()
        while True:
            number = len(pages) + 1
            guard.next(str(number))
            params = {**route.params, **choice, **_PAGING, "page": str(number)}
            url = session.redact(f"{route.url}?{urlencode(params)}")
            try:
                response = session.get(route.url, params=params, auth=self.settings.auth)
            except RefusedError as error:
                if number == 1 or _BEYOND_THE_END not in error.what:
                    raise
                return None if totals != {None} else pages
            pages.append((url, response))
            ids = [str(row.get("id")) for row in _rows(response.content, url) if isinstance(row, dict)]
            totals.add(response.headers.get("X-WP-Total"))
            if len(ids) >= PER_PAGE:
                guard.page(ids)
            if len(totals) > 1 or not seen.isdisjoint(ids):
                return None
            seen.update(ids)
            more = _more(response, number, len(ids))
            if not ids:
                guard.empty_page(more)
            if not more:
                _require_whole(response, len(seen), url)
                return pages


def _midnight(day: date) -> str:
    """A full date-time: the API refuses a bare date with 400."""
    return f"{day.isoformat()}T00:00:00"


def _more(response: requests.Response, number: int, rows: int) -> bool:
    """Whether a page follows: by the header, or, where a proxy removed it, as long as pages are full."""
    total_pages = read_count(response.headers.get("X-WP-TotalPages"))
    return rows >= PER_PAGE if total_pages is None else number < total_pages


def _require_whole(response: requests.Response, found: int, url: str) -> None:
    """Raise ``ShapeError`` where the list ended before the size that the site states."""
    total = read_count(response.headers.get("X-WP-Total"))
    if total is not None and found < total:
        what = f"the site states {total} items and delivered {found} (X-WP-Total)"
        do = "run again; if it happens again, ask the people who run the site which plugin or cache shortens its lists"
        raise ShapeError(what, where=url, do=do)


def _rows(body: bytes, url: str) -> list[Row]:
    """The items of a page. Raises ``ShapeError`` for anything but a JSON list of objects."""
    do = "check the address: it is the one before wp-json, and the REST API must not be switched off"
    rows = parse_json(body, url, do)
    if not isinstance(rows, list) or not any_objects(rows):
        raise ShapeError("the answer is not a list of items", where=url, do="check the REST base under 'content'")
    return cast("list[Row]", rows)
