"""What the parts of the plan share."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

NAME = r"^[a-z][a-z0-9_]{0,62}$"
Name = Annotated[str, Field(pattern=NAME, description="lower-case letters, digits and _")]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Period = Literal["day", "week", "month", "quarter", "year"]


class Part(BaseModel):
    """A mapping in the plan."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Measure(Part):
    """One metric of one source; without ``entities`` all of them."""

    source: str
    metric: str
    entities: tuple[str, ...] = ()
