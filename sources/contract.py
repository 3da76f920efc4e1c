"""The contract of every source: its settings, its metrics, ``fetch`` and ``parse``.

``fetch`` requests bytes and never interprets them; ``parse`` interprets them and never uses the network.
So landed bytes can be parsed again offline.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from sources.retention import Retention
from sources.stored_body import Content, size_of, whole
from sources.zone_setting import ZoneName
from warehouse.schema import Window

if TYPE_CHECKING:
    import pandas as pd

    from sources.opening_hours import OpeningHours
    from sources.web.session import Session

OBSERVATION_COLUMNS = ["metric", "entity", "start", "end", "value", "flags", "origin"]
"""A parsed observation: text, text, datetime64 (midnight, no zone), the same, float64, tuple of flag names, text."""

REFUSED_COLUMNS = ["metric", "entity", "start", "end", "raw_value", "reason", "origin", "action"]
"""A refused cell or row: start and end are NaT and metric and entity None where they could not be read."""

ObservationRow = tuple[str, str, date, date, float | None, tuple[str, ...], str]
"""One observation in the order of ``OBSERVATION_COLUMNS``."""

RefusedRow = tuple[str | None, str | None, date | None, date | None, str, str, str, str]
"""One refusal in the order of ``REFUSED_COLUMNS``."""

MetricKind = Literal["flow", "reading", "distinct"]


@dataclass(frozen=True, slots=True)
class Break:
    """A break in a series: values before ``day`` and from ``day`` on are not compared.

    kind: ``redefined`` (the provider counts differently), ``retired`` (the provider no longer reports the number) or
    ``replaced`` (another sensor, page or account took its place). An empty ``entity`` means all entities.
    ``replaced_by`` names a metric.
    """

    metric: str
    day: date
    kind: Literal["redefined", "retired", "replaced"]
    reason: str
    entity: str = ""
    replaced_by: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What docs/providers.md says about a source.

    access: how to get access, in steps. cost: calls or quota units on an ordinary day, and what the provider allows.
    example: the smallest settings that a plan needs, without ``type``. flags: those that its observations may carry.
    """

    provider: str
    access: str
    cost: str
    example: Mapping[str, object]
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """One number that a source emits.

    kind: a ``flow`` adds up over days; a ``reading`` is a level or a cumulative counter at the start of the first day
    of the observation; ``distinct`` (unique users) adds up over nothing.
    absent: what a collected day without a row means. over_days: how a level is taken over days; any way by default.
    rollover: a counter that passes ``rollover - 1`` starts again at zero. largest_step: a larger step is implausible.
    divide_by: each step is divided by it (2 for a gate that counts both ways).
    falls: what a falling reading means. ``correction``: the provider took back what it had counted (likes, views by
    robots); ``reset``: the counter of a gate, see ``transforms.counter_steps``.
    breaks: the known breaks, whatever is collected.
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
    over_days: tuple[Literal["mean", "max"], ...] = ()
    breaks: tuple[Break, ...] = ()


@dataclass(frozen=True, slots=True)
class RawPage:
    """Bytes as received. ``url`` carries no secret; ``fetched_at`` is aware UTC; ``status`` is 200 for a file.

    content: bytes, or a large file that is read in blocks, which only sources that ask for it get.
    ``request``: what ``parse`` needs from the request besides the address (the body of a POST), without secrets.
    """

    source: str
    window: Window
    sequence: int
    url: str
    status: int
    fetched_at: datetime
    content: Content
    etag: str | None = None
    last_modified: str | None = None
    request: str = ""

    @property
    def body(self) -> bytes:
        """The whole content in memory."""
        return whole(self.content)

    @property
    def size(self) -> int:
        return size_of(self.content)


@dataclass(frozen=True)
class ParseResult:
    """What ``parse`` found in a pull.

    observations: columns ``OBSERVATION_COLUMNS``; refused: columns ``REFUSED_COLUMNS``.
    covered: the days that were collected, whether or not anything was found on them.
    replaces: the days of which this pull holds every value: stored values that it lacks are dropped. None: it only adds
    values, and replaces the items that it names (see ``Source.keyed_by_entity``). A pull that holds snapshots beside a
    window of days leaves it None: yesterday's reading lies in the window and is not in the pull.
    unanswered: the requested days that the provider did not answer about (not ready, cut short): requested again.
    notes: one sentence each, for the log.
    breaks: changes of definition that this pull met; each is recorded once.
    access_expires_at: when the key or token ends, aware UTC, where the provider reports it.
    only_changes: the pull holds what changed since the last one, often a few rows: a share of them says nothing.
    adds_only: a value that is stored already is kept. For snapshots: the first reading of a day counts.
    rows_read: how many rows, cells or lines were read, where an observation is made of several; None where each is one.
    rows_refused: how many were refused, where not every one is in ``refused``; None where all are.
    never_falls: a metric of which a later delivery can only hold as much or more. A day on which it fell was not
    delivered whole, and keeps its stored values.
    """

    observations: "pd.DataFrame"
    refused: "pd.DataFrame"
    covered: tuple[Window, ...] = ()
    replaces: Window | None = None
    notes: tuple[str, ...] = field(default=())
    breaks: tuple[Break, ...] = field(default=())
    access_expires_at: datetime | None = None
    adds_only: bool = False
    rows_read: int | None = None
    rows_refused: int | None = None
    never_falls: str = ""
    unanswered: tuple[Window, ...] = ()
    only_changes: bool = False


class SourceSettings(BaseModel):
    """The settings that every source has in the plan. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str
    ready: bool = Field(
        default=True, description="false: not set up yet; a run passes it over, and `kmi check` lists it"
    )
    time_zone: ZoneName | None = Field(
        None, description="zone whose midnight divides the days; the organisation's by default"
    )
    since: date | None = Field(
        None, description="first day to collect; by default everything, or a year of a service that is read in pieces"
    )
    restated_days: int = Field(
        0, ge=0, description="trailing days that the provider still revises; read again each run"
    )
    deep_days: int = Field(
        0, ge=0, description="trailing days that the first run of each month reads again; 0 for none"
    )
    keep_raw: bool = Field(default=True, description="keep the bytes as received under raw/, to be read again")
    retention: Retention = Field(Retention(), description="how long what was received is kept")
    deadline_minutes: float = Field(
        30, gt=0, le=1440, description="minutes that a run waits for the source; after them it goes on without"
    )
    max_refused_share: float = Field(
        0.2,
        ge=0,
        le=1,
        description="a pull with a larger share of refused rows is refused whole; of fewer than 20 rows, from half on",
    )
    fresh_within_days: int | None = Field(
        None,
        ge=1,
        description="the data are late when their newest day is older than this; by default a week and the span of "
        "the newest value more; of sample weeks, a week and the period of their indicator",
    )


@dataclass(frozen=True, slots=True)
class Place:
    """The place that a source counts: its time zone and, where the plan has them, its opening hours."""

    zone: ZoneInfo
    opening_hours: "OpeningHours | None" = None


class Source(Protocol):
    """A configured connection to one upstream system. ``Source(name, settings, place)`` builds one."""

    Settings: ClassVar[type[SourceSettings]]
    max_days: ClassVar[int | None]
    """Most days in one call; None where one call takes any window."""
    delivers_everything: ClassVar[bool]
    """True where each delivery holds everything (files): a run then requests all days, not only those that are due."""
    keyed_by_entity: ClassVar[bool]
    """True where an entity is an item that exists once: a later delivery moves it from the day on which it was."""
    about: ClassVar[About]

    name: str
    place: Place

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None: ...

    def metrics(self) -> tuple[Metric, ...]:
        """The metrics that this source can emit with its settings."""
        ...

    def fetch(self, window: Window, now: datetime, session: "Session") -> Iterator[RawPage]:
        """The bytes for ``window``. Raises ``ConfigError``, ``RetryableError`` or ``RefusedError``."""
        ...

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Observations from ``pages``, whatever their order. Pure. Raises ``ShapeError``."""
        ...
