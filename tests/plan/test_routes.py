"""Routes and quiet days in the plan."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from plan.alerts import Alerts, Route
from plan.load import PlanError, load_plan
from plan.mute import Mute
from tests.one_branch_library import write_one_branch_library

TO = "${env:MAIL}"


@pytest.mark.parametrize(
    ("mute", "day", "quiet"),
    [
        ({"from": "2026-08-01", "to": "2026-08-31"}, "2026-07-31", False),
        ({"from": "2026-08-01", "to": "2026-08-31"}, "2026-08-01", True),
        ({"from": "2026-08-01", "to": "2026-08-31"}, "2026-08-31", True),
        ({"from": "2026-08-01", "to": "2026-08-31"}, "2026-09-01", False),
        ({"from": "2026-08-01"}, "2030-01-01", True),
        ({"weekdays": ["saturday", "sunday"]}, "2026-11-21", True),
        ({"weekdays": ["saturday", "sunday"]}, "2026-11-23", False),
        ({"months": [7, 8]}, "2026-08-15", True),
        ({"months": [7, 8]}, "2026-09-15", False),
        # Alertmanager's days of a month: both ends, from the end where negative, no further than the month
        ({"days_of_month": [1, 5]}, "2026-02-05", True),
        ({"days_of_month": [1, 5]}, "2026-02-06", False),
        ({"days_of_month": [-3, -1]}, "2026-02-25", False),
        ({"days_of_month": [-3, -1]}, "2026-02-26", True),
        ({"days_of_month": [-3, -1]}, "2026-02-28", True),
        ({"days_of_month": [28, 31]}, "2026-02-28", True),
        ({"days_of_month": [30, 31]}, "2026-02-28", False),
        ({"days_of_month": [-31, 5]}, "2026-02-03", True),
        # all that is given must hold
        ({"months": [12], "days_of_month": [24, 31]}, "2026-12-24", True),
        ({"months": [12], "days_of_month": [24, 31]}, "2026-11-24", False),
    ],
)
def test_which_days_are_quiet(mute: dict[str, object], day: str, quiet: bool) -> None:
    assert Mute.model_validate(mute).covers(date.fromisoformat(day)) is quiet


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 31))
def test_the_last_days_of_a_month_counted_from_its_end_are_quiet(day: date, length: int) -> None:
    last = Mute.model_validate({"days_of_month": [-length, -1]})
    first_of_next = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    assert last.covers(day) is ((first_of_next - day).days <= length)


@pytest.mark.parametrize(
    ("mute", "said"),
    [
        ({}, "which days are quiet"),
        ({"reason": "x"}, "which days are quiet"),
        ({"from": "2026-08-31", "to": "2026-08-01"}, "ends before"),
        ({"days_of_month": [0, 5]}, "no day 0"),
        ({"months": [13]}, "less than or equal to 12"),
        ({"weekdays": ["sonntag"]}, "monday"),
    ],
)
def test_quiet_days_that_make_no_sense_are_refused(mute: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Mute.model_validate(mute)


@pytest.mark.parametrize(
    ("route", "hears"),
    [
        ({}, True),
        ({"owners": ["Ada"]}, False),
        ({"owners": ["Ada"], "sources": True}, True),
        ({"sources": False}, False),
        ({"indicators": ["visits"]}, False),
    ],
)
def test_who_hears_of_sources(route: dict[str, object], hears: bool) -> None:
    assert Route.model_validate({"to": TO, **route}).covers_sources is hears


@pytest.mark.parametrize(
    ("route", "hears"),
    [
        ({}, True),
        ({"owners": ["Ada", "Ben"]}, True),
        ({"owners": ["Ben"]}, False),
        ({"owners": ["Ada"], "objectives": ["reach"]}, True),
        ({"owners": ["Ada"], "objectives": ["care"]}, False),
        ({"indicators": ["loans"]}, False),
    ],
)
def test_all_filters_of_a_route_must_hold(route: dict[str, object], hears: bool) -> None:
    assert Route.model_validate({"to": TO, **route}).covers_indicator("visits", "Ada", "reach") is hears


@pytest.mark.parametrize("page", ["javascript:alert(1)", 'https://x/"><script>', "https://x/\nBcc: y", "kmi.example"])
def test_a_page_is_an_address_of_the_web(page: str) -> None:
    with pytest.raises(ValidationError):
        Alerts(page=page)


@pytest.mark.parametrize(
    ("alerts", "said"),
    [
        (
            '{routes: [{to: "${env:MAIL}", owners: [Adda]}]}',
            "alerts.routes.0.owners.0: no indicator has the owner 'Adda': did you mean 'Ada'?",
        ),
        (
            '{routes: [{to: "${env:MAIL}", objectives: [rech]}]}',
            "alerts.routes.0.objectives.0: no indicator has the objective 'rech': did you mean 'reach'?",
        ),
        ('{routes: [{to: "${env:MAIL}", indicators: [visit]}]}', "did you mean 'visits'?"),
        (
            "{mute: [{months: [8], indicators: [visit]}]}",
            "alerts.mute.0.indicators.0: no indicator is called 'visit': did you mean 'visits'?",
        ),
    ],
)
def test_a_route_that_could_never_tell_anyone_is_refused(tmp_path: Path, alerts: str, said: str) -> None:
    with pytest.raises(PlanError) as refused:
        load_plan(write_one_branch_library(tmp_path, 3, (), alerts=alerts))
    assert said in str(refused.value)
