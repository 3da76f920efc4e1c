"""Every provider against every misbehaviour, over real HTTP: the warehouse, the messages, and a later good run.

A later good run repairs everything. No case ends in a traceback, a silent zero, an endless loop or a lost day.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from sandbox.faults import ALWAYS, Fault
from sandbox.server import Sandbox, serve
from tests.changing_library import ObservationRow
from tests.providers.matrix import MISBEHAVIOURS, NAME, Provider, Run, Workspace, at_hour, providers
from warehouse.frames import to_pandas
from warehouse.schema import BREAKS

TODAY = "2026-11-24"
MOST_REQUESTS = 400
PASSING = {
    "http_429": Fault.HTTP_429_THEN_OK,
    "http_429_retry_after": Fault.HTTP_429_THEN_OK,
    "http_500": Fault.HTTP_500_THEN_OK,
    "timeout": Fault.HANG,
    "reset": Fault.RESET,
    "truncated": Fault.TRUNCATED,
}
"""Faults that one more try mends."""
STUBBORN = {name: fault for name, fault in PASSING.items() if name != "http_429_retry_after"} | {"html": Fault.HTML}
"""Faults that stay: the pull fails, and what stands is left alone."""
PAGING = {"repeated_cursor": Fault.REPEATED_TOKEN, "empty_page": Fault.EMPTY_PAGE}
IN_WORDS = {
    "http_429": "429",
    "http_429_retry_after": "429",
    "http_500": "500",
    "timeout": "no answer in time",
    "reset": "connection broke",
    "truncated": "broke off",
    "html": "web page",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve(date.fromisoformat(TODAY), seed=5) as running:
        yield running


@pytest.fixture(params=providers(), scope="module")
def provider(request: pytest.FixtureRequest) -> Provider:
    return Provider(request.param)


@pytest.fixture
def place(provider: Provider, sandbox: Sandbox, tmp_path: Path) -> Iterator[Workspace]:
    """An empty warehouse; the sandbox behaves again afterwards."""
    fresh(sandbox)
    yield Workspace(provider, sandbox, tmp_path / "place", at_hour(TODAY))
    fresh(sandbox)


def fresh(sandbox: Sandbox) -> None:
    sandbox.behave()
    sandbox.skew = timedelta()
    sandbox.requests.clear()
    with sandbox.making:
        sandbox.providers.clear()


@pytest.fixture(scope="module")
def well(provider: Provider, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> set[ObservationRow]:
    """What stands in the warehouse where nothing went wrong."""
    fresh(sandbox)
    found = Workspace(provider, sandbox, tmp_path_factory.mktemp("well"), at_hour(TODAY)).run()
    assert not found.done.failed, found.text
    assert found.facts, "a good run brings something"
    return found.facts


def require(provider: Provider, misbehaviour: str) -> None:
    if not provider.applies(misbehaviour):
        pytest.skip(f"{provider.name}: {provider.config['not_applicable'][misbehaviour]}")


def put(place: Workspace, misbehaviour: str, fault: Fault, times: int) -> None:
    wait = 1 if misbehaviour == "http_429_retry_after" else None
    place.sandbox.misbehave(
        place.provider.config["route"],
        fault,
        times=times,
        retry_after=wait,
        seconds=3,
        detail=place.provider.config.get("retired", ""),
    )


def no_traceback_no_loop(place: Workspace, run: Run) -> None:
    assert "unexpected fault" not in run.text, run.text
    assert len(place.sandbox.requests) < MOST_REQUESTS


def mended(place: Workspace, well: set[ObservationRow]) -> None:
    """A later good run brings everything."""
    place.sandbox.behave()
    again = place.run()
    assert not again.done.failed, again.text
    assert again.facts == well


def test_every_misbehaviour_is_a_row_or_says_why_not(provider: Provider) -> None:
    assert set(provider.config.get("not_applicable", {})) <= set(MISBEHAVIOURS)
    assert all(len(why) > 8 for why in provider.config.get("not_applicable", {}).values())


@pytest.mark.slow
@pytest.mark.parametrize("misbehaviour", PASSING)
def test_a_fault_that_passes_is_mended_within_the_run(
    place: Workspace, misbehaviour: str, well: set[ObservationRow]
) -> None:
    require(place.provider, misbehaviour)
    put(place, misbehaviour, PASSING[misbehaviour], times=1)
    run = place.run()
    no_traceback_no_loop(place, run)
    assert not run.done.failed, run.text
    assert run.facts == well


@pytest.mark.parametrize(
    "misbehaviour", [pytest.param(name, marks=pytest.mark.slow) if name == "timeout" else name for name in STUBBORN]
)
def test_a_fault_that_stays_leaves_what_stands_and_is_named(
    place: Workspace, misbehaviour: str, well: set[ObservationRow]
) -> None:
    require(place.provider, misbehaviour)
    put(place, misbehaviour, STUBBORN[misbehaviour], ALWAYS)
    run = place.run()
    no_traceback_no_loop(place, run)
    assert run.done.failed or run.done.paused, run.text
    assert IN_WORDS[misbehaviour] in run.text or (run.done.paused and "limit" in run.text), run.text
    assert not run.facts, "nothing half-read is kept"
    mended(place, well)


@pytest.mark.parametrize("misbehaviour", PAGING)
def test_a_pager_that_does_not_end_is_stopped(place: Workspace, misbehaviour: str, well: set[ObservationRow]) -> None:
    require(place.provider, misbehaviour)
    put(place, misbehaviour, PAGING[misbehaviour], ALWAYS)
    run = place.run()
    no_traceback_no_loop(place, run)
    assert run.done.failed, run.text
    assert not run.facts
    mended(place, well)


def test_an_expired_token_is_named_with_how_to_renew_it(place: Workspace, well: set[ObservationRow]) -> None:
    require(place.provider, "expired_token")
    put(place, "expired_token", Fault.EXPIRED_TOKEN, ALWAYS)
    run = place.run()
    no_traceback_no_loop(place, run)
    assert place.provider.expected_messages["expired_token"] in run.done.failed[NAME]
    assert not run.facts
    mended(place, well)


def test_a_retired_metric_costs_itself_and_nothing_else(place: Workspace, well: set[ObservationRow]) -> None:
    require(place.provider, "retired_metric")
    retired = place.provider.config["retired"]
    put(place, "retired_metric", Fault.RETIRED_METRIC, ALWAYS)
    run = place.run()
    no_traceback_no_loop(place, run)
    assert not run.done.failed, run.text
    assert {fact for fact in well if fact[0].startswith(retired)}, f"no good run brings '{retired}'"
    assert run.facts == {fact for fact in well if not fact[0].startswith(retired)}
    assert place.provider.expected_messages["retired_metric"] in run.text
    breaks = to_pandas(place.context().tables.read(BREAKS))
    assert retired in {
        metric for metric, kind in zip(breaks["metric"], breaks["kind"], strict=True) if kind == "retired"
    }


def test_a_quota_that_is_used_up_pauses_and_the_next_day_goes_on(place: Workspace, tmp_path: Path) -> None:
    require(place.provider, "quota")
    put(place, "quota", Fault.QUOTA, ALWAYS)
    run = place.run()
    no_traceback_no_loop(place, run)
    assert not run.done.failed, run.text
    assert place.provider.expected_messages["quota"] in run.text
    place.sandbox.behave()
    place.now += timedelta(days=1)
    after = place.run()
    never = Workspace(place.provider, place.sandbox, tmp_path / "never", place.now, days=place.days + 1).run()
    assert not after.done.failed, after.text
    assert after.facts >= never.facts


def test_what_is_restated_later_is_read_again(place: Workspace, well: set[ObservationRow], tmp_path: Path) -> None:
    require(place.provider, "late_restatement")
    first = place.run()
    assert first.facts == well
    place.now += timedelta(days=2)
    later = place.run()
    fresh_one = Workspace(place.provider, place.sandbox, tmp_path / "fresh", place.now, days=place.days + 2).run()
    assert later.facts >= fresh_one.facts
    keys = {fact[:4] for fact in first.facts}
    assert {fact for fact in later.facts if fact[:4] in keys} != first.facts, "the sandbox restated nothing"


@pytest.mark.parametrize("hours", [-7, 30])
def test_a_provider_with_a_wrong_clock_changes_no_day(place: Workspace, well: set[ObservationRow], hours: int) -> None:
    require(place.provider, "clock_skew")
    place.sandbox.skew = timedelta(hours=hours)
    run = place.run()
    no_traceback_no_loop(place, run)
    assert not run.done.failed, run.text
    assert run.facts == well


def test_a_day_of_23_or_25_hours_is_one_day(place: Workspace, tmp_path: Path) -> None:
    """Days collected over several runs equal days collected at once, across both changes of the clocks.

    The clocks go back on 25 October in Europe and on 1 November in California.
    """
    require(place.provider, "dst_day")
    place.since = date(2026, 10, 22)
    for day in ("2026-10-24", "2026-10-26", "2026-10-31", "2026-11-02", "2026-11-03"):
        place.now = at_hour(day)
        run = place.run()
        assert not run.done.failed, run.text
    whole = Workspace(place.provider, place.sandbox, tmp_path / "whole", place.now, since=place.since).run()
    settled = date(2026, 10, 30)
    early = {fact for fact in whole.facts if fact[3] <= settled}
    daily = {fact for fact in run.facts if fact[3] <= settled}
    assert early <= daily
    spans = sorted({(fact[2], fact[3]) for fact in daily if fact[0] == place.provider.config["metric"]})
    assert all(end - start == timedelta(days=1) for start, end in spans)
    assert len(spans) >= 7, "a day is lost"
