"""Settings of a JSON service's address, access and limits."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sources.secrets import REFERENCE, SecretRef, detect_secret


class Part(BaseModel):
    """A group of settings; unknown keys are refused."""

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
    """The service's limit: ``calls`` in ``per_s`` seconds, or as its own headers say."""

    calls: int | None = Field(None, ge=1, description="maximum number of requests in per_s seconds")
    per_s: float = Field(60, gt=0, description="seconds to which calls refers")
    remaining: str | None = Field(
        None, description="header with the number of requests left, such as X-RateLimit-Remaining"
    )
    reset: str | None = Field(None, description="header with the time of their renewal, such as X-RateLimit-Reset")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.remaining is None) != (self.reset is None) or (self.calls is None) == (self.remaining is None):
            raise ValueError("a limit is either 'calls' and 'per_s', or the headers 'remaining' and 'reset'")
        return self


class Client(Part):
    """The address of the service, and the access to it."""

    base_url: str = Field(description="address to which every path is appended")
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
