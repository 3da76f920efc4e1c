"""Indicators that are counted in sample weeks, from the file to the verdict, each with its own branch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from flows.cli import main
from plan.load import load_plan
from sources.opening_hours import WEEKDAYS
from warehouse.errors import ConfigError

SOURCE = """\
  {name}:
    type: footfall
    path: {name}.csv
    layout: long
    columns: {{entity: Branch, date: Day, value: Visits}}
    date_formats: ["{format}"]
    period: {period}
"""
INDICATOR = """\
  {name}:
    title: Visits
    unit: visits
    kind: flow
    period: {period}
    of: [{{source: {source}, metric: visits, entities: {entities}}}]
    sample: {sample}
    target: {{baseline: {{from: 2024-01-01, to: 2024-12-31{baseline}}}, value: {target}, due: {due}, rule: {rule}}}
"""
CALENDAR = """\
calendar:
  closed:
    - {{from: 2025-01-01, to: 2025-01-01, entities: [{most}]}}
    - {{from: 2025-12-22, to: 2026-01-04, entities: [{most}]}}
    - {{from: 2025-05-05, to: 2025-05-05, entities: [bank_holiday]}}
    - {{from: 2025-07-01, to: 2025-09-30, entities: [branches_west]}}
  terms: [{{from: 2025-01-13, to: 2025-04-06, name: Lent}}, {{from: 2025-09-29, to: 2025-12-14, name: Michaelmas}}]
  opening_hours:
    entities:
      cut_short: {{{every}}}
      weekdays: {{monday: "09:00-17:00", tuesday: "09:00-17:00", wednesday: "09:00-17:00",
        thursday: "09:00-17:00", friday: "09:00-17:00"}}
