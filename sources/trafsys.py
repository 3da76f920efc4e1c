"""Hourly visitor counts from the TRAF-SYS portal.

``PeriodEnding`` is the end of the hour, in the site's local time, so the entry of midnight belongs to the day before:
https://github.com/ulsdevteam/trafsys-data-transfer and https://github.com/uoregon-libraries/gatecount-api .
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal, cast
from urllib.parse import parse_qs, urlsplit

import requests
from pydantic import Field

from sources.contract import About, Metric, ParseResult, Place, RawPage, SourceSettings
from sources.hourly_counts import PLAUSIBLE_YEARS, HourlyCounts, IntervalCount
from sources.json_values import as_text
from sources.observations import ObservationBuilder, parse_number, parse_page_json
from sources.secrets import SecretRef
from sources.web.bearer_token import bearer_header
from sources.web.session import Session
from warehouse.errors import KmiError, RefusedError, RetryableError, ShapeError
from warehouse.schema import Window

HOUR = timedelta(hours=1)
EXAMPLE = {"user": "library@example.org", "password": "${env:TRAFSYS_PASSWORD}"}
_RENEW = "sign in to the portal with this user and password; set the new password if it has changed or expired"


class TrafsysSettings(SourceSettings):
    """An account of the portal, and the sites to collect."""

    type: Literal["trafsys"]
    user: str = Field(min_length=1, description="user of the portal")
    password: SecretRef
    sites: tuple[str, ...] = Field((), description="codes of the sites; all that the user may see by default")
    include_internal: bool = Field(default=False, description="count doors inside the building too")
    directions: Literal["in", "out", "both_halved"] = Field(
        "in", description="what counts as a visit; both_halved adds in and out and halves them"
    )
    url: str = Field("https://portal.trafnet.com", description="address of the portal")
    restated_days: int = Field(
        7, ge=0, description="trailing days that the provider still revises; each run reads them again"
    )


class Trafsys:
    """Visits by location and local day."""

    Settings: ClassVar[type[SourceSettings]] = TrafsysSettings
    max_days: ClassVar[int | None] = 31
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "TRAF-SYS portal",
        "user and password of the portal",
        "1 request for the token and 1 for each site and 31 days",
        EXAMPLE,
        ("halved", "incomplete"),
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("TrafsysSettings", settings)

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
        """One page per site. The last hour of the last day ends on the day after, so that day is requested too."""
        token = self._token(session)
        url = f"{self.settings.url.rstrip('/')}/rest/api/traffic"
        for sequence, site in enumerate(self.settings.sites or ("",)):
            params = {
                "SiteCode": site,
                "IncludeInternalLocations": str(self.settings.include_internal).lower(),
                "DataSummedByDay": "false",
                "DateFrom": str(window.start),
                "DateTo": str(window.end),
            }
            response = session.get(
                url, params=params, headers=token, error_from_response=error_from_response, lasting=True
            )
            yield RawPage(self.name, window, sequence, response.url, response.status_code, now, response.content)

    def _token(self, session: Session) -> dict[str, str]:
        form = {
            "grant_type": "password",
            "username": self.settings.user,
            "password": session.secret(self.settings.password),
        }
        response = session.post(
            f"{self.settings.url.rstrip('/')}/rest/token",
            data=form,
            error_from_response=error_from_token_response,
            holds_token=True,
        )
        return bearer_header(response, session, "check the address of the portal in the plan")

    def parse(self, pages: Sequence[RawPage]) -> ParseResult:
        """Visits of each location by local day. Replaces its whole window."""
        observed, counts = (
            ObservationBuilder(),
            HourlyCounts(self.place, halved=self.settings.directions == "both_halved"),
        )
        for page in sorted(pages, key=lambda page: page.sequence):
            rows = parse_page_json(page)
            if not isinstance(rows, list):
                do = "check the address of the portal in the plan"
                raise ShapeError("the response is not a list of counts", where=page.url, do=do)
            site = parse_qs(urlsplit(page.url).query).get("SiteCode")
            if not rows and site:
                observed.note(
                    f"the portal has no counts of the site '{site[-1]}' from {page.window.start} on: "
                    "check its code under 'sites'"
                )
            for at, row in enumerate(rows, 1):
                origin = f"{page.url} item {at}"
                observed.read(row, origin, self._count, origin, observed, counts)
        window = pages[0].window
        for figure in counts.days("visits", window):
            observed.add(figure)
        return observed.parsed(covered=[window], replaces=window)

    def _count(self, row: Any, origin: str, observed: ObservationBuilder, counts: HourlyCounts) -> None:
        if not isinstance(row, dict) or not row.get("Location"):
            observed.refuse(as_text(row), "the item has no location", origin)
            return
        if row.get("IsInternal") and not self.settings.include_internal:
            return
        site = row.get("SiteCode")
        other = counts.other(str(row["Location"]), site)
        if other is not None:
            what = f"the location {row['Location']} is in two sites, {other} and {site}"
            observed.refuse(as_text(row), what, origin, "make each site its own source in the plan")
            return
        end = self._ending(row.get("PeriodEnding"), str(row["Location"]), counts)
        parts = {"in": ("Ins",), "out": ("Outs",), "both_halved": ("Ins", "Outs")}[self.settings.directions]
        numbers = [parse_number(row.get(part)) for part in parts]
        if end is None or any(number is None for number in numbers):
            what = "no readable time" if end is None else "no count"
            observed.refuse(as_text(row), f"the item of {row['Location']} has {what}", origin)
            if end is not None:
                counts.mark_unreadable(str(row["Location"]), end - HOUR)
            return
        counts.add(str(row["Location"]), IntervalCount(end - HOUR, end, sum(number or 0 for number in numbers), origin))

    def _ending(self, text: object, location: str, counts: HourlyCounts) -> datetime | None:
        """The end of the hour as an instant; when the clocks go back, the second of two equal times is the later."""
        try:
            found = datetime.fromisoformat(str(text))
        except ValueError:
            return None
        if found.year not in PLAUSIBLE_YEARS:
            return None
        if found.tzinfo:
            return found.astimezone(UTC)
        earlier, later = (found.replace(tzinfo=self.place.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        return later if later > earlier and counts.holds(location, earlier - HOUR) else earlier


def error_from_response(response: requests.Response) -> KmiError | None:
    """The error that a response reports; a quota may be exceeded with any status, and one second is enough then."""
    if b"quota exceeded" in response.content[:500].lower():
        return RetryableError(
            f"answered {response.status_code}: the portal asks for fewer calls", where=response.url, retry_after_s=1
        )
    if response.status_code == 401:
        return RefusedError("the portal does not accept the token", where=response.url, do=_RENEW)
    return None


def error_from_token_response(response: requests.Response) -> KmiError | None:
    if response.status_code in {400, 401}:
        return RefusedError("the portal does not accept this user and password", where=response.url, do=_RENEW)
    return None
