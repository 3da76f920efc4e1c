"""Columns and tables as types, the flags, and the columns that several tables share."""

from dataclasses import dataclass

import pyarrow as pa

DATE, INSTANT, TEXT, NUMBER, WHOLE = pa.date32(), pa.timestamp("us", tz="UTC"), pa.string(), pa.float64(), pa.int64()
FLAG_LIST, TEXT_LIST, YES_NO = pa.list_(pa.string()), pa.list_(pa.string()), pa.bool_()

FLAGS: dict[str, str] = {
    "closed": "nothing was expected: the calendar says closed",
    "corrected": "a reading of the counter was passed over, as those around it contradict it, or it was set back",
    "estimated": "worked out from a part, not counted in full",
    "estimate_no_error": "grossed up from one sample week in some part of the year: its error is not known",
    "halved": "both directions of a gate, halved once",
    "hour_slice": "visits are COUNTER sessions: one per visitor and hour",
    "idle_30min": "visits end after 30 minutes of inactivity",
    "implausible": "a step of the counter exceeded the limit of the plan, or the one learned; it is left out",
    "incomplete": "some of the days or hours that belong to the number are missing",
    "partial": "the delivery covered only part of this day; it never replaces a complete one",
    "prorated": "the observation spans two periods and is shared out over their days",
    "provisional": "younger than the age at which the provider stops revising",
    "released": "refused by a check and released by a person",
    "reset": "the counter started again; what it counted before the reset is lost",
    "rollover": "the counter passed its highest value and began at zero",
    "sampled": "the provider counted a sample",
    "spliced": "measured before a break and adjusted to what the number means since",
    "thresholded": "the provider withheld small numbers",
    "withdrawn": "the item was published and later withdrawn",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, Arrow type, meaning, and whether it may be null. ``one_of`` lists the values it may take.

    copy_of: the column of the same table that it repeats in another form, see ``copies``.
    """

    name: str
    type: pa.DataType
    description: str
    nullable: bool = True
    one_of: tuple[str, ...] = ()
    copy_of: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its name, what one row is (``grain``), its columns in order and its key."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    @property
    def arrow(self) -> pa.Schema:
        return pa.schema([pa.field(c.name, c.type, c.nullable) for c in self.columns])

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def own_names(self) -> list[str]:
        """The names of the columns that are not copies of another one."""
        return [column.name for column in self.columns if not column.copy_of]

    def plus(self, *columns: Column) -> "Table":
        return Table(self.name, self.grain, (*self.columns, *columns), self.key)

    def without(self, *names: str) -> "Table":
        return Table(self.name, self.grain, tuple(c for c in self.columns if c.name not in names), self.key)


def key_column(name: str, description: str) -> Column:
    return Column(name, TEXT, description, nullable=False)


def day_column(name: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, DATE, description, nullable)


RESERVED = {"end": "end_day"}
"""Names that SQL reserves, and the name of the column beside each that needs no quotation marks."""
JOINED_BY = "; "


def copies(*columns: Column) -> tuple[Column, ...]:
    """The columns to put beside these: a list as one text, or the same value under a name that SQL does not reserve.

    ``warehouse.copied_columns.with_copies`` fills them.
    """
    return tuple(_copy(column) for column in columns)


def _copy(column: Column) -> Column:
    name = column.name
    if name in RESERVED:
        described = f"the same as {name}, under a name that SQL does not reserve"
        return Column(RESERVED[name], column.type, described, column.nullable, copy_of=name)
    described = f"{name} as one text, parted by '{JOINED_BY.strip()}'; empty where the list is"
    return Column(f"{name}_text", TEXT, described, column.nullable, copy_of=name)


SOURCE = key_column("source", "name of the source in the plan")
METRIC = key_column("metric", "what the provider calls the number")
ENTITY = key_column(
    "entity", "what the value belongs to: a page, a gate, a branch, an item; empty for the whole source"
)
START = day_column("start", "first day")
END = day_column("end", "the day after the last one")
VALUE = Column("value", NUMBER, "the value; null where unknown, never 0 for missing")
UNIT = key_column("unit", "unit of the value")
FLAGS_HELD = Column("flags", FLAG_LIST, "what to know about the number: " + ", ".join(sorted(FLAGS)), nullable=False)
INDICATOR = key_column("indicator_id", "the indicator's name in the plan")
PROVISIONAL = Column(
    "provisional", YES_NO, "may still change: the period runs, or the provider still revises it", nullable=False
)
PULL = key_column("pull_id", "id of the pull: when it began, UTC, and eight characters of its own")
OBJECTIVE = Column(
    "objective_id",
    TEXT,
    "the objective's name in the plan; its words where the plan does not list it",
)
