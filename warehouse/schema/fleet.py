"""Published tables of a fleet: a star of its own in ``published/`` of the fleet's folder."""

from warehouse.schema.columns import (
    END,
    INDICATOR,
    INSTANT,
    NUMBER,
    PROVISIONAL,
    START,
    TEXT,
    TEXT_LIST,
    WHOLE,
    YES_NO,
    Column,
    Table,
    day_column,
    key_column,
)
from warehouse.schema.ledgers import VERDICTS
from warehouse.schema.published_tables import BETTER, INDICATOR_KINDS, PERIODS

FILE_STATES = ("current", "missing", "old", "other_version", "unreadable")
NOT_ADDITIVE = (
    "rate",
    "stock",
    "mean_of_entities",
    "definitions_differ",
    "same_source",
    "by_setting",
    "plan_unreadable",
)
MISSING = (
    "no_files",
    "not_measured",
    "other_definition",
    "no_period",
    "unknown",
    "partly_known",
    "provisional",
    "no_denominator",
)
PER = ("population", "students", "staff", "opening_hours", "cases")
POSITIONS = ("inside", "above_95", "below_95", "above_998", "below_998")
NO_POSITION = ("too_few", "not_a_count", "no_events")

MEMBER = key_column("member_id", "the member: its name in the fleet file, or its pseudonym")

FLEET_MEMBERS = Table(
    "members",
    "one member that shares its figures",
    (
        MEMBER,
        Column("title", TEXT, "its name for people, or what stands for it", nullable=False),
        Column("anonymous", YES_NO, "whether its name is withheld", nullable=False),
        Column("peer_group", TEXT, "the members that it is compared with", nullable=False),
        Column("tags", TEXT_LIST, "its words in the fleet file; none of one whose name is withheld", nullable=False),
        Column("population", NUMBER, "people it serves in the year of the roll-up"),
        Column("students", NUMBER, "students it serves in the year of the roll-up"),
        Column("staff", NUMBER, "its staff in full-time equivalents in the year of the roll-up"),
        Column("opening_hours", NUMBER, "hours open in a usual week in the year of the roll-up"),
        Column(
            "state",
            TEXT,
            "whether its published files can be used; of one that is not current nothing is counted or compared",
            nullable=False,
            one_of=FILE_STATES,
        ),
        Column("state_reason", TEXT, "one sentence: why they cannot be used; null where they can"),
        Column("judged_at", INSTANT, "the instant of its newest evaluation, UTC"),
    ),
    ("member_id",),
)

FLEET_INDICATORS = Table(
    "indicators",
    "one indicator of several members",
    (
        INDICATOR,
        Column("title", TEXT, "title for people", nullable=False),
        Column("unit", TEXT, "unit of the values that most members have", nullable=False),
        Column("kind", TEXT, "flow adds up, stock is a level, rate is a ratio", nullable=False, one_of=INDICATOR_KINDS),
        Column("better", TEXT, "which direction most members want", nullable=False, one_of=BETTER),
        Column("period", TEXT, "length of a period", nullable=False, one_of=PERIODS),
        Column("additive", YES_NO, "whether the values of the members add up", nullable=False),
        Column("not_additive", TEXT, "why they do not; null where they do", one_of=NOT_ADDITIVE),
        Column("measured_by", WHOLE, "members whose files have it as it is defined here", nullable=False),
        Column("defined_otherwise", TEXT_LIST, "members with another unit, kind or length of period", nullable=False),
    ),
    ("indicator_id",),
)

FLEET_PERIODS = Table(
    "periods",
    "one indicator of one member in one period",
    (
        MEMBER,
        INDICATOR,
        START,
        END,
        Column("value", NUMBER, "value of the period; null where unknown"),
        Column("completeness", NUMBER, "share of the open days that are known, 0 to 1", nullable=False),
        PROVISIONAL,
        Column("per_population", NUMBER, "value per person served"),
        Column("per_student", NUMBER, "value per student served"),
        Column("per_staff", NUMBER, "value per full-time equivalent of staff"),
        Column("per_opening_hour", NUMBER, "value per hour open, by the hours of a usual week"),
    ),
    ("member_id", "indicator_id", "start"),
)

