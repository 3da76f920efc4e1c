"""What a plan says of a JSON service: where it is, how one gets in, how it pages, and what in an answer is which number."""

import json
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sources.contract import MetricKind, SourceSettings, ZoneName
from sources.rest.json_path import JsonPath
from sources.rest.paginators import Paginator, SinglePage
from sources.secrets import REFERENCE, SecretRef, detect_secret

Coverage = Literal["now", "trailing", "answer", "window"]


class Part(BaseModel):
    """A mapping in the settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Bearer(Part):
    """A token in the header Authorization."""

    type: Literal["bearer"]
    token: SecretRef = Field(description="reference to the token")


class ApiKey(Part):
    """A key in a header or a query parameter called ``name``."""

    type: Literal["api_key"]
    name: str = Field(pattern=r"^[A-Za-z0-9_.\-]+$", description="name of the header or the parameter")
    api_key: SecretRef = Field(description="reference to the key")
    location: Literal["header", "query"] = Field("header", description="where the key goes")


class HttpBasic(Part):
    """User and password."""

    type: Literal["http_basic"]
    username: str = Field(description="user name")
    password: SecretRef = Field(description="reference to the password")


class ClientCredentials(Part):
    """An access token for a client's id and secret (RFC 6749, 4.4)."""

    type: Literal["oauth2_client_credentials"]
    access_token_url: str = Field(description="address that gives the token")
    client_id: str = Field(description="id of the client")
    client_secret: SecretRef = Field(description="reference to the client's secret")
    access_token_request_data: dict[str, str] = Field(
        default_factory=dict, description="further fields of the request for the token, such as scope"
    )


RestAuth = Annotated[Bearer | ApiKey | HttpBasic | ClientCredentials, Field(discriminator="type")]


class Limit(Part):
    """How much the service allows: ``calls`` in ``per_s`` seconds, or as its own headers tell."""

    calls: int | None = Field(None, ge=1, description="most requests in per_s seconds")
    per_s: float = Field(60, gt=0, description="seconds that calls is about")
    remaining: str | None = Field(
        None, description="header that tells the requests left, such as X-RateLimit-Remaining"
    )
    reset: str | None = Field(None, description="header that tells when they come back, such as X-RateLimit-Reset")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.remaining is None) != (self.reset is None) or (self.calls is None) == (self.remaining is None):
            raise ValueError("a limit is either 'calls' and 'per_s', or the headers 'remaining' and 'reset'")
        return self


class Client(Part):
    """Where the service is and how one gets in."""

    base_url: str = Field(description="address that every path is added to")
    headers: dict[str, str] = Field(default_factory=dict, description="further headers; never a secret")
    auth: RestAuth | None = Field(None, description="bearer, api_key, http_basic or oauth2_client_credentials")
    limit: Limit | None = Field(
        None, description="how much the service allows; sources with the same base_url share it"
    )

    @model_validator(mode="after")
    def _no_secret(self) -> Self:
        for name, value in self.headers.items():
            if (
                name.lower() in {"authorization", "cookie", "x-api-key"}
                or detect_secret(value)
                or REFERENCE.search(value)
            ):
                raise ValueError(f"the header '{name}' looks like a secret: put it under 'auth', with ${{env:NAME}}")
        return self


class Incremental(Part):
    """How days are asked for."""

    start_param: str | None = Field(None, description="parameter for the first day")
    end_param: str | None = Field(None, description="parameter for the last day")
    format: str = Field(
        "%Y-%m-%d",
        description="how days are written: a pattern of strftime, or unix_s or unix_ms for their midnight in the source's zone",
    )
    end_inclusive: bool = Field(
        default=True, description="whether the service takes the last day as included; else the day after it is named"
    )
    step: int = Field(92, ge=1, description="most days in one question")
    margin_days: int = Field(
        0,
        ge=0,
        description="days asked for beyond both ends, where the service's days begin at another hour; what lies outside is left out",
    )


class ResponseAction(Part):
    """What an answer of this kind means."""

    status_code: int | None = Field(None, description="status that it is about; any by default")
    content: str | None = Field(None, description="text that the body holds; any by default")
    action: Literal["empty", "ignore", "fail", "retry", "wait", "quota"] = Field(
        description="empty: there are no records; ignore: nothing is known; fail: mend the access; retry: again later; "
        "wait: again after Retry-After; quota: used up, the next run goes on"
    )

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if self.status_code is None and self.content is None:
            raise ValueError("it would be about every answer: give 'status_code' or 'content'")
        return self


