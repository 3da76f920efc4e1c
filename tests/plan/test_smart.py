"""Plans that are valid but not SMART: each piece of advice for a plan that needs it, and none for one that does not."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from flows.commands.demo import demo_plan
from plan.load import LoadedPlan, load_plan
from plan.model import Indicator
from plan.rule_names import RULE_NAMES
from plan.smart import Advice, Evidence, advise
from plan.smart.calendar_periods import period_end, period_number, period_start, whole_periods
from plan.smart.evidence import PeriodValue, SourceBreak, SourceState
from plan.smart.required_change import t_95
from plan.starter import STARTER
from tests.plan_texts import plan_text, write_plan
from transforms.periods import period_grid

TODAY = date(2026, 11, 24)
SOURCES = """\
gates:
  type: footfall
  path: visits.csv
  layout: wide
  columns: {entity: Library}
  date_formats: ["%Y-%m"]
  period: month
figures:
  type: measures
  path: measures.csv
  period: month
  date_formats: ["%Y-%m"]
  measures:
    loans: {unit: loans, kind: flow}
    downloads: {unit: downloads, kind: flow}
    satisfied_pct: {unit: per cent, kind: reading, maximum: 100}
blog: {type: plausible, site: blog.example, key: "${env:KEY}"}
shop: {type: plausible, site: shop.example, key: "${env:KEY}"}
channel:
  type: youtube
  mode: owner
  auth: {type: refresh_token, client_id: a, client_secret: "${env:A}", refresh_token: "${env:B}"}
"""
INDICATOR = """\
visits:
  title: Visits
  unit: visits
  kind: flow
  period: month
  of: [{source: gates, metric: visits}]
  objective: More people use what we know
  owner: Head of user services
  target:
    baseline: {from: 2025-01-01, to: 2025-12-31, value: 100}
    value: 110
    review: 2027-06-01
    due: 2027-12-31
