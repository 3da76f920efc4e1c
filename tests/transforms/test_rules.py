"""Each published rule: worked examples and edge cases as rows, laws by Hypothesis.

A row: base year, base, year, current, due year, target, direction, limit, standard error; then value, label and
verdict.
"""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from plan.rule_names import RULE_NAMES
from transforms.rules.inputs import Outcome, RuleInputs
from transforms.rules.registry import RULES

NONE = math.nan
Row = tuple[float, float, float, float, float, float, int, float, float]


def inputs_of(*rows: Row, percent: bool = False) -> RuleInputs:
    columns = [np.array(column, dtype=float) for column in zip(*rows, strict=True)]
    base_year, base, year, current, due_year, target, direction, limit, error = columns
    of_percent = np.full(len(rows), percent)
    return RuleInputs(base_year, base, year, current, due_year, target, direction, limit, error, of_percent)


def told(rule: str, *rows: Row, percent: bool = False) -> Outcome:
    return RULES[rule].apply(inputs_of(*rows, percent=percent))


def row(
    base: float,
    current: float,
    target: float = NONE,
    *,
    direction: int = 1,
    years: tuple[float, float, float] = (2015, 2020, 2030),
    **more: float,
) -> Row:
    return (
        years[0],
        base,
        years[1],
        current,
        years[2],
        target,
        direction,
        more.get("limit", NONE),
        more.get("error", NONE),
    )