FLEET_VERDICTS = Table(
    "verdicts",
    "one indicator of one member",
    (
        MEMBER,
        INDICATOR,
        Column("verdict", TEXT, "the member's own verdict by its own target", nullable=False, one_of=VERDICTS),
        Column("worsening", YES_NO, "the value is on the wrong side of its baseline", nullable=False),
        day_column("through", "last day of the last period that was judged", nullable=True),
        Column("probability", NUMBER, "probability, 0 to 1, of meeting the target; null where it cannot be given"),
    ),
    ("member_id", "indicator_id"),
)

FLEET_TOTALS = Table(
    "totals",
    "one indicator in one period, over all members",
    (
        INDICATOR,
        START,
        END,
        Column("total", NUMBER, "sum over all members; null where it does not add up or a member lacks the period"),
        Column("partial_total", NUMBER, "sum over the members that have the whole period, where some lack it"),
        Column("members", WHOLE, "members that share their figures and are meant to measure it", nullable=False),
        Column("members_known", WHOLE, "members among them that have the whole period", nullable=False),
        Column("provisional", YES_NO, "whether a value in the sum may still change", nullable=False),
        Column("missing", TEXT_LIST, "the members that lack it, as 'member reason'", nullable=False),
        Column("opted_out", WHOLE, "members that do not share their figures and are in no sum", nullable=False),
    ),
    ("indicator_id", "start"),
)

FLEET_COMPARISONS = Table(
    "comparisons",
    "one member with one indicator in one period by one denominator, among its peers",
    (
        MEMBER,
        INDICATOR,
        START,
        END,
        Column("per", TEXT, "what the value is divided by; cases of a share", nullable=False, one_of=PER),
        Column("peer_group", TEXT, "the members that it is compared with", nullable=False),
        Column("value", NUMBER, "value of the period; null where it cannot be compared"),
        Column("exposure", NUMBER, "what it is divided by"),
        Column("rate", NUMBER, "value over exposure; of a share the value itself"),
        Column("missing", TEXT, "why the member cannot be compared; null where it is", one_of=MISSING),
        Column("compared", WHOLE, "members of the peer group that are compared", nullable=False),
        Column("centre", NUMBER, "rate of all that are compared together"),
        Column("phi", NUMBER, "how many times as much the rates vary as luck alone would make them; 1 at least"),
        Column("low_998", NUMBER, "lower limit: luck alone goes below it once in a thousand"),
        Column("low_95", NUMBER, "lower limit: luck alone goes below it once in forty"),
        Column("high_95", NUMBER, "upper limit: luck alone goes above it once in forty"),
        Column("high_998", NUMBER, "upper limit: luck alone goes above it once in a thousand"),
        Column(
            "position",
            TEXT,
            "where the rate lies: inside, luck explains it; outside the 95 % limits only, perhaps luck",
            one_of=POSITIONS,
        ),
        Column("no_position", TEXT, "why there are no limits; null where there are", one_of=NO_POSITION),
        Column("rank", WHOLE, "1 is the best rate of those compared; null for a band"),
        Column("rank_low", WHOLE, "best rank that luck alone would give it, at 95 %"),
        Column("rank_high", WHOLE, "worst rank that luck alone would give it, at 95 %"),
    ),
    ("member_id", "indicator_id", "start", "per"),
)

FLEET_TABLES = (FLEET_MEMBERS, FLEET_INDICATORS, FLEET_PERIODS, FLEET_VERDICTS, FLEET_TOTALS, FLEET_COMPARISONS)
"""Every published table of a fleet, in the order of docs/fleet.md."""
