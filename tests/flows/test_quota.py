"""A backfill of a year from the simulated GA4 stops at the daily quota, says so, and ends by itself some days later."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from flows.steps.context import Context, open_context
from flows.steps.refresh import RefreshRequest, RefreshResult, refresh
from sandbox.server import Sandbox, serve
from tests.providers.matrix import IMPATIENT, at_hour
from warehouse.pull_history import pull_history, unfinished_windows
from warehouse.pulls import coverage
from warehouse.schema import OBSERVATIONS, Window

YEAR = Window(date(2025, 11, 1), date(2026, 11, 1))
PLAN = """
organisation: {{name: Riverside, time_zone: Europe/London}}
sources:
  web:
    type: ga4
    since: 2025-11-01
    property: "123456789"
    url: {url}/google/ga4
    metrics: [screenPageViews, sessions]
    pages: [/km/]
    quota_reserve: 0
    restated_days: {restated}
    deep_days: 0
    auth:
      type: refresh_token
      client_id: riverside.apps.googleusercontent.example
      client_secret: "${{env:CLIENT}}"
      refresh_token: "${{env:REFRESH}}"
      token_url: {url}/google/oauth2/token
indicators:
  views: {{title: Views, unit: views, kind: flow, of: [{{source: web, metric: screenPageViews}}]}}
"""
SECRETS = {"${env:CLIENT}": "GOCSPX-riverside-demo", "${env:REFRESH}": "1//0riverside-refresh"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with serve(date(2026, 11, 24), seed=5) as running:
        yield running


class Library:
    """A plan and a warehouse whose days go by."""

    def __init__(self, sandbox: Sandbox, folder: Path, *, restated: int = 0) -> None:
        self.sandbox, self.folder, self.now, self.log_lines = sandbox, folder, at_hour("2026-11-24"), list[str]()
        folder.mkdir(exist_ok=True)
        (folder / "plan.yaml").write_text(PLAN.format(url=sandbox.url, restated=restated), encoding="utf-8")

    def context(self) -> Context:
        made = open_context(
            self.folder / "plan.yaml",
            self.folder / "warehouse",
            resolve=SECRETS.__getitem__,
            log=self.log_lines.append,
            clock=lambda: self.now,
        )
        return replace(made, retry_policy=IMPATIENT)

    def run(self, window: Window | None = None) -> RefreshResult:
        self.sandbox.clock.now = self.now
        self.log_lines.clear()
        return refresh(self.context(), RefreshRequest(window=window))


def allow(sandbox: Sandbox, tokens: int) -> None:
    provider = sandbox.provider("/google/ga4")
    assert provider is not None
    provider.tokens_per_day = tokens  # type: ignore[attr-defined]


def answered(sandbox: Sandbox) -> Counter[tuple[str, str]]:
    """How often each span was asked for with success."""
    spans = [
        json.loads(seen.body)["dateRanges"][0]
        for seen in sandbox.requests
        if seen.path.endswith(":runReport") and seen.status == 200
    ]
    return Counter((span["startDate"], span["endDate"]) for span in spans)


@pytest.mark.slow
def test_a_year_stops_at_the_daily_quota_and_finishes_on_the_following_days(sandbox: Sandbox, tmp_path: Path) -> None:
    library = Library(sandbox, tmp_path / "library")
    allow(sandbox, 50)
    first = library.run(YEAR)
    assert list(first.paused) == ["web"]
    assert not first.failed
    assert len(first.collected) == 5, "50 tokens are five requests"
    assert any("PAUSED at 2026-04-05..2026-05-06" in line and "tokensPerDay" in line for line in library.log_lines), (
        library.log_lines
    )
    days = 0
    while unfinished_windows(pull_history(library.context().tables, "web")):
        days += 1
        assert days < 6, "it never ends"
        library.now += timedelta(days=1)
        library.run()
    assert days >= 2
    known = coverage(library.context().tables)
    assert (known["start"].iloc[0].date(), known["end"].iloc[0].date()) == (date(2025, 11, 1), library.now.date())
    assert len(known) == 1, "no day is left out"
    twice = {span: count for span, count in answered(sandbox).items() if count > 1}
    assert not twice, "a landed window was asked for again"


@pytest.mark.slow
def test_the_rows_are_those_of_a_run_without_a_quota(sandbox: Sandbox, tmp_path: Path) -> None:
    slow = Library(sandbox, tmp_path / "slow")
    allow(sandbox, 50)
    slow.run(YEAR)
    for _ in range(4):
        slow.now += timedelta(days=1)
        slow.run()
    allow(sandbox, 200_000)
    fast = Library(sandbox, tmp_path / "fast")
    fast.now = slow.now
    fast.run()
    columns = [name for name in OBSERVATIONS.names if name not in {"pull_id", "retrieved_at"}]
    one, other = (
        sorted(map(str, library.context().tables.read(OBSERVATIONS, None, columns).to_pylist()))
        for library in (slow, fast)
    )
    settled = [row for row in one if "2026, 11, 2" not in row]
    assert settled == [row for row in other if "2026, 11, 2" not in row]
    assert len(settled) > 600


@pytest.mark.slow
def test_todays_days_come_before_the_backlog(sandbox: Sandbox, tmp_path: Path) -> None:
    library = Library(sandbox, tmp_path / "library")
    library.run()
    allow(sandbox, 20)
    library.now += timedelta(days=1)
    assert library.run(YEAR).paused
    library.now += timedelta(days=1)
    sandbox.requests.clear()
    library.run()
    asked = list(answered(sandbox))
    assert asked[0] == ("2026-11-24", "2026-11-25")
    assert len(asked) == 2
