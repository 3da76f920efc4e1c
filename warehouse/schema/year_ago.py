"""The columns that compare a period with the same one a year before."""

from warehouse.schema.columns import NUMBER, Column

YEAR_AGO = (
    Column(
        "year_ago_value",
        NUMBER,
        "value of the same period a year before, of days and weeks 52 weeks before; null where unknown, or where the "
        "number has changed its meaning since",
    ),
    Column("year_ago_completeness", NUMBER, "completeness of that period, 0 to 1; null where there is none"),
    Column(
        "year_ago_change",
        NUMBER,
        "the value less that of a year ago; null unless both periods are known in full",
    ),
    Column(
        "year_ago_change_pct",
        NUMBER,
        "the same in per cent of the value a year ago; null where that is not above 0",
    ),
)
