"""A real WordPress, against the posts that were written into it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from click.testing import CliRunner

from flows.cli import main
from tests.plan_texts import plan_text, write_plan
from tests.wordpress_site import Call, WordPressSite, running_wordpress

SITE_ZONE = "America/New_York"
ZONES = {"site": SITE_ZONE, "london": "Europe/London", "auckland": "Pacific/Auckland"}
INDICATOR = "posts: {title: Posts, unit: items, kind: flow, period: month, of: [{source: site, metric: posts}]}\n"
EDGES = (
    "2025-01-01T04:59:59",
    "2025-01-01T05:00:00",
    "2025-01-31T10:59:59",
    "2025-01-31T11:00:00",
    "2025-01-31T23:59:59",
    "2025-02-01T00:00:00",
    "2025-02-01T04:59:59",
    "2025-02-01T05:00:00",
    "2025-03-31T22:59:59",
    "2025-03-31T23:00:00",
    "2025-04-01T03:59:59",
    "2025-04-01T04:00:00",
)
"""Instants in UTC at which a month ends or begins in one of the zones."""
Counts = Mapping[tuple[str, str], int]


@dataclass
class Written:
    """A site, and the instant of each item that is published on it, by metric and number."""

    site: WordPressSite
    news: int
    items: dict[tuple[str, int], datetime] = field(default_factory=dict)
    in_news: set[int] = field(default_factory=set)

    def months(self, zone: str, metric: str) -> dict[str, int]:
        instants = (instant for (name, _), instant in self.items.items() if name == metric)
        return dict(Counter(f"{instant.astimezone(ZoneInfo(zone)):%Y-%m}" for instant in instants))

    def post_of(self, day: date) -> int:
        """The number of a post that was published on a day."""
        return next(number for (name, number), at in self.items.items() if (name, at.date()) == ("posts", day))

    def without(self, *numbers: int) -> "Written":
        """The same site where posts are gone."""
        gone = {("posts", number) for number in numbers}
        return replace(self, items={item: at for item, at in self.items.items() if item not in gone})


def post(instant: datetime, kind: str = "post", status: str = "publish", **more: object) -> Call:
    """A new item as an editor gives it: with the local time of the site."""
    local = f"{instant.astimezone(ZoneInfo(SITE_ZONE)):%Y-%m-%d %H:%M:%S}"
    fields = {"post_title": local, "post_content": "x", "post_type": kind, "post_status": status, "post_date": local}
    return ("wp_insert_post", [fields | more, True])


def fill(site: WordPressSite) -> Written:
    """Over two hundred posts, pages and events of three months, and what must not count."""
    _, parent = site.call(*(("wp_insert_category", [{"cat_name": name}]) for name in ("Uncategorized", "News")))
    child = site.call(("wp_insert_category", [{"cat_name": "Opening hours", "category_parent": parent}]))[0]
    written = Written(site, parent)
    first = datetime(2025, 1, 1, 5, tzinfo=UTC)
    steady = [first + timedelta(hours=9 * step, minutes=7) for step in range(1, 230)]
    edges = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in EDGES]
    published = [("posts", "post", instant) for instant in (*steady, *edges)]
    published += [("pages", "page", instant) for instant in edges[:5]]
    published += [("events", "event", instant) for instant in steady[:120]]
    categories = [(parent,), (child,), (parent, child), ()]
    calls = [
        post(instant, kind, post_category=categories[number % 4] if kind == "post" else ())
        for number, (_, kind, instant) in enumerate(published)
    ]
    numbers = site.call(*calls)
    for place, ((metric, kind, instant), number) in enumerate(zip(published, numbers, strict=True)):
        written.items[metric, number] = instant
        if kind == "post" and parent in categories[place % 4]:
            written.in_news.add(number)
    middle = datetime(2025, 2, 10, 12, tzinfo=UTC)
    site.call(*(post(middle, status=status) for status in ("draft", "pending", "private", "auto-draft")))
    site.call(post(datetime(2099, 1, 1, tzinfo=UTC)), post(datetime(2099, 1, 1, tzinfo=UTC), status="future"))
    trashed, protected = site.call(post(middle), post(middle, post_password="x"))
    written.items["posts", protected] = middle
    site.call(("wp_trash_post", [trashed]), ("stick_post", [numbers[0]]))
    return written


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    with running_wordpress(tmp_path_factory.mktemp("wordpress"), SITE_ZONE) as site:
        yield fill(site)


def plan(written: Written, home: Path) -> Path:
    more = {name: f"time_zone: {zone}, restated_days: 30" for name, zone in ZONES.items()}
    more["site"] += ", content: {posts: posts, pages: pages, events: events}"
    more["news_every_day"] = f"time_zone: {SITE_ZONE}"
    more["news"] = f"categories: [{written.news}]"
    sources = (f"{name}: {{type: wordpress, url: '{written.site.url}', {keys}}}\n" for name, keys in more.items())
    return write_plan(home, plan_text("".join(sources), INDICATOR))


def run(path: Path, now: date) -> None:
    done = CliRunner().invoke(main, ["run", "--plan", str(path), "--now", f"{now}T12:00:00"])
    assert done.exit_code == 0, done.output
    assert "refused" not in done.output.casefold(), done.output


def counted(home: Path, source: str, metric: str) -> dict[str, int]:
    """Items by month, as published."""
    rows = duckdb.execute(
        "SELECT strftime(start, '%Y-%m'), sum(value)::INT "
        f"FROM '{home}/kmi-warehouse/published/observations-*.parquet' WHERE source = ? AND metric = ? GROUP BY 1",
        [source, metric],
    ).fetchall()
    return dict(rows)


def entities(home: Path, source: str) -> set[str]:
    rows = duckdb.execute(
        f"SELECT entity FROM '{home}/kmi-warehouse/published/observations-*.parquet' WHERE source = ? AND value = 1",
        [source],
    ).fetchall()
    return {entity for (entity,) in rows}


def judged(home: Path) -> dict[str, int]:
    """The indicator by month, without months that have none."""
    rows = duckdb.execute(
        f"SELECT strftime(start, '%Y-%m'), value::INT FROM '{home}/kmi-warehouse/published/periods.parquet' "
        "WHERE value > 0"
    ).fetchall()
    return dict(rows)


def assert_counted(written: Written, home: Path) -> None:
    for source, zone in ZONES.items():
        assert counted(home, source, "posts") == written.months(zone, "posts"), source
    for metric in ("pages", "events"):
        assert counted(home, "site", metric) == written.months(SITE_ZONE, metric), metric


@pytest.mark.parametrize("permalinks", ["", "/%year%/%postname%/"])
def test_what_was_published_is_what_is_counted(written: Written, tmp_path: Path, permalinks: str) -> None:
    written.site.call(("update_option", ["permalink_structure", permalinks]), ("flush_rewrite_rules", []))
    run(plan(written, tmp_path), date(2025, 4, 10))
    assert_counted(written, tmp_path)
    assert judged(tmp_path) == written.months(SITE_ZONE, "posts")
    assert entities(tmp_path, "news") == {f"post:{number}" for number in written.in_news}


def moved(number: int, instant: datetime) -> Call:
    """A post that an editor gives another date; with the present as the time of the change."""
    local = instant.astimezone(ZoneInfo(SITE_ZONE))
    dates = {"post_date": f"{local:%Y-%m-%d %H:%M:%S}", "post_date_gmt": f"{instant:%Y-%m-%d %H:%M:%S}"}
    return ("wp_update_post", [{"ID": number, "edit_date": True, **dates}, True])


def test_a_change_counts_with_the_run_that_reads_its_day_again(written: Written, tmp_path: Path) -> None:
    """Trailing days on each run, an edited post wherever it was, and the rest on the first run of a month."""
    path = plan(written, tmp_path)
    run(path, date(2025, 4, 10))
    noon = datetime(2025, 1, 1, 12, tzinfo=UTC)
    edited, into, between = (written.post_of(date(2025, 1, day)) for day in (10, 12, 14))
    out, trashed, deleted, drafted = (written.post_of(date(2025, 3, day)) for day in (20, 21, 22, 23))
    late_trashed, late_deleted, late_private = (written.post_of(date(2025, 2, day)) for day in (3, 4, 5))
    newly = {into: noon + timedelta(80), between: noon + timedelta(35), out: noon + timedelta(15)}
    started, imported = written.site.call(
        post(noon, status="draft"), post(noon + timedelta(6)), *(moved(number, at) for number, at in newly.items())
    )[:2]
    written.site.call(
        ("wp_update_post", [{"ID": edited, "post_title": "Another title"}]),
        moved(started, noon + timedelta(5)),
        ("wp_update_post", [{"ID": started, "post_status": "publish"}]),
        ("wp_update_post", [{"ID": drafted, "post_status": "draft"}]),
        ("wp_update_post", [{"ID": late_private, "post_status": "private"}]),
        *(("wp_trash_post", [number]) for number in (trashed, late_trashed)),
        *(("wp_delete_post", [number, True]) for number in (deleted, late_deleted)),
    )
    written.items |= {("posts", number): at for number, at in newly.items()}
    written.items["posts", started] = noon + timedelta(5)
    seen = written.without(trashed, deleted, drafted)
    run(path, date(2025, 4, 12))
    assert_counted(seen, tmp_path)
    for gone in (late_trashed, late_deleted, late_private, trashed, deleted, drafted):
        del written.items["posts", gone]
    written.items["posts", imported] = noon + timedelta(6)
    run(path, date(2025, 5, 1))
    assert_counted(written, tmp_path)
    assert judged(tmp_path) == written.months(SITE_ZONE, "posts")


def test_a_scheduled_post_that_the_site_publishes_late_counts_on_its_day(written: Written, tmp_path: Path) -> None:
    """A site without visitors publishes what is due hours later, with the planned date and no new date of change."""
    path, planned = plan(written, tmp_path), datetime(2025, 4, 12, 1, tzinfo=UTC)
    (late,) = written.site.call(post(planned, status="draft"))
    run(path, date(2025, 4, 12))
    written.site.call(("wp_publish_post", [late]))
    run(path, date(2025, 4, 13))
    written.items["posts", late] = planned
    assert_counted(written, tmp_path)
    assert f"post:{late}" in entities(tmp_path, "news_every_day")
