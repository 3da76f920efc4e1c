"""What followed an activity, for programs: a code for each kind of result, and its figures."""

from warehouse.schema.columns import TEXT, Column
from warehouse.schema.reason_codes import Reason

CHANGE = {
    **dict.fromkeys(("effect", "low", "high"), "figure"),
    **dict.fromkeys(("effect_pct", "low_pct", "high_pct"), "per cent"),
    **{"unit": "text", "period": "text", "after": "count"},
    **{"until": "day", "until_activity": "text", "controls": "texts"},
}
"""``after``: the periods since; ``until``: the day of the break or of the next activity, up to which they reach."""
TOO_FEW = {"known": "count", "needs": "count", "period": "text"}

EFFECTS = (
    Reason("associated_rise", "associated with a rise, with its 90 % interval", CHANGE),
    Reason("associated_fall", "associated with a fall, with its 90 % interval", CHANGE),
    Reason("no_clear_change", "no clear change, with its 90 % interval", CHANGE),
    Reason("overlaps", "another activity or a break is too near", {"activity": "text", "day": "day"}),
    Reason("break_too_near", "too few periods lie between a break and the activity", TOO_FEW | {"day": "day"}),
    Reason("few_after", "too few complete periods after it", TOO_FEW),
    Reason("few_before", "too few complete periods before it", TOO_FEW),
    Reason("never_changed", "it never changed before, so its usual variation is unknown", {}),
    Reason("failed_placebo", "an effect shows at dates at which nothing was done", {"shown": "count", "of": "count"}),
    Reason("varies_by_itself", "it varies so much by itself that nothing can be told", {}),
)
"""What is found of an activity and an indicator: one of them holds. From the fourth on it cannot be told."""

EFFECT_REASONS = {one.code: one for one in EFFECTS}
EFFECT_CODE = Column(
    "reason_code", TEXT, "the verdict, or why it cannot be told, for programs", one_of=tuple(EFFECT_REASONS)
)
EFFECT_PARAMETERS = Column("reason_parameters", TEXT, "JSON: the figures of the sentence by name")