GOLDEN: dict[str, dict[str, tuple[Row, float, str, str]]] = {
    "statcan": {
        "poverty falls as fast as needed": (
            row(14.5, 10.2, 7.25, direction=-1, years=(2015, 2023, 2030)),
            0.9525901792,
            "substantial_progress",
            "on_track",
        ),
        "no target, near its limit of 100": (
            row(90, 93.2, direction=1, years=(2015, 2021, 2030), limit=100),
            0.0058399953,
            "substantial_progress",
            "on_track",
        ),
        "no target, the wrong way": (
            row(93.4, 92.7, years=(2017, 2021, 2030), limit=100),
            -0.0018789507,
            "deterioration",
            "behind",
        ),
        "one point": (row(59.9, 59.9, years=(2021, 2021, 2030)), NONE, "not_available", "not_assessable"),
        "target of zero stands as 0.001": (row(10, 5, 0, direction=-1), 0.28213, "limited_progress", "behind"),
        "base of zero stands as 0.001": (row(0, 10, 20), 5.67722, "substantial_progress", "on_track"),
        "a change of sign": (row(-5, 5, 10), NONE, "not_available", "not_assessable"),
        "a change of sign, and the target is met": (row(-5, 12, 10), NONE, "target_achieved", "achieved"),
        "a change of sign downwards, and the target is met": (
            row(5, -3, -2, direction=-1),
            NONE,
            "target_achieved",
            "achieved",
        ),
        "a change of sign in a single year, which has no growth rate either": (
            row(-5, 12, 10, years=(2019, 2020, 2030)),
            NONE,
            "target_achieved",
            "achieved",
        ),
        "met in less than a year": (
            row(8, 12, 10, years=(2019.5, 2020, 2030)),
            NONE,
            "target_achieved",
            "achieved",
        ),
        "all negative and rising": (
            row(-10, -8, -5, years=(2015, 2020, 2030)),
            0.96654,
            "substantial_progress",
            "on_track",
        ),
        "base is the target and it is met": (row(20, 21, 20), NONE, "target_achieved", "achieved"),
        "base beyond the target, then lost": (row(25, 19, 20), -3.61694, "deterioration", "behind"),
        "limit and target: the limit is ignored": (row(50, 55, 90, limit=100), 0.48156, "limited_progress", "behind"),
    },
    "eurostat": {
        "growth at the rate required": (
            row(100, 110, 133.1, years=(2015, 2020, 2030)),
            1.0,
            "Significant progress towards the target",
            "on_track",
        ),
        "no target": (row(100, 110), NONE, "not_available", "not_assessable"),
        "a zero base has no growth rate": (row(0, 10, 20), NONE, "not_available", "not_assessable"),
        "the wrong way": (row(100, 90, 130), -1.18174, "Movement away from the target", "behind"),
        "met": (row(100, 140, 130), 3.94509, "Significant progress towards the target", "achieved"),
    },
    "unsd": {
        "on the way to all of it": (
            row(50, 60, 80, years=(2015, 2020, 2030)),
            1.2133,
            "Target met or on track",
            "on_track",
        ),
        "a third of the way by then": (
            row(50, 52, 80, years=(2015, 2020, 2030)),
            0.2082,
            "Fair progress, but acceleration needed",
            "at_risk",
        ),
        "hardly moving": (row(50, 50.2, 80), 0.02008, "Stagnation or regression", "behind"),
        "the wrong way": (row(50, 45, 80), -0.4516, "Stagnation or regression", "behind"),
        "99.2 of 100 articles are not all of them": (row(90, 99.2, 100), 3.05175, "Target met or on track", "on_track"),
        "a fraction that nearly doubled with 0 wanted": (
            row(0.5, 0.9, 0, direction=-1),
            -4.832,
            "Stagnation or regression",
            "behind",
        ),
        "no target, 3 % a year": (row(100, 115.93), 0.03, "Target met or on track", "on_track"),
        "no target, 1 % a year": (row(100, 105.1), 0.01, "Fair progress, but acceleration needed", "at_risk"),
        "no target, a decrease wanted": (row(100, 90, direction=-1), 0.020852, "Target met or on track", "on_track"),
        "a zero baseline": (row(0, 5, 50), NONE, "not_available", "not_assessable"),
        "the due year is past: judged to it": (
            row(100, 130, 140, years=(2010, 2025, 2020)),
            0.4777,
            "Fair progress, but acceleration needed",
            "at_risk",
        ),
        "the baseline met it and it was lost": (row(90, 70, 80), NONE, "Stagnation or regression", "behind"),
    },
    "sdsn": {
        "the required rate": (
            row(10, 20, 40, years=(2015, 2020, 2030)),
            1.0,
            "On track or maintaining SDG achievement",
            "on_track",
        ),
        "half of it": (row(10, 15, 40), 0.5, "Score moderately improving, insufficient to attain goal", "at_risk"),
        "less than half": (
            row(10, 14, 40),
            0.4,
            "Score stagnating or increasing at less than 50% of required rate",
            "behind",
        ),
        "no change": (
            row(10, 10, 40),
            0.0,
            "Score stagnating or increasing at less than 50% of required rate",
            "behind",
        ),
        "decreasing": (row(10, 8, 40), -0.2, "Decreasing", "behind"),
        "met": (row(10, 41, 40), 3.1, "On track or maintaining SDG achievement", "achieved"),
        "lost after it was met": (row(45, 38, 40), NONE, "Decreasing", "behind"),
        "a decrease wanted": (
            row(40, 30, 10, direction=-1),
            1.0,
            "On track or maintaining SDG achievement",
            "on_track",
        ),
        "from zero": (row(0, 5, 15), 1.0, "On track or maintaining SDG achievement", "on_track"),
    },
    "hp2030": {
        "met": (row(50, 81, 80), 103.33, "Target met or exceeded", "achieved"),
        "base met already and still met": (row(85, 90, 80), NONE, "Target met or exceeded", "achieved"),
        "a tenth of the change, no error known": (row(50, 53, 80), 10.0, "Improved", "on_track"),
        "less than a tenth": (row(50, 52, 80), 6.667, "Little or no detectable change", "at_risk"),
        "towards and significant": (row(50, 52, 80, error=1.0), 6.667, "Improved", "on_track"),
        "towards and not significant": (row(50, 60, 80, error=8.0), 33.33, "Little or no detectable change", "at_risk"),
        "no change at all": (row(50, 50, 80), NONE, "Little or no detectable change", "at_risk"),
        "away by a tenth of the base": (row(50, 45, 80), NONE, "Getting worse", "behind"),
        "away by less": (row(50, 47, 80), NONE, "Little or no detectable change", "at_risk"),
        "away and significant": (row(50, 47, 80, error=1.0), NONE, "Getting worse", "behind"),
        "away from a base of zero": (row(0, 2, -5, direction=-1), NONE, "Getting worse", "behind"),
        "informational": (row(50, 60), NONE, "Informational", "not_assessable"),
        "baseline only": (row(50, 50, 80, years=(2015, 2015, 2030)), NONE, "Baseline only", "not_assessable"),
    },
    "destatis": {
        "the line reaches it": (row(50, 60, 78, years=(2015, 2020, 2030)), 0.0, "sun", "on_track"),
        "missed by 4 % of the way left": (
            row(50, 60, 60 + 20 / 0.96, years=(2015, 2020, 2030)),
            0.04,
            "sun",
            "on_track",
        ),
        "missed by 10 %": (row(50, 60, 60 + 20 / 0.9), 0.1, "sun and cloud", "at_risk"),
        "missed by a third": (row(50, 60, 90), 1 / 3, "cloud", "behind"),
        "the wrong way": (row(50, 45, 90), NONE, "thunderstorm", "behind"),
        "no movement": (row(50, 50, 90), 1.0, "cloud", "behind"),
        "met": (row(50, 60, 60), 0.0, "sun", "achieved"),
        "two years give no symbol": (row(50, 60, 90, years=(2018, 2020, 2030)), NONE, "no symbol", "not_assessable"),
        "a base of seven years ago is another rule": (
            row(50, 60, 90, years=(2013, 2020, 2030)),
            NONE,
            "no symbol",
            "not_assessable",
        ),
        "a decrease wanted": (row(90, 80, 60, direction=-1, years=(2015, 2020, 2030)), 0.0, "sun", "on_track"),
        "the due year is past": (row(50, 60, 90, years=(2017, 2021, 2020)), 1.08333, "thunderstorm", "behind"),
    },
    "pace": {
        "half the time, half the way": (row(10, 15, 20, years=(2015, 2020, 2025)), 1.0, "on_track", "on_track"),
        "the baseline met it and it was lost": (
            row(30, 19, 20, years=(2015, 2020, 2025)),
            NONE,
            "not_available",
            "not_assessable",
        ),
    },
}
CASES = [(rule, name) for rule, cases in GOLDEN.items() for name in cases]


