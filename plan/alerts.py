"""When an alert is raised, and who is notified of what."""

from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from plan.mute import Mute
from plan.parts import Part
from sources.opening_hours import WEEKDAYS, Weekday
from sources.secrets import SecretRef


class Route(Part):
    """Who is notified of what.

    All given filters must match. Routes with the same address are one recipient.
    """

    to: SecretRef = Field(description="reference to the secret that holds the address, as apprise writes addresses")
    owners: tuple[str, ...] = Field((), description="only indicators of these owners")
    objectives: tuple[str, ...] = Field((), description="only indicators that serve these")
    indicators: tuple[str, ...] = Field((), description="only these")
    verdicts: tuple[Literal["achieved", "on_track", "at_risk", "behind", "not_assessable"], ...] = Field(
        ("behind",),
        description="behind: the alert, its reminders and its end; the others: once, when the verdict changes to it",
    )
    sources: bool | None = Field(
        None,
        description="also sources in trouble; by default only without owners, objectives and indicators",
    )

    weekly: Weekday | None = Field(
        None,
        description="also a message of the week on this day, or with the first run after it: what changed, what is "
        "still short, what was achieved, what is due next; without it none",
    )
    at_once: bool = Field(
        True, description="false, with `weekly`: nothing is sent at once, and the message of the week has it all"
    )

    @property
    def covers_sources(self) -> bool:
        return not (self.owners or self.objectives or self.indicators) if self.sources is None else self.sources

    @model_validator(mode="after")
    def _is_sent_at_some_time(self) -> Self:
        if self.weekly is None and not self.at_once:
            raise ValueError("a route that sends nothing at once needs a day in 'weekly'")
        return self

    def last_weekday(self, today: date) -> date | None:
        """The newest day, up to today, on which a message of the week is due; None without one."""
        return None if self.weekly is None else today - timedelta((today.weekday() - WEEKDAYS.index(self.weekly)) % 7)

    def covers_indicator(self, indicator: str, owner: str | None, objective: str | None) -> bool:
        """Whether an indicator passes all filters."""
        filters = ((self.owners, owner), (self.objectives, objective), (self.indicators, indicator))
        return all(not accepted or value in accepted for accepted, value in filters)


class Alerts(Part):
    """When alerts are raised and who is notified. docs/alerts.md measures the defaults' rate of false alerts."""

    wait: Annotated[int, Field(strict=True, ge=0, le=24)] = Field(
        0, description="complete periods for which the cause of an alert must last before it is raised; 0: at once"
    )
    keep: Annotated[int, Field(strict=True, ge=0, le=24)] = Field(
        1,
        description="complete periods for which an alert goes on after the first clear one; 0: it ends with that",
    )
    margin: Annotated[float, Field(ge=0, le=1)] = Field(
        0.05, description="share of the progress due by which a value must exceed the threshold to be clear"
    )
    false_discovery_rate: Annotated[float, Field(gt=0, le=0.5)] = Field(
        0.1,
        description="share of the alerts raised at one time that may be due to chance, over all indicators together",
    )
    routes: tuple[Route, ...] = ()
    repeat: Annotated[int, Field(strict=True, ge=0, le=60)] | None = Field(
        2,
        description="complete periods (of a source: weeks) of silence before a reminder of what is still active; "
        "0: with each new one; null: no reminders",
    )
    still: Annotated[int, Field(strict=True, ge=0, le=60)] = Field(
        3,
        description="periods in a row with exactly the same value, as never before, after which an indicator counts "
        "as not moving; 0: never",
    )
    mute: tuple[Mute, ...] = Field((), description="days on which no notices are sent")
    page: Annotated[str, Field(pattern=r"^(https?|file)://[^\s<>\"\x00-\x1f]+$")] | None = Field(
        None,
        description="address of the folder that kmi report wrote, http://, https:// or file://, for links in messages",
    )

    def recipients(self) -> dict[str, list[Route]]:
        """The routes by address reference."""
        found: dict[str, list[Route]] = {}
        for route in self.routes:
            found.setdefault(route.to, []).append(route)
        return found
