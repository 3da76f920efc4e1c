"""Numbers of a GA4 property by day, and by page where the plan asks for it; users also by week and month.

A filter on pages is applied after Google's aggregation and does not look inside the row "(other)". Days are those of the
property. https://developers.google.com/analytics/devguides/reporting/data/v1/reporting-data-expectations
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, ClassVar, cast

import pandas as pd

from sources.contract import OBSERVATION_COLUMNS, About, Break, Metric, Parsed, Place, RawPage, SourceSettings, observation_frame, refused_frame
from sources.ga4.answers import TokenBudget, UnknownMetricError, cells, complaint, day_of, document, flags_of, origins, row_count
from sources.ga4.questions import body, questions
from sources.ga4.settings import KNOWN, Ga4Settings, declared
from sources.google.access import GoogleTokens
from sources.google.service import send, service
from sources.web.paging import PagerGuard
from sources.web.session import Session
from warehouse.errors import ConfigError, ShapeError
from warehouse.schema import DAY, Window

SCOPES = ("https://www.googleapis.com/auth/analytics.readonly",)
RESERVED = {"(other)": "incomplete", "(not set)": "incomplete", "(data not available)": "incomplete"}
ACCESS = "a service account, or a person's refresh token, with the role Viewer on the property"
EXAMPLE = {"property": "123456789", "auth": {"type": "service_account", "key": "${env:GA4_KEY}"}}
Refused = tuple[str | None, str | None, date | None, date | None, str, str, str, str]


class Ga4:
    """One property."""

    Settings: ClassVar[type[SourceSettings]] = Ga4Settings
    max_days: ClassVar[int | None] = 31
    delivers_everything: ClassVar[bool] = False
    keyed_by_entity: ClassVar[bool] = False
    about: ClassVar[About] = About(
        "Google Analytics 4", ACCESS, "about 3 requests of 10 tokens a run, of 200,000 tokens a day", EXAMPLE, ("incomplete", "sampled", "thresholded")
    )

    def __init__(self, name: str, settings: SourceSettings, place: Place) -> None:
        self.name, self.place = name, place
        self.settings = cast("Ga4Settings", settings)
        unknown = [metric for metric in self.settings.metrics if metric not in KNOWN and metric not in self.settings.own_metrics]
        if unknown:
            do = f"put it under own_metrics with its unit and kind, or take one of {', '.join(KNOWN)}"
            raise ConfigError(f"kmi does not know the metric '{unknown[0]}'", where=f"source '{name}'", do=do)

    def metrics(self) -> tuple[Metric, ...]:
        return declared(self.settings)

    def fetch(self, window: Window, now: datetime, session: Session) -> Iterator[RawPage]:
        """Every report to its last row; before them a page of status 400 for each metric that the API no longer knows."""
        tokens = GoogleTokens(self.settings.auth, SCOPES, session)
        reports = service("analyticsdata", "v1beta", self.settings.url).properties()
        key = f"ga4 property {self.settings.property} at {self.settings.url}"
        budget = session.budgets.of(key, lambda: TokenBudget(self.settings.quota_reserve))
        sequence, gone = 0, dict[str, UnknownMetricError]()
        for planned in questions(self.settings, window):
            question = planned
            for metric in gone:
                question = question.without(metric)
            offset, guard = 0, PagerGuard(self.settings.url)
            while question.metrics:
                asked = body(self.settings, question, offset)
                request = reports.runReport(property=f"properties/{self.settings.property}", body=asked)
                try:
                    response = send(session, request, tokens.headers(), complaint=complaint, budget=budget, lasting=True)
                except UnknownMetricError as error:
                    if error.metric not in question.metrics:
                        raise
                    gone[error.metric], question = error, question.without(error.metric)
                    yield RawPage(self.name, window, sequence, session.redact(request.uri), 400, now, error.body, request=json.dumps({"gone": error.metric}))
                    sequence += 1
                    continue
                about = {"offset": offset, "spans": [str(span) for span in question.spans], "suffix": question.suffix}
                yield RawPage(self.name, window, sequence, response.url, response.status_code, now, response.content, request=json.dumps(about))
                sequence, offset = sequence + 1, offset + self.settings.page_size
                if offset >= (row_count(response.content) or 0):
                    break
                guard.next(str(offset))
        if len(gone) == len(set(self.settings.metrics)):
            raise next(iter(gone.values()))

    def parse(self, pages: Sequence[RawPage]) -> Parsed:
        """One row a metric, day (or week or month) and page. Says everything about its window."""
        frames: list[pd.DataFrame] = []
        refused: list[Refused] = []
        notes, breaks = dict[str, None](), dict[Break, None]()
        for page in sorted(pages, key=lambda page: page.sequence):
            about = json.loads(page.request or "{}")
            if "gone" in about:
                self._gone(about["gone"], page, notes, breaks)
            else:
                frames += self._report(page, about, refused, notes)
        observations = pd.concat(frames, ignore_index=True) if frames else observation_frame([])
        windows = {page.window for page in pages}
        only = windows.pop() if len(windows) == 1 else None
        return Parsed(observations, refused_frame(refused), (only,) if only else (), only, tuple(notes), tuple(breaks))

    def _gone(self, metric: str, page: RawPage, notes: dict[str, None], breaks: dict[Break, None]) -> None:
        try:
            message = json.loads(page.body)["error"]["message"]
        except (ValueError, KeyError, TypeError):
            raise ShapeError("the answer about a metric is no error of the Data API", where=page.url, do="run again") from None
        notes[f"the metric '{metric}' is not known to the Data API any more and was left out: {str(message)[:150]}"] = None
        breaks[Break(metric, page.window.start, "retired", "the Data API does not know the metric any more")] = None

    def _report(self, page: RawPage, about: dict[str, Any], refused: list[Refused], notes: dict[str, None]) -> list[pd.DataFrame]:
        report = document(page)
        self._same_zone(report, page)
        self._tell(report, notes)
        columns = cells(report, page)
        count = len(report.get("rows") or [])
        if not count:
            return []
        spans = [Window(*(date.fromisoformat(day) for day in text.split(".."))) for text in about.get("spans", ())]
        starts, ends = self._spans(columns, spans, count)
        pages = columns.get("pagePath", [""] * count)
        reserved = [name for name in RESERVED if name in pages]
        for name in reserved:
            notes[f"Google put some pages together as '{name}': it stands as a page of its own, and a filter on pages does not look inside"] = None
        flags = flags_of(report)
        base = pd.DataFrame({"entity": pages, "start": starts, "end": ends, "origin": origins(page, int(about.get("offset", 0)), count)})
        base["flags"] = pd.Series([flags] * count, dtype=object)
        if reserved:
            base["flags"] = [tuple(sorted({*flags, "incomplete"})) if name in RESERVED else flags for name in pages]
        found = []
        for name in [column for column in columns if column.startswith("metric ")]:
            metric = name.removeprefix("metric ") + about.get("suffix", "")
            found.append(_figures(base, columns[name], metric, refused))
        return found

    def _spans(self, columns: dict[str, list[str]], spans: list[Window], count: int) -> tuple[pd.Series, pd.Series]:
        """First day and the day after the last one of each row; NaT for a day that is none."""
        if not spans:
            keys = columns.get("date", [""] * count)
            known = {text: (day, day + DAY) if (day := day_of(text)) else (None, None) for text in set(keys)}
        else:
            keys = columns.get("dateRange", [str(spans[0]).replace("..", "_")] * count)
            known = {str(span).replace("..", "_"): (span.start, span.end) for span in spans}
        both = [pd.Series(keys).map({text: pair[at] for text, pair in known.items()}).astype("datetime64[us]") for at in (0, 1)]
        return both[0], both[1]

    def _same_zone(self, report: Any, page: RawPage) -> None:
        zone = (report.get("metadata") or {}).get("timeZone")
        if zone and zone != self.place.zone.key:
            do = f"write 'time_zone: {zone}' for this source"
            raise ConfigError(f"the property divides its days in {zone}, the plan in {self.place.zone.key}", where=page.url, do=do)

    def _tell(self, report: Any, notes: dict[str, None]) -> None:
        metadata = report.get("metadata") or {}
        if metadata.get("emptyReason"):
            notes[f"Google gives a report without rows: {metadata['emptyReason']}"] = None
        for entry in (metadata.get("schemaRestrictionResponse") or {}).get("activeMetricRestrictions", ()):
            notes[f"the account may not see the metric '{entry.get('metricName')}'"] = None
        for entry in metadata.get("dataTruncationReasons", ()):
            notes[f"Google cut the data: {entry.get('dataTruncationMessage') or entry.get('dataTruncationType')}"] = None
        for flag in flags_of(report):
            notes[f"Google says that the numbers are {flag}; each carries the flag"] = None


def _figures(base: pd.DataFrame, texts: list[str], metric: str, refused: list[Refused]) -> pd.DataFrame:
    """The rows of one metric; what has no day or no number is refused."""
    values = pd.to_numeric(pd.Series(texts, dtype="str"), errors="coerce").astype("float64")
    frame = base.assign(metric=metric, value=values)[OBSERVATION_COLUMNS]
    bad = values.isna() | ~values.abs().lt(float("inf")) | base["start"].isna()
    for at in bad.index[bad]:
        day = base["start"].iloc[at]
        start = None if pd.isna(day) else day.date()
        reason = f"'{texts[at][:80]}' is no number" if start else "the row has no day"
        action = "look at the day in the reports of the property; ask again for a shorter window"
        refused.append((metric, base["entity"].iloc[at], start, start and start + DAY, str(texts[at]), reason, base["origin"].iloc[at], action))
    return frame[~bad].astype({"metric": "str", "entity": "str", "origin": "str", "start": "datetime64[us]", "end": "datetime64[us]"})
