"""What the parts of the plan share."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from sources.page_paths import canonical_path

NAME = r"^[a-z][a-z0-9_]{0,62}$"
Name = Annotated[str, Field(pattern=NAME, description="lower-case letters, digits and _")]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
EntityName = Annotated[str, AfterValidator(canonical_path)]
"""The name of an entity; of a page in the spelling under which its values are stored."""
Period = Literal["day", "week", "month", "quarter", "year"]


class Part(BaseModel):
    """A mapping in the plan."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Measure(Part):
    """One metric of one source; without ``entities`` all of them."""

    source: str
    metric: str
    entities: tuple[EntityName, ...] = ()
