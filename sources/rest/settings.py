"""Settings of a JSON service: what to request, how it pages, and which value of a record is which metric."""

import json
from typing import Literal, Self

from pydantic import Field, model_validator

from sources.contract import MetricKind, SourceSettings
from sources.rest.client_settings import Client, Part
from sources.rest.json_path import JsonPath
from sources.rest.paginators import Paginator, SinglePage
from sources.secrets import REFERENCE, detect_secret
from sources.zone_setting import ZoneName

Coverage = Literal["now", "trailing", "answer", "window"]


class Incremental(Part):
    """How requests name days."""

    start_param: str | None = Field(None, description="parameter for the first day")
    end_param: str | None = Field(None, description="parameter for the last day")
    format: str = Field(
        "%Y-%m-%d",
        description="format of days: a strftime pattern, or unix_s or unix_ms for their midnight in the source's zone",
    )
    end_inclusive: bool = Field(
        default=True, description="whether the service includes the last day; otherwise requests name the day after it"
    )
    step: int = Field(92, ge=1, description="maximum number of days in one request")
    margin_days: int = Field(
        0,
        ge=0,
        description="days requested beyond both ends, if the service's days begin at another hour; "
        "records outside the window are left out",
    )


class ResponseAction(Part):
    """What a response with this status or text means."""

    status_code: int | None = Field(None, description="status of the response; any by default")
    content: str | None = Field(None, description="text in its body; any by default")
    action: Literal["empty", "ignore", "fail", "retry", "wait", "quota"] = Field(
        description="empty: there are no records; ignore: nothing is known yet, later runs ask again; "
        "fail: access is refused; retry: try again later; wait: try again after Retry-After; "
        "quota: used up, the next run goes on"
    )

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if self.status_code is None and self.content is None:
            raise ValueError("it would apply to every response: give 'status_code' or 'content'")
        return self


class Endpoint(Part):
    """What to request."""

    path: str = Field("", description="path below base_url; may hold {window.start}, {window.end} and {window.last}")
    method: Literal["GET", "POST"] = Field("GET", description="GET or POST")
    params: dict[str, str | int] = Field(
        default_factory=dict,
        description="parameters; of a POST: further fields of its body; may hold the same placeholders",
    )
    json_body: dict[str, object] | None = Field(
        None, alias="json", description="the body of a POST; may hold the same placeholders"
    )
    data_selector: JsonPath = Field("$", description="path of the records: a list, or its items")
    paginator: Paginator = Field(SinglePage(), description="how the service divides the records into pages")
    incremental: Incremental | None = Field(None, description="how requests name days")
    response_actions: tuple[ResponseAction, ...] = Field(
        (), description="what certain responses mean; the first that fits counts"
    )

    @model_validator(mode="after")
    def _no_secret(self) -> Self:
        texts = [f"?{name}={value}" for name, value in self.params.items()] + [self.path, json.dumps(self.json_body)]
        if any(detect_secret(text) or REFERENCE.search(text) for text in texts):
            raise ValueError(
                "a path, a parameter or a body holds what looks like a secret: "
                "put it under 'client.auth', with ${env:NAME}"
            )
        return self

    @property
    def requests_days(self) -> bool:
        """Whether the request names the days of the window."""
        named = self.incremental is not None and bool(self.incremental.start_param or self.incremental.end_param)
        return named or "{window." in json.dumps([self.path, self.params, self.json_body])


class RestMetric(Part):
    """A number in a record. Without ``path`` each record counts 1."""

    path: JsonPath | None = Field(
        None, description="path of the number in the record; without it each record counts as one"
    )
    unit: str = Field(min_length=1, description="unit of the values")
    kind: MetricKind = Field(
        "flow", description="flow adds up over days; reading is a level or counter; distinct does not add up"
    )
    description: str = Field("", description="what is counted")
    additive_over_entities: bool = Field(default=True, description="whether it adds up over entities")
    minimum: float | None = Field(0, description="smallest plausible value; null for none")
    absent: Literal["missing", "zero"] | None = Field(
        None, description="what a day without a record means; by default zero if records are counted, otherwise missing"
    )


class RecordMapping(Part):
    """From records to observations."""

    date: JsonPath | None = Field(
        None, description="path of the record's day or instant; null: the day of the request, for levels"
    )
    format: str = Field("iso", description="iso, unix_s, unix_ms, or a pattern of strptime")
    zone: ZoneName | None = Field(None, description="zone of instants without one; that of the source by default")
    period: Literal["day", "week", "month", "year"] = Field(
        "day", description="what one record covers, from its date on"
    )
    entity: JsonPath | None = Field(None, description="path of the name to which the numbers belong")
    id: JsonPath | None = Field(
        None,
        description="path of the record's own id: a record that comes twice counts once, "
        "and flows add up by day and entity",
    )
    metrics: dict[str, RestMetric] = Field(min_length=1, description="the numbers, by name")
    metric: JsonPath | None = Field(None, description="path of the name of the metric, if a record holds one number")
    value: JsonPath | None = Field(None, description="path of that number")
    missing: tuple[str, ...] = Field((), description="texts or numbers that mean: not known")
    where: dict[JsonPath, str] = Field(
        default_factory=dict, description="only records in which this path holds this text"
    )
    covers: Literal["window", "answer"] | None = Field(
        None,
        description="days that a response covers: window, all that were requested; answer, those between its first and "
        "last record. By default window if the request names days, otherwise answer",
    )
    trailing_days: int | None = Field(
        None,
        ge=2,
        description="the service shows only this many last days; the first of them is cut off at the hour "
        "of the request and flagged partial",
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.metric is None) != (self.value is None):
            raise ValueError(
                "'metric' and 'value' go together: one is the path of the metric's name, the other that of its value"
            )
        if self.trailing_days and (self.covers or self.period != "day"):
            raise ValueError("'trailing_days' already defines the covered days: leave out 'covers' and 'period'")
        return self


class RestSettings(SourceSettings):
    """A JSON service."""

    type: Literal["rest"]
    client: Client = Field(description="address of the service, and the access to it")
    endpoint: Endpoint = Field(Endpoint(), description="what to request")
    indicator: RecordMapping = Field(description="which value of a record is which metric")

    @model_validator(mode="after")
    def _snapshots_are_readings(self) -> Self:
        flows = [name for name, metric in self.indicator.metrics.items() if metric.kind == "flow"]
        if self.indicator.date is None and flows:
            raise ValueError(f"'{flows[0]}' is counted over days, so the records need a 'date'; a level is a reading")
        return self

    @property
    def coverage(self) -> Coverage:
        """Which days a response covers."""
        if self.indicator.date is None:
            return "now"
        if self.indicator.trailing_days:
            return "trailing"
        return self.indicator.covers or ("window" if self.endpoint.requests_days else "answer")
