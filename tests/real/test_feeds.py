"""Feeds of real sites, well-formed and broken, served over HTTP on this machine and read in one run."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from lxml import etree

from flows.cli import main
from tests.loopback import Reply, serve
from tests.plan_texts import plan_text, write_plan

FAILS = {
    "unrecognized.rss": "this is not a feed but a web page",
    "heraldsun.rss": "2 of 2 rows were refused",
    "missing-fields.atom": "1 of 1 rows were refused",
    "incomplete-fields.atom": "1 of 1 rows were refused",
    "uolNoticias.rss": "15 of 15 rows were refused",
}
DATES = ("pubDate", "published", "date", "created", "updated")


@pytest.fixture(scope="module")
def feeds(shared_data: Callable[[str], Path]) -> dict[str, Path]:
    found = {
        path.name: path
        for path in sorted(shared_data("rss-atom-real-feeds").iterdir())
        if path.suffix in {".rss", ".atom"}
    }
    assert len(found) == 31
    return found


def source(name: str) -> str:
    return re.sub("[^a-z0-9]", "_", name.lower())


@pytest.fixture(scope="module")
def run(feeds: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Result, Path]]:
    """One run over all feeds: what it said, and the folder published/."""
    folder = tmp_path_factory.mktemp("feeds")
    with serve(lambda received: Reply(feeds[received.path[1:]].read_bytes())) as site:
        sources = "".join(f"{source(name)}: {{type: feed, url: {site.url}/{name}, time_zone: UTC}}\n" for name in feeds)
        of = f"[{{source: {source('heise.atom')}, metric: posts}}]"
        indicator = f"posts: {{title: Posts, unit: posts, kind: flow, of: {of}}}\n"
        plan = write_plan(folder, plan_text(sources, indicator))
        done = CliRunner().invoke(main, ["run", "--plan", str(plan), "--json", "--now", "2026-11-24T06:00:00"])
        yield done, folder / "kmi-warehouse/published"


def days_of(path: Path) -> Counter[date]:
    """The UTC day of each item, counted once an id, as lxml and the standard library read the file."""
    root = etree.fromstring(path.read_bytes().lstrip(), etree.XMLParser(huge_tree=True))
    seen: dict[str, date] = {}
    for item in (element for element in root.iter("{*}item", "{*}entry")):
        told = {
            etree.QName(child).localname: (child.text or child.get("href") or "").strip()
            for child in reversed(item)
            if isinstance(child.tag, str)
        }
        text = next(told[name] for name in DATES if told.get(name))
        moment = datetime.fromisoformat(text) if re.match(r"\d{4}-", text) else parsedate_to_datetime(text)
        name = told.get("guid") or told.get("id") or told["link"]
        seen.setdefault(name, moment.astimezone(UTC).date())
    return Counter(seen.values())


def test_the_run_fails_and_says_which_feeds_failed(run: tuple[Result, Path]) -> None:
    done, _ = run
    assert done.exit_code == 1
    assert set(json.loads(done.stdout)["failed"]) == {source(name) for name in FAILS}
    assert "Traceback" not in done.output


@pytest.mark.parametrize("name", FAILS)
def test_a_broken_feed_is_refused_with_its_reason(run: tuple[Result, Path], name: str) -> None:
    done, published = run
    why = json.loads(done.stdout)["failed"][source(name)]
    assert FAILS[name] in why
    row = duckdb.execute(
        f"SELECT last_error, rows, fresh FROM '{published}/sources.parquet' WHERE source = ?", [source(name)]
    ).fetchone()
    assert row == (why, 0, False)


def test_each_item_of_a_good_feed_is_counted_once_on_its_day(run: tuple[Result, Path], feeds: dict[str, Path]) -> None:
    _, published = run
    rows = duckdb.execute(f"SELECT source, start, value, metric FROM '{published}/observations-*.parquet'").fetchall()
    got: dict[str, Counter[date]] = {}
    for name, day, value, metric in rows:
        assert (value, metric) == (1.0, "posts")
        got.setdefault(name, Counter())[day] += 1
    want = {source(name): days_of(path) for name, path in feeds.items() if name not in FAILS}
    assert got == want
    assert len(want) == 26
    assert len(rows) == 1351


def test_what_was_refused_is_listed_by_feed_and_item(run: tuple[Result, Path]) -> None:
    _, published = run
    listed = json.loads(CliRunner().invoke(main, ["refused", "--warehouse", str(published.parent), "--json"]).stdout)[
        "refused"
    ]
    counts = Counter(row["source"] for row in listed)
    assert counts == {
        source("heraldsun.rss"): 2,
        source("missing-fields.atom"): 1,
        source("incomplete-fields.atom"): 1,
        source("uolNoticias.rss"): 15,
    }
    assert all(re.search(r"item \d+$", row["origin"]) and row["action"] for row in listed)
