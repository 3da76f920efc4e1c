"""What kmi learns about how long a provider's days still change, in runs over real HTTP, and what is provisional."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from flows.cli import main
from flows.steps.assess import assess
from flows.steps.collect import collect
from flows.steps.context import Context, open_context
from flows.steps.publish import publish
from tests.loopback import ReceivedRequest, Reply, serve
from warehouse.schema import Window

DAY = timedelta(days=1)
FIRST = date(2026, 3, 2)
PAGES = 40
PLAN = """
organisation: {{name: Riverside Library, time_zone: Europe/London}}
calendar: {{closed: [{{from: 2026-03-05, to: 2026-03-05, reason: stocktaking}}]}}
sources:
  web:
    type: rest
    restated_days: {restated}
    client: {{base_url: {url}}}
    endpoint: {{path: visits, data_selector: visits, incremental: {{start_param: from, end_param: to}}}}
    indicator:
      date: day
      entity: page
      metrics: {{visits: {{path: count, unit: visits, description: visits}}}}
  followers:
    type: rest
    client: {{base_url: {url}}}
    endpoint: {{path: account}}
    indicator: {{metrics: {{followers: {{path: followers, unit: followers, kind: reading, description: followers}}}}}}
indicators:
  visits: {{title: Visits, unit: visits, kind: flow, period: day, of: [{{source: web, metric: visits}}]}}
  followers: {{title: Followers, unit: followers, kind: stock, of: [{{source: followers, metric: followers}}]}}
