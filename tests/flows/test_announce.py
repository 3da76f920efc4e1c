"""Events for an orchestrator: each change once, and none over the same data."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.steps.announce import ChangeEvent, announce, find_changes
from flows.steps.context import Context
from flows.steps.refresh import RefreshRequest, refresh
from plan.mute import Mute
from tests.one_branch_library import context_at, morning_after, write_one_branch_library
from transforms.alerts.notices import PROBLEM, RECOVERED, Message, NoticeCandidate, NoticeHistory
from warehouse.published_tables import published_in
from warehouse.schema import NOTICES

LOW = (2, 3)
FIRED, OVER = 4, 6
TODAY = date(2026, 6, 3)
ALERT, LATE = ("alert", "visits"), ("source_late", "gates")


@dataclass
class Server:
    """Takes events, or refuses, or dies after it has them."""

    events: list[ChangeEvent] = field(default_factory=list)
    refuse: str = ""
    die: bool = False

    def __call__(self, news: Sequence[ChangeEvent]) -> str:
        if self.refuse:
            return self.refuse
        self.events += news
        if self.die:
            raise KeyboardInterrupt
        return ""

    @property
    def names(self) -> list[str]:
        return [one.name for one in self.events]


@pytest.fixture(scope="module")
def fallen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan of a warehouse in which an indicator is behind and nobody was notified."""
    plan = write_one_branch_library(
        tmp_path_factory.mktemp("falling"), 49 + FIRED, LOW, alerts="{page: 'https://kmi.example/report'}"
    )
    assert not refresh(context_at(plan, morning_after(FIRED)), RefreshRequest()).failed
    return plan


@pytest.fixture
def context(fallen: Path, tmp_path: Path) -> Context:
    shutil.copytree(fallen.parent, tmp_path / "library")
    return context_at(tmp_path / "library" / "plan.yaml", morning_after(FIRED))


@pytest.mark.slow
def test_an_indicator_that_falls_behind_and_recovers_is_announced_once_each(tmp_path: Path) -> None:
    server = Server()
    for at in (FIRED, FIRED, OVER, OVER + 1):
        context = context_at(write_one_branch_library(tmp_path, 49 + at, LOW, alerts="{}"), morning_after(at))
        assert not refresh(context, RefreshRequest()).failed
        assert announce(context, published_in(context.root), "prefect", server) == ""
    assert server.names == ["kmi.indicator.behind", "kmi.indicator.recovered"]
    assert len({one.id for one in server.events}) == 2


def test_an_event_says_what_a_message_says(context: Context) -> None:
    server = Server()
    announce(context, published_in(context.root), "prefect", server)
    (event,) = server.events
    assert event.resource == {
        "prefect.resource.id": "kmi.indicator.visits",
        "prefect.resource.name": "Visits",
        "kmi.owner": "Ada",
        "kmi.objective": "reach",
        "kmi.organisation": "Hill Library",
    }
    payload = dict(event.payload)
    assert "Apr 2026" in payload.pop("reason")
    assert payload.pop("pace_ratio") < 0.85
    assert payload.pop("expected") == pytest.approx(1055, abs=1)
    payload.pop("probability")
    assert payload == {
        "indicator": "visits",
        "title": "Visits",
        "unit": "visits",
        "owner": "Ada",
        "objective": "reach",
        "verdict": "behind",
        "value": 614.0,
        "through": "2026-04-30",
        "since": "2026-04-01",
        "link": "https://kmi.example/report",
        "organisation": "Hill Library",
    }


def test_a_run_that_dies_after_sending_repeats_the_event_once_under_the_same_id(context: Context) -> None:
    server = Server(die=True)
    with pytest.raises(KeyboardInterrupt):
        announce(context, published_in(context.root), "prefect", server)
    server.die = False
    for _ in range(3):
        announce(context, published_in(context.root), "prefect", server)
    assert server.names == ["kmi.indicator.behind"] * 2
    assert len({one.id for one in server.events}) == 1


