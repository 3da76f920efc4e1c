"""Authentication of a source. Secrets are references; their values go into the request and nowhere else."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sources.secrets import SecretRef
from warehouse.errors import ConfigError

_HEADER_TEXT = re.compile(r"[\x21-\x7e]+")


class BasicAuth(BaseModel):
    """User and password."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: Literal["basic"]
    user: str
    password: SecretRef


class BearerAuth(BaseModel):
    """A token in the header Authorization."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: Literal["bearer"]
    token: SecretRef


class ApiKeyAuth(BaseModel):
    """A key in a header or a query parameter called ``name``."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: Literal["api_key"]
    name: str = Field(pattern=r"^[A-Za-z0-9_.\-]+$")
    key: SecretRef
    location: Literal["header", "query"] = "header"


Auth = Annotated[BasicAuth | BearerAuth | ApiKeyAuth, Field(discriminator="type")]


@dataclass(frozen=True, slots=True)
class Credentials:
    """Headers and parameters that are sent to the request's own origin only."""

    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)


def resolve_credentials(
    auth: BasicAuth | BearerAuth | ApiKeyAuth, secret: Callable[[str], str], hide: Callable[[str], None]
) -> Credentials:
    """Headers or parameters for ``auth``. Raises ``ConfigError`` for a secret that no header can carry."""
    if isinstance(auth, BasicAuth):
        pair = f"{auth.user}:{secret(auth.password)}"
        hide(pair)
        return Credentials({"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"})
    reference = auth.token if isinstance(auth, BearerAuth) else auth.key
    value = secret(reference)
    if not _HEADER_TEXT.fullmatch(value):
        raise ConfigError(
            "the secret contains a blank, a line break or a character beyond ASCII",
            where=reference,
            do="set it again, without the characters that were pasted with it",
        )
    if isinstance(auth, BearerAuth):
        return Credentials({"Authorization": f"Bearer {value}"})
    return Credentials({auth.name: value}) if auth.location == "header" else Credentials(params={auth.name: value})
