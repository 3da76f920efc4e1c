"""The owner's daily reports: https://developers.google.com/youtube/analytics/reference/reports/query"""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import requests

from sources.contract import Break, Parsed, RawPage
from sources.google.access import GoogleTokens
from sources.google.errors import api_complaint, said
from sources.google.service import send, service
from sources.observed import Figure, Observed, json_of
from sources.web.session import Session
from sources.youtube.public import Told
from sources.youtube.settings import YouTubeSettings
from warehouse.errors import KmiError, RefusedError, ShapeError
from warehouse.schema import DAY, Window

SCOPES = ("https://www.googleapis.com/auth/yt-analytics.readonly",)
_UNKNOWN = re.compile(r"[Uu]nknown identifier \((\w+)\)|metrics?[^(]*\((\w+)\)")


class NotSupportedError(RefusedError):
    """A report that the API does not make; ``body`` is its answer."""

    def __init__(self, message: str, body: bytes, where: str) -> None:
        super().__init__(f"answered 400 ({message})", where=where, do="take the metric out of 'metrics'")
        self.message, self.body = message, body


def complaint(response: requests.Response) -> KmiError | None:
    """As any Google interface; a report that is not made, and an account without a channel."""
    status, message, _ = said(response)
    if response.status_code == 400 and (status == "INVALID_ARGUMENT" or "not supported" in message or "nknown identifier" in message):
        return NotSupportedError(message, response.content, response.url)
    if "NoLinkedYouTubeAccount" in response.text[:2000]:
        return RefusedError("the account has no YouTube channel", where=response.url, do="consent as the owner of the channel; a service account cannot")
    return api_complaint(response)


def owner_pages(settings: YouTubeSettings, window: Window, session: Session) -> Iterator[Told]:
    """One report for the channel and one for each listed video; before them a page of status 400 for each metric that is not made."""
    if settings.auth is None:
        raise ValueError("the settings' own check asks for auth in mode owner")
    tokens = GoogleTokens(settings.auth, SCOPES, session)
    reports = service("youtubeAnalytics", "v2", settings.reports_url).reports()
    metrics = list(dict.fromkeys(settings.metrics))
    for video in ("", *settings.videos):
        while metrics:
            chosen = {"filters": f"video=={video}"} if video else {}
            last = str(window.end - timedelta(days=1))
            request = reports.query(
                ids="channel==MINE", startDate=str(window.start), endDate=last, metrics=",".join(metrics), dimensions="day", sort="day", **chosen
            )
            try:
                response = send(session, request, tokens.headers(), complaint=complaint, lasting=True)
            except NotSupportedError as error:
                gone = _blamed(error.message, metrics)
                if gone is None:
                    raise
                metrics.remove(gone)
                if not metrics:
                    raise
                yield Told(session.redact(request.uri), 400, error.body, json.dumps({"gone": gone}))
                continue
            yield Told(response.url, response.status_code, response.content, json.dumps({"video": video}))
            break


def _blamed(message: str, metrics: Sequence[str]) -> str | None:
    """The metric that the message is about; None where it names none."""
    found = _UNKNOWN.search(message)
    named = [name for name in (found.groups() if found else ()) if name in metrics]
    return named[0] if named else next((name for name in metrics if re.search(rf"\b{name}\b", message)), None)


def parse_owner(pages: Sequence[RawPage]) -> Parsed:
    """Daily figures. The newest days are not there yet: they are neither counted nor collected, and come with a later run."""
    observed, last = Observed(), None
    for page in pages:
        about = json.loads(page.request or "{}")
        if "gone" in about:
            json_of(page)
            observed.note(f"YouTube makes no report of the metric '{about['gone']}' any more; it was left out")
            observed.broke(Break(about["gone"], page.window.start, "retired", "YouTube's reports do not know the metric any more"))
            continue
        document = json_of(page)
        headers = [str(header.get("name")) for header in document.get("columnHeaders") or []] if isinstance(document, dict) else []
        if "day" not in headers:
            raise ShapeError("the report has no column 'day'", where=page.url, do="run again; if it stays so, the interface has changed")
        for number, row in enumerate(document.get("rows") or [], 1):
            day = _row(dict(zip(headers, row, strict=False)), page, about.get("video", ""), number, observed)
            last = max(last or day, day) if day else last
    if not pages:
        return observed.parsed()
    window = pages[0].window
    if last is None:
        observed.note("the report holds no day: nobody watched, or the days are not there yet")
        return observed.parsed(replaces=window)
    covered = Window(window.start, min(last + DAY, window.end)) if last >= window.start else None
    return observed.parsed(covered=[covered] if covered else [], replaces=window)


def _row(cells: dict[str, object], page: RawPage, video: str, number: int, observed: Observed) -> date | None:
    origin = f"{page.url} row {number}"
    try:
        day = date.fromisoformat(str(cells.pop("day")))
    except ValueError:
        observed.refuse(json.dumps(cells), "the row has no day", origin)
        return None
    for name, raw in cells.items():
        observed.add(Figure(name, day, raw, origin, video))
    return day
