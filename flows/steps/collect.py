"""One source, one window: fetch, land, parse, check, commit; or refuse, and leave what stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import uuid4

import pandas as pd

from flows.steps.context import Context
from plan.model import fingerprint
from sources.contract import ParseResult, RawPage, Source
from sources.web.saved_responses import SavedResponse
from sources.web.session import Session
from warehouse.breaks import record_breaks
from warehouse.check_results import CheckResult
from warehouse.checks import CheckedRows, MetricDeclaration, check
from warehouse.diff import Replacement
from warehouse.errors import ConfigError, KmiError, PullRefusedError, QuotaError, RetryableError
from warehouse.kept_responses import delete_responses, keep_responses, read_responses
from warehouse.landing import land
from warehouse.memory import release_memory
from warehouse.pulls import (
    Outcome,
    Pull,
    PullRecord,
    commit,
    committed_windows,
    pull_history,
    record_failure,
    unfinished_windows,
    validators,
    was_read_since,
)
from warehouse.refusals import PullScope, record_refusals, released_ids, with_refused_ids
from warehouse.schema import OBSERVATIONS, Window

EARLIEST = date(1900, 1, 1)
FIRST_READ = timedelta(days=365)
"""How far back a source without ``since`` is first read, where it is asked in pieces."""
KEPT_FOR = timedelta(days=7)
"""How long the answers of a pull that stopped midway may be used by the next one."""


@dataclass(frozen=True, slots=True)
class PullResult:
    """What came of one pull."""

    source: str
    window: Window
    outcome: Outcome
    refused: int
    notes: tuple[str, ...]
    paused: str = ""

    def __str__(self) -> str:
        if self.paused:
            return f"{self.source}: PAUSED at {self.window}: {self.paused}"
        o = self.outcome
        news = (
            ", ".join(
                f"{count} {word}"
                for count, word in ((o.added, "new"), (o.altered, "changed"), (o.dropped, "gone"))
                if count
            )
            or "nothing new"
        )
        refused = f"; {self.refused} refused, see 'kmi refused'" if self.refused else ""
        return f"{self.source}: {o.rows} observation{'s' * (o.rows != 1)}, {news}{refused}"


def windows_to_pull(context: Context, name: str, asked: Window | None) -> list[Window]:
    """The windows to pull, each no longer than the source takes in one call. They end before today in the source's zone.

    Both ends given: just those days, whatever was pulled before. Otherwise from the end of what was asked for without a gap
    since the first day, less what the provider still revises; from the first day for a source that always delivers
    everything; then the days on which an earlier pull stopped before the provider's limit. None for days before ``since``.
    Raises ``ConfigError`` for days that are still to come.
    """
    source, settings = context.loaded.sources[name], context.loaded.plan.sources[name]
    today = context.clock().astimezone(source.place.zone).date()
    yesterday = today - timedelta(days=1)
    far = today - FIRST_READ if source.max_days and not asked else EARLIEST
    earliest = min(settings.since or far, yesterday)
    if asked and asked.start >= today:
        raise ConfigError(f"of {asked} no day is over yet", where=name, do=f"ask for days up to {yesterday}")
    if asked:
        window = asked.overlap(Window(earliest, today))
        due = [window] if window else []
    else:
        pulls = pull_history(context.tables, name)
        newest = Window(min(_due(context, name, earliest, pulls), yesterday), today)
        due = [newest, *(left for waiting in unfinished_windows(pulls) for left in waiting.without(newest))]
    return [part for window in due for part in (window.split(source.max_days) if source.max_days else [window])]


def _due(context: Context, name: str, earliest: date, pulls: Sequence[PullRecord]) -> date:
    """The first day that a run without a window asks for."""
    source, settings = context.loaded.sources[name], context.loaded.plan.sources[name]
    known = () if source.delivers_everything else committed_windows(pulls)
    until = next((window.end for window in known if window.start <= earliest < window.end), None)
    if until is None:
        return earliest
    now = context.clock().astimezone(source.place.zone)
    deep = now.date() - timedelta(days=settings.deep_days)
    reads_deep = settings.deep_days and not was_read_since(
        pulls, max(deep, earliest), now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    )
    return max(min(until - timedelta(days=settings.restated_days), deep if reads_deep else date.max), earliest)


def new_pull(context: Context, name: str, window: Window) -> Pull:
    """A pull that begins now."""
    now = context.clock()
    return Pull(
        f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}", name, now, window, fingerprint(context.loaded.plan.sources[name])
    )


def collect(context: Context, name: str, window: Window) -> PullResult:
    """Pull ``window`` of the source ``name``. Raises ``KmiError``; then the old data stand.

    A pull that stops before the provider's limit raises nothing: ``Collected.paused`` says why, and nothing was committed.
    """
    source, pull = context.loaded.sources[name], new_pull(context, name, window)
    try:
        pages = _fetched_pages(context, source, pull)
    except QuotaError as error:
        return PullResult(name, window, Outcome(), 0, (), str(error))
    with context.table_lock:
        return _committed(context, source, pull, pages)


def _fetched_pages(context: Context, source: Source, pull: Pull) -> list[RawPage]:
    """All pages of the pull. Where it stops midway for a fault that passes, its lasting answers are kept for the next one."""
    keeps = context.loaded.plan.sources[source.name].keep_raw
    with context.table_lock:
        known = (
            read_responses(context.root, source.name, pull.settings_hash, pull.started_at - KEPT_FOR) if keeps else []
        )
        asked_before = validators(context.tables, source.name, pull.settings_hash)
    saved = {response["key"]: SavedResponse(**response) for response in known}
    session = Session(
        context.resolve,
        {"validators": asked_before, "saved_responses": saved, "budgets": context.budgets, "at": pull.started_at},
        **context.retry_policy,
    )
    try:
        pages = list(source.fetch(pull.window, pull.started_at, session))
    except RetryableError:
        with context.table_lock:
            if keeps:
                keep_responses(context.root, source.name, pull.settings_hash, session.lasting.values())
        raise
    except KmiError:  # an answer among them may be what is wrong
        delete_responses(context.root, source.name)
        raise
    if known:
        delete_responses(context.root, source.name)
    came = {id(answer.body): answer.at for answer in session.lasting.values()}
    return [replace(page, fetched_at=came.get(id(page.body), page.fetched_at)) for page in pages]


def _committed(context: Context, source: Source, pull: Pull, pages: list[RawPage]) -> PullResult:
    if context.loaded.plan.sources[source.name].keep_raw:
        land(context.root, pull.pull_id, pages)
    parsed, at = source.parse(pages), _fetched(pages, pull.started_at)
    remembered = tuple((p.url, p.etag, p.last_modified) for p in pages if p.etag or p.last_modified)
    pages.clear()  # they are landed and read: the longest part begins
    checked, refused = _checked(context, source, pull, parsed)
    pull = replace(pull, refused=len(refused), checks=_results(parsed, checked))
    _guard(context, pull, refused)
    now = context.clock()
    record_refusals(context.tables, refused, source.name, _mended(source, parsed, checked), now)
    rows = checked.good.assign(
        source=source.name, retrieved_at=at, pull_id=pull.pull_id, month=_months(checked.good["start"])
    )
    pull = replace(pull, covered=parsed.covered, validators=remembered, access_expires_at=parsed.access_expires_at)
    replaces = Replacement(parsed.replaces, source.keyed_by_entity, parsed.adds_only, source.delivers_everything)
    release_memory()
    outcome = commit(context.tables, pull, rows[OBSERVATIONS.names], replaces, now)
    declared = [known for metric in source.metrics() for known in metric.breaks]
    record_breaks(context.tables, source.name, [*declared, *parsed.breaks], now)
    repeated = (f"{checked.repeated} rows came again word for word and count once",) if checked.repeated else ()
    release_memory()
    return PullResult(source.name, pull.window, outcome, len(refused), parsed.notes + repeated)


def _months(days: pd.Series) -> pd.Series:
    """YYYY-MM of each day. A long report has few days and many rows."""
    codes, found = pd.factorize(days)
    return pd.Series(pd.DatetimeIndex(found).strftime("%Y-%m").astype("str").take(codes), index=days.index)


def _mended(source: Source, parsed: ParseResult, checked: CheckedRows) -> PullScope:
    """The days that the pull speaks for, and the items that came whole."""
    return PullScope(parsed.replaces, frozenset(checked.good["entity"]) if source.keyed_by_entity else frozenset())


def _fetched(pages: list[RawPage], otherwise: datetime) -> pd.Timestamp:
    return pd.Timestamp(max((page.fetched_at for page in pages), default=otherwise))


def _checked(context: Context, source: Source, pull: Pull, parsed: ParseResult) -> tuple[CheckedRows, pd.DataFrame]:
    """Good rows, with what a person released among them, and everything refused at either gate."""
    units = {metric.name: metric.unit for metric in source.metrics()}
    rows = parsed.observations.assign(unit=parsed.observations["metric"].map(units))
    declared = [MetricDeclaration(metric.name, metric.unit, metric.minimum) for metric in source.metrics()]
    checked = check(rows, declared, latest=context.clock().astimezone(source.place.zone).date())
    by_parse = with_refused_ids(parsed.refused, source.name).assign(gate="parse", value=float("nan"))
    by_check = with_refused_ids(
        checked.refused.assign(raw_value=checked.refused["value"].astype(str)), source.name
    ).assign(gate="check")
    let_through = by_check["refused_id"].isin(released_ids(context.tables, source.name))
    released = by_check[let_through]
    released = released.assign(flags=released["flags"].map(lambda flags: tuple(sorted({*flags, "released"}))))
    good = (
        pd.concat([checked.good, released[checked.good.columns]], ignore_index=True)
        if let_through.any()
        else checked.good
    )
    columns = [
        "refused_id",
        "source",
        "pull_id",
        "metric",
        "entity",
        "start",
        "end",
        "value",
        "raw_value",
        "reason",
        "origin",
        "action",
        "gate",
    ]
    refused = pd.concat([by_parse, by_check[~let_through]], ignore_index=True).assign(pull_id=pull.pull_id)
    return replace(checked, good=good), refused[columns]


def _results(parsed: ParseResult, checked: CheckedRows) -> tuple[CheckResult, ...]:
    """How the rows stood both gates; nothing for no row."""
    unreadable = len(parsed.refused)
    total = len(parsed.observations) + unreadable
    return (CheckResult("it can be read", "", total, unreadable), *checked.results) if total else ()


def _guard(context: Context, pull: Pull, refused: pd.DataFrame) -> None:
    """Refuse the whole pull where too much of it is refused; it is recorded and what was refused is listed all the same."""
    limit = context.loaded.plan.sources[pull.source].max_refused_share
    total = pull.checks[0].rows if pull.checks else 0
    if total and len(refused) > limit * total:
        now = context.clock()
        record_refusals(context.tables, refused, pull.source, PullScope(), now)
        what = f"{len(refused)} of {total} rows were refused, more than {limit:.0%}; the old data stand (pull {pull.pull_id})"
        error = PullRefusedError(
            what, where=pull.source, do="see 'kmi refused', mend the file, or raise max_refused_share"
        )
        record_failure(context.tables, pull, str(error), now)
        raise error
