"""Who hears of what."""

from typing import Literal

from plan.parts import Part
from sources.secrets import SecretRef


class Route(Part):
    """Who hears of what. The address is a secret."""

    to: SecretRef
    owners: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    verdicts: tuple[Literal["achieved", "on_track", "at_risk", "behind", "not_assessable"], ...] = ("behind",)


class Alerts(Part):
    routes: tuple[Route, ...] = ()
