"""Why a verdict is as it is, for programs: one code for each kind of reason."""

from warehouse.schema.columns import TEXT, Column

REASON_CODES = (
    "no_target",
    "no_period",
    "gap_in_year",
    "baseline_incomplete",
    "before_baseline_end",
    "target_met_by_baseline",
    "no_path",
    "pace",
    "level_reached",
    "level_held",
    "target_met",
    "target_missed",
    "inside_band",
    "outside_band",
    "rule",
    "depends_on_sample",
    "depends_on_missing",
    "break",
    "closed",
)
REASON_CODE = Column("reason_code", TEXT, "why this verdict, for programs", one_of=REASON_CODES)
