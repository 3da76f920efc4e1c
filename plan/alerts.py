"""Who hears of what, and how sure one must be before anyone does."""

from typing import Annotated, Literal

from pydantic import Field

from plan.mute import Mute
from plan.parts import Part
from sources.secrets import SecretRef


class Route(Part):
    """Who hears of what. The address is a secret. Where several filters are given all must hold; routes with the same address are one person."""

    to: SecretRef = Field(description="where the address stands, as apprise writes addresses")
    owners: tuple[str, ...] = Field((), description="only indicators of these owners")
    objectives: tuple[str, ...] = Field((), description="only indicators that serve these")
    indicators: tuple[str, ...] = Field((), description="only these")
    verdicts: tuple[Literal["achieved", "on_track", "at_risk", "behind", "not_assessable"], ...] = Field(
        ("behind",),
        description="behind: the alert, its reminders and its end; the others: told once, when the verdict becomes it",
    )
    sources: bool | None = Field(
        None,
        description="also of sources in trouble; left out: where neither owners nor objectives nor indicators are given",
    )

    @property
    def covers_sources(self) -> bool:
        return not (self.owners or self.objectives or self.indicators) if self.sources is None else self.sources

    def covers_indicator(self, indicator: str, owner: str | None, objective: str | None) -> bool:
        """Whether an indicator passes the filters."""
        filters = ((self.owners, owner), (self.objectives, objective), (self.indicators, indicator))
        return all(not wanted or given in wanted for wanted, given in filters)


class Alerts(Part):
    """The defaults are those with which docs/alerts.md measures how often luck raises an alert."""

    wait: Annotated[int, Field(strict=True, ge=0, le=24)] = Field(
        0, description="complete periods for which the ground of an alert must go on before it is raised; 0: at once"
    )
    keep: Annotated[int, Field(strict=True, ge=0, le=24)] = Field(
        1,
        description="complete periods for which an alert stands after the first that is clear of it; 0: it ends with the first",
    )
    margin: Annotated[float, Field(ge=0, le=1)] = Field(
        0.05, description="share of the progress due by which a figure must pass the threshold to be clear"
    )
    false_discovery_rate: Annotated[float, Field(gt=0, le=0.5)] = Field(
        0.1, description="share of the alerts raised at one time that luck may explain, over all indicators together"
    )
    routes: tuple[Route, ...] = ()
    repeat: Annotated[int, Field(strict=True, ge=0, le=60)] | None = Field(
        2,
        description="complete periods (of a source: weeks) of silence before what still stands is told again; 0: with each new one; null: never again",
    )
    still: Annotated[int, Field(strict=True, ge=0, le=60)] = Field(
        3,
        description="periods in a row with the very same value, as never before, after which an indicator is said to stand still; 0: never",
    )
    mute: tuple[Mute, ...] = Field((), description="days on which nobody is told anything")
    page: Annotated[str, Field(pattern=r"^(https?|file)://[^\s<>\"\x00-\x1f]+$")] | None = Field(
        None,
        description="address of the folder of kmi report, http://, https:// or file://, for the links in a message",
    )