class Endpoint(Part):
    """What is asked."""

    path: str = Field("", description="path below base_url; may hold {window.start}, {window.end} and {window.last}")
    method: Literal["GET", "POST"] = Field("GET", description="GET or POST")
    params: dict[str, str | int] = Field(
        default_factory=dict, description="parameters, of a POST: further fields of its body; may hold the same words"
    )
    json_body: dict[str, object] | None = Field(
        None, alias="json", description="the body of a POST; may hold the same words"
    )
    data_selector: JsonPath = Field("$", description="where the records stand; a list or its items")
    paginator: Paginator = Field(SinglePage(), description="how the answers follow each other")
    incremental: Incremental | None = Field(None, description="how days are asked for")
    response_actions: tuple[ResponseAction, ...] = Field(
        (), description="what certain answers mean; the first that fits counts"
    )

    @model_validator(mode="after")
    def _no_secret(self) -> Self:
        told = [f"?{name}={value}" for name, value in self.params.items()] + [self.path, json.dumps(self.json_body)]
        if any(detect_secret(text) or REFERENCE.search(text) for text in told):
            raise ValueError(
                "a path, a parameter or a body holds what looks like a secret: put it under 'client.auth', with ${env:NAME}"
            )
        return self

    @property
    def requests_days(self) -> bool:
        """Whether the question names the days of the window."""
        named = self.incremental is not None and bool(self.incremental.start_param or self.incremental.end_param)
        return named or "{window." in json.dumps([self.path, self.params, self.json_body])


class RestMetric(Part):
    """A number in a record. Without ``path`` each record counts 1."""

    path: JsonPath | None = Field(
        None, description="where the number stands in the record; without it each record counts as one"
    )
    unit: str = Field(min_length=1, description="unit of the values")
    kind: MetricKind = Field(
        "flow", description="flow adds up over days; reading is a level or counter; distinct adds up over nothing"
    )
    description: str = Field("", description="what is counted")
    additive_over_entities: bool = Field(default=True, description="whether it adds up over entities")
    minimum: float | None = Field(0, description="least value that is believed; null for none")
    absent: Literal["missing", "zero"] | None = Field(
        None, description="what a day without a record means; by default zero where records are counted, else missing"
    )


class RecordMapping(Part):
    """From records to observations."""

    date: JsonPath | None = Field(
        None, description="where the day or instant of a record stands; null: the day on which it was asked, for levels"
    )
    format: str = Field("iso", description="iso, unix_s, unix_ms, or a pattern of strptime")
    zone: ZoneName | None = Field(None, description="zone of instants without one; that of the source by default")
    period: Literal["day", "week", "month", "year"] = Field(
        "day", description="what one record covers, from its date on"
    )
    entity: JsonPath | None = Field(None, description="where the name stands that the numbers belong to")
    id: JsonPath | None = Field(
        None,
        description="where a record's own id stands: one that comes twice counts once, and flows add up by day and entity",
    )
    metrics: dict[str, RestMetric] = Field(min_length=1, description="the numbers, by name")
    metric: JsonPath | None = Field(
        None, description="where the name of the metric stands, if a record holds one number"
    )
    value: JsonPath | None = Field(None, description="where that number stands")
    missing: tuple[str, ...] = Field((), description="texts or numbers that stand for: not known")
    where: dict[JsonPath, str] = Field(
        default_factory=dict, description="only records in which this path holds this text"
    )
    covers: Literal["window", "answer"] | None = Field(
        None,
        description="which days an answer speaks for: window, all that were asked for; answer, those between its first and last record. "
        "By default window where days are asked for, else answer",
    )
    trailing_days: int | None = Field(
        None,
        ge=2,
        description="the service shows this many last days only; the day on which they begin is cut off at that hour, and flagged partial",
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.metric is None) != (self.value is None):
            raise ValueError("'metric' and 'value' go together: one says which number a record holds, the other where")
        if self.trailing_days and (self.covers or self.period != "day"):
            raise ValueError(
                "'trailing_days' says already which days an answer speaks for: leave out 'covers', and 'period'"
            )
        return self


class RestSettings(SourceSettings):
    """A JSON service."""

    type: Literal["rest"]
    client: Client = Field(description="where the service is and how one gets in")
    endpoint: Endpoint = Field(Endpoint(), description="what is asked")
    indicator: RecordMapping = Field(description="what in a record is which number")

    @model_validator(mode="after")
    def _snapshots_are_readings(self) -> Self:
        flows = [name for name, metric in self.indicator.metrics.items() if metric.kind == "flow"]
        if self.indicator.date is None and flows:
            raise ValueError(f"'{flows[0]}' is counted over days, so the records need a 'date'; a level is a reading")
        return self

    @property
    def coverage(self) -> Coverage:
        """Which days an answer speaks for."""
        if self.indicator.date is None:
            return "now"
        if self.indicator.trailing_days:
            return "trailing"
        return self.indicator.covers or ("window" if self.endpoint.requests_days else "answer")
