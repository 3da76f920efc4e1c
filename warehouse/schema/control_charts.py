"""The columns of the control charts: of each period, and of the newest one with the assurance of the target."""

from warehouse.schema.columns import NUMBER, TEXT, Column, day_column

CHART_SIGNALS = (
    "none",
    "outside",
    "run_of_7_rising",
    "run_of_7_falling",
    "two_of_three_near_limit",
    "seven_on_one_side",
)
CHANGES = ("improvement", "concern", "higher", "lower", "none")
NO_CHART = ("few_values", "few_in_season", "no_noise")
ASSURANCES = ("consistently_met", "consistently_missed", "hit_or_miss", "depends_on_season")
NO_ASSURANCE = ("no_target", "year_total", "seasonal_path", "no_chart", "left_limits")

PERIOD_CHART = (
    Column(
        "chart_mean",
        NUMBER,
        "mean of the control chart in the season of the period, to compare with whole; null where there is no chart",
    ),
    Column("chart_low", NUMBER, "lower limit of what luck explains, in the season of the period"),
    Column("chart_high", NUMBER, "upper limit of what luck explains, in the season of the period"),
    Column(
        "chart_signal",
        TEXT,
        "the first rule by which the value is more than luck explains; none: luck explains it; null where it is not "
        "charted: unknown, provisional, closed, too incomplete, older than the chart, or in the period of a break",
        one_of=CHART_SIGNALS,
    ),
    Column(
        "chart_change",
        TEXT,
        "what the signal means by the desired direction; of a band higher or lower; none and null as chart_signal",
        one_of=CHANGES,
    ),
)
VERDICT_CHART = (
    Column(
        "chart_change",
        TEXT,
        "what the signal of the newest charted period means; none: luck explains it; null where there is no chart",
        one_of=CHANGES,
    ),
    day_column(
        "chart_since", "first day of the unbroken run of signals on that side; null without a signal", nullable=True
    ),
    Column("chart_reason", TEXT, "why there is no control chart; null where there is one", one_of=NO_CHART),
    Column(
        "assurance",
        TEXT,
        "whether the target would be met in every period if the figure kept the level and noise of its control chart",
        one_of=ASSURANCES,
    ),
    Column(
        "assurance_reason",
        TEXT,
        "why there is no assurance; left_limits: the newest value contradicts the limits; null where there is one",
        one_of=NO_ASSURANCE,
    ),
)
