"""Each rule at its edges: the exact threshold, and the nearest figures beside it.

The rows of Statistics Canada are facts that it published about its own series: base year, base, year, current,
due year, target, direction and limit; then its value, score and label.
"""

import math
from dataclasses import fields

import numpy as np
import pytest

from tests.transforms.test_rules import NONE, Row, inputs_of, row, told
from transforms.rules.direction_doubt import DOUBT, question_direction
from transforms.rules.inputs import RuleInputs, decide_outcome
from transforms.rules.registry import RULES

ABOVE, BELOW = 1 + 1e-9, 1 - 1e-9
FREE = NONE
"""No target."""

PUBLISHED: dict[str, tuple[tuple[float, ...], float, float, str]] = {
    "1-2-1 falls as needed": (
        (2015, 14.5, 2023, 10.2, 2030, 7.25, -1, NONE),
        0.9525901792032172,
        2.5185563910306596,
        "substantial_progress",
    ),
    "17-8-1 faster than needed": (
        (2018, 91.3, 2022, 94.5, 2030, 100, 1, NONE),
        1.1360249872573844,
        3.8288128814807703,
        "substantial_progress",
    ),
    "14-1-1 so fast that the score is cut at 5": (
        (2015, 0.9, 2024, 15.5, 2030, 30, 1, NONE),
        1.412414035287888,
        5.0,
        "substantial_progress",
    ),
    "3-4-1 a little above 0.6": (
        (2015, 38.7, 2024, 33.2, 2030, 25.67, -1, NONE),
        0.6255573087706661,
        0.18259330081799074,
        "moderate_progress",
    ),
    "3-4-1 a little below 0.6": (
        (2015, 1.6, 2024, 1.4, 2030, 1.07, -1, NONE),
        0.5564514386709147,
        -0.18143379048989994,
        "limited_progress",
    ),
    "1-4-1 the wrong way": (
        (2015, 92.0, 2023, 90.0, 2030, 100, 1, NONE),
        -0.49219025355461216,
        -4.5508091294860025,
        "deterioration",
    ),
    "1-4-1 so far the wrong way that the score is cut at -5": (
        (2018, 83.7, 2022, 78.4, 2030, 100, 1, NONE),
        -1.0858672102365028,
        -5.0,
        "deterioration",
    ),
    "14-5-1 achieved": ((2015, 0.9, 2023, 14.7, 2030, 10, 1, NONE), 2.3996836108900683, 5.0, "target_achieved"),
    "3-1-1 the wrong way and still achieved": (
        (2015, 7.05, 2024, 12.58, 2030, 70, -1, NONE),
        -0.40189193878221646,
        5.0,
        "target_achieved",
    ),
    "1-4-1 it was there from the start": ((2015, 100, 2023, 100, 2030, 100, 1, NONE), NONE, 5.0, "target_achieved"),
    "no target: 10-5-1 slowly": (
        (2015, 4.55, 2024, 4.67, 2030, FREE, 1, NONE),
        0.0028966136258032904,
        -1.0516931870983548,
        "limited_progress",
    ),
    "no target: 16-1-3 moderately": (
        (2014, 48, 2019, 46, 2030, FREE, -1, NONE),
        0.008475799035301268,
        0.868949758825317,
        "moderate_progress",
    ),
    "no target: 3-9-2 a little above 1.5 %": (
        (2015, 25.51, 2024, 22.07, 2030, FREE, -1, NONE),
        0.015965764351540956,
        2.982882175770478,
        "substantial_progress",
    ),
    "no target: 10-2-1 so fast that the score is cut at 5": (
        (2015, 14.3, 2023, 12.0, 2030, FREE, -1, NONE),
        0.021680632810150535,
        5.0,
        "substantial_progress",
    ),
    "no target: 1-a-1 the wrong way": (
        (2015, 0.0301738416160583, 2023, 0.0273307155637678, 2030, FREE, 1, NONE),
        -0.01229432402820596,
        -4.036790503525745,
        "deterioration",
    ),
    "no target: 10-5-1 so far the wrong way that the score is cut at -5": (
        (2015, 1.01, 2024, 0.81, 2030, FREE, 1, NONE),
        -0.024220890327860234,
        -5.0,
        "deterioration",
    ),
    "near its limit: 1-4-1 slowly": (
        (2016, 99.47, 2024, 99.5, 2030, FREE, 1, 100),
        3.769483546056662e-05,
        -1.6917364186249069,
        "limited_progress",
    ),
    "near its limit: 4-a-1 moderately": (
        (2015, 98.07066, 2022, 98.68681, 2030, FREE, 1, 100),
        0.0008951233777452217,
        1.4505697730651663,
        "moderate_progress",
    ),
    "near its limit: 1-3-1 well": (
        (2015, 90.0, 2021, 93.2, 2030, FREE, 1, 100),
        0.005839995229728112,
        2.815386645395768,
        "substantial_progress",
    ),
    "near its limit: 2-4-1 not at all": ((2015, 3.83, 2024, 3.83, 2030, FREE, 1, 5), 0.0, -2.5, "limited_progress"),
    "one point": ((2021, 59.9, 2021, 59.9, 2030, FREE, 1, 100), NONE, NONE, "not_available"),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_statistics_canada_published_this_value_score_and_label(name: str) -> None:
    figures, value, score, label = PUBLISHED[name]
    out = told("statcan", (*figures, NONE))  # type: ignore[arg-type]
    assert out.label[0] == label
    assert out.value[0] == pytest.approx(value, abs=1e-9, nan_ok=True)
    assert out.score[0] == pytest.approx(score, abs=1e-6, nan_ok=True)


def years_of(rate: float, base: float = 100.0) -> float:
    """What ``base`` is after five years at a rate."""
    return base * (1 + rate) ** 5


DOUBLING = 2 ** (1 / 15) - 1
"""The yearly growth that doubles a figure from 2015 to 2030."""
Edge = tuple[str, Row, str]

ONE_YEAR = (2015, 2016, 2016)
"""With one year behind and the due year here no root is drawn, so that a ratio can lie on a threshold exactly."""

AT_AN_EDGE: dict[str, Edge] = {
    "statcan at exactly 1.1875 / 1.25": ("statcan", row(1, 2.1875, 2.25, years=ONE_YEAR), "on_track"),
    "statcan at exactly 0.75 / 1.25": ("statcan", row(1, 1.75, 2.25, years=ONE_YEAR), "at_risk"),
    "statcan at exactly 0": ("statcan", row(1, 1, 2.25, years=ONE_YEAR), "behind"),
    "statcan a limit of 0 is far away: not scaled": ("statcan", row(50, 49, direction=-1, limit=0), "behind"),
    "eurostat at exactly 1.1875 / 1.25": ("eurostat", row(1, 2.1875, 2.25, years=ONE_YEAR), "on_track"),
    "eurostat at exactly 0.75 / 1.25": ("eurostat", row(1, 1.75, 2.25, years=ONE_YEAR), "at_risk"),
    "unsd at exactly 1.1875 / 1.25": ("unsd", row(1, 2.1875, 2.25, years=ONE_YEAR), "on_track"),
    "unsd at exactly 0.125 / 1.25": ("unsd", row(1, 1.125, 2.25, years=ONE_YEAR), "at_risk"),
    "statcan at 0.95": ("statcan", row(100, years_of(0.95 * DOUBLING * ABOVE), 200), "on_track"),
    "statcan under 0.95": ("statcan", row(100, years_of(0.95 * DOUBLING * BELOW), 200), "at_risk"),
    "statcan at 0.60": ("statcan", row(100, years_of(0.6 * DOUBLING * ABOVE), 200), "at_risk"),
    "statcan under 0.60": ("statcan", row(100, years_of(0.6 * DOUBLING * BELOW), 200), "behind"),
    "statcan without a target at 1.5 %": ("statcan", row(100, years_of(0.015 * ABOVE)), "on_track"),
    "statcan without a target under 1.5 %": ("statcan", row(100, years_of(0.015 * BELOW)), "at_risk"),
    "statcan without a target at 0.5 %": ("statcan", row(100, years_of(0.005 * ABOVE)), "at_risk"),
    "statcan without a target under 0.5 %": ("statcan", row(100, years_of(0.005 * BELOW)), "behind"),
    "statcan at half its limit: 1 - 0.5^4.44 of 1.5 %": (
        "statcan",
        row(50, years_of(0.015 * (1 - 0.5**4.44) * ABOVE, 50), limit=100),
        "on_track",
    ),
    "statcan beyond its limit: as far above as below": (
        "statcan",
        row(150, years_of(-0.015 * (1 - 0.5**4.44) * ABOVE, 150), direction=-1, limit=100),
        "on_track",
    ),
    "statcan beyond its limit, a little slower": (
        "statcan",
        row(150, years_of(-0.015 * (1 - 0.5**4.44) * BELOW, 150), direction=-1, limit=100),
        "at_risk",
    ),
    "statcan at twice its limit: not scaled": (
        "statcan",
        row(200, years_of(-0.015 * BELOW, 200), direction=-1, limit=100),
        "at_risk",
    ),
    "statcan on its limit: any growth is enough": ("statcan", row(100, 100, limit=100), "on_track"),
    "eurostat at 0.95": ("eurostat", row(100, years_of(0.95 * DOUBLING * ABOVE), 200), "on_track"),
    "eurostat under 0.95": ("eurostat", row(100, years_of(0.95 * DOUBLING * BELOW), 200), "at_risk"),
    "eurostat at 0.60": ("eurostat", row(100, years_of(0.6 * DOUBLING * ABOVE), 200), "at_risk"),
    "eurostat under 0.60": ("eurostat", row(100, years_of(0.6 * DOUBLING * BELOW), 200), "behind"),
    "eurostat: nothing moved, and a base of 0 is another matter": ("eurostat", row(100, 100, 200), "behind"),
    "eurostat: a value of 0 has no growth rate": ("eurostat", row(100, 0, 200), "not_assessable"),
    "eurostat: a target of 0 has no growth rate": ("eurostat", row(100, 50, 0, direction=-1), "not_assessable"),
    "eurostat: a change of sign of the value": ("eurostat", row(100, -1, 200), "not_assessable"),
    "eurostat: a change of sign of the target": ("eurostat", row(100, 50, -100, direction=-1), "not_assessable"),
    "eurostat: shares below 1": ("eurostat", row(0.1, years_of(0.05, 0.1), 0.2), "on_track"),
    "eurostat: below zero and rising to it": ("eurostat", row(-200, years_of(-0.05, -200), -100), "on_track"),
    "eurostat: the base is the target, then lost": ("eurostat", row(100, 90, 100), "not_assessable"),
    "unsd at 0.95 of the way by then": ("unsd", row(100, 110, 100 + 33.1 / 0.95 * BELOW), "on_track"),
    "unsd under 0.95": ("unsd", row(100, 110, 100 + 33.1 / 0.95 * ABOVE), "at_risk"),
    "unsd at 0.10": ("unsd", row(100, 110, 100 + 331 * BELOW), "at_risk"),
    "unsd under 0.10": ("unsd", row(100, 110, 100 + 331 * ABOVE), "behind"),
    "unsd without a target at 2 %": ("unsd", row(100, years_of(0.02 * ABOVE)), "on_track"),
    "unsd without a target under 2 %": ("unsd", row(100, years_of(0.02 * BELOW)), "at_risk"),
    "unsd without a target at 0.5 %": ("unsd", row(100, years_of(0.005 * ABOVE)), "at_risk"),
    "unsd without a target under 0.5 %": ("unsd", row(100, years_of(0.005 * BELOW)), "behind"),
    "unsd without a target, the decrease that was wanted": ("unsd", row(100, 0, direction=-1), "on_track"),
    "unsd no due year": ("unsd", row(48, 49.5, 60, years=(2015, 2020, NONE)), "not_assessable"),
    "sdsn at the required rate": ("sdsn", row(10, 20, 40), "on_track"),
    "sdsn under the required rate": ("sdsn", row(10, 20 * BELOW, 40), "at_risk"),
    "sdsn at half of it": ("sdsn", row(10, 15, 40), "at_risk"),
    "sdsn under half of it": ("sdsn", row(10, 15 * BELOW, 40), "behind"),
    "sdsn no due year": ("sdsn", row(10, 15, 40, years=(2015, 2020, NONE)), "not_assessable"),
    "hp2030 at the critical value": ("hp2030", row(0, 1.6448536269514722, 80, error=1.0), "on_track"),
    "hp2030 under the critical value": ("hp2030", row(0, 1.644853, 80, error=1.0), "at_risk"),
    "hp2030 away by the critical value": ("hp2030", row(0, -1.6448536269514722, 80, error=1.0), "behind"),
    "hp2030 no change, measured without error": ("hp2030", row(50, 50, 80, error=0.0), "at_risk"),
    "hp2030 a tenth of the targeted change": ("hp2030", row(50, 53, 80), "on_track"),
    "hp2030 under a tenth of the targeted change": ("hp2030", row(50, 52.99, 80), "at_risk"),
    "hp2030 away by a tenth of the base": ("hp2030", row(50, 45, 80), "behind"),
    "hp2030 away by less than a tenth of the base": ("hp2030", row(50, 45.01, 80), "at_risk"),
    "hp2030 a tenth of the change of a share": ("hp2030", row(0.5, 0.531, 0.8), "on_track"),
    "hp2030 a significant change of a share": ("hp2030", row(0.5, 0.51, 0.8, error=0.001), "on_track"),
    "hp2030 a twentieth away from a base of 1": ("hp2030", row(1, 0.95, 2), "at_risk"),
    "hp2030 a fifth away from a base of 1": ("hp2030", row(1, 0.8, 2), "behind"),
    "hp2030 no change of a base of 0": ("hp2030", row(0, 0, 2), "at_risk"),
    "hp2030 away from a base of 0": ("hp2030", row(0, -0.1, 2), "behind"),
    "hp2030 at the year of the baseline": ("hp2030", row(50, 60, 80, years=(2015, 2015, 2030)), "not_assessable"),
    "hp2030 the day after": ("hp2030", row(50, 60, 80, years=(2015, 2015.003, 2030)), "on_track"),
    "destatis 0.05 of the way left is no longer a sun": ("destatis", row(52.5, 100, 200), "at_risk"),
    "destatis less than 0.05": ("destatis", row(52.499, 100, 200), "on_track"),
    "destatis 0.20 of the way left": ("destatis", row(60, 100, 200), "at_risk"),
    "destatis more than 0.20": ("destatis", row(60.001, 100, 200), "behind"),
    "destatis three yearly changes are enough": ("destatis", row(50, 100, 200, years=(2017, 2020, 2030)), "on_track"),
    "destatis less than three are not": ("destatis", row(50, 100, 200, years=(2017.1, 2020, 2030)), "not_assessable"),
    "destatis more than five are not": ("destatis", row(50, 100, 200, years=(2014.9, 2020, 2030)), "not_assessable"),
    "destatis in the due year": ("destatis", row(50, 100, 200, years=(2015, 2020, 2020)), "behind"),
    "destatis no due year": ("destatis", row(50, 100, 200, years=(2015, 2020, NONE)), "not_assessable"),
    "pace at 0.95": ("pace", row(0, 47.5, 100, years=(2015, 2020, 2025)), "on_track"),
    "pace under 0.95": ("pace", row(0, 47.499, 100, years=(2015, 2020, 2025)), "at_risk"),
    "pace at 0.60": ("pace", row(0, 30, 100, years=(2015, 2020, 2025)), "at_risk"),
    "pace under 0.60": ("pace", row(0, 29.999, 100, years=(2015, 2020, 2025)), "behind"),
    "pace in the due year": ("pace", row(0, 99, 100, years=(2015, 2025, 2025)), "behind"),
    "pace just before the due year": ("pace", row(0, 99, 100, years=(2015, 2024.9, 2025)), "on_track"),
    "pace at the base year": ("pace", row(0, 5, 100, years=(2015, 2015, 2025)), "not_assessable"),
    "pace just after the base year": ("pace", row(0, 5, 100, years=(2015, 2015.1, 2025)), "on_track"),
    "pace due in the base year": ("pace", row(0, 5, 100, years=(2015, 2016, 2015)), "not_assessable"),
    "pace due a day after the base year": ("pace", row(0, 5, 100, years=(2015, 2016, 2015.003)), "behind"),
    "pace no due year": ("pace", row(0, 5, 100, years=(2015, 2016, NONE)), "not_assessable"),
    "pace the base is the target and it was lost": ("pace", row(20, 19, 20), "not_assessable"),
}


@pytest.mark.parametrize("name", AT_AN_EDGE)
def test_the_exact_threshold_and_the_figures_beside_it(name: str) -> None:
    rule, example, verdict = AT_AN_EDGE[name]
    out = told(rule, example)
    assert out.verdict[0] == verdict, (out.value[0], out.reason[0])
    assert math.isnan(out.value[0]) or verdict != "not_assessable"


NEAR_ITS_END = {
    "a point from 100": (row(98, 99, 100), True, "achieved"),
    "more than a point from 100": (row(98, 98.99, 100), True, "on_track"),
    "a point from 0": (row(3, 1, 0, direction=-1), True, "achieved"),
    "more than a point from 0": (row(3, 1.01, 0, direction=-1), True, "on_track"),
    "a point from another target": (row(48, 49.5, 50), True, "on_track"),
    "99 of 100 articles": (row(98, 99, 100), False, "on_track"),
    "one lost book, none wanted, and one five years ago": (row(1, 1, 0, direction=-1), False, "behind"),
    "a share from 0 to 1 that moved away from 0": (row(0.5, 0.9, 0, direction=-1), False, "behind"),
    "a share from 0 to 1 near 1": (row(0.2, 0.6, 1), False, "on_track"),
    "100 of 100 articles": (row(98, 100, 100), False, "achieved"),
}


@pytest.mark.parametrize("name", NEAR_ITS_END)
def test_unsd_counts_a_point_from_the_end_as_met_for_per_cent_only(name: str) -> None:
    example, percent, verdict = NEAR_ITS_END[name]
    out = told("unsd", example, percent=percent)
    assert out.verdict[0] == verdict
    assert ("within 1 point" in out.reason[0]) == (verdict == "achieved" and example[3] != example[5])


def test_statcan_says_why_it_has_no_growth_rate() -> None:
    rows = [
        row(-5, 5, 10),
        row(10, 8, -5, direction=-1),
        row(10, 12, 20, years=(2015, 2020, NONE)),
        row(20, 18, 20),
        row(10, 12, 20, years=(2019.5, 2020, 2030)),
    ]
    assert told("statcan", *rows).reason.tolist() == [
        "the value changed its sign, so it has no growth rate",
        "the target has another sign than the baseline, so no growth rate leads there",
        "the due year is missing",
        "the baseline is the target, so no growth is required",
        "less than a year lies between the baseline and the current value",
    ]


@pytest.mark.parametrize("rule", ["pace", "statcan", "eurostat", "unsd", "sdsn", "hp2030", "destatis"])
@pytest.mark.parametrize("direction", [1, -1])
def test_a_value_at_the_target_meets_it_and_one_beside_it_does_not(rule: str, direction: int) -> None:
    start, beside = 20 - 5 * direction, 20 - 1e-6 * direction
    assert told(rule, row(start, 20, 20, direction=direction)).verdict[0] == "achieved"
    assert told(rule, row(start, beside, 20, direction=direction)).verdict[0] != "achieved"


def test_pace_gives_no_verdict_where_the_target_lies_against_its_direction() -> None:
    """Met, lost, and lost when the target year is over, which is behind; a target that is the baseline can be held."""
    rows = [row(100, 90, 50), row(100, 40, 50), row(100, 40, 50, years=(2015, 2030, 2030)), row(50, 60, 50)]
    out = told("pace", *rows)
    assert out.verdict.tolist() == ["not_assessable", "not_assessable", "behind", "achieved"]
    assert out.reason[:2].tolist() == ["no progress is expected"] * 2


@pytest.mark.parametrize("rule", ["pace", "statcan", "eurostat", "unsd", "sdsn", "hp2030", "destatis"])
@pytest.mark.parametrize("direction", [1, -1])
def test_the_direction_is_asked_about_where_the_baseline_lies_beyond_the_target(rule: str, direction: int) -> None:
    """The target below a baseline of 70 that should rise, above it, on it, and none."""
    rows = [row(70, 75, target, direction=direction) for target in (70 - 5 * direction, 70 + 5 * direction, 70, NONE)]
    plain = told(rule, *rows)
    asked = question_direction(inputs_of(*rows), plain)
    assert asked.reason.tolist() == [plain.reason[0] + DOUBT, *plain.reason[1:]]
    assert asked.verdict.tolist() == plain.verdict.tolist()


@pytest.mark.parametrize("rule", ["unsd", "sdsn"])
@pytest.mark.parametrize("direction", [1, -1])
def test_a_base_at_the_target_has_met_it_and_losing_it_is_behind(rule: str, direction: int) -> None:
    out = told(rule, row(20, 20 - direction, 20, direction=direction), row(20, 20 - direction, 21, direction=direction))
    assert [out.verdict[0], "the baseline met the target" in out.reason[0]] == ["behind", True]
    assert math.isnan(out.value[0])


@pytest.mark.parametrize("rule", ["statcan", "eurostat", "unsd", "sdsn"])
def test_a_year_begins_at_0_99(rule: str) -> None:
    figures = [row(100, 102, 140, years=(0, year, 15)) for year in (0.99, 0.9899)]
    assert [word == "not_assessable" for word in told(rule, *figures).verdict] == [False, True]


@pytest.mark.parametrize("rule", ["pace", "statcan", "eurostat", "unsd", "sdsn", "hp2030", "destatis"])
def test_without_a_wanted_direction_nothing_is_said(rule: str) -> None:
    example = list(row(10, 15, 20))
    example[6] = NONE
    out = told(rule, tuple(example))  # type: ignore[arg-type]
    assert (out.verdict[0], math.isnan(out.value[0]), bool(out.worsening[0])) == ("not_assessable", True, False)


def test_pace_says_which_figure_it_lacks() -> None:
    lacking = told(
        "pace", row(0, 5), row(0, 5, 100, years=(2015, 2015, 2025)), row(0, 5, 100, years=(2015, 2020, NONE))
    )
    assert lacking.reason.tolist() == [
        "a value or a year is missing",
        "there is no value after the base year",
        "a value or a year is missing",
    ]


def test_sdsn_has_no_ratio_where_no_change_is_required() -> None:
    out = told("sdsn", row(20, 25, 20))
    assert (out.verdict[0], math.isnan(out.value[0])) == ("achieved", True)


def test_unsd_has_its_figure_where_a_baseline_beyond_the_target_is_still_met() -> None:
    """From 160 to 155 in five years, 150 or more wanted: by then 155 x 0.96875^2 = 145.5, which is 14.5 of the 10."""
    out = told("unsd", row(160, 155, 150))
    assert (out.verdict[0], out.value[0]) == ("achieved", pytest.approx((160 - 155 * 0.96875**2) / 10))


def test_unsd_gives_the_levels_of_its_chart() -> None:
    rows = [row(50, 85, 80), row(50, 60, 80), row(50, 52, 80), row(50, 45, 80), row(0, 5, 50)]
    out = told("unsd", *rows)
    assert out.score[:4].tolist() == [3, 3, 2, 1]
    assert math.isnan(out.score[4])


def test_only_a_verdict_that_is_not_achieved_can_be_worsening() -> None:
    """Away from the base and still beyond the target; away; unmoved; away in less than a year."""
    rows = [row(30, 25, 20), row(20, 15, 30), row(20, 20, 30), row(20, 15, 30, years=(2015, 2015.5, 2030))]
    out = told("sdsn", *rows)
    assert out.verdict.tolist() == ["achieved", "behind", "behind", "not_assessable"]
    assert out.worsening.tolist() == [False, True, False, False]


def test_statcan_without_a_target_is_cut_at_both_ends_and_scaled_by_the_limit() -> None:
    """At half its limit C is 1 - 0.5^4.44; on its limit any growth has the best score, any fall the unscaled one."""
    factor = 1 - 0.5**4.44
    out = told(
        "statcan",
        row(50, years_of(0.004, 50), limit=100),
        row(100, 100, limit=100),
        row(100, years_of(-0.01), limit=100),
        row(100, years_of(0.9)),
    )
    assert out.score == pytest.approx([500 * 0.004 / factor - 2.5, 5, -3.75, 5])


def test_statcan_has_one_score_at_0_6() -> None:
    """Both published lines meet there, but for their rounded constants: at most 0.6 takes the lower one."""
    out = told(
        "statcan", row(100, years_of(0.6 * DOUBLING * BELOW), 200), row(100, years_of(0.6 * DOUBLING * ABOVE), 200)
    )
    assert out.score == pytest.approx([4.1667 * 0.6 - 2.5, 7.1429 * 0.6 - 4.2857], abs=1e-6)


def test_no_change_is_no_deterioration() -> None:
    """At exactly 0 both growth rules say the least progress, with a target and without one."""
    both = told("statcan", row(100, 100, 200), row(100, 100))
    assert both.label.tolist() == ["limited_progress"] * 2
    assert both.score == pytest.approx([-2.5, -2.5])
    assert told("eurostat", row(100, 100, 200)).label[0] == "Insufficient progress towards the target"


def test_statcan_a_value_of_zero_has_fallen_by_all_of_it() -> None:
    out = told("statcan", row(10, 0, direction=-1), row(10, 0))
    assert (out.value.tolist(), out.label.tolist()) == ([1, -1], ["substantial_progress", "deterioration"])


def test_statcan_says_where_a_zero_was_replaced() -> None:
    zeros = told("statcan", row(0, 10, 20), row(10, 5, 0, direction=-1), row(10, 15, 20))
    assert ["0.001" in reason for reason in zeros.reason] == [True, True, False]


def test_destatis_carries_the_mean_of_the_yearly_changes_to_the_due_year() -> None:
    """From 2016 on 5 a year: 60 in 2020, 90 in 2026, 6 short of 96, of a way of 36."""
    out = told("destatis", row(40, 60, 96, years=(2016, 2020, 2026)))
    assert out.value[0] == pytest.approx(6 / 36)


def test_destatis_has_a_storm_in_the_due_year_itself_and_a_cloud_before() -> None:
    rows = [row(50, 60, 200, years=(2015, 2020, due)) for due in (2020, 2021)]
    assert told("destatis", *rows).label.tolist() == ["thunderstorm", "cloud"]


def test_destatis_a_small_gain_is_one() -> None:
    assert told("destatis", row(0.5, 0.6, 0.75)).label[0] == "sun"


def test_destatis_without_any_time_between_gives_no_symbol() -> None:
    assert told("destatis", row(50, 60, 90, years=(2020, 2020, 2030))).label[0] == "no symbol"


def test_hp2030_measures_no_share_of_a_change_where_none_was_targeted() -> None:
    out = told("hp2030", row(80, 85, 80), row(80, 80, 80), row(80, 75, 80))
    assert out.label.tolist() == ["Target met or exceeded"] * 2 + ["Little or no detectable change"]
    assert np.isnan(out.value).all()


def test_cases_that_leave_a_series_without_a_verdict_are_an_error() -> None:
    figures = RuleInputs(**{each.name: np.array([1.0, 2.0]) for each in fields(RuleInputs)})  # type: ignore[arg-type]
    some, other = np.array([True, False]), np.array([False, True])
    with pytest.raises(ValueError, match="without a verdict"):
        decide_outcome(figures, np.zeros(2), [(some, "a", "behind", "one")])
    both = decide_outcome(figures, np.zeros(2), [(some, "a", "behind", "one"), (other, "b", "on_track", "two")])
    assert both.label.tolist() == ["a", "b"]


@pytest.mark.parametrize("name", RULES)
def test_a_value_that_is_older_than_its_baseline_is_not_judged(name: str) -> None:
    out = RULES[name].apply(inputs_of((2024, 100, 2023, 130, 2030, 120, 1, NONE, NONE)))
    assert out.verdict.tolist() == ["not_assessable"]


@pytest.mark.parametrize(
    ("name", "figures", "verdict"),
    [
        ("pace", (2020, 70, 2025, 67.15, 2030, 64, -1, NONE, NONE), "on_track"),
        ("pace", (2020, 0.1, 2025, 0.13, 2030, 0.2, 1, NONE, NONE), "at_risk"),
        ("sdsn", (2020, 70, 2025, 67.0, 2030, 64, -1, NONE, NONE), "on_track"),
        ("hp2030", (2020, 116.9, 2025, 110.9, 2030, 56.9, -1, NONE, NONE), "on_track"),
    ],
)
def test_a_figure_exactly_on_a_threshold_goes_up_whatever_floats_make_of_it(
    name: str, figures: Row, verdict: str
) -> None:
    """By decimal arithmetic: 2.85 of the 3.00 due, 0.03 of 0.05, all of 3.0, and 6 of 60."""
    assert RULES[name].apply(inputs_of(figures)).verdict.tolist() == [verdict]
