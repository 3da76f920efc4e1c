"""Who hears of what, and how sure one must be before anyone does."""

from typing import Annotated, Literal

from pydantic import Field

from plan.parts import Part
from sources.secrets import SecretRef


class Route(Part):
    """Who hears of what. The address is a secret."""

    to: SecretRef
    owners: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    verdicts: tuple[Literal["achieved", "on_track", "at_risk", "behind", "not_assessable"], ...] = ("behind",)


class Alerts(Part):
    """The defaults are those with which docs/alerts.md measures how often luck raises an alert."""

    wait: Annotated[int, Field(strict=True, ge=0, le=24)] = Field(
        0, description="complete periods for which the ground of an alert must go on before it is raised; 0: at once"
    )
    keep: Annotated[int, Field(strict=True, ge=0, le=24)] = Field(
        1, description="complete periods for which an alert stands after the first that is clear of it; 0: it ends with the first"
    )
    margin: Annotated[float, Field(ge=0, le=1)] = Field(0.05, description="share of the progress due by which a figure must pass the threshold to be clear")
    false_discovery_rate: Annotated[float, Field(gt=0, le=0.5)] = Field(
        0.1, description="share of the alerts raised at one time that luck may explain, over all indicators together"
    )
    routes: tuple[Route, ...] = ()
