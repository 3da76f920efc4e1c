"""Settings of a repository."""

from typing import Any, Literal

from pydantic import Field, model_validator

from sources.contract import SourceSettings
from sources.files.date_formats import DateFormat
from sources.items import KindName
from sources.web.auth import Auth

EVERYTHING = 36500


class OaiPmhSettings(SourceSettings):
    """A repository and what its records count as."""

    type: Literal["oai_pmh"]
    url: str = Field(description="base address of the repository's OAI-PMH interface")
    metadata_prefix: str = Field("oai_dc", description="metadata format to request; it must contain the date")
    set: str | None = Field(None, description="only the records of this set, by its setSpec")
    kind: KindName = Field("records", description="what a record is counted as")
    type_kinds: dict[str, KindName] = Field(
        default_factory=dict, description="kind by dc:type; of several types the first named here counts"
    )
    date_element: str = Field(
        "date",
        min_length=1,
        description="the element that a record counts on, without its prefix: date, or issued or available in a format "
        "that has them",
    )
    several_dates: Literal["refuse", "earliest", "latest", "deposited"] = Field(
        "refuse",
        description="which of several dates counts; deposited: the earliest one with a time of day. Otherwise dates "
        "with a time count only where no other is given",
    )
    date_formats: tuple[DateFormat, ...] = Field(
        (), description="how dates are written (strptime) where they do not follow ISO 8601"
    )
    relist: Literal["each_run", "on_request"] = Field(
        "each_run",
        description="when to list everything where Identify says deletedRecord no: only then is a deletion noticed. "
        "on_request: with --from, or by deep_days",
    )
    list_size: Literal["exact", "estimate"] = Field(
        "exact",
        description="whether completeListSize is believed: a shorter list then covers nothing and is asked for again",
    )
    deep_days: int = Field(
        0,
        ge=0,
        description="trailing days that the first run of each month reads again; with `set` everything, by default: no "
        "list says which records left a set",
    )
    auth: Auth | None = Field(None, description="user and password, token or key, where the repository requires one")

    @model_validator(mode="before")
    @classmethod
    def _read_sets_again(cls, given: Any) -> Any:
        has_set = isinstance(given, dict) and given.get("set") is not None
        return {"deep_days": EVERYTHING, **given} if has_set else given
