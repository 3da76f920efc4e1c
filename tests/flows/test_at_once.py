"""Sources are asked at the same time; what shares a limit shares it; one at a time writes."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.steps.context import Context, open_context
from flows.steps.refresh import RefreshRequest, refresh
from tests.loopback import ReceivedRequest as Request
from tests.loopback import Reply, serve
from warehouse.pulls import last_pulls

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>t</title><link>l</link><description>d</description>
<item><title>One</title><guid>1</guid><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate></item></channel></rss>"""
HEAD = "organisation: {name: Test Library, time_zone: Europe/London}\nsources:\n"
TAIL = "indicators:\n  all: {title: All, unit: things, kind: flow, of: [{source: a, metric: posts}]}\n"


def context_of(folder: Path, url: str, names: str) -> Context:
    plan = folder / "plan.yaml"
    plan.write_text(
        HEAD + "".join(f"  {name}: {{type: feed, url: '{url}/{name}'}}\n" for name in names) + TAIL, encoding="utf-8"
    )
    made = open_context(plan, folder / "warehouse", resolve=str, log=lambda _: None, clock=lambda: NOW)
    return replace(made, retry_policy={"retries": 0, "timeout_s": (5, 10)})


def test_sources_are_asked_at_the_same_time(tmp_path: Path) -> None:
    together = threading.Barrier(3, timeout=8)

    def reply(_: Request) -> Reply:
        try:
            together.wait()
        except threading.BrokenBarrierError:
            return Reply(b"alone", 503)
        return Reply(FEED, headers={"Content-Type": "application/rss+xml"})

    with serve(reply) as site:
        done = refresh(context_of(tmp_path, site.url, "abc"), RefreshRequest())
    assert not done.failed, done.failed
    assert [collected.source for collected in done.collected] == ["a", "b", "c"], "told in the order of the plan"


@pytest.mark.slow
def test_many_sources_leave_one_ledger_that_holds_each_once(tmp_path: Path) -> None:
    names = "abcdefghijkl"
    with serve(lambda received: Reply(b"", 404) if received.path == "/c" else Reply(FEED)) as site:
        context = context_of(tmp_path, site.url, names)
        done = refresh(context, RefreshRequest())
    pulls = last_pulls(context.tables)
    assert set(done.failed) == {"c"}
    assert {source for source, status in pulls if status == "committed"} == set(names) - {"c"}
    assert {source for source, status in pulls if status == "failed"} == {"c"}