@pytest.mark.parametrize(("rule", "name"), CASES)
def test_a_worked_example(rule: str, name: str) -> None:
    example, value, label, verdict = GOLDEN[rule][name]
    out = told(rule, example)
    assert (out.label[0], out.verdict[0]) == (label, verdict), out
    assert out.value[0] == pytest.approx(value, rel=2e-3, nan_ok=True)
    assert out.reason[0]


def test_every_rule_has_examples_and_says_its_edition() -> None:
    assert set(GOLDEN) == set(RULES)
    assert tuple(RULES) == RULE_NAMES, "the plan and the command line know each of them"
    assert all(rule.identity == f"{name}@{rule.edition}" for name, rule in RULES.items())


@pytest.mark.parametrize("rule", RULES)
def test_rows_are_judged_each_for_itself(rule: str) -> None:
    rows = [example for name in GOLDEN for example, *_ in GOLDEN[name].values()]
    together = told(rule, *rows)
    for at, single in enumerate(rows):
        alone = told(rule, single)
        assert (alone.verdict[0], alone.label[0], alone.reason[0]) == (
            together.verdict[at],
            together.label[at],
            together.reason[at],
        )
        assert alone.value[0] == pytest.approx(together.value[at], nan_ok=True)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("blank", range(4))
def test_a_blank_figure_is_never_a_verdict(rule: str, blank: int) -> None:
    example = list(row(10, 15, 20))
    example[blank] = NONE
    out = told(rule, tuple(example))  # type: ignore[arg-type]
    assert (out.verdict[0], math.isnan(out.value[0]), bool(out.worsening[0])) == ("not_assessable", True, False)


