"""What every source promises: its settings, its metrics, ``fetch`` that talks and ``parse`` that reads.

``fetch`` never interprets and ``parse`` never talks, so landed bytes can be read again without the network.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Protocol
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from warehouse.schema import Window

if TYPE_CHECKING:
    import pandas as pd

    from sources.opening_hours import OpeningHours
    from sources.web.session import Session

OBSERVATION_COLUMNS = ["metric", "entity", "start", "end", "value", "flags", "origin"]
"""A parsed observation: text, text, datetime64 (midnight, no zone), the same, float64, tuple of flag names, text."""

REFUSED_COLUMNS = ["metric", "entity", "start", "end", "raw_value", "reason", "origin", "action"]
"""A refused cell or row: start and end are NaT and metric and entity None where they could not be read."""

MetricKind = Literal["flow", "reading", "distinct"]


@dataclass(frozen=True, slots=True)
class Break:
    """From ``day`` on a number means something else, or is gone: what lies before and after is not compared.

    kind: ``redefined`` (the provider counts otherwise), ``retired`` (it gives the number no more), ``replaced`` (a sensor, a
    page or an account took the place of another). ``entity`` is empty where all are meant. ``replaced_by`` names a metric.
    """

    metric: str
    day: date
    kind: Literal["redefined", "retired", "replaced"]
    reason: str
    entity: str = ""
    replaced_by: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What docs/providers.md says of a source. ``example``: the least that a plan must say, without ``type``.

    access: how one gets in, in steps. cost: calls or quota units of an ordinary day, against what the provider allows.
    flags: those that the source may put to an observation.
    """

    provider: str
    access: str
    cost: str
    example: Mapping[str, object]
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """One number that a source emits.

    ``flow`` adds up over days; ``reading`` is a level or a cumulative counter as it stood at the start of the observation's
    first day; ``distinct`` (unique users) adds up over nothing. ``absent`` says what a collected day without a row means.
    A counter that passes ``rollover - 1`` begins at zero; a step larger than ``largest_step`` is not believed. Steps are
    divided by ``divide_by`` (2 for a gate that counts both ways). A reading that falls takes back what was counted (likes,
    views of robots); where it can only mean that a dial began again at zero, ``falls`` is ``reset``. ``breaks`` are the known ones, whatever is collected.
    """

    name: str
    unit: str
    kind: MetricKind
    description: str
    additive_over_entities: bool = True
    absent: Literal["missing", "zero"] = "missing"
    minimum: float | None = 0
    rollover: int | None = None
    divide_by: int = 1
    largest_step: float | None = None
    falls: Literal["correction", "reset"] = "correction"
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True)
class RawPage:
    """Bytes as received. ``url`` carries no secret; ``fetched_at`` is aware UTC; ``status`` is 200 for a file.

    ``request``: what ``parse`` must know of the question beyond the address (the body of a POST), without any secret.
    """

    source: str
    window: Window
    sequence: int
    url: str
    status: int
    fetched_at: datetime
    body: bytes
    etag: str | None = None
    last_modified: str | None = None
    request: str = ""


@dataclass(frozen=True)
class ParseResult:
    """What a pull says.

    observations: columns ``OBSERVATION_COLUMNS``; refused: columns ``REFUSED_COLUMNS``.
    covered: the days that were collected, whether or not anything was found on them.
    replaces: the days about which this pull says everything: what it does not name there is gone. None: it only adds,
    and replaces the items that it names (see ``Source.keyed_by_entity``). A pull that holds snapshots beside a window of days
    leaves it out: yesterday's reading lies in the window and is not named.
    notes: one sentence each, for the log.
    breaks: changes of definition that this pull met; each is recorded once.
    access_expires_at: when the key or token ends, aware UTC, where the provider says so.
    adds_only: what stands for a key stays as it is. For snapshots: the first reading of a day counts.
    """

    observations: "pd.DataFrame"
    refused: "pd.DataFrame"
    covered: tuple[Window, ...] = ()
    replaces: Window | None = None
    notes: tuple[str, ...] = field(default=())
    breaks: tuple[Break, ...] = field(default=())
    access_expires_at: datetime | None = None
    adds_only: bool = False


def observation_frame(
    rows: Sequence[tuple[str, str, date, date, float | None, tuple[str, ...], str]],
) -> "pd.DataFrame":
    """Rows in the order of ``OBSERVATION_COLUMNS`` as a frame of the contract's types, also when there are none."""
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=OBSERVATION_COLUMNS)
    return frame.astype(
        {
            "metric": "str",
            "entity": "str",
            "start": "datetime64[us]",
            "end": "datetime64[us]",
            "value": "float64",
            "flags": "object",
            "origin": "str",
        }
    )


def refused_frame(
    rows: Sequence[tuple[str | None, str | None, date | None, date | None, str, str, str, str]],
) -> "pd.DataFrame":
    """Rows in the order of ``REFUSED_COLUMNS`` as a frame of the contract's types, also when there are none."""
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=REFUSED_COLUMNS)
    return frame.astype(
        {
            "start": "datetime64[us]",
            "end": "datetime64[us]",
            "raw_value": "str",
            "reason": "str",
            "origin": "str",
            "action": "str",
        }
    )


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"'{name}' is no time zone; write an IANA name such as Europe/London")
    return name


ZoneName = Annotated[str, AfterValidator(_known_zone)]


class SourceSettings(BaseModel):
    """What every source can be told in the plan. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str
    time_zone: ZoneName | None = Field(
        None, description="zone whose midnight divides the days; the organisation's by default"
    )
    since: date | None = Field(
        None,
        description="first day to collect; by default all there is, and a year back where a service is asked in pieces",
    )
    restated_days: int = Field(
        0, ge=0, description="trailing days that the provider still revises; each run reads them again"
    )
    deep_days: int = Field(
        0,
        ge=0,
        description="trailing days that the first run of each month reads again, for what changed after restated_days; 0 for none",
    )
    keep_raw: bool = Field(
        default=True, description="keep the bytes as received under raw/, so that they can be read again"
    )
    max_refused_share: float = Field(
        0.2, ge=0, le=1, description="a pull with a larger share of refused rows is refused whole"
    )
    fresh_within_days: int | None = Field(
        None,
        ge=1,
        description="the data are late when their newest day is older than this; by default a week more than its newest figure spans",
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source stands: its time zone and, where the plan gives them, the opening hours."""

    zone: ZoneInfo
    opening_hours: "OpeningHours | None" = None


class Source(Protocol):
    """A configured connection to one upstream system. ``Source(name, settings, place)`` builds one."""

    Settings: ClassVar[type[SourceSettings]]
    max_days: ClassVar[int | None]
    """Most days in one call; None where one call takes any window."""
    delivers_everything: ClassVar[bool]
    """True where each delivery holds all there is (files), so a run asks for everything and not only for what is due."""
    keyed_by_entity: ClassVar[bool]
    """True where an entity is an item that exists once: a later delivery moves it, wherever it was."""
    about: ClassVar[About]

    name: str
    place: Place

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None: ...

    def metrics(self) -> tuple[Metric, ...]:
        """The metrics that this source, with its settings, can emit."""
        ...

    def fetch(self, window: Window, now: datetime, session: "Session") -> Iterator[RawPage]:
        """The bytes that answer for ``window``. Raises ``ConfigError``, ``RetryableError`` or ``RefusedError``."""
        ...

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Observations from ``pages``, in whatever order they come. Pure. Raises ``ShapeError``."""
        ...
