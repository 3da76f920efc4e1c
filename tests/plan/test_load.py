"""Wrong plans: each error says where, what and what to write instead."""

from pathlib import Path

import pytest

from plan.load import PlanError, load_plan
from tests.plan_texts import GATES, VISITS, plan_text, write_plan
from warehouse.errors import ConfigError

TOKEN = "EAA" + "b" * 40
WRONG = {
    "an unknown key names the nearest": (
        plan_text(indicators=VISITS.replace("title:", "titel:")),
        r"plan.yaml:12:5: indicators.visits.titel: unknown key 'titel': did you mean 'title'\?",
    ),
    "an unknown key deep inside": (
        plan_text(indicators=VISITS.replace("value: 200", "valeu: 200")),
        r"target.valeu: unknown key 'valeu': did you mean 'value'\?",
    ),
    "an unknown key of a source": (
        plan_text(GATES.replace("layout:", "lay_out:")),
        r"plan.yaml:6:5: sources.gates.lay_out: unknown key 'lay_out': did you mean 'layout'\?",
    ),
    "a wrong type": (
        plan_text(indicators=VISITS.replace("value: 200", "value: many")),
        r"plan.yaml:\d+:\d+: indicators.visits.target.value: 'many' does not fit here: write a number",
    ),
    "a mapping for a text": (
        plan_text(indicators=VISITS.replace("title: ", "title: {en: a} # ")),
        r"title: a mapping does not fit here: write a text",
    ),
    "no day": (
        plan_text(indicators=VISITS.replace("due: ", "due: soon # ")),
        r"target.due: 'soon' does not fit here: write a day, such as 2026-12-31",
    ),
    "a list for a target": (
        plan_text(indicators=VISITS[: VISITS.index("  target:")] + "  target: [1]\n"),
        r"target: a list does not fit here: write a mapping, each line 'key: value'",
    ),
    "an address that is none": (
        plan_text(more="alerts: {page: share/scorecard}\n"),
        r"alerts.page: 'share/scorecard' does not fit here: write the address of the folder that kmi report wrote",
    ),
    "a name for a number": (
        plan_text(sources="  web: {type: ga4, property: Home, auth: {token: '${env:TOKEN}'}}\n"),
        r"sources.web.property: 'Home' does not fit here: write the number of the property, as the admin page shows it",
    ),
    "a wrong word": (
        plan_text(indicators=VISITS.replace("kind: flow", "kind: flaw")),
        r"indicators.visits.kind: 'flaw' is not known here: did you mean 'flow'\?",
    ),
    "a missing key": (
        plan_text(indicators=VISITS.replace("  unit: visits\n", "")),
        r"indicators.visits.unit: 'unit' is missing: add 'unit:' here",
    ),
    "a source that no one defined": (
        plan_text(indicators=VISITS.replace("source: gates", "source: gate")),
        r"no source is called 'gate': did you mean 'gates'\?",
    ),
    "a source type that does not exist": (
        plan_text(GATES.replace("type: footfall", "type: footfal")),
        r"sources.gates.type: there is no source type 'footfal': did you mean 'footfall'\?",
    ),
    "a metric that the source does not have": (
        plan_text(indicators=VISITS.replace("metric: visits", "metric: visit")),
        r"the source 'gates' has no metric 'visit': did you mean 'visits'\?",
    ),
    "a level that is summed": (
        plan_text(indicators=VISITS.replace("kind: flow", "kind: stock\n  aggregate: sum")),
        r"a level does not add up over days: write 'aggregate: last', mean or max",
    ),
    "a count that is called a level": (
        plan_text(indicators=VISITS.replace("kind: flow", "kind: stock")),
        r"'visits' is counted per day and is not a level: write 'kind: flow'",
    ),
    "a flow that is averaged": (
        plan_text(indicators=VISITS.replace("kind: flow", "kind: flow\n  aggregate: mean")),
        r"a flow adds up and has no 'mean'",
    ),
    "a rate without its halves": (
        plan_text(indicators=VISITS.replace("kind: flow", "kind: rate")),
        r"a rate has a 'numerator' and a 'denominator'",
    ),
    "a target that lies the wrong way": (
        plan_text(indicators=VISITS.replace("value: 200", "value: 20")),
        r"more is better here, but the target 20 does not lie above the baseline 100: correct the target",
    ),
    "a target before its baseline ends": (
        plan_text(indicators=VISITS.replace("due: 2027-12-31", "due: 2025-06-30")),
        r"due on 2025-06-30, before its baseline ends on 2025-12-31",
    ),
    "a path that cannot exist": (
        plan_text(indicators=VISITS.replace("value: 100", "value: 0") + "    path: geometric\n"),
        r"a geometric path cannot lead from 0 to 200.*: write 'path: linear'",
    ),
    "a date that is none": (
        plan_text(indicators=VISITS.replace("2027-12-31", "2027-13-31")),
        r"indicators.visits.target.due: '2027-13-31' does not fit here",
    ),
    "a time zone that is none": (
        plan_text().replace("Europe/London", "Europe/Londn"),
        r"plan.yaml:1:\d+: organisation.time_zone: 'Europe/Londn' is not a time zone",
    ),
    "a name with capitals": (
        plan_text(indicators=VISITS.replace("visits:\n", "Visits:\n", 1)),
        r"'Visits' is not a name: start with a lower-case letter",
    ),
    "an activity for no indicator": (
        plan_text(more="activities: {week: {date: 2026-01-01, title: Week, indicators: [visit]}}\n"),
        r"activities.week.indicators.0: no indicator is called 'visit': did you mean 'visits'\?",
    ),
    "a token as a value": (
        plan_text(more=f"activities: {{week: {{date: 2026-01-01, title: {TOKEN}}}}}\n"),
        r"activities.week.title: this looks like a Facebook access token: .*\$\{env:NAME\}",
    ),
    "a password in an address": (
        plan_text(GATES.replace("visits.csv", "https://ada:geheim1@example.org/visits.csv")),
        r"sources.gates.path: this looks like a password in an address",
    ),
    "an alert address that is no reference": (
        plan_text(more="alerts: {routes: [{to: ada@example.org}]}\n"),
        r"alerts.routes.0.to: a secret is never written into the plan",
    ),
    "a closure that ends before it starts": (
        plan_text(more="calendar: {closed: [{from: 2026-01-02, to: 2026-01-01}]}\n"),
        r"calendar.closed.0: it closes on 2026-01-02",
    ),
    "a country without holidays": (
        plan_text(more="calendar: {holidays: {country: GBR}}\n"),
        r"calendar.holidays: no public holidays are known for the country 'GBR': write 'GB'",
    ),
    "a part of a country that is none": (
        plan_text(more="calendar: {holidays: {country: GB, subdivision: EN}}\n"),
        r"calendar.holidays: 'GB' has no subdivision 'EN': did you mean 'ENG'\?",
    ),
    "a term that ends before it begins": (
        plan_text(more="calendar: {terms: [{from: 2026-03-20, to: 2026-01-12}]}\n"),
        r"calendar.terms.0: the term ends on 2026-01-12, before it begins on 2026-03-20",
    ),
    "a seasonal year": (
        plan_text(indicators=VISITS.replace("kind: flow", "kind: flow\n  period: year") + "    path: seasonal\n"),
        r"target.path: a whole year has no season: write 'path: linear', or a shorter 'period'",
    ),
    "a season and a published rule": (
        plan_text(indicators=VISITS + "    path: seasonal\n    rule: statcan\n"),
        r"target.path: the rule 'statcan' ignores the season: write 'rule: pace'",
    ),
    "the total of a year by weeks": (
        plan_text(indicators=VISITS.replace("kind: flow", "kind: flow\n  period: week") + "    over: year\n"),
        r"target.over: a week belongs to two years: write 'period: month' or 'period: day'",
    ),
    "the total of a year within a month": (
        plan_text(indicators=VISITS.replace("due: 2027-12-31", "due: 2027-12-15") + "    over: year\n"),
        r"target.due: the year that ends on 2027-12-15 cuts a month in two: write 2027-12-31",
    ),
    "a baseline within the year": (
        plan_text(indicators=VISITS.replace("due: 2027-12-31", "due: 2026-06-30") + "    over: year\n"),
        r"baseline.to: the baseline ends on 2025-12-31, within the year that is judged, which begins on 2025-07-01: "
        r"write 2025-06-30",
    ),
    "a year against eleven months": (
        plan_text(
            indicators=VISITS.replace(
                "from: 2025-01-01, to: 2025-12-31, value: 100", "from: 2025-02-01, to: 2025-12-31"
            )
            + "    over: year\n"
        ),
        r"target.baseline: a year is compared with whole years, and 2025-02-01 to 2025-12-31 is not made of whole "
        r"years: write the first and the last day",
    ),
    "no indicators": (
        "organisation: {name: A, time_zone: UTC}\nsources: {}\nindicators: {}\n",
        r"sources: dictionary should have at least 1 item",
    ),
    "a key given twice": (
        "organisation: {name: A, time_zone: UTC}\norganisation: {}\n",
        r"plan.yaml:2:1: 'organisation' is written twice on the same level, first on line 1: keep one of the two",
    ),
    "a bracket left open": (
        "organisation: {name: A\nsources: {}\n",
        r"plan.yaml:1:15: the bracket .* is not closed: write '}'",
    ),
    "a list": ("- a\n", r"plan.yaml:1:1: a plan is a mapping"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_plan_says_where_and_what_to_write(tmp_path: Path, case: str) -> None:
    text, message = WRONG[case]
    with pytest.raises(ConfigError, match=message) as caught:
        load_plan(write_plan(tmp_path, text))
    assert TOKEN not in str(caught.value)
    assert "geheim1" not in str(caught.value)


def test_every_problem_is_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = plan_text(
        GATES.replace("layout:", "lay_out:"), VISITS.replace("title:", "titel:").replace("kind: flow", "kind: flaw")
    )
    with pytest.raises(PlanError) as caught:
        load_plan(write_plan(tmp_path, text))
    problems = caught.value.problems
    assert len(problems) >= 4
    assert [int(problem.split(":")[1]) for problem in problems] == sorted(
        int(problem.split(":")[1]) for problem in problems
    )


def test_a_plan_that_is_not_there_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="kmi init"):
        load_plan(tmp_path / "none.yaml")


def test_a_good_plan_is_loaded_with_its_sources(tmp_path: Path) -> None:
    loaded = load_plan(write_plan(tmp_path))
    assert loaded.plan.indicators["visits"].days_to_period == "sum"
    assert loaded.sources["gates"].place.zone.key == "Europe/London"
    assert str(loaded.plan.sources["gates"].path) == str(tmp_path / "visits.csv")  # type: ignore[attr-defined]


def test_a_source_may_take_settings_from_another(tmp_path: Path) -> None:
    text = plan_text(GATES).replace("  gates:", "  gates: &gates", 1)
    text = text.replace("indicators:", "  doors: {<<: *gates, path: doors.csv}\nindicators:", 1)
    loaded = load_plan(write_plan(tmp_path, text))
    assert str(loaded.plan.sources["doors"].path) == str(tmp_path / "doors.csv")  # type: ignore[attr-defined]
    with pytest.raises(PlanError, match=r"plan\.yaml:\d+:\d+: sources\.doors\.period"):
        load_plan(write_plan(tmp_path, text.replace("path: doors.csv", "path: doors.csv, period: often")))


def test_a_source_may_stand_in_another_zone(tmp_path: Path) -> None:
    loaded = load_plan(write_plan(tmp_path, plan_text(GATES + "  time_zone: America/Los_Angeles\n")))
    assert loaded.sources["gates"].place.zone.key == "America/Los_Angeles"


def test_the_fingerprint_of_a_source_is_that_of_its_text_wherever_the_folder_lies(tmp_path: Path) -> None:
    """A warehouse that moves with its plan keeps what it knows of a source; another path or zone is another source."""

    def found(folder: str, text: str) -> str:
        (tmp_path / folder).mkdir(exist_ok=True)
        return load_plan(write_plan(tmp_path / folder, text)).fingerprint("gates")

    here = found("here", plan_text(GATES))
    assert here == found("there", plan_text(GATES))
    outside = plan_text(GATES.replace("path: ", "path: ../"))
    assert found("here", outside) == found("there", outside) != here
    assert found("here", plan_text(GATES + "  time_zone: America/Los_Angeles\n")) != here