"""
OPEN_AT_CHRISTMAS = {"new_year", "full_then_sampled"}
SUMMER = "{strata: {holiday: [{from: 2025-07-21, to: 2025-08-31}]}}"
OPEN_WEEKS = 354 / 7
"""2025 without 1 January and the last ten days of December."""
SPREAD = ("2025-03-03", "2025-05-12", "2025-09-15", "2025-11-03")
Counts = dict[str, float]


@dataclass(frozen=True)
class Case:
    """Counts by branch and first day, or hour. ``more``: what differs in the indicator."""

    counts: dict[str, Counts]
    more: dict[str, str]
    source: str = "weeks"


def weekly(name: str, values: Sequence[float], days: Sequence[str] = SPREAD, **more: str) -> Case:
    return Case({name: dict(zip(days, values, strict=True))}, more)


def daily(name: str, weeks: dict[str, Sequence[float]], **more: str) -> Case:
    days = {
        (date.fromisoformat(first) + timedelta(days=step)).isoformat(): value
        for first, values in weeks.items()
        for step, value in enumerate(values)
    }
    return Case({name: days}, more, "days")


def hourly(*mondays: str, skip: str = "") -> Counts:
    """Ten an hour from 9 to 17, on every day of these weeks; one hour may be missing."""
    days = [date.fromisoformat(monday) + timedelta(days=step) for monday in mondays for step in range(7)]
    return {f"{day} {hour:02}:00": 10 for day in days for hour in range(9, 17) if f"{day} {hour:02}:00" != skip}


CASES = {
    "four": weekly("four", [1000, 1100, 1200, 1100]),
    "sure": weekly("sure", [1090, 1100, 1110, 1100]),
    "unsure": weekly("unsure", [900, 1050, 1150, 1150]),
    "met_within_error": weekly("met_within_error", [1050, 1250, 1350, 1350]),
    "met": weekly("met", [1250, 1260, 1240, 1250]),
    "over_above": weekly("over_above", [1050, 1250, 1350, 1350], due="2025-12-30"),
    "over_below": weekly("over_below", [900, 1050, 1250, 1250], due="2025-12-30"),
    "over_missed": weekly("over_missed", [900, 910, 905, 900], due="2025-12-30"),
    "one": weekly("one", [1100], SPREAD[:1]),
    "fifty": weekly("fifty", [1100], SPREAD[:1], sample="{open_weeks: 50}"),
    "strata": weekly(
        "strata", [1000, 1100, 600, 640], ("2025-03-03", "2025-05-12", "2025-07-28", "2025-08-11"), sample=SUMMER
    ),
    "no_holiday": weekly("no_holiday", [1000, 1100], SPREAD[:2], sample=SUMMER),
    "terms": weekly(
        "terms", [1000, 1100, 600, 640], ("2025-03-03", "2025-11-03", "2025-07-28", "2025-08-11"), sample="{}"
    ),
    "missing_day": daily("missing_day", {"2025-03-03": [150] * 7, "2025-05-12": [160] * 7, "2025-09-15": [170] * 5}),
    "cut_short": Case(
        {"cut_short": hourly("2025-03-03", "2025-05-12") | hourly("2025-09-15", skip="2025-09-17 12:00")}, {}, "hours"
    ),
    "bank_holiday": daily("bank_holiday", {"2025-03-03": [100] * 7, "2025-05-06": [100] * 6}),
    "weekdays": daily("weekdays", {"2025-03-03": [100] * 5, "2025-05-12": [120] * 5}),
    "sunday": daily(
        "sunday", {"2025-03-02": [100] * 7, "2025-05-11": [120] * 7}, sample="{week_starts: sunday, strata: {}}"
    ),
    "not_from_monday": daily("not_from_monday", {"2025-03-02": [100] * 7, "2025-05-11": [120] * 7}),
    "full_then_sampled": daily(
        "full_then_sampled", {"2024-01-01": [100] * 366, "2025-03-03": [150] * 7, "2025-05-12": [160] * 7}, baseline=""
    ),
    "branches": Case(
        {
            "branches_main": dict(zip(SPREAD[:2], (1000, 1200), strict=True)),
            "branches_west": dict(zip(SPREAD[:2], (200, 220), strict=True)),
        },
        {},
    ),
    "quarters": weekly(
        "quarters",
        [1000, 1100, 1200, 1300],
        ("2025-02-03", "2025-03-03", "2025-05-12", "2025-06-02"),
        period="quarter",
        baseline=", value: 10000",
        target="16000",
    ),
    "new_year": weekly("new_year", [1000, 1100, 700], ("2025-03-03", "2025-05-12", "2025-12-29")),
    "chance": weekly("chance", [800, 1000, 1200, 1400], rule="hp2030"),
    "no_chance": weekly("no_chance", [1090, 1100, 1110, 1100], rule="hp2030"),
    "met_by_rule": weekly("met_by_rule", [1050, 1250, 1350, 1350], rule="hp2030"),
}
DEFAULTS = {
    "period": "year",
    "sample": "{strata: {}}",
    "baseline": ", value: 50000",
    "target": "60000",
    "due": "2027-12-31",
    "rule": "pace",
}


def plan_text(cases: dict[str, Case], daily_period: str = "day") -> str:
    branches = [branch for case in cases.values() for branch in case.counts if branch not in OPEN_AT_CHRISTMAS]
    spans = {"weeks": ("week", "%Y-%m-%d"), "days": (daily_period, "%Y-%m-%d"), "hours": ("hour", "%Y-%m-%d %H:%M")}
    sources = "".join(SOURCE.format(name=name, period=period, format=of) for name, (period, of) in spans.items())
    indicators = [
        INDICATOR.format(
            name=name, source=case.source, entities=f"[{', '.join(case.counts)}]", **(DEFAULTS | case.more)
        )
        for name, case in cases.items()
    ]
    head = "organisation: {name: Hill Library, time_zone: Europe/London}\nsources:\n"
    return (
        head
        + sources
        + CALENDAR.format(most=", ".join(branches), every=", ".join(f'{day}: "09:00-17:00"' for day in WEEKDAYS))
        + "indicators:\n"
        + "".join(indicators)
    )


def write(folder: Path, text: str) -> Path:
    (folder / "plan.yaml").write_text(text, encoding="utf-8")
    for name in ("weeks", "days", "hours"):
        rows = [
            (branch, day, value)
            for case in CASES.values()
            if case.source == name
            for branch, counts in case.counts.items()
            for day, value in counts.items()
        ]
        (folder / f"{name}.csv").write_text(
            "\n".join(["Branch,Day,Visits", *(f"{branch},{day},{value}" for branch, day, value in rows)]) + "\n",
            encoding="utf-8",
        )
    return folder / "plan.yaml"


@dataclass(frozen=True)
class Published:
    """The published tables of a run."""

    periods: dict[tuple[str, date], dict[str, Any]]
    verdicts: dict[str, dict[str, Any]]
    estimates: list[dict[str, Any]]

    def year(self, name: str, of: int = 2025) -> dict[str, Any]:
        return self.periods[name, date(of, 1, 1)]

    def strata(self, name: str) -> dict[str, dict[str, Any]]:
        return {
            row["stratum"]: row
            for row in self.estimates
            if row["indicator_id"] == name and row["start"] == date(2025, 1, 1)
        }

    def reason(self, name: str) -> str:
        return str(self.verdicts[name]["reason"])


def run(folder: Path, now: str) -> Published:
    plan = write(folder, plan_text(CASES))
    done = CliRunner().invoke(
        main, ["run", "--plan", str(plan), "--warehouse", str(folder / "warehouse"), "--now", now]
    )
    assert done.exit_code == 0, done.output
    read = [
        pq.ParquetFile(folder / "warehouse" / "published" / f"{name}.parquet").read(use_threads=False).to_pylist()
        for name in ("periods", "verdicts")
    ]
    estimates = (
        pq.ParquetFile(folder / "warehouse" / "published" / "sample_estimates.parquet")
        .read(use_threads=False)
        .to_pylist()
    )
    return Published(
        {(row["indicator_id"], row["start"]): row for row in read[0]},
        {row["indicator_id"]: row for row in read[1]},
        estimates,
    )


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return run(tmp_path_factory.mktemp("sampled"), "2026-03-01")


@pytest.mark.slow
def test_four_weeks_stand_for_the_open_weeks_of_the_year(seen: Published) -> None:
    row = seen.year("four")
    assert row["value"] == pytest.approx(OPEN_WEEKS * 1100)
    assert row["standard_error"] == pytest.approx(OPEN_WEEKS * ((1 - 4 / OPEN_WEEKS) * (20_000 / 3) / 4) ** 0.5)
    assert row["flags"] == ["estimated"]
    assert (row["completeness"], row["provisional"]) == (1.0, False)
    assert row["value_low"] < row["value"] < row["value_high"]


def test_the_verdict_tells_the_estimate_with_its_interval(seen: Published) -> None:
    low, high = seen.year("sure")["value_low"], seen.year("sure")["value_high"]
    assert f"an estimate from sample weeks, 90 % interval {low:,.0f} to {high:,.0f}" in seen.reason("sure")
    assert "between" not in seen.reason("sure")
    assert seen.verdicts["sure"]["grade"] == "estimated"


def test_a_verdict_that_the_interval_leaves_open_says_between_which(seen: Published) -> None:
    assert seen.verdicts["unsure"]["verdict"] == "on_track"
    assert "the target lies inside it; between behind and achieved within the error of the sample" in seen.reason(
        "unsure"
    )


def test_achieved_needs_the_whole_interval_beyond_the_target(seen: Published) -> None:
    assert seen.year("met_within_error")["value"] > 60_000 > seen.year("met_within_error")["value_low"]
    assert seen.verdicts["met_within_error"]["verdict"] == "on_track"
    assert " is met cannot be told from this sample" in seen.reason("met_within_error")
    assert seen.verdicts["met"]["verdict"] == "achieved"


@pytest.mark.parametrize(
    ("name", "verdict"), [("over_above", "not_assessable"), ("over_below", "not_assessable"), ("over_missed", "behind")]
)
def test_after_the_due_date_an_open_question_stays_open(seen: Published, name: str, verdict: str) -> None:
    assert seen.verdicts[name]["verdict"] == verdict
    assert ("cannot be told from this sample" in seen.reason(name)) == (verdict == "not_assessable")


def test_one_week_says_that_it_has_no_interval(seen: Published) -> None:
    row = seen.year("one")
    assert row["value"] == pytest.approx(1100 * OPEN_WEEKS)
    assert (row["standard_error"], row["value_low"], row["value_high"]) == (None, None, None)
    assert row["flags"] == ["estimate_no_error", "estimated"]
    assert seen.verdicts["one"]["grade"] == "estimate_no_error"
    assert "only one week was counted in all weeks: an estimate without an interval" in seen.reason("one")


def test_a_declared_factor_of_50(seen: Published) -> None:
    assert seen.year("fifty")["value"] == 55_000
    row = seen.strata("fifty")["all weeks"]
    assert (row["counted_weeks"], row["open_weeks"], row["factor"], row["counted"], row["estimate"]) == (
        1,
        50,
        50,
        1100,
        55_000,
    )


def test_strata_are_weighed_by_their_open_weeks_and_kept_as_data(seen: Published) -> None:
    strata = seen.strata("strata")
    assert strata["holiday"]["open_weeks"] == 6
    assert strata["other weeks"]["open_weeks"] == pytest.approx(OPEN_WEEKS - 6)
    assert seen.year("strata")["value"] == pytest.approx(6 * 620 + (OPEN_WEEKS - 6) * 1050)


def test_the_terms_of_the_calendar_are_strata_unless_the_plan_wants_none(seen: Published) -> None:
    assert {name: row["open_weeks"] for name, row in seen.strata("terms").items()} == {
        "term": 23,
        "other weeks": pytest.approx(OPEN_WEEKS - 23),
    }
    assert list(seen.strata("four")) == ["all weeks"]


def test_a_stratum_without_a_week_gives_no_number_and_says_so(seen: Published) -> None:
    row = seen.year("no_holiday")
    assert (row["value"], row["flags"]) == (None, ["incomplete"])
    assert row["completeness"] == pytest.approx(1 - 6 / OPEN_WEEKS)
    assert seen.verdicts["no_holiday"]["verdict"] == "not_assessable"
    assert "no week was counted in holiday: not estimated" in seen.reason("no_holiday")


def test_a_year_that_is_not_over_is_not_estimated(seen: Published) -> None:
    row = seen.year("four", 2026)
    assert (row["value"], row["provisional"]) == (None, True)
    assert {row["start"].year for row in seen.estimates} <= {2024, 2025}


def test_a_week_with_a_missing_day_is_left_out_and_named(seen: Published) -> None:
    assert seen.year("missing_day")["value"] == pytest.approx(OPEN_WEEKS * 7 * 155)
    assert "left out, as open days are missing: the week of 15 Sep 2025 (2 of 7)" in seen.reason("missing_day")


def test_a_week_with_a_missing_hour_is_left_out_too(seen: Published) -> None:
    assert seen.strata("cut_short")["all weeks"]["counted_weeks"] == 2
    assert "left out, as open days are missing: the week of 15 Sep 2025 (1 of 7)" in seen.reason("cut_short")


def test_a_closed_day_is_not_a_missing_one(seen: Published) -> None:
    """Monday 5 May is closed: the six days of its week are 6/7 of a week, with 6/7 of the visits."""
    assert seen.year("bank_holiday")["value"] == pytest.approx(353 * 100)
    assert seen.year("bank_holiday")["standard_error"] == pytest.approx(0, abs=1e-6)
    assert "left out" not in seen.reason("bank_holiday")


def test_weekdays_on_which_the_doors_stay_shut_are_not_missing(seen: Published) -> None:
    row = seen.strata("weekdays")["all weeks"]
    assert row["counted_weeks"] == 2
    assert row["open_weeks"] == pytest.approx(252 / 5), (
        "the weekdays of 2025 but for nine closed ones, in weeks of five"
    )
    assert seen.year("weekdays")["value"] == pytest.approx(252 * 110)


def test_weeks_may_begin_on_sunday(seen: Published) -> None:
    assert seen.year("sunday")["value"] == pytest.approx(354 * 110)
    assert seen.year("not_from_monday")["value"] is None
    assert "left out, as open days are missing" in seen.reason("not_from_monday")


def test_a_year_counted_in_full_is_a_count_and_a_sampled_one_beside_it_a_change_of_method(seen: Published) -> None:
    counted = seen.year("full_then_sampled", 2024)
    assert (counted["value"], counted["standard_error"], counted["flags"]) == (36_600, 0, [])
    assert seen.year("full_then_sampled")["flags"] == ["estimated"]
    counts = "counted in 52 of 52 open weeks before, in 2 of 52 since"
    message = f"a change of method in Jan 2025 ({counts}): declare it as a break"
    assert message in seen.reason("full_then_sampled")
    assert not any("change of method" in seen.reason(name) for name in CASES if name != "full_then_sampled")


def test_branches_are_grossed_up_each_by_its_own_open_weeks(seen: Published) -> None:
    assert seen.year("branches")["value"] == pytest.approx(OPEN_WEEKS * 1100 + (354 - 92) / 7 * 210)
    assert {row["entity"] for row in seen.estimates if row["indicator_id"] == "branches"} == {
        "branches_main",
        "branches_west",
    }


def test_quarters_are_estimated_each_from_its_own_weeks(seen: Published) -> None:
    first, second, third = (seen.periods["quarters", date(2025, month, 1)]["value"] for month in (1, 4, 7))
    assert first == pytest.approx(89 / 7 * 1050)
    assert second == pytest.approx(13 * 1250)
    assert third is None


def test_a_week_over_new_year_counts_in_the_year_of_its_greater_part(seen: Published) -> None:
    """29 December 2025 to 4 January 2026: three days of 2025, so it stands for no other week of that year."""
    assert seen.year("new_year")["value"] == pytest.approx(365 / 7 * 1050)
    assert seen.strata("new_year")["all weeks"]["counted_weeks"] == 2


def test_a_published_rule_keeps_its_verdict_and_is_given_the_error(seen: Published) -> None:
    """Both are 56,000 of 50,000 and 60,000; hp2030 tests whether the change is chance."""
    assert seen.verdicts["chance"]["verdict"] == "at_risk"
    assert seen.verdicts["no_chance"]["verdict"] == "on_track"
    assert seen.verdicts["met_by_rule"]["verdict"] == "achieved"
    assert "the target lies inside it" in seen.reason("met_by_rule")


WHOLE = "{from: 2020-01-01, to: 2020-01-01}"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"period": "month"},
            r"indicators.x.period: sample weeks stand for a year or a quarter, not for a month: write 'period: year'",
        ),
        ({"sample": "{open_weeks: 50, strata: {term: [" + WHOLE + "]}}"}, r"'open_weeks' is one figure for all weeks"),
        (
            {"sample": "{strata: {term: [" + WHOLE + "], exam: [" + WHOLE + "]}}"},
            r"2020-01-01 lies in 'exam' and in 'term'",
        ),
        (
            {"sample": "{strata: {term: [{from: 2020-02-01, to: 2020-01-01}]}}"},
            r"ends on 2020-01-01, before it starts on 2020-02-01",
        ),
        ({"sample": "{open_weeks: 60}"}, r"sample.open_weeks: input should be less than or equal to 53"),
        ({"sample": "{open_week: 50}"}, r"unknown key 'open_week': did you mean 'open_weeks'\?"),
    ],
)
def test_a_sample_that_makes_no_sense_is_refused(tmp_path: Path, more: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_plan(write(tmp_path, plan_text({"x": weekly("x", [1], SPREAD[:1], **more)})))


def test_a_source_that_counts_by_month_cannot_tell_a_week(tmp_path: Path) -> None:
    message = r"the source 'days' counts by month, which does not show a counted week: deliver it by day or by week"
    with pytest.raises(ConfigError, match=message):
        load_plan(write(tmp_path, plan_text({"x": daily("x", {"2025-03-03": [1]})}, daily_period="month")))
