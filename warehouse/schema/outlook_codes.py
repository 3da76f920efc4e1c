"""What the outlook says, for programs: a code for each kind of trend and of what lies ahead, and their figures."""

from warehouse.schema.columns import TEXT, Column
from warehouse.schema.reason_codes import Reason

SINCE = {"comparable_since": "day"}
"""The first day of comparable values, where the number changed its meaning."""
SLOPE = {"per_year": "figure", "unit": "text"}
ENDS = {"low": "figure", "high": "figure"}
QUANTITY = {"total_of": "count", "ahead": "count"}
"""What would be forecast: the total of so many periods, or the value so many periods ahead; neither is the next one."""

TREND = (
    Reason("rising", "rising, with the 90 % interval of its change per year", SLOPE | ENDS | SINCE),
    Reason("falling", "falling, with the 90 % interval of its change per year", SLOPE | ENDS | SINCE),
    Reason("no_clear_trend", "the 90 % interval of the change per year includes 0", SLOPE | ENDS | SINCE),
    Reason(
        "trend_few_values", "a change per year from too few values for an interval", SLOPE | {"most": "count"} | SINCE
    ),
    Reason("trend_alike_values", "a change per year without an interval: each value resembles the last", SLOPE | SINCE),
    Reason("no_trend_gap", "a year or more is unknown in the middle", SINCE),
    Reason("no_trend_few_values", "too few values are known for a trend", {"needs": "count"} | SINCE),
    Reason("no_trend_season", "fewer than two cycles of the season are known", {"cycle": "text"} | SINCE),
    Reason("no_trend_yet", "no complete and settled period yet", SINCE),
)
"""The trend of an indicator: one of them holds."""

AHEAD = (
    Reason(
        "forecast",
        "the 80 % interval at the due day, the probability of the target, and how past forecasts fared",
        {"due": "day", "unit": "text", "probability": "share", "cases": "count", "held": "count"} | ENDS,
    ),
    Reason("no_forecast_recent", "nothing is known of the last periods", {"periods": "count"}),
    Reason("no_forecast_gaps", "more than half of the periods are missing", {}),
    Reason("no_forecast_short", "less than two whole years are known", {"periods": "count"}),
    Reason("no_forecast_few", "too few values are known for a forecast", {"needs": "count"}),
    Reason("no_forecast_rate", "the rate of a year is not forecast", {}),
    Reason("no_probability_untried", "no past forecast of the quantity can be compared with its outcome", QUANTITY),
    Reason(
        "no_probability_short",
        "too few periods are known for the probability of the quantity",
        {"known": "count", "needs": "count"} | QUANTITY,
    ),
    Reason("no_probability_count", "the count so far is not known", {}),
    Reason("no_probability_target", "the target has no value yet", {}),
    Reason("no_probability_season", "no complete year before shows what the season makes of the target", {}),
)
"""The forecast for the due day, or why no probability is given: told beside the trend of a target still to come."""

OUTLOOK = {one.code: one for one in (*TREND, *AHEAD)}
OUTLOOK_CODE = Column("outlook_code", TEXT, "the trend, for programs", one_of=tuple(one.code for one in TREND))
OUTLOOK_PARAMETERS = Column(
    "outlook_parameters",
    TEXT,
    "JSON: the figures of the trend by name, and under `beside` the forecast or why there is none, with its `code`",
)
