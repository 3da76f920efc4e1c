"""Items that announce a day to come wait, and count once their day has come."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from flows.cli import main
from tests.loopback import Reply, serve
from tests.plan_texts import plan_text, write_plan

INDICATOR = "news: {title: News, unit: items, kind: flow, of: [{source: news, metric: news}]}\n"


def rss(*items: tuple[str, str]) -> bytes:
    inner = "".join(f"<item><guid>{name}</guid><pubDate>{day}</pubDate></item>" for name, day in items)
    return f'<rss version="2.0"><channel><title>N</title>{inner}</channel></rss>'.encode()


class Site:
    """A feed whose text changes, and the runs over it."""

    def __init__(self, folder: Path, url: str, replies: list[Reply]) -> None:
        text = plan_text(f"news: {{type: feed, url: {url}/feed, kind: news}}\n", INDICATOR)
        self.plan, self.published, self.replies = write_plan(folder, text), folder / "kmi-warehouse/published", replies

    def run(self, day: str, reply: Reply) -> Result:
        self.replies[:] = [reply]
        done = CliRunner().invoke(main, ["run", "--plan", str(self.plan), "--now", f"{day}T06:00:00"])
        assert done.exit_code == 0, done.output
        return done

    def days(self) -> list[tuple[str, str]]:
        files = self.published / "observations-*.parquet"
        sql = f"select entity, start::text from read_parquet('{files}') order by all"
        return duckdb.sql(sql).fetchall()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    replies: list[Reply] = []
    with serve(lambda _: replies[0]) as server:
        yield Site(tmp_path, server.url, replies)


NOW, AHEAD = ("a", "2026-09-01"), ("b", "2026-10-20")


@pytest.mark.slow
def test_an_item_ahead_waits_without_a_refusal_and_counts_on_its_day_though_the_feed_has_not_changed(
    site: Site,
) -> None:
    first = site.run("2026-10-11", Reply(rss(NOW, AHEAD), headers={"ETag": '"1"'}))
    assert "1 item of a day to come" in first.output
    assert "refused" not in first.output
    assert site.days() == [NOW]
    site.run("2026-10-19", Reply(status=304))
    assert site.days() == [NOW]
    done = site.run("2026-10-20", Reply(status=304))
    assert "1 item announced earlier, whose day has come" in done.output
    assert site.days() == [NOW, AHEAD]
    site.run("2026-10-21", Reply(rss(NOW, AHEAD)))
    assert site.days() == [NOW, AHEAD]


@pytest.mark.slow
def test_an_item_that_left_the_feed_before_its_day_still_counts(site: Site) -> None:
    site.run("2026-10-11", Reply(rss(NOW, AHEAD)))
    site.run("2026-10-21", Reply(rss(NOW)))
    assert site.days() == [NOW, AHEAD]


@pytest.mark.slow
def test_a_postponed_item_counts_on_its_new_day_alone(site: Site) -> None:
    site.run("2026-10-11", Reply(rss(NOW, AHEAD)))
    site.run("2026-10-12", Reply(rss(NOW, ("b", "2026-10-25"))))
    site.run("2026-10-21", Reply(rss(NOW)))
    assert site.days() == [NOW]
    site.run("2026-10-26", Reply(rss(NOW)))
    assert site.days() == [NOW, ("b", "2026-10-25")]


@pytest.mark.slow
def test_an_item_that_is_moved_ahead_no_longer_counts_on_its_old_day(site: Site) -> None:
    site.run("2026-10-11", Reply(rss(NOW, ("b", "2026-10-01"))))
    site.run("2026-10-12", Reply(rss(NOW, AHEAD)))
    assert site.days() == [NOW]
