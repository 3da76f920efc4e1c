"""The three ways to authenticate with Google: a service account, a refresh token, the machine's own credentials."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import google.auth
from google.auth import exceptions, transport
from google.auth.credentials import Credentials
from google.oauth2 import credentials, service_account
from pydantic import BaseModel, ConfigDict, Field

from sources.google.errors import error_from_token_response
from sources.secrets import SecretRef
from sources.web.session import Session
from warehouse.errors import ConfigError, RefusedError

TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address


class ServiceAccountAccess(BaseModel):
    """A service account. The resource must be shared with its e-mail address."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: Literal["service_account"]
    key: SecretRef = Field(description="the whole text of the account's JSON key")


class RefreshTokenAccess(BaseModel):
    """A person's consent, stored as a refresh token."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: Literal["refresh_token"]
    client_id: str = Field(min_length=1, description="id of the OAuth client")
    client_secret: SecretRef
    refresh_token: SecretRef
    token_url: str = Field(TOKEN_URL, description="address that changes the refresh token into an access token")


class ApplicationDefaultAccess(BaseModel):
    """The machine's own credentials: ``gcloud auth application-default login``, or its metadata server."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    type: Literal["application_default"]


GoogleAccess = Annotated[
    ServiceAccountAccess | RefreshTokenAccess | ApplicationDefaultAccess, Field(discriminator="type")
]


class GoogleTokens:
    """Access tokens for one source; each is requested once and redacted from all output."""

    def __init__(
        self,
        access: ServiceAccountAccess | RefreshTokenAccess | ApplicationDefaultAccess,
        scopes: tuple[str, ...],
        session: Session,
    ) -> None:
        self._access, self._scopes, self._session = access, list(scopes), session
        self._credentials: Credentials | None = None

    def headers(self) -> dict[str, str]:
        """The Authorization header. Raises ``ConfigError`` and ``RefusedError``."""
        if self._credentials is None:
            self._credentials = self._build_credentials()
        if not self._credentials.valid:
            self._refresh(self._credentials)
        return {"Authorization": f"Bearer {self._credentials.token}"}

    def _refresh(self, expired: Credentials) -> None:
        try:
            expired.refresh(_Transport(self._session))  # type: ignore[no-untyped-call]
        except exceptions.GoogleAuthError as error:
            why = self._session.redact(str(error.args[0] if error.args else type(error).__name__))
            what, do = f"Google gave no access token ({why})", "renew the access: see docs/providers.md"
            raise RefusedError(what, where=self._where, do=do) from None
        self._session.hide(str(expired.token))

    @property
    def _where(self) -> str:
        return {"service_account": "the service account", "refresh_token": "the refresh token"}.get(
            self._access.type, "the application default credentials"
        )

    def _build_credentials(self) -> Credentials:
        if isinstance(self._access, RefreshTokenAccess):
            return self._from_refresh_token(self._access)
        if isinstance(self._access, ServiceAccountAccess):
            return self._from_service_account(self._access)
        try:
            found: Credentials = google.auth.default(scopes=self._scopes, request=_Transport(self._session))[0]
        except exceptions.GoogleAuthError:
            do = "run 'gcloud auth application-default login' as the user that runs kmi, or use a service account"
            raise ConfigError("this machine has no application default credentials", where="auth", do=do) from None
        return found

    def _from_refresh_token(self, access: RefreshTokenAccess) -> Credentials:
        made: Credentials = credentials.Credentials(  # type: ignore[no-untyped-call]
            None,
            refresh_token=self._session.secret(access.refresh_token),
            token_uri=access.token_url,
            client_id=access.client_id,
            client_secret=self._session.secret(access.client_secret),
            scopes=self._scopes,
        )
        return made

    def _from_service_account(self, access: ServiceAccountAccess) -> Credentials:
        text = self._session.secret(access.key)
        try:
            info = json.loads(text)
            for value in (info["private_key"], info.get("private_key_id")):
                self._session.hide(str(value or ""))
            made: Credentials = service_account.Credentials.from_service_account_info(info, scopes=self._scopes)  # type: ignore[no-untyped-call]
        except (ValueError, KeyError, TypeError, exceptions.GoogleAuthError):
            do = "set it to the full text of the JSON key file from the Google Cloud console"
            raise ConfigError("this is not the key of a service account", where=access.key, do=do) from None
        return made


@dataclass(frozen=True)
class _GoogleAuthResponse:
    """A response in the form that google-auth reads."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class _Transport(transport.Request):
    """Sends google-auth's requests through our session: one retry layer, no secret in an error."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: object = None,  # noqa: ARG002 - the signature is google-auth's
        **_: object,
    ) -> _GoogleAuthResponse:
        data = body.encode() if isinstance(body, str) else body
        if method == "GET":
            response = self._session.get(url, headers=headers, holds_token=True)
        else:
            response = self._session.post(
                url,
                data=data,
                headers=headers,
                error_from_response=error_from_token_response,
                holds_token=True,
            )
        return _GoogleAuthResponse(response.status_code, response.headers, response.content)
