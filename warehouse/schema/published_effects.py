"""The published tables of activities and their effects."""

from warehouse.schema.columns import (
    INDICATOR,
    NUMBER,
    TEXT,
    TEXT_LIST,
    WHOLE,
    Column,
    Table,
    copies,
    day_column,
    key_column,
)
from warehouse.schema.effect_codes import EFFECT_CODE, EFFECT_PARAMETERS

MOVED = Column("indicators", TEXT_LIST, "the indicators it was meant to move", nullable=False)
CONTROLS = Column("controls", TEXT_LIST, "the indicators used as controls", nullable=False)

PUBLISHED_ACTIVITIES = Table(
    "activities",
    "one dated advocacy action",
    (
        key_column("activity_id", "the activity's name in the plan"),
        day_column("date", "the day"),
        Column("title", TEXT, "title for people", nullable=False),
        Column("channel", TEXT, "webinar, newsletter, poster, video …"),
        MOVED,
        *copies(MOVED),
    ),
    ("activity_id",),
)

EFFECT_VERDICTS = ("associated_rise", "associated_fall", "no_clear_change", "cannot_tell")

PUBLISHED_EFFECTS = Table(
    "effects",
    "one activity and one indicator that it was meant to move",
    (
        key_column("activity_id", "the activity's name in the plan"),
        INDICATOR,
        Column(
            "verdict",
            TEXT,
            "what the values show; an association is not a cause",
            nullable=False,
            one_of=EFFECT_VERDICTS,
        ),
        Column(
            "sentence",
            TEXT,
            "the same in one sentence, with its interval or why it cannot be determined",
            nullable=False,
        ),
        Column(
            "effect",
            NUMBER,
            "mean change per period since, against what was expected without it, in the unit; null where undetermined",
        ),
        Column("low", NUMBER, "lower end of its 90 % interval"),
        Column("high", NUMBER, "upper end of its 90 % interval"),
        Column("effect_pct", NUMBER, "the same change in per cent of what was expected"),
        Column("low_pct", NUMBER, "lower end of its 90 % interval"),
        Column("high_pct", NUMBER, "upper end of its 90 % interval"),
        Column("level_change", NUMBER, "change in the first period, by a straight line through the changes since"),
        Column("level_low", NUMBER, "lower end of its 90 % interval"),
        Column("level_high", NUMBER, "upper end of its 90 % interval"),
        Column("slope_change", NUMBER, "growth of the change from period to period, by the same line"),
        Column("slope_low", NUMBER, "lower end of its 90 % interval"),
        Column("slope_high", NUMBER, "upper end of its 90 % interval"),
        Column(
            "p_value",
            NUMBER,
            "how often chance alone brings a change as far from 0; up to 0.02 it is called an association",
        ),
        Column("periods_before", WHOLE, "complete and settled periods before it that were used", nullable=False),
        Column("periods_after", WHOLE, "complete and settled periods after it that were used", nullable=False),
        Column("placebo_tried", WHOLE, "earlier dates at which the same analysis was tried", nullable=False),
        Column("placebo_passed", WHOLE, "of these, those without an effect", nullable=False),
        CONTROLS,
        Column("grade", TEXT, "estimated, or none where undetermined", nullable=False, one_of=("estimated", "none")),
        EFFECT_CODE,
        EFFECT_PARAMETERS,
        *copies(CONTROLS),
    ),
    ("activity_id", "indicator_id"),
)
