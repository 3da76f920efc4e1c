"""Why a verdict is as it is, for programs: a code for each kind of reason, and the figures that it names."""

from collections.abc import Mapping
from dataclasses import dataclass

from warehouse.schema.columns import TEXT, Column

MEASURED = {
    "value": "figure",
    "unit": "text",
    "period": "text",
    "over": "text",
    "start": "day",
    "through": "day",
    "partial": "flag",
}
"""What is judged: the value (of its known part, where it is ``partial``), from ``start`` through ``through``."""
GOAL = {"target": "figure", "due": "day"}
SETTING = {"season_share": "share", "season_years": "count", "open_share": "share"}
"""What sets this period apart from the plain path; only what applies is given."""
MET = MEASURED | GOAL | SETTING | {"needed": "figure", "better": "text"}
BAND = MEASURED | SETTING | {"low": "figure", "high": "figure"}
CELLS = {"cell": "text", "cells": "texts"}
"""``cell``: the length of a cell, such as a month; ``cells``: what is missing, as first day and entity."""
CLOSURE = {"first": "day", "last": "day", "why": "text"}
NEWER = {"start": "day", "period": "text"}
"""The first day and length of the period, where it is newer than the one judged."""
STRATA = {"strata": "texts", "entities": "texts"} | NEWER
"""``entities``: the entity of each stratum, where the indicator has several. A week of ``weeks`` is its first day, its
missing days and its open days."""
OTHER_WEEKS, ALL_WEEKS = "other weeks", "all weeks"
"""The strata of weeks that the plan gives to none."""
RANGE = {"worst": "text", "best": "text"}


@dataclass(frozen=True)
class Reason:
    """A code, what it says, and the parameters with their kinds.

    A figure is in the indicator's unit, a share counts from 0 to 1, a day is written YYYY-MM-DD. A parameter that does
    not apply is left out.
    """

    code: str
    meaning: str
    parameters: Mapping[str, str]


DECIDING = (
    Reason("no_target", "the plan gives no target", {}),
    Reason("closed", "closed, so that no verdict is given", CLOSURE | {"period": "text"}),
    Reason("break", "the number changed its meaning since its baseline", {"day": "day", "why": "text"}),
    Reason("gap_in_year", "the year has no total, since a period of it is not known", {"period": "text", "gap": "day"}),
    Reason("no_period", "no period can be judged yet", {"period": "text", "newest": "day", "complete": "share"}),
    Reason("due_unknown", "the period that held the due day is not known", MEASURED | {"due": "day"}),
    Reason(
        "baseline_incomplete",
        "periods of the baseline are missing",
        {"first": "day", "last": "day", "known": "count", "of": "count", "period": "text"},
    ),
    Reason("before_baseline_end", "nothing after the baseline yet", {"period": "text", "over": "text", "last": "day"}),
    Reason(
        "target_met_by_baseline",
        "the target is worse than the baseline",
        {"target": "figure", "baseline": "figure", "better": "text"},
    ),
    Reason("no_season", "no complete year before shows the season of the path", {}),
    Reason(
        "no_path", "no such path leads to the target", {"path": "text", "baseline": "figure", "over": "text"} | GOAL
    ),
    Reason("depends_on_missing", "what is missing decides", RANGE | CELLS),
    Reason("depends_on_sample", "the error of the sample decides whether the target is met", MEASURED | GOAL),
    Reason(
        "rule",
        "by a published rule",
        {"value": "figure", "unit": "text", "rule": "text", "label": "text", "because": "text"},
    ),
    Reason("target_met", "met when it was due", MET),
    Reason("target_missed", "not met when it was due, or out of reach", MET | {"exceeded": "flag"}),
    Reason("inside_band", "inside the band", BAND),
    Reason("outside_band", "outside the band", BAND),
    Reason("level_held", "at the target's level for a year", MEASURED | GOAL | SETTING | {"needed": "figure"}),
    Reason("level_reached", "at the target's level before it is due", MEASURED | GOAL | SETTING | {"needed": "figure"}),
    Reason(
        "pace",
        "progress made over progress due",
        MEASURED
        | GOAL
        | SETTING
        | {"expected": "figure", "ratio": "share", "path": "text", "of_year": "share", "is_step": "flag"},
    ),
)
"""Why the verdict is as it is. Where several hold, the first in this list decides."""

BESIDE = (
    Reason("since_due", "how it stands since it was due", MEASURED | {"was": "flag", "met": "flag"}),
    Reason("year_end", "where the year ends at this pace", {"projected": "figure"}),
    Reason("missing", "what is missing of the figure", CELLS),
    Reason("estimated", "what of the figure is estimated", CELLS),
    Reason("sample_interval", "the 90 % interval of a sample", {"low": "figure", "high": "figure", "target": "figure"}),
    Reason("sample_sum", "a sum of estimates, whose error is not worked out", {}),
    Reason("baseline_unsure", "the error of the baseline is not known", {}),
    Reason("sample_range", "the verdicts that the error of the sample allows", RANGE),
    Reason("sample_uncounted", "strata without a counted week, so that nothing is estimated", STRATA),
    Reason("sample_one_week", "strata with one counted week, so that the error is not known", STRATA),
    Reason("sample_left_out", "weeks that are left out, as open days are missing", {"weeks": "texts"} | NEWER),
    Reason("method_change", "a change of method that the plan does not declare", {"day": "day", "why": "text"}),
    Reason("closed_since", "closed in the newest period", CLOSURE),
    Reason("old", "the figure is old", {"months": "count", "newer_known": "flag"}),
    Reason("luck", "how often luck alone does as much", {"probability": "share"}),
)
"""What is told beside the reason. It changes no verdict."""

REASONS = {reason.code: reason for reason in (*DECIDING, *BESIDE)}
REASON_CODES = tuple(reason.code for reason in DECIDING)
REASON_CODE = Column("reason_code", TEXT, "why this verdict, for programs", one_of=REASON_CODES)
REASON_PARAMETERS = Column(
    "reason_parameters",
    TEXT,
    "JSON: the figures of the reason by name, and under `beside` what is told with it, each with its `code`",
)
