"""Hourly visitor counts from SenSource Vea: https://vea.sensourceinc.com/api-docs/

A client has one valid token: a new one invalidates the one before. So each pull requests a token, and a second one if
the API refuses the first midway. Times are UTC; hours are added up to local days, so a day may have 23 or 25 hours.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal, cast

import requests
from pydantic import Field

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.hourly_counts import PLAUSIBLE_YEARS, HourlyCounts, IntervalCount
from sources.json_values import as_text
from sources.observations import ObservationBuilder, parse_number, parse_page_json
from sources.secrets import SecretRef
from sources.web.bearer_token import bearer_header
from sources.web.session import Session
from warehouse.errors import KmiError, RefusedError, ShapeError
from warehouse.schema import DAY, Window

HOUR = timedelta(hours=1)
EXAMPLE = {"client_id": "1a2b3c", "client_secret": "${env:VEA_SECRET}"}
_RENAME = "give each its own name in Vea"
_RENEW = (
    "create a new client under 'API' in Vea and set its id and secret; "
    "another program that uses the same client invalidates its token"
)


class VeaSettings(SourceSettings):
    """A Vea account, and which of its counts are collected."""

    type: Literal["vea"]
    client_id: str = Field(min_length=1, description="id of the API client")
    client_secret: SecretRef
    entity: Literal["zone", "sensor"] = Field("zone", description="whose counts are read")
    directions: Literal["in", "out", "both_halved"] = Field(
        "in", description="what counts as a visit; both_halved adds in and out and halves them"
    )
    exclude_closed_hours: bool = Field(
        default=True, description="leave out the hours that Vea's own calendar calls closed: cleaners and staff"
    )
    url: str = Field("https://vea.sensourceinc.com", description="address of the interface")
    auth_url: str = Field("https://auth.sensourceinc.com/oauth/token", description="address that gives the token")
    restated_days: int = Field(
        7, ge=0, description="trailing days that the provider still revises; each run reads them again"
    )


class Vea:
    """Visits by zone or sensor and local day."""

    Settings: ClassVar[type[SourceSettings]] = VeaSettings
    max_days: ClassVar[int | None] = 30
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "SenSource Vea",
        "an API client (id and secret), made in Vea under 'API'",
        "2 requests for each 30 days",
        EXAMPLE,
        ("halved", "incomplete"),
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("VeaSettings", settings)

    def metrics(self) -> tuple[Metric, ...]:
        return (
            Metric(
                "visits",
                "visits",
                "flow",
                f"people counted {self.settings.directions.replace('_', ', ')} by the sensors",
            ),
        )

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """One page: every hour of the window and of a day before and after, because its days are local."""
        params = {
            "relativeDate": "custom",
            "startDate": str(window.start - DAY),
            "endDate": str(window.end),
            "dateGroupings": "hour",
            "entityType": self.settings.entity,
            "metrics": "ins,outs",
            "excludeClosedHours": str(self.settings.exclude_closed_hours).lower(),
        }
        url, token = f"{self.settings.url.rstrip('/')}/api/data/traffic", self._token(session)
        try:
            response = session.get(
                url, params=params, headers=token, error_from_response=error_from_response, lasting=True
            )
        except InvalidTokenError:
            token = self._token(session)
            response = session.get(
                url, params=params, headers=token, error_from_response=error_from_response, lasting=True
            )
        yield RawPage(self.name, window, 0, response.url, response.status_code, now, response.content)

    def _token(self, session: Session) -> dict[str, str]:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.settings.client_id,
            "client_secret": session.secret(self.settings.client_secret),
        }
        response = session.post(
            self.settings.auth_url, json=form, error_from_response=error_from_token_response, holds_token=True
        )
        return bearer_header(response, session, "check auth_url in the plan")

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Visits of each entity by local day. Replaces its whole window."""
        halved = self.settings.directions == "both_halved"
        observed, counts = ObservationBuilder(), HourlyCounts(self.place, halved=halved)
        for page in sorted(pages, key=lambda page: page.sequence):
            document = parse_page_json(page)
            results = document.get("results") if isinstance(document, dict) else None
            if not isinstance(results, list):
                do = "check the address in the plan"
                raise ShapeError("the response has no list 'results'", where=page.url, do=do)
            messages = document.get("messages") or []
            for message in messages if isinstance(messages, list) else [messages]:
                observed.note(f"Vea says: {as_text(message)[:200]}")
            for at, row in enumerate(results, 1):
                origin = f"{page.url} result {at}"
                observed.read(row, origin, self._count, origin, observed, counts)
        window = pages[0].window
        for figure in counts.days("visits", window):
            observed.add(figure)
        return observed.parsed(covered=[window], replaces=window)

    def _count(self, row: Any, origin: str, observed: ObservationBuilder, counts: HourlyCounts) -> None:
        parts = {"in": ("sumins",), "out": ("sumouts",), "both_halved": ("sumins", "sumouts")}[self.settings.directions]
        record = row if isinstance(row, dict) else {}
        identity = record.get("zoneId") or record.get("sensorId") or record.get("entityId")
        entity, start = record.get("name") or identity, _instant(record.get("recordDate_hour_1"))
        if not entity or start is None:
            observed.refuse(as_text(row), "the record has no time or no name", origin)
            return
        other = counts.other(str(entity), identity)
        if other is not None:
            why = f"two {self.settings.entity}s have the name {entity}: {other} and {identity}"
            observed.refuse(as_text(row), why, origin, _RENAME)
            return
        numbers = [parse_number(row.get(part)) for part in parts]
        if any(number is None for number in numbers):
            observed.refuse(as_text(row), f"the record of {start:%Y-%m-%d %H:%M} has no count", origin)
            counts.mark_unreadable(str(entity), start)
            return
        counts.add(str(entity), IntervalCount(start, start + HOUR, sum(number or 0 for number in numbers), origin))


class InvalidTokenError(RefusedError):
    """Vea no longer accepts the access token."""


def error_from_response(response: requests.Response) -> KmiError | None:
    if response.status_code == 401:
        return InvalidTokenError("Vea does not accept the access token", where=response.url, do=_RENEW)
    return None


def error_from_token_response(response: requests.Response) -> KmiError | None:
    if response.status_code in {400, 401, 403}:
        return RefusedError("Vea gave no access token for this client id and secret", where=response.url, do=_RENEW)
    return None


def _instant(text: object) -> datetime | None:
    """An instant, in UTC if it has no offset; None also for placeholder years such as 1900 or 9999."""
    try:
        found = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)) if found.year in PLAUSIBLE_YEARS else None
    except ValueError:
        return None
