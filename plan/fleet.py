"""The fleet file as models: many plans that run together and are compared with each other.

Checks that compare different parts of the file are in ``plan.fleet_consistency``.
"""

from datetime import date, time
from math import inf
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from plan.parts import Name, Part
from sources.secrets import REFERENCE
from sources.zone_setting import ZoneName

EVERY_YEAR = 0
"""The key of a figure that holds for all years."""


def amounts_by_year(found: object) -> dict[int, float]:
    """A positive number as that of every year, or one for each year. Raises ``ValueError``."""
    by_year: dict[Any, Any] = found if isinstance(found, dict) else {EVERY_YEAR: found}
    for year, amount in by_year.items():
        if isinstance(found, dict) and (not isinstance(year, int) or not 1900 <= year <= 2200):
            raise ValueError(f"{year!r} is not a year: write a number, or years with a number each")
        if isinstance(amount, bool) or not isinstance(amount, int | float) or not 0 < amount < inf:
            raise ValueError(f"{amount!r} is not a number above 0: write a number, or years with a number each")
    return by_year


Amounts = Annotated[dict[int, float], BeforeValidator(amounts_by_year)]
"""A figure by year."""
Reference = Annotated[
    str, Field(pattern=f"^{REFERENCE.pattern}$", description="the reference ${env:NAME} or ${prefect:block-name}")
]
Denominator = Literal["population", "students", "staff", "opening_hours"]
DENOMINATORS: tuple[Denominator, ...] = ("population", "students", "staff", "opening_hours")
Sharing = Literal["named", "anonymous", "none"]


class Night(Part):
    """The time over which the runs of the members are spread."""

    from_: time = Field(time(1), alias="from", description="when the first member starts, such as 01:00")
    to: time = Field(time(5), description="when all have started; then the roll-up follows")

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if self.from_ == self.to:
            raise ValueError(f"the night begins and ends at {self.from_:%H:%M}")
        return self

    @property
    def minutes(self) -> int:
        """Its length; a night may pass midnight."""
        first, last = (60 * one.hour + one.minute for one in (self.from_, self.to))
        return (last - first) % (24 * 60)

    def start_of(self, position: int, members: int) -> time:
        """When the member at ``position`` of ``members`` starts: each has an equal part of the night."""
        minute = 60 * self.from_.hour + self.from_.minute + self.minutes * position // max(members, 1)
        return time(minute // 60 % 24, minute % 60)

    @property
    def roll_up(self) -> time:
        """When the common tables are made: half an hour after the night, so that the last members have ended."""
        minute = 60 * self.to.hour + self.to.minute + 30
        return time(minute // 60 % 24, minute % 60)


class PrefectSettings(Part):
    """Where ``kmi fleet deploy`` puts the runs."""

    work_pool: str = Field("kmi", min_length=1, description="the work pool; it is made where there is none")
    work_queue: str = Field("fleet", min_length=1, description="the work queue in it, from which workers take members")
    concurrency: Annotated[int, Field(strict=True, gt=0)] | None = Field(
        None, description="runs at the same time over all workers; by default each worker's own limit decides"
    )


class Member(Part):
    """A library: its plan, its warehouse, and what its figures are divided by."""

    name: str = Field(min_length=1, description="its name for people")
    plan: str = Field(min_length=1, description="its plan file, relative to the fleet file")
    warehouse: str | None = Field(
        None, description="a folder or an address of an object store; by default kmi-warehouse beside the plan"
    )
    tags: tuple[str, ...] = Field((), description="words by which commands choose members")
    peer_group: str = Field("all", min_length=1, description="it is compared with the members of the same group")
    population: Amounts | None = Field(None, description="people it serves, or a number for each year")
    students: Amounts | None = Field(None, description="students it serves, or a number for each year")
    staff: Amounts | None = Field(None, description="staff in full-time equivalents, or a number for each year")
    opening_hours: Amounts | None = Field(None, description="hours open in a usual week, or a number for each year")
    sharing: Sharing | None = Field(
        None, description="whether others see its figures under its name, without its name, or not at all"
    )
    sources: dict[Name, dict[str, Any]] = Field(
        default_factory=dict, description="shared sources that its plan uses, with the settings that differ for it"
    )
    secrets: dict[str, Reference] = Field(
        default_factory=dict, description="what ${env:NAME} in its plan stands for, by that name"
    )

    def amount(self, denominator: Denominator, year: int) -> float | None:
        """A denominator in a year; None where the file does not give it for that year."""
        by_year: dict[int, float] = getattr(self, denominator) or {}
        return by_year.get(year, by_year.get(EVERY_YEAR))

    def exposure(self, denominator: Denominator, start: date, end: date) -> float | None:
        """What a figure of the days from ``start`` to before ``end`` is divided by.

        Hours are those of as many usual weeks as the period has; people are those of the year in which it starts.
        """
        amount = self.amount(denominator, start.year)
        if amount is None or denominator != "opening_hours":
            return amount
        return amount * (end - start).days / 7


class SharedIndicator(Part):
    """An indicator of several members: where it is called otherwise, and what it is divided by."""

    title: str | None = Field(
        None, min_length=1, description="title for people; by default that which most members have"
    )
    members: dict[Name, Name | None] = Field(
        default_factory=dict,
        description="the name of the indicator in the plan of a member that calls it otherwise; `null`: not measured",
    )
    per: tuple[Denominator, ...] = Field(
        (), description="what it is divided by for comparison; by default every denominator that two members have"
    )
    out_of: Name | None = Field(
        None, description="of a share: the indicator that counts the cases of which it is the share"
    )
    additive: bool = Field(True, description="`false`: no total of the members, although the kind allows one")


class Comparison(Part):
    """Whose figures are compared, and who sees them."""

    sharing: Sharing = Field("named", description="for members that do not say otherwise")
    max_age_days: Annotated[int, Field(strict=True, gt=0)] = Field(
        7, description="a member whose newest evaluation is older is named and left out of sums and comparisons"
    )
    pseudonym_key: Reference | None = Field(
        None, description="the reference ${env:NAME} of a long random text from which the pseudonyms are made"
    )


class Fleet(Part):
    """The whole fleet file."""

    name: str = Field(min_length=1, description="what the members are called together")
    time_zone: ZoneName = Field(description="time zone of the night and of the roll-up, by its IANA name")
    published: str = Field(
        "fleet", min_length=1, description="folder or address for the common tables, relative to the fleet file"
    )
    night: Night = Field(Night(), description="when Prefect starts the runs")
    prefect: PrefectSettings = Field(PrefectSettings(), description="how `kmi fleet deploy` deploys them")
    comparison: Comparison = Field(Comparison(), description="whose figures are compared, and who sees them")
    sources: dict[Name, dict[str, Any]] = Field(
        default_factory=dict, description="settings of sources that several members share"
    )
    secrets: dict[str, Reference] = Field(
        default_factory=dict, description="as a member's, for all members that do not say otherwise"
    )
    members: dict[Name, Member] = Field(min_length=1, description="the members by their names")
    indicators: dict[Name, SharedIndicator] = Field(
        default_factory=dict, description="the indicators to compare; by default those that two members call alike"
    )

    def sharing_of(self, member: str) -> Sharing:
        return self.members[member].sharing or self.comparison.sharing
