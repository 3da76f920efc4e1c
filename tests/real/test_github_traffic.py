"""Page views of 99 repositories on GitHub, which shows the last 14 days only, replayed as a collector saw them.

The collector's file exists in 240 versions, each showing what the interface gave: the cells that a version
wrote, and the 14 days before its newest one. From March 2024 on kmi runs when the collector did. One address gives all
repositories, where GitHub has one each: the records are GitHub's, with the repository's name added.
"""

import csv
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
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
from flows.steps.pull_windows import windows_to_pull
from tests.loopback import ReceivedRequest, Reply, serve
from warehouse.schema import OBSERVATIONS

DAY = timedelta(days=1)
SERVED_DAYS = 14
SINCE = date(2024, 3, 1)
Cells = dict[tuple[str, date], float]
PLAN = """
organisation: {{name: My library, time_zone: Europe/London}}
sources:
  repositories:
    type: rest
    time_zone: Etc/UTC
    since: {since}
    restated_days: 14
    keep_raw: false
    client:
      base_url: {url}
      headers: {{Accept: application/vnd.github+json, X-GitHub-Api-Version: "2022-11-28"}}
      auth: {{type: bearer, token: "${{env:GITHUB_TOKEN}}"}}
    endpoint: {{path: repos/my-library/all/traffic/views, data_selector: views}}
    indicator:
      date: timestamp
      entity: repository
      covers: answer
      metrics: {{views: {{path: count, unit: page views, description: views of the repository's pages}}}}
indicators:
  views: {{title: Views, unit: page views, kind: flow, period: day, of: [{{source: repositories, metric: views}}]}}
"""


@dataclass(frozen=True)
class Seen:
    """What the interface showed at an instant: the cells from ``first`` on."""

    at: datetime
    first: date
    cells: Cells


def number(text: str) -> float | None:
    """Some versions hold a repository's name where a number belongs, and many cells are blank."""
    try:
        return float(text)
    except ValueError:
        return None