def test_what_the_server_did_not_take_is_sent_by_the_next_run(context: Context) -> None:
    server = Server(refuse="no connection")
    assert announce(context, published_in(context.root), "prefect", server) == "no connection"
    server.refuse = ""
    for _ in range(2):
        assert announce(context, published_in(context.root), "prefect", server) == ""
    assert server.names == ["kmi.indicator.behind"]
    announced = [
        (row["outcome"], row["recipient"])
        for row in context.tables.read(NOTICES).to_pylist()
        if row["outcome"] != "silent"
    ]
    assert sorted(announced) == [
        ("failed", "prefect"),
        ("sending", "prefect"),
        ("sending", "prefect"),
        ("told", "prefect"),
    ]


def test_two_warehouses_never_share_an_id(context: Context, fallen: Path, tmp_path: Path) -> None:
    shutil.copytree(fallen.parent, tmp_path / "other")
    servers = Server(), Server()
    for server, at in zip(
        servers, (context, context_at(tmp_path / "other" / "plan.yaml", morning_after(FIRED))), strict=True
    ):
        announce(at, published_in(at.root), "prefect", server)
    assert servers[0].events[0].id != servers[1].events[0].id


@pytest.mark.slow
def test_a_source_that_is_late_and_comes_back_is_announced_once_each(tmp_path: Path) -> None:
    server = Server()
    for months, ahead in ((49, 90), (49, 97), (52, 98)):
        context = context_at(
            write_one_branch_library(tmp_path, months, (), alerts="{}"), morning_after(0) + timedelta(days=ahead)
        )
        assert not refresh(context, RefreshRequest()).failed
        assert [announce(context, published_in(context.root), "prefect", server) for _ in range(2)] == ["", ""]
    assert [(one.name, one.resource["prefect.resource.id"]) for one in server.events] == [
        ("kmi.source.late", "kmi.source.gates"),
        ("kmi.source.fresh", "kmi.source.gates"),
    ]
    assert server.events[0].payload["data_through"] == "2026-01-31"


def fact(
    key: tuple[str, str], state: str, since: date | None = date(2026, 5, 1), suppressed_by: str = ""
) -> NoticeCandidate:
    return NoticeCandidate(
        *key, state, since, date(2026, 5, 31), "month" if key == ALERT else "week", suppressed_by=suppressed_by
    )


def announced(
    facts: list[NoticeCandidate],
    before: dict[tuple[str, str], NoticeHistory] | None = None,
    mutes: tuple[Mute, ...] = (),
) -> list[tuple[str, str]]:
    return [(change.fact.kind, change.decision.told_as) for change in find_changes(facts, before or {}, mutes, TODAY)]


def test_nothing_is_announced_while_nothing_is_known() -> None:
    before = {ALERT: NoticeHistory(Message(PROBLEM, date(2026, 5, 31)))}
    assert [announced([fact(ALERT, state)], before) for state in ("no_data", "source_failed", "firing")] == [[], [], []]
    assert announced([fact(ALERT, "resolved")], before) == [("alert", RECOVERED)]


def test_only_alerts_and_late_sources_are_events() -> None:
    kinds = (
        "at_risk",
        "still",
        "past_due",
        "review",
        "source_failed",
        "source_refused",
        "source_paused",
        "access_ends",
    )
    assert announced([fact((kind, "visits"), "firing") for kind in kinds]) == []


def test_a_source_that_is_late_because_it_fails_is_announced_as_late() -> None:
    assert announced([fact(LATE, "firing", suppressed_by="the failure of the source is reported instead")]) == [
        ("source_late", PROBLEM)
    ]


@pytest.mark.parametrize(
    ("mute", "heard"),
    [
        ({"from": "2026-06-01", "to": "2026-06-07"}, []),
        ({"from": "2026-06-01", "to": "2026-06-07", "indicators": ["visits"]}, ["source_late"]),
        ({"from": "2026-06-01", "to": "2026-06-07", "indicators": ["loans"]}, ["alert", "source_late"]),
        ({"from": "2026-05-01", "to": "2026-06-02"}, ["alert", "source_late"]),
    ],
)
def test_what_is_muted_waits(mute: dict[str, Any], heard: list[str]) -> None:
    given = (Mute.model_validate(mute),)
    assert [kind for kind, _ in announced([fact(ALERT, "firing"), fact(LATE, "firing")], None, given)] == heard