"""
SECOND = INDICATOR.replace("visits:\n", "more:\n", 1)


def text_of(*edits: tuple[str, str], second: str = "", more: str = "", sources: str = SOURCES) -> str:
    """The healthy plan with words replaced; an edit that finds nothing is a mistake of the test."""
    indicator = INDICATOR
    for old, new in edits:
        assert old in indicator, old
        indicator = indicator.replace(old, new)
    return plan_text(sources, indicator + second, more)


def advice_on(folder: Path, text: str, past: Evidence | None = None, today: date = TODAY) -> list[Advice]:
    loaded = load_plan(write_plan(folder, text))
    found = advise(loaded.plan, loaded.sources, past or Evidence(), today)
    return [one for one in found if "no indicator uses this source" not in one.what]  # the plan has them to choose from


def advice_lines(advice: list[Advice]) -> list[str]:
    return [
        f"{one.letter}: {'.'.join(str(step) for step in one.path)}: {one.what}: {one.do}"
        for one in advice
        if one.judged
    ]


def measures(*names: str, source: str = "figures") -> tuple[str, str]:
    return (
        "of: [{source: gates, metric: visits}]",
        f"of: [{', '.join(f'{{source: {source}, metric: {name}}}' for name in names)}]",
    )


def monthly(*yearly: float, last: date = date(2026, 10, 31)) -> Evidence:
    """Twelve equal months a year, oldest year first, the last one ending on ``last``."""
    first = (last + timedelta(days=1)).replace(year=last.year - len(yearly))
    months = period_grid("month", first, last + timedelta(days=1))
    values = [yearly[number // 12] for number in range(len(months))]
    rows = [
        PeriodValue(start.date(), end.date(), value)
        for start, end, value in zip(months["start"], months["end"], values, strict=True)
    ]
    return Evidence(collected=True, values={"visits": tuple(rows)}, sources=dict.fromkeys(("gates", "figures"), FRESH))


FRESH = SourceState(succeeded=True, fresh=True, through=date(2026, 11, 20))
YEARS = (("period: month", "period: year"),)

CASES: dict[str, tuple[str, str, str]] = {
    "a title of two things": (
        text_of(("title: Visits", "title: Visits and loans")),
        text_of(("title: Visits", "title: Visits to Hill and Mill Lane")),
        r"specific: indicators.visits.title: the title names two things: 'visits' and 'loans': make one indicator for "
        r"each.* 'Visits' and 'Loans'",
    ),
    "a title that says nothing": (
        text_of(("title: Visits", "title: KPI 1")),
        text_of(("title: Visits", "title: Visitors, by the gates")),
        r"specific: .*title: the title 'KPI 1' does not say what is counted: write .*'Visits of the library'",
    ),
    "a unit that says nothing": (
        text_of(("unit: visits", "unit: number")),
        text_of(("unit: visits", "unit: '%'")),
        r"specific: .*unit: the unit 'number' does not say what is counted: write 'unit: visits'",
    ),
    "two units in one number": (
        text_of(measures("loans", "downloads")),
        text_of(measures("loans")),
        r"specific: indicators.visits.of.1.metric: 'downloads' \(downloads\) is added to 'loans' \(loans\): two "
        r"units.*'unit: downloads'",
    ),
    "a measure counted twice": (
        text_of(("metric: visits}]", "metric: visits}, {source: gates, metric: visits, entities: [Hill]}]")),
        text_of(
            (
                "metric: visits}]",
                "metric: visits, entities: [Mill]}, {source: gates, metric: visits, entities: [Hill]}]",
            )
        ),
        r"specific: indicators.visits.of.1: 'visits' of some entities is counted twice",
    ),
    "two targets for one figure on one day": (
        text_of(second=SECOND.replace("value: 110", "value: 120")),
        text_of(second=SECOND),
        r"specific: indicators.more.target.value: 'visits' and 'more' ask for 110 and 120 of the same figure by "
        r"2027-12-31: keep one",
    ),
    "a later target that asks for less": (
        text_of(second=SECOND.replace("value: 110", "value: 105").replace("due: 2027", "due: 2028")),
        text_of(second=SECOND.replace("value: 110", "value: 120").replace("due: 2027", "due: 2028")),
        r"specific: .*'more' asks for 105 by 2028-12-31, and 'visits' for 110 .* by 2027-12-31 already: let the later "
        r"one ask for more than 110",
    ),
    "a figure wanted up and down": (
        text_of(second=SECOND.replace("  kind", "  better: down\n  kind").replace("value: 110", "value: 90")),
        text_of(
            second=SECOND.replace("  kind", "  better: down\n  kind")
            .replace("value: 110", "value: 90")
            .replace("metric: visits", "metric: visits, entities: [A]")
        ),
        r"specific: indicators.more.better: the same figure as 'visits', but 'better' is 'up' there and 'down' here: "
        r"keep one of 'more' and 'visits'",
    ),
    "a figure wanted up by month and down by quarter": (
        text_of(
            second=SECOND.replace("  kind", "  better: down\n  kind")
            .replace("value: 110", "value: 90")
            .replace("period: month", "period: quarter")
        ),
        text_of(second=SECOND.replace("value: 110", "value: 330").replace("period: month", "period: quarter")),
        r"specific: indicators.more.better: the same figure as 'visits'",
    ),
    "two totals of one year": (
        text_of(
            ("    due", "    over: year\n    due"),
            second=SECOND.replace("    due", "    over: year\n    due").replace("value: 110", "value: 1500"),
        ),
        text_of(second=SECOND.replace("    due", "    over: year\n    due").replace("value: 110", "value: 1500")),
        r"specific: indicators.more.target.value: 'visits' and 'more' ask for 110 and 1500",
    ),
    "periods finer than the source": (
        text_of(("period: month", "period: week")),
        text_of(("period: month", "period: quarter")),
        r"measurable: indicators.visits.period: the source 'gates' gives one figure per month, so the figure of a "
        r"week is only a share of it.*'period: month'",
    ),
    "too few periods before it is due": (
        text_of(*YEARS, ("2025", "2024"), ("due: 2027", "due: 2026"), ("review: 2027-06-01", "review: 2026-12-10")),
        text_of(*YEARS, ("2025", "2024")),
        r"measurable: .*due: only 2 complete years lie between.*write 'due: 2027-12-31', or 'period: quarter'",
    ),
    "no period before it is due": (
        text_of(*YEARS, ("due: 2027-12-31", "due: 2026-12-30"), ("review: 2027-06-01", "review: 2026-12-10")),
        text_of(("due: 2027-12-31", "due: 2026-12-31"), ("review: 2027-06-01", "review: 2026-12-10")),
        r"measurable: .*due: no complete year lies between.*write 'due: 2028-12-31', or 'period: quarter'",
    ),
    "settled only after it is due": (
        text_of(
            ("due: 2027-12-31", "due: 2026-12-31"),
            ("review: 2027-06-01", "review: 2026-12-10"),
            sources=SOURCES.replace("period: month\nfig", "period: month\n  restated_days: 60\nfig"),
        ),
        text_of(sources=SOURCES.replace("period: month\nfig", "period: month\n  restated_days: 60\nfig")),
        r"measurable: .*due: its figures still change for 60 days and only 37 are left.*write 'due: 2027-01-31'",
    ),
    "a branch that closes for good": (
        text_of(
            ("metric: visits", "metric: visits, entities: [Hill]"),
            more="calendar: {closed: [{from: 2027-03-01, entities: [Hill]}]}\n",
        ),
        text_of(
            ("metric: visits", "metric: visits, entities: [Mill]"),
            more="calendar: {closed: [{from: 2027-03-01, entities: [Hill]}]}\n",
        ),
        r"measurable: .*due: Hill closes for good on 2027-03-01.*write 'due: 2027-02-28'",
    ),
    "people counted twice": (
        text_of(
            ("kind: flow", "kind: stock"),
            measures("visitors", source="blog"),
            ("visitors}]", "visitors}, {source: shop, metric: visitors}]"),
        ),
        text_of(("kind: flow", "kind: stock"), measures("visitors", source="blog")),
        r"measurable: indicators.visits.of.1.metric: 'visitors' counts people, and a person in two.*count visits",
    ),
    "judged though little is known": (
        text_of(("  owner", "  min_completeness: 0.3\n  owner")),
        text_of(("  owner", "  min_completeness: 0.9\n  owner")),
        r"measurable: .*min_completeness: a month is judged although as little as 30% of it may be known: .*write "
        r"'min_completeness: 0.9'",
    ),
    "more than all": (
        text_of(
            measures("satisfied_pct"),
            ("kind: flow", "kind: stock"),
            ("unit: visits", "unit: per cent"),
            ("value: 100", "value: 80"),
        ),
        text_of(
            measures("satisfied_pct"),
            ("kind: flow", "kind: stock"),
            ("unit: visits", "unit: per cent"),
            ("value: 100", "value: 80"),
            ("110", "90"),
        ),
        r"attainable: .*value: a share cannot pass 100 per cent, and 110 is asked for: write 100 or less",
    ),
    "a rate in per cent": (
        text_of(
            ("kind: flow", "kind: rate"),
            ("of: [", "denominator: [{source: figures, metric: loans}]\n  numerator: ["),
            ("unit: visits", "unit: '%'"),
        ),
        text_of(
            ("kind: flow", "kind: rate"),
            ("of: [", "denominator: [{source: figures, metric: loans}]\n  numerator: ["),
            ("unit: visits", "unit: '%'"),
            ("value: 100", "value: 0.5"),
            ("value: 110", "value: 0.6"),
        ),
        r"attainable: .*a rate is its numerator over its denominator, so 110 per cent of it are 1.1: write 1.1 for 110",
    ),
    "beyond its own limit": (
        text_of(("    due", "    limit: 105\n    due")),
        text_of(("    due", "    limit: 120\n    due")),
        r"attainable: .*110 lies beyond the limit 105 that the target itself names: write 105",
    ),
    "below nothing": (
        text_of(("  kind", "  better: down\n  kind"), ("value: 110", "value: -5")),
        text_of(("  kind", "  better: down\n  kind"), ("value: 110", "value: 5")),
        r"attainable: .*the figure cannot fall below 0, and -5 is asked for: write 0 or more",
    ),
    "a test without an error": (
        text_of(("    due", "    rule: hp2030\n    due")),
        text_of(("    due", "    rule: statcan\n    due")),
        r"attainable: .*rule: 'hp2030' tests a change against its standard error, and counted figures have "
        r"none.*'rule: pace'",
    ),
    "a rule of years for a month": (
        text_of(("    due", "    rule: eurostat\n    due")),
        text_of(*YEARS, ("    due", "    rule: eurostat\n    due")),
        r"attainable: .*rule: 'eurostat' was made for yearly figures: it compares one month with the baseline's "
        r"mean.*write 'period: year'",
    ),
    "growth from nothing": (
        text_of(("    due", "    rule: statcan\n    due"), ("value: 100", "value: 0")),
        text_of(("    due", "    rule: sdsn\n    due"), ("value: 100", "value: 0")),
        r"attainable: .*rule: a baseline of 0 has no growth rate: 'statcan' puts 0.001 in its place.*'rule: sdsn'",
    ),
    "growth through nothing": (
        text_of(("    due", "    rule: unsd\n    due"), ("value: 100", "value: -10")),
        text_of(("    due", "    rule: unsd\n    due"), ("value: 100", "value: 10")),
        r"attainable: .*from -10 to 110 there is no growth rate: 'unsd' cannot judge it: write 'rule: sdsn'",
    ),
    "a rule that is silent for a year": (
        text_of(("    due", "    rule: sdsn\n    due"), ("2027-12-31", "2026-12-30"), ("2027-06-01", "2026-12-10")),
        text_of(("    due", "    rule: sdsn\n    due"), ("2027-12-31", "2026-12-31"), ("2027-06-01", "2026-12-10")),
        r"attainable: .*'sdsn' gives no verdict in the first year after the baseline.*'rule: pace'",
    ),
    "a rule that is silent for three years": (
        text_of(("    due", "    rule: destatis\n    due")),
        text_of(("    due", "    rule: destatis\n    due"), ("due: 2027", "due: 2029")),
        r"attainable: .*'destatis' gives no verdict in the first 3 years after the baseline.*'rule: sdsn'",
    ),
    "a rule for a band": (
        text_of(
            ("    value: 110\n", "    band: {low: 90, high: 110}\n    rule: unsd\n"),
            ("  kind", "  better: band\n  kind"),
        ),
        text_of(("    value: 110\n", "    band: {low: 90, high: 110}\n"), ("  kind", "  better: band\n  kind")),
        r"attainable: .*rule: 'unsd' judges the way to a value, and a band has none: it is not used: leave 'rule' out",
    ),
    "no objective": (
        text_of(
            ("  objective: More people use what we know\n", ""),
            second=SECOND.replace("metric: visits", "metric: visits, entities: [Hill]"),
        ),
        text_of(second=SECOND.replace("metric: visits", "metric: visits, entities: [Hill]")),
        r"relevant: indicators.visits: no objective is named.*write 'objective: More people use what we know'",
    ),
    "no objective in the whole plan": (
        text_of(("  objective: More people use what we know\n", "")),
        text_of(),
        r"relevant: indicators.visits: no objective is named.*write 'objective:' and in one sentence what it serves",
    ),
    "an objective that nothing shows": (
        text_of(
            ("objective: More people use what we know", "objective: use"),
            more="objectives: {use: People use it, share: Staff share}\n",
        ),
        text_of(
            ("objective: More people use what we know", "objective: use"), more="objectives: {use: People use it}\n"
        ),
        r"relevant: objectives.share: no indicator serves this objective.*write 'objective: share'",
    ),
    "an activity for nothing": (
        text_of(more="activities: {week: {date: 2026-10-05, title: Open week}}\n"),
        text_of(more="activities: {week: {date: 2026-10-05, title: Open week, indicators: [visits]}}\n"),
        r"relevant: activities.week: the activity names no indicator that it was meant to move: write 'indicators: "
        r"\[...\]'.*visits",
    ),
    "no owner": (
        text_of(("  owner: Head of user services\n", "")),
        text_of(),
        r"time-bound: indicators.visits: it has no owner, so no one is responsible for it: write 'owner:'",
    ),
    "an owner without a name": (
        text_of(("owner: Head of user services", "owner: ' '")),
        text_of(),
        r"time-bound: indicators.visits: it has no owner, so no one is responsible for it",
    ),
    "no review": (
        text_of(("    review: 2027-06-01\n", "")),
        text_of(),
        r"time-bound: indicators.visits.target: .*no review date, so no one checks it.*: write 'review: 2027-06-08'",
    ),
    "a review that is too late": (
        text_of(("review: 2027-06-01", "review: 2028-01-31")),
        text_of(),
        r"time-bound: .*review: the review on 2028-01-31 comes when the target is already due, on 2027-12-31: write "
        r"'review: 2027-06-08'",
    ),
    "a review before there is anything": (
        text_of(("review: 2027-06-01", "review: 2025-06-01")),
        text_of(),
        r"time-bound: .*review: the review on 2025-06-01 comes before the baseline ends, on 2025-12-31: write "
        r"'review: 2027-06-08'",
    ),
    "a review that is past": (
        text_of(("review: 2027-06-01", "review: 2026-06-01")),
        text_of(),
        r"time-bound: .*review: the review of 2026-06-01 is past: set a new one: write 'review: 2027-06-08'",
    ),
    "due already": (
        text_of(("2027-12-31", "2026-06-30"), ("review: 2027-06-01", "review: 2026-05-01")),
        text_of(),
        r"time-bound: .*due: it was due on 2026-06-30, which is past: set a new one, "
        r"with 'baseline: {from: 2025-01-01, to: 2025-12-31}' and 'due: 2028-12-31'",
    ),
    "due in the middle of a quarter": (
        text_of(("period: month", "period: quarter"), ("due: 2027-12-31", "due: 2027-11-30")),
        text_of(("due: 2027-12-31", "due: 2027-11-30")),
        r"time-bound: .*due: 2027-11-30 lies inside a quarter, .*write 'due: 2027-09-30' or 'due: 2027-12-31'",
    ),
    "due in another age": (
        text_of(("due: 2027", "due: 2099")),
        text_of(),
        r"time-bound: .*due: it is due on 2099-12-31, more than 10 years from now.*write 'due: 2031-12-31'",
    ),
    "an old baseline": (
        text_of(("2025-01-01, to: 2025-12-31", "2019-01-01, to: 2019-12-31")),
        text_of(),
        r"time-bound: .*baseline: the baseline ended on 2019-12-31, more than 5 years ago: write 'baseline: {from: "
        r"2025-01-01, to: 2025-12-31}'",
    ),
    "a baseline yet to come": (
        text_of((", to: 2025-12-31, value: 100", ", to: 2026-12-31")),
        text_of((", value: 100", "")),
        r"time-bound: .*baseline: the baseline ends on 2026-12-31, so nothing can be judged before that: write "
        r"'baseline: {from: 2025-01-01",
    ),
    "a baseline of a season": (
        text_of((", to: 2025-12-31, value: 100", ", to: 2025-03-31")),
        text_of((", to: 2025-12-31, value: 100", ", to: 2025-03-31, value: 100")),
        r"time-bound: .*baseline: the baseline, 2025-01-01 to 2025-03-31, does not consist of whole years.*write "
        r"'baseline: {from: 2025-01-01, to: 2025-12-31}'",
    ),
    "a baseline without a period": (
        text_of(*YEARS, ("{from: 2025-01-01, to: 2025-12-31, value: 100}", "{from: 2024-03-01, to: 2024-11-30}")),
        text_of(*YEARS, ("{from: 2025-01-01, to: 2025-12-31, value: 100}", "{from: 2024-01-01, to: 2024-12-31}")),
        r"time-bound: .*baseline: the baseline contains no whole year, so it has no value.*write 'baseline: {from: "
        r"2025-01-01",
    ),
    "a baseline while closed": (
        text_of(
            (", value: 100", ""), more="calendar: {closed: [{from: 2025-03-01, to: 2025-05-31, reason: Repairs}]}\n"
        ),
        text_of(
            (", value: 100", ""), more="calendar: {closed: [{from: 2025-12-24, to: 2026-01-01, reason: Christmas}]}\n"
        ),
        r"time-bound: .*baseline: 92 of the baseline's 365 days were closed \(Repairs, from 2025-03-01 to "
        r"2025-05-31\).*write 'baseline: {from: 2024-01-01",
    ),
    "a baseline before a break": (
        text_of(more="breaks: [{day: 2026-02-01, reason: new gates}]\n"),
        text_of(more="breaks: [{day: 2026-02-01, reason: new gates, splice: {factor: 1.1}}]\n"),
        r"time-bound: .*baseline: a break lies between the baseline and the due date, on 2026-02-01 \(new "
        r"gates\).*'splice' under 'breaks'",
    ),
    "a baseline across a break": (
        text_of(more="breaks: [{day: 2025-06-01, reason: new gates, indicators: [visits]}]\n"),
        text_of(
            second=SECOND.replace("visits}", "visits, entities: [Hill]}"),
            more="breaks: [{day: 2024-06-01, reason: new gates, indicators: [more]}]\n",
        ),
        r"time-bound: .*baseline: a break lies inside the baseline, on 2025-06-01 \(new gates\).*give the baseline "
        r"a 'value'",
    ),
    "a break that the source declares": (
        text_of(measures("views", source="channel"), ("2025-01-01, to: 2025-12-31", "2022-01-01, to: 2024-12-31")),
        text_of(
            measures("estimatedMinutesWatched", source="channel"),
            ("2025-01-01, to: 2025-12-31", "2022-01-01, to: 2024-12-31"),
        ),
        r"time-bound: .*baseline: a break lies between the baseline and the due date",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_not_smart_is_told_with_what_to_write_and_its_opposite_is_not(tmp_path: Path, case: str) -> None:
    wrong, right, message = CASES[case]
    assert any(re.match(message, one) for one in advice_lines(advice_on(tmp_path, wrong))), advice_lines(
        advice_on(tmp_path, wrong)
    )
    assert not [one for one in advice_lines(advice_on(tmp_path, right)) if re.match(message, one)]


def test_a_healthy_plan_is_left_alone(tmp_path: Path) -> None:
    assert advice_lines(advice_on(tmp_path, text_of())) == []


def test_the_starter_plan_and_the_plan_of_the_demo_are_smart(tmp_path: Path) -> None:
    assert advice_lines(advice_on(tmp_path, STARTER)) == []
    for today in (TODAY, date(2027, 1, 1), date(2028, 2, 29)):
        assert advice_lines(advice_on(tmp_path, demo_plan("http://127.0.0.1:1", today), today=today)) == []


# attainable, against the past -----------------------------------------------------------------------------------------

ASKING: dict[str, tuple[Evidence, tuple[tuple[str, str], ...], str]] = {
    "four times the best year": (
        monthly(100, 101, 102, 103, 110, 112),
        (("value: 110", "value: 190"),),
        r"it needs \+38 % a year; its best year in 5 was \+6\.8 %: it needs 6 times its best year, every year until "
        r"2027-12-31: "
        r"write 'value: 124', which \+6\.8 % a year would reach, or 'due: 2036-09-30'",
    ),
    "never that way": (
        monthly(120, 115, 112, 108),
        (),
        r"it needs \+1\.1 % a year; it moved that way in none of its 3 past yearly changes: write 'value: 108' to keep",
    ),
    "a fall wanted": (
        monthly(100, 98, 97, 96),
        (("  kind", "  better: down\n  kind"), ("value: 110", "value: 40")),
        r"it needs -42 % a year; its best year in 3 was -2\.0 %: it needs 21 times its best year.*write 'value: 93', "
        r"which -2\.0 % a year would reach",
    ),
    "points of a share": (
        monthly(50, 52, 53, 55),
        (
            measures("satisfied_pct"),
            ("kind: flow", "kind: stock"),
            ("unit: visits", "unit: per cent"),
            ("value: 100", "value: 50"),
            ("value: 110", "value: 90"),
        ),
        r"it needs \+21\.5 points a year; its best year in 3 was \+2 points: it needs 11 times",
    ),
    "kept up for years": (
        monthly(100, 101, 102, 122, 123, 124, 125),
        (("value: 110", "value: 275"), ("due: 2027", "due: 2031")),
        r"it needs \+15 % a year for 6 years running; its 6 yearly changes were \+4\.0 % on average, from \+0\.8 % to "
        r"\+20 %: "
        r"write 'value: 249', which \+13 % a year would reach, or 'due: 2032-12-31'",
    ),
    "a total of the year": (
        monthly(100, 101, 102, 103),
        (("    due", "    over: year\n    due"), ("value: 100", "value: 1200"), ("value: 110", "value: 1900")),
        r"it needs \+\d\d % a year; its best year in 3 was \+1\.0 %.*write 'value: 12\d0'",
    ),
}


@pytest.mark.parametrize("case", ASKING)
def test_more_than_the_past_ever_brought_is_told_with_a_value_and_a_day(tmp_path: Path, case: str) -> None:
    past, edits, message = ASKING[case]
    found = [one for one in advice_lines(advice_on(tmp_path, text_of(*edits), past)) if one.startswith("attainable")]
    assert len(found) == 1
    assert re.search(message, found[0]), found[0]


@pytest.mark.parametrize("case", ASKING)
def test_what_is_proposed_would_be_left_alone(tmp_path: Path, case: str) -> None:
    past, edits, _ = ASKING[case]
    text = text_of(*edits)
    (found,) = [one.do for one in advice_on(tmp_path, text, past) if one.letter == "attainable"]
    for key, write in re.findall(r"'(value|due): ([^']+)'", found):
        old = re.findall(rf"    {key}: [^\n}}]+", text)[-1]
        baseline = {"value: 100,", "value: 1200}", "value: 50}"}
        assert old.strip() not in baseline
        assert "attainable" not in " ".join(
            advice_lines(advice_on(tmp_path, text.replace(old, f"    {key}: {write}"), past))
        )


@pytest.mark.parametrize("degrees", range(1, 60))
def test_students_t_is_that_of_scipy(degrees: int) -> None:
    assert t_95(degrees) == pytest.approx(stats.t.ppf(0.95, degrees), abs=0.01)


def test_a_target_within_its_past_changes_is_left_alone(tmp_path: Path) -> None:
    assert advice_lines(advice_on(tmp_path, text_of(("value: 110", "value: 118")), monthly(90, 95, 99, 105, 110))) == []
    wanted_down = text_of(("  kind", "  better: down\n  kind"), ("value: 110", "value: 80"))
    assert advice_lines(advice_on(tmp_path, wanted_down, monthly(110, 100, 96, 90))) == []


@pytest.mark.parametrize("yearly", [(), (100,), (90, 100)])
def test_too_short_a_past_is_said_and_is_no_fault(tmp_path: Path, yearly: tuple[float, ...]) -> None:
    (only,) = advice_on(tmp_path, text_of(), monthly(*yearly) if yearly else Evidence())
    assert not only.judged
    assert only.what.startswith(f"whether this is attainable is not known yet: {len(yearly)} whole year")


def test_a_missing_month_ends_the_years_that_are_compared(tmp_path: Path) -> None:
    past = monthly(90, 95, 100, 105)
    torn = Evidence(
        collected=True,
        values={"visits": tuple(v for v in past.values["visits"] if v.start != date(2024, 2, 1))},
        sources=past.sources,
    )
    assert [one.judged for one in advice_on(tmp_path, text_of(("value: 110", "value: 900")), past)] == [True]
    assert [one.judged for one in advice_on(tmp_path, text_of(("value: 110", "value: 900")), torn)] == [False]


def test_figures_before_a_break_are_no_past(tmp_path: Path) -> None:
    text = text_of(
        ("2025-01-01, to: 2025-12-31", "2026-01-01, to: 2026-06-30"),
        more="breaks: [{day: 2024-11-01, reason: new gates}]\n",
    )
    assert [one.judged for one in advice_on(tmp_path, text, monthly(10, 20, 40, 80, 85))] == [False]


@pytest.mark.parametrize(
    ("past", "edits", "message"),
    [
        (monthly(90, 120), (), r"every month of its newest year meets the target already: write .* 'value: 126'"),
        (
            monthly(90, 100, 115, 120),
            (),
            r"every month of its newest year meets the target already: write .* 'value: 1[34]\d'",
        ),
        (monthly(90, 120, 130), ((", value: 100", ""),), r"the baseline, 1\d\d, meets the target already"),
        (
            monthly(120, 90),
            (("  kind", "  better: down\n  kind"), ("value: 100", "value: 120")),
            r"newest year meets the target already: write .* 'value: 85.5'",
        ),
    ],
)
def test_a_target_that_is_met_already_asks_for_nothing(
    tmp_path: Path, past: Evidence, edits: tuple[tuple[str, str], ...], message: str
) -> None:
    (found,) = advice_lines(advice_on(tmp_path, text_of(*edits), past))
    assert re.search(message, found), found


def test_one_good_month_is_no_target_met(tmp_path: Path) -> None:
    past = monthly(90, 100)
    values = (*past.values["visits"][:-1], PeriodValue(date(2026, 10, 1), date(2026, 11, 1), 150))
    assert (
        advice_lines(
            advice_on(tmp_path, text_of(), Evidence(collected=True, values={"visits": values}, sources=past.sources))
        )
        == []
    )


# measurable, against the sources --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (None, "nothing has been collected from it yet: see what is wrong"),
        (
            SourceState(succeeded=False, fresh=False, last_error="no key"),
            "nothing has been collected from it yet: no key: see",
        ),
        (
            SourceState(succeeded=True, fresh=True, last_error="403"),
            "its newest pull failed: 403: see what is wrong with 'kmi check --connect'",
        ),
        (
            SourceState(succeeded=True, fresh=False, through=date(2026, 9, 30)),
            "its figures are late: the newest day is 2026-09-30 (55 days ago): see",
        ),
    ],
)
def test_a_source_that_brings_nothing_is_told(tmp_path: Path, state: SourceState | None, message: str) -> None:
    past = Evidence(collected=True, sources={} if state is None else {"gates": state})
    (found,) = advice_lines(advice_on(tmp_path, text_of(), past))
    assert found.startswith(f"measurable: sources.gates: {message}"), found
    assert found.endswith("'kmi run --source gates'")


def test_before_the_first_run_no_source_is_blamed(tmp_path: Path) -> None:
    assert advice_lines(advice_on(tmp_path, text_of(), Evidence())) == []


def test_learned_days_of_settling_count_like_declared_ones(tmp_path: Path) -> None:
    learned = Evidence(
        collected=True, sources={"gates": SourceState(succeeded=True, fresh=True, settled_after_days=60)}
    )
    text = text_of(("due: 2027-12-31", "due: 2026-12-31"), ("review: 2027-06-01", "review: 2026-12-10"))
    assert [one for one in advice_lines(advice_on(tmp_path, text, learned)) if "still change for 60 days" in one]


def test_a_metric_that_ends_is_told_with_the_one_to_use(tmp_path: Path) -> None:
    ends = SourceBreak(
        "channel", "views", "", date(2026, 6, 1), "retired", "the interface dropped it", replaced_by="engagedViews"
    )
    text = text_of(
        measures("views", source="channel"),
        sources=SOURCES.replace("mode: owner", "mode: owner\n  metrics: [views, engagedViews]"),
    )
    known = {"channel": FRESH}
    (found,) = [
        one
        for one in advice_lines(advice_on(tmp_path, text, Evidence(collected=True, sources=known, breaks=(ends,))))
        if "ends on" in one
    ]
    assert (
        found
        == "measurable: indicators.visits.of.0.metric: 'views' ends on 2026-06-01: the interface dropped it: write "
        "'metric: engagedViews'"
    )
    assert not [
        one
        for one in advice_lines(advice_on(tmp_path, text, Evidence(collected=True, sources=known)))
        if "ends on" in one
    ]


def test_a_break_of_another_branch_is_none_of_this_one(tmp_path: Path) -> None:
    broken = SourceBreak("gates", "visits", "Mill", date(2026, 3, 1), "replaced", "a new sensor")
    past = Evidence(collected=True, sources={"gates": FRESH}, breaks=(broken,))
    assert not advice_lines(advice_on(tmp_path, text_of(("metric: visits", "metric: visits, entities: [Hill]")), past))
    assert [
        one
        for one in advice_lines(
            advice_on(tmp_path, text_of(("metric: visits", "metric: visits, entities: [Mill]")), past)
        )
        if "a break lies" in one
    ]


def test_a_splice_that_joins_nothing_leaves_the_break(tmp_path: Path) -> None:
    splice = "splice: {overlap: [{source: figures, metric: loans}]}"
    text = text_of(more=f"breaks: [{{day: 2026-02-01, reason: new gates, indicators: [visits], {splice}}}]\n")
    assert advice_lines(advice_on(tmp_path, text, Evidence(collected=True, sources={"gates": FRESH}))) == []
    apart = Evidence(collected=True, sources={"gates": FRESH}, unjoined={"visits": frozenset({date(2026, 2, 1)})})
    assert [one for one in advice_lines(advice_on(tmp_path, text, apart)) if "a break lies between" in one]


# the whole ------------------------------------------------------------------------------------------------------------


def test_an_indicator_that_is_only_measured_needs_no_owner_and_no_objective(tmp_path: Path) -> None:
    text = plan_text(SOURCES, INDICATOR[: INDICATOR.index("  objective")])
    assert advice_on(tmp_path, text) == []


def test_an_objective_that_the_plan_does_not_name_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"no objective is called 'usage': did you mean 'use'\?"):
        load_plan(
            write_plan(
                tmp_path,
                text_of(
                    ("objective: More people use what we know", "objective: usage"),
                    more="objectives: {use: People use it}\n",
                ),
            )
        )


def test_an_indicators_objective_is_told_in_words(tmp_path: Path) -> None:
    text = text_of(
        ("objective: More people use what we know", "objective: use"), more="objectives: {use: People use it}\n"
    )
    plan = load_plan(write_plan(tmp_path, text)).plan
    assert plan.objective_of(plan.indicators["visits"]) == "People use it"


DATES = st.dates(date(1, 1, 1), date(9999, 12, 30))
NEAR = st.dates(date(2026, 1, 1), date(2028, 12, 31))
FIGURES = st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=5) | st.lists(
    st.floats(1e-12, 1e12), min_size=3, max_size=6
)
PERIODS = st.sampled_from(["day", "week", "month", "quarter", "year"])


@st.composite
def hostile(draw: st.DrawFn, indicator: Indicator) -> Indicator:
    """The indicator with any words, dates, numbers and periods that the plan's types let through."""
    assert indicator.target is not None
    assert indicator.target.baseline is not None
    words = st.sampled_from(
        ["", " ", "%", "and", "& and +", "(", "Visits and", "\\", "[a-z", "visits and loans and visits", "9" * 300]
    )
    first, to, review, due = sorted(draw(st.lists(DATES | NEAR, min_size=4, max_size=4, unique=True)))
    value = draw(st.sampled_from([0.0, 1e-300, 1e300]) | st.floats(-1e300, 1e300))
    baseline = indicator.target.baseline.model_copy(
        update={"from_": first, "to": to, "value": draw(st.sampled_from([None, 0.0, 5.0]))}
    )
    over, rule = draw(st.sampled_from(["period", "year"])), draw(st.sampled_from(RULE_NAMES))
    target = indicator.target.model_copy(
        update={"due": due, "review": review, "value": value, "baseline": baseline, "over": over, "rule": rule}
    )
    said = {name: draw(words) for name in ("title", "unit", "owner", "objective")}
    return indicator.model_copy(
        update={**said, "better": draw(st.sampled_from(["up", "down"])), "period": draw(PERIODS), "target": target}
    )


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> LoadedPlan:
    return load_plan(
        write_plan(tmp_path_factory.mktemp("plan"), text_of(more="breaks: [{day: 2025-06-01, reason: new gates}]\n"))
    )