def seen(revisions: Path) -> list[Seen]:
    """The last version of each day from ``SINCE`` on, in order."""
    with gzip.open(revisions, "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["date"].startswith("20")]
    state: Cells = {}
    by_day: dict[date, Seen] = {}
    for at, changes in groupby(rows, key=lambda row: datetime.fromisoformat(row["committed_at"]).astimezone(UTC)):
        written = set()
        for row in changes:
            key, value = (row["repository"], date.fromisoformat(row["date"][:10])), number(row["new"])
            if value is None:
                state.pop(key, None)
            else:
                state[key] = value
                written.add(key[1])
        newest = max(day for _, day in state)
        first = min([newest - SERVED_DAYS * DAY, *(day for day in written if day > newest - 2 * SERVED_DAYS * DAY)])
        by_day[at.date()] = Seen(at, first, {key: value for key, value in state.items() if key[1] >= first})
    return [one for day, one in by_day.items() if day >= SINCE]


def answer(cells: Cells) -> Reply:
    views = [
        {"timestamp": f"{day}T00:00:00Z", "repository": name, "count": int(count), "uniques": 0}
        for (name, day), count in sorted(cells.items())
    ]
    return Reply(
        json.dumps({"count": int(sum(cells.values())), "uniques": 0, "views": views}).encode(),
        headers={"Content-Type": "application/json"},
    )


@dataclass(frozen=True)
class Replayed:
    """The warehouse after the last run, and what was shown in each."""

    context: Context
    plan: Path
    seen: list[Seen]

    @property
    def shown(self) -> Cells:
        """Each cell as it was shown last; a cell that went while its day was still shown is none."""
        cells: Cells = {}
        for one in self.seen:
            cells = {key: value for key, value in cells.items() if key[1] < one.first} | one.cells
        return cells

    def unfinished(self) -> set[date]:
        """The days that were only shown while they ran."""
        last: dict[date, date] = {}
        for one in self.seen:
            last |= dict.fromkeys({day for _, day in one.cells}, one.at.date())
        return {day for day, at in last.items() if at <= day}

    @property
    def held(self) -> Cells:
        rows = self.context.tables.read(OBSERVATIONS, None, ["entity", "start", "value"]).to_pylist()
        return {(row["entity"], row["start"]): row["value"] for row in rows}

    def published(self, name: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = (
            pq.ParquetFile(self.plan.parent / f"kmi-warehouse/published/{name}.parquet")
            .read(use_threads=False)
            .to_pylist()
        )
        return rows


@pytest.fixture(scope="module")
def folder(shared_data: Callable[[str], Path]) -> Path:
    return shared_data("github-traffic-views")


@pytest.fixture(scope="module")
def replayed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    """A run at the hour of each version; only the last one judges and publishes."""
    versions = seen(folder / "views_revisions.csv.gz")
    at = [0]

    def reply(received: ReceivedRequest) -> Reply:
        known = received.headers["Authorization"] == "Bearer ghp_riverside"
        return answer(versions[at[0]].cells) if known else Reply(b'{"message": "Bad credentials"}', 401)

    with serve(reply) as github:
        plan = tmp_path_factory.mktemp("github") / "plan.yaml"
        plan.write_text(PLAN.format(url=github.url, since=versions[0].first), encoding="utf-8")
        context = open_context(
            plan,
            plan.parent / "kmi-warehouse",
            resolve=lambda _: "ghp_riverside",
            log=print,
            clock=lambda: versions[at[0]].at,
        )
        for at[0] in range(len(versions)):
            for window in windows_to_pull(context, "repositories", None):
                collect(context, "repositories", window)
        publish(context, assess(context))
    return Replayed(context, plan, versions)


@pytest.fixture(scope="module")
def last_file(folder: Path) -> Cells:
    with (folder / "views.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cells = {
        (row["Repository_Name"], date.fromisoformat(name[:10])): number(text)
        for row in rows
        for name, text in row.items()
        if name[:2] == "20"
    }
    return {key: value for key, value in cells.items() if value is not None}


def lost(last_file: Cells) -> list[date]:
    """The days that no version of the file has a column for."""
    days = {day for _, day in last_file}
    first = min(days)
    return [day for day in (first + n * DAY for n in range((max(days) - first).days)) if day not in days]


def test_kmi_holds_what_was_shown_last_of_each_day_and_so_does_the_last_file(
    replayed: Replayed, last_file: Cells
) -> None:
    assert len(replayed.seen) == 84
    held, unfinished = replayed.held, replayed.unfinished()
    assert len(unfinished) < 5
    over = {key: value for key, value in held.items() if key[1] not in unfinished}
    assert over == {key: value for key, value in replayed.shown.items() if key[1] not in unfinished}
    assert over == {
        key: value for key, value in last_file.items() if key[1] >= replayed.seen[0].first and key[1] not in unfinished
    }
    assert len(over) > 16_000


def test_the_days_that_github_no_longer_showed_are_named_as_missing(replayed: Replayed, last_file: Cells) -> None:
    gone = lost(last_file)
    assert len(gone) == 48
    (source,) = replayed.published("sources")
    ends = [text.split("..") for text in source["missing"]]
    named = [
        date.fromisoformat(text[0]) + n * DAY
        for text in ends
        for n in range((date.fromisoformat(text[-1]) - date.fromisoformat(text[0])).days + 1)
    ]
    assert set(named) - replayed.unfinished() == set(gone)
    assert source["missing"][:3] == ["2024-04-11", "2024-07-13..2024-07-19", "2024-11-24"]


def test_a_lost_day_is_a_period_without_a_value_and_never_zero(replayed: Replayed, last_file: Cells) -> None:
    periods = {row["start"]: (row["value"], row["completeness"], row["flags"]) for row in replayed.published("periods")}
    unknown = {
        day for day, (value, _, _) in periods.items() if value is None and day <= max(day for _, day in last_file)
    }
    assert unknown - replayed.unfinished() == set(lost(last_file))
    assert {(periods[day][1], *periods[day][2]) for day in unknown} == {(0.0, "incomplete")}


def test_what_changes_late_changes_where_github_cuts_its_oldest_day_off(replayed: Replayed) -> None:
    """The last 14 days begin at the hour of the request: the oldest day is shown again, with only the rest of it."""
    shown = CliRunner().invoke(main, ["status", "--plan", str(replayed.plan), "--settling", "repositories"])
    print(shown.output)
    assert shown.output.startswith("repositories: settles after 13 days; restated_days is 14: enough\n")
    ages = {row["age"]: row for row in replayed.published("settling")}
    assert sum(row["changed"] for row in ages.values()) - ages[13]["changed"] < 0.05 * ages[13]["changed"]
    assert ages[13]["median_change_pct"] > 100, "it fell to less than half"
    assert all(0.05 < ages[age]["share_still_changing"] < 0.2 for age in range(13))
    assert ages[13]["share_still_changing"] == 0
    assert sum(row["read_again"] for row in ages.values()) > 7_000