THRESHOLDS = {
    "statcan": [
        (2.0 ** (0.95 * 5 / 15) * 10, "on_track"),
        (10 * (1 + 0.6 * (2 ** (1 / 15) - 1)) ** 5, "at_risk"),
        (10, "behind"),
    ],
    "sdsn": [(10 + 10 / 3, "on_track"), (10 + 5 / 3, "at_risk"), (10, "behind")],
    "hp2030": [(11, "on_track")],
    "pace": [(10 + 0.95 * 10 / 3, "on_track"), (12, "at_risk")],
}


@pytest.mark.parametrize("rule", THRESHOLDS)
def test_just_above_a_threshold_is_the_better_verdict(rule: str) -> None:
    for current, verdict in THRESHOLDS[rule][1:] if rule == "statcan" else THRESHOLDS[rule]:
        assert told(rule, row(10, current + 1e-9, 20)).verdict[0] == verdict


FIGURE = st.floats(0.5, 1000)
RATIO_RULES = st.sampled_from(["statcan", "eurostat", "unsd", "sdsn", "destatis", "pace"])
ORDER = {"achieved": 3, "on_track": 2, "at_risk": 1, "behind": 0}


@given(st.sampled_from(list(RULES)), FIGURE, FIGURE, FIGURE, st.sampled_from([1, -1]), st.floats(0.01, 100))
def test_units_do_not_matter(
    rule: str, base: float, current: float, target: float, direction: int, scale: float
) -> None:
    one, other = (told(rule, row(base * by, current * by, target * by, direction=direction)) for by in (1.0, scale))
    near = any(abs(one.value[0] - edge) < 1e-6 for edge in (0.95, 0.6, 0.1, 0, 1, 0.5, 0.05, 0.2, 10))
    assume(not near and abs(current - target) > 1e-6 and abs(base - target) > 1e-6 and abs(base - current) > 1e-6)
    assert one.verdict[0] == other.verdict[0]
    assert one.value[0] == pytest.approx(other.value[0], rel=1e-6, abs=1e-9, nan_ok=True)


@given(st.sampled_from(list(RULES)), FIGURE, FIGURE, FIGURE, FIGURE)
def test_a_better_value_is_never_a_worse_verdict(
    rule: str, base: float, target: float, one: float, other: float
) -> None:
    assume(target > base)
    worse, better = sorted((one, other))
    low, high = (told(rule, row(base, current, target)).verdict[0] for current in (worse, better))
    assert ORDER[low] <= ORDER[high]


@given(st.sampled_from(["sdsn", "hp2030", "destatis", "pace"]), FIGURE, FIGURE, FIGURE)
def test_straight_line_rules_do_not_care_which_way_is_up(rule: str, base: float, current: float, target: float) -> None:
    up, down = told(rule, row(base, current, target)), told(rule, row(-base, -current, -target, direction=-1))
    assert up.verdict[0] == down.verdict[0]
    assert up.value[0] == pytest.approx(down.value[0], nan_ok=True)


@given(RATIO_RULES, FIGURE, st.floats(0.01, 0.99), FIGURE)
def test_the_wrong_way_is_worsening_and_behind(rule: str, base: float, share: float, more: float) -> None:
    out = told(rule, row(base, base * share, base + more))
    assert (out.verdict[0], bool(out.worsening[0])) == ("behind", True)


@pytest.mark.parametrize("rule", ["statcan", "eurostat", "sdsn", "unsd"])
def test_a_year_of_365_days_is_a_year(rule: str) -> None:
    """Days over the mean year of 365.2425 give 0.9993."""
    start = 2024 + 1 / 365.2425
    assert told(rule, row(100, 120, 140, years=(start, start + 365 / 365.2425, 2030))).verdict.tolist() != [
        "not_assessable"
    ]