@settings(max_examples=100)
@given(data=st.data(), today=DATES | NEAR, figures=FIGURES)
def test_a_hostile_plan_gets_advice_and_no_traceback(
    loaded: LoadedPlan, data: st.DataObject, today: date, figures: list[float]
) -> None:
    indicator = data.draw(hostile(loaded.plan.indicators["visits"]))
    plan = loaded.plan.model_copy(
        update={
            "indicators": {"visits": indicator},
            "objectives": {"use": " "},
            "breaks": data.draw(st.sampled_from([(), loaded.plan.breaks])),
        }
    )
    for one in advise(plan, loaded.sources, monthly(*figures), today):
        assert one.what
        assert one.do


@given(day=st.dates(date(1990, 1, 1), date(2060, 1, 1)), days=st.integers(0, 800), period=PERIODS)
def test_whole_periods_are_those_of_the_grid(day: date, days: int, period: str) -> None:
    last = day + timedelta(days=days)
    spans = period_grid(period, day, last + timedelta(days=1))
    inside = (spans["start"].dt.date >= day) & (spans["end"].dt.date <= last + timedelta(days=1))
    assert whole_periods(period, day, last) == inside.sum()  # type: ignore[arg-type]
    assert period_start(period, period_number(period, day)) == spans["start"].iloc[0].date()  # type: ignore[arg-type]
    assert period_end(period, day) == spans["end"].iloc[0].date() - timedelta(days=1)  # type: ignore[arg-type]