"""


@dataclass
class Place:
    """A plan, a warehouse, and a service whose counts are a tenth too low for 2 days; ``now`` is the clock."""

    folder: Path
    url: str = ""
    now: datetime = datetime(2026, 3, 3, 6, tzinfo=UTC)
    restated: int = 0

    def reply(self, received: ReceivedRequest) -> Reply:
        if received.path == "/account":
            return Reply(b'{"followers": 12}')
        first, last = (date.fromisoformat(received.query[name]) for name in ("from", "to"))
        days = [first + n * DAY for n in range((last - first).days + 1)]
        final = {day: (self.now.date() - day - DAY).days >= 2 for day in days}
        rows = [
            {"day": str(day), "page": f"/page/{n}", "count": 100 if final[day] else 90}
            for day in days
            for n in range(PAGES)
        ]
        return Reply(json.dumps({"visits": rows}).encode())

    def context(self) -> Context:
        plan = self.folder / "plan.yaml"
        plan.write_text(PLAN.format(url=self.url, restated=self.restated), encoding="utf-8")
        return open_context(plan, self.folder / "kmi-warehouse", resolve=str, log=print, clock=lambda: self.now)

    def nights(self, count: int, back: int) -> None:
        """A pull a night of the last ``back`` days, and one of the followers; the last night publishes."""
        context = self.context()
        for night in range(count):
            self.now += DAY * (night > 0)
            today = self.now.date()
            collect(context, "web", Window(max(FIRST, today - back * DAY), today))
            collect(context, "followers", Window(today - DAY, today))
        publish(context, assess(context))

    def status(self, *options: str) -> str:
        done = CliRunner().invoke(main, ["status", "--plan", str(self.folder / "plan.yaml"), *options])
        assert done.exit_code == 0, done.output
        return done.output

    def sources(self) -> dict[str, dict[str, Any]]:
        return {row["source"]: row for row in json.loads(self.status("--sources", "--json"))["sources"]}

    def published(self, name: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (
            pq.ParquetFile(self.folder / f"kmi-warehouse/published/{name}.parquet").read(use_threads=False).to_pylist()
        )
        return rows


@contextmanager
def served(folder: Path) -> Iterator[Place]:
    made = Place(folder)
    with serve(made.reply) as site:
        made.url = site.url
        yield made


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with served(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def six_nights(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """What stands after six pulls that each read six days."""
    with served(tmp_path_factory.mktemp("six-nights")) as made:
        made.nights(6, back=6)
    return made


@pytest.mark.slow
def test_the_settled_age_is_learned_proposed_and_makes_young_days_provisional(six_nights: Place) -> None:
    web = six_nights.sources()["web"]
    assert (web["settled_after_days"], web["proposed_restated_days"]) == (2, 3)
    assert web["settling"] == "settles after 2 days; restated_days is 0: write 3"
    assert "web        settles after 2 days; restated_days is 0: write 3\n" in six_nights.status("--sources")
    provisional = {
        row["start"]: row["provisional"] for row in six_nights.published("periods") if row["indicator_id"] == "visits"
    }
    assert {day for day, young in provisional.items() if young} == {date(2026, 3, 6), date(2026, 3, 7)}, (
        "restated_days alone would have trusted them"
    )


@pytest.mark.slow
def test_what_the_plan_says_counts_where_it_is_more(place: Place) -> None:
    place.restated = 4
    place.nights(6, back=6)
    web = place.sources()["web"]
    assert (web["settled_after_days"], web["settling"]) == (2, "settles after 2 days; restated_days is 4: 3 would do")
    assert sum(row["provisional"] for row in place.published("periods") if row["indicator_id"] == "visits") == 4


def test_the_curve_is_shown_by_age(six_nights: Place) -> None:
    lines = six_nights.status("--settling", "web").splitlines()
    assert lines[0] == "web: settles after 2 days; restated_days is 0: write 3"
    assert [line.split() for line in lines[4:]] == [
        ["visits", "0", "0", "0", "-", "-", "200", "100.0", "%"],
        ["visits", "1", "200", "0", "-", "-", "160", "100.0", "%"],
        ["visits", "2", "160", "160", "10.0", "%", "10.0", "%", "120", "0.0", "%"],
        ["visits", "3", "120", "0", "-", "-", "80", "0.0", "%"],
        ["visits", "4", "80", "0", "-", "-", "40", "0.0", "%"],
        ["visits", "5", "40", "0", "-", "-", "0", "-"],
    ]
    document = json.loads(six_nights.status("--settling", "web", "--json"))
    assert document["settling"] == lines[0].removeprefix("web: ")
    assert [row["changed"] for row in document["ages"]] == [0, 0, 160, 0, 0, 0]


@pytest.mark.slow
def test_a_snapshot_is_never_read_again_and_neither_is_what_no_run_asks_for_twice(place: Place) -> None:
    place.nights(3, back=1)
    sources = place.sources()
    assert sources["followers"]["settling"] == "never read again: restated_days is 0"
    assert sources["web"]["settling"] == "never read again: restated_days is 0"
    assert sources["web"]["settled_after_days"] is None
    assert place.status("--settling", "followers") == "followers: never read again: restated_days is 0\n"
    assert place.published("settling") == []


@pytest.mark.slow
def test_what_still_changes_at_the_oldest_age_is_said_to_be_so(place: Place) -> None:
    place.nights(4, back=3)
    web = place.sources()["web"]
    assert web["settled_after_days"] is None
    assert (
        web["settling"] == "'visits' still changes after 1 day, and is not read again late enough to say for how long"
    )


@pytest.mark.slow
def test_days_that_no_pull_brought_are_named_but_for_closed_ones(place: Place) -> None:
    context = place.context()
    for today in (3, 8, 10):
        place.now = datetime(2026, 3, today, 6, tzinfo=UTC)
        collect(context, "web", Window(place.now.date() - DAY, place.now.date()))
    publish(context, assess(context))
    assert place.sources()["web"]["missing"] == ["2026-03-03..2026-03-04", "2026-03-06", "2026-03-08"]
    assert "web     2026-03-03..2026-03-04, 2026-03-06, 2026-03-08\n" in place.status("--sources")


def test_an_unknown_source_is_wrong_use(six_nights: Place) -> None:
    done = CliRunner().invoke(main, ["status", "--plan", str(six_nights.folder / "plan.yaml"), "--settling", "wbe"])
    assert done.exit_code == 2
    assert "no source 'wbe' was published here: its sources: web, followers" in done.stderr


@pytest.mark.slow
def test_items_of_a_list_that_come_late_are_counted(tmp_path: Path) -> None:
    """A source of items brings whatever changed: each run reads all of them again."""
    plan, now = tmp_path / "plan.yaml", datetime(2026, 3, 10, 6, tzinfo=UTC)
    plan.write_text(
        "organisation: {name: Riverside Library, time_zone: Europe/London}\n"
        "sources: {guides: {type: publications, path: guides.csv, columns: {id: Id, date: Date}, date_formats: "
        '["%Y-%m-%d"]}}\n'
        "indicators: {guides: {title: Guides, unit: items, kind: flow, of: [{source: guides, metric: "
        "publications}]}}\n",
        encoding="utf-8",
    )
    context = open_context(plan, tmp_path / "kmi-warehouse", resolve=str, log=print, clock=lambda: now)
    for days, items in ((0, 60), (3, 70), (6, 70)):
        now += days * DAY
        (tmp_path / "guides.csv").write_text(
            "Id,Date\n" + "".join(f"g{n},2026-03-09\n" for n in range(items)), encoding="utf-8"
        )
        collect(context, "guides", Window(date(1900, 1, 1), now.date()))
    publish(context, assess(context))
    shown = json.loads(
        CliRunner().invoke(main, ["status", "--plan", str(plan), "--settling", "guides", "--json"]).output
    )
    assert shown["settling"] == "settles after 3 days; each run reads everything"
    assert [(row["age"], row["read_again"], row["changed"]) for row in shown["ages"] if row["read_again"]] == [
        (3, 70, 10),
        (9, 70, 0),
    ]
