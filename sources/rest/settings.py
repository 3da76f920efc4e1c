"""What a plan says of a JSON service: where it is, how one gets in, how it pages, and what in an answer is which number."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sources.contract import MetricKind, SourceSettings, ZoneName
from sources.rest.json_path import JsonPath
from sources.secrets import REFERENCE, SecretRef, secret_in


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
    access_token_request_data: dict[str, str] = Field(default_factory=dict, description="further fields of the request for the token, such as scope")


RestAuth = Annotated[Bearer | ApiKey | HttpBasic | ClientCredentials, Field(discriminator="type")]


class Client(Part):
    """Where the service is and how one gets in."""

    base_url: str = Field(description="address that every path is added to")
    headers: dict[str, str] = Field(default_factory=dict, description="further headers; never a secret")
    auth: RestAuth | None = Field(None, description="bearer, api_key, http_basic or oauth2_client_credentials")

    @model_validator(mode="after")
    def _no_secret(self) -> Self:
        for name, value in self.headers.items():
            if name.lower() in {"authorization", "cookie", "x-api-key"} or secret_in(value) or REFERENCE.search(value):
                raise ValueError(f"the header '{name}' looks like a secret: put it under 'auth', with ${{env:NAME}}")
        return self


class SinglePage(Part):
    """One answer holds everything."""

    type: Literal["single_page"] = "single_page"


class PageNumber(Part):
    """Pages are asked for by number."""

    type: Literal["page_number"]
    base_page: int = Field(0, description="number of the first page")
    page_param: str = Field("page", description="parameter that carries the number")
    total_path: JsonPath | None = Field(None, description="where the number of pages stands")
    has_more_path: JsonPath | None = Field(None, description="where it stands whether there is another page")
    maximum_page: int | None = Field(None, description="the last number that is asked for")
    stop_after_empty_page: bool = Field(default=True, description="an empty page is the last one")


class Offset(Part):
    """Pages are asked for by the number of records to leave out."""

    type: Literal["offset"]
    limit: int = Field(ge=1, description="records in one answer")
    offset_param: str = Field("offset", description="parameter that carries the offset")
    limit_param: str = Field("limit", description="parameter that carries the limit")
    total_path: JsonPath | None = Field("total", description="where the number of records stands; null for none")


class Cursor(Part):
    """An answer holds what the next question must carry."""

    type: Literal["cursor"]
    cursor_path: JsonPath = Field(description="where the cursor stands; absent or empty on the last page")
    cursor_param: str = Field("cursor", description="parameter that carries it")


class HeaderCursor(Part):
    """A header holds what the next question must carry."""

    type: Literal["header_cursor"]
    cursor_key: str = Field("next_page", description="name of the header")
    cursor_param: str = Field("cursor", description="parameter that carries it")


class JsonLink(Part):
    """An answer holds the address of the next one."""

    type: Literal["json_link"]
    next_url_path: JsonPath = Field("next", description="where the address stands")


class HeaderLink(Part):
    """The header Link names the next answer (RFC 8288)."""

    type: Literal["header_link"]
    links_next_key: str = Field("next", description="the relation that means: the next page")


Paginator = Annotated[SinglePage | PageNumber | Offset | Cursor | HeaderCursor | JsonLink | HeaderLink, Field(discriminator="type")]


class Incremental(Part):
    """Which days are asked for. Without it the service answers with what it has."""

    start_param: str | None = Field(None, description="parameter for the first day")
    end_param: str | None = Field(None, description="parameter for the last day")
    format: str = Field("%Y-%m-%d", description="how days are written (strftime)")
    end_inclusive: bool = Field(default=True, description="whether the service takes the last day as included")
    step: int | None = Field(None, ge=1, description="most days in one question")


class Response(Part):
    """What an answer of this kind means."""

    status_code: int | None = Field(None, description="status that it is about; any by default")
    content: str | None = Field(None, description="text that the body holds; any by default")
    action: Literal["ignore", "fail", "retry", "quota"] = Field(
        description="ignore: no records; fail: mend the access; retry: again later; quota: go on next time"
    )


class Endpoint(Part):
    """What is asked."""

    path: str = Field("", description="path below base_url; may hold {window.start}, {window.end} and {window.last}")
    method: Literal["GET", "POST"] = Field("GET", description="GET or POST")
    params: dict[str, str | int] = Field(default_factory=dict, description="parameters; may hold the same words")
    json_body: dict[str, object] | None = Field(None, alias="json", description="the body of a POST")
    data_selector: JsonPath = Field("$", description="where the records stand; a list or its items")
    paginator: Paginator = Field(SinglePage(), description="how the answers follow each other")
    incremental: Incremental | None = Field(None, description="how days are asked for")
    response_actions: tuple[Response, ...] = Field((), description="what certain answers mean")


class RestMetric(Part):
    """A number in a record. Without ``path`` each record counts 1."""

    path: JsonPath | None = Field(None, description="where the number stands in the record; without it each record counts as one")
    unit: str = Field(min_length=1, description="unit of the values")
    kind: MetricKind = Field("flow", description="flow adds up over days; reading is a level or counter; distinct adds up over nothing")
    description: str = Field("", description="what is counted")
    additive_over_entities: bool = Field(default=True, description="whether it adds up over entities")
    minimum: float | None = Field(0, description="least value that is believed; null for none")


class Mapping(Part):
    """From records to observations."""

    date: JsonPath | None = Field(None, description="where the day or instant of a record stands; null: the day on which it was asked, for levels")
    format: str = Field("iso", description="iso, unix_s, unix_ms, or a pattern of strptime")
    zone: ZoneName | None = Field(None, description="zone of instants without one; that of the source by default")
    period: Literal["day", "week", "month", "year"] = Field("day", description="what one record covers, from its date on")
    entity: JsonPath | None = Field(None, description="where the name stands that the numbers belong to")
    id: JsonPath | None = Field(None, description="where the record's own id stands, so that one that comes twice counts once")
    metrics: dict[str, RestMetric] = Field(min_length=1, description="the numbers, by name")
    where: dict[str, str] = Field(default_factory=dict, description="only records in which this path holds this text")
    covers: Literal["window", "answer"] = Field(
        "window", description="answer: only the days between the first and last record are spoken for (a trailing window)"
    )


class RestSettings(SourceSettings):
    """A JSON service."""

    type: Literal["rest"]
    client: Client = Field(description="where the service is and how one gets in")
    endpoint: Endpoint = Field(Endpoint(), description="what is asked")
    indicator: Mapping = Field(description="what in a record is which number")

    @model_validator(mode="after")
    def _snapshots_are_readings(self) -> Self:
        flows = [name for name, metric in self.indicator.metrics.items() if metric.kind == "flow"]
        if self.indicator.date is None and flows:
            raise ValueError(f"'{flows[0]}' is counted over days, so the records need a 'date'; a level is a reading")
        return self
