"""How long what a source brought is kept."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_SPAN = re.compile(r"([1-9]\d{0,4}) days?")


def _days(value: Any) -> Any:
    """``90 days`` as 90; a number of days stays."""
    if isinstance(value, str):
        found = _SPAN.fullmatch(value.strip())
        if found is None:
            raise ValueError(f"'{value}' is not a number of days: write 90 days")
        return int(found[1])
    return value


class Retention(BaseModel):
    """What is deleted, and after how long."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    raw: Annotated[int, BeforeValidator(_days)] | None = Field(
        None,
        ge=1,
        le=36_525,
        description="days after which a run deletes the bytes as received, such as '90 days'; those of the newest pull "
        "stay. By default they are kept",
    )

    @property
    def raw_age(self) -> timedelta | None:
        return None if self.raw is None else timedelta(days=self.raw)
