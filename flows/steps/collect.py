"""One pull of one source: fetch, land, parse, check and commit, or keep the old data."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

import pandas as pd

from flows.steps.context import Context
from flows.steps.days_over import keep_days_over
from flows.steps.items_ahead import ItemsAhead, set_aside
from flows.steps.redaction import (
    ErrorsWithoutSecrets,
    page_without_secrets,
    parsed_without_secrets,
    response_without_secrets,
)
from flows.steps.row_checks import check_results, check_rows, refuse_bad_pull
from flows.steps.vanished import vanished_of
from sources.canonical import canonical_name
from sources.contract import RawPage, Source
from sources.web.request import SessionContext
from sources.web.saved_responses import SavedResponse
from sources.web.session import Session
from warehouse.breaks import record_breaks
from warehouse.diff import Replacement
from warehouse.errors import KmiError, QuotaError, RetryableError
from warehouse.fallen_days import keep_fallen_days
from warehouse.kept_responses import delete_responses, keep_responses, read_responses
from warehouse.landing import land
from warehouse.memory import release_memory
from warehouse.pulls import Outcome, Pull, commit, validators
from warehouse.refusals import PullScope, record_refusals
from warehouse.schema import OBSERVATIONS, Window

LEAST_CHANGES = 20
"""Of a list of changes, fewer refused rows never refuse the pull: they are listed, and what is stored stays."""
KEPT_FOR = timedelta(days=7)
"""How long the next pull may use the responses of a pull that stopped midway."""


@dataclass(frozen=True, slots=True)
class PullResult:
    """What one pull changed; nothing if it stopped before a limit, then ``paused`` says why."""

    source: str
    window: Window
    outcome: Outcome
    refused: int
    notes: tuple[str, ...]
    paused: str = ""

    def __str__(self) -> str:
        if self.paused:
            return f"{self.source}: PAUSED at {self.window}: {self.paused}"
        outcome = self.outcome
        counts = ((outcome.added, "new"), (outcome.altered, "changed"), (outcome.dropped, "gone"))
        changes = ", ".join(f"{count} {label}" for count, label in counts if count) or "nothing new"
        refused = f"; {self.refused} refused, see 'kmi refused'" if self.refused else ""
        return f"{self.source}: {outcome.rows} observation{'s' * (outcome.rows != 1)}, {changes}{refused}"


def new_pull(context: Context, name: str, window: Window) -> Pull:
    """A pull that begins now, with an id of its own."""
    now = context.clock()
    pull_id = f"{now:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    return Pull(pull_id, name, now, window, context.loaded.fingerprint(name))


def collect(context: Context, name: str, window: Window) -> PullResult:
    """Pull ``window`` of the source ``name``. Raises ``KmiError``; the old data are then kept.

    A pull that stops before the provider's limit raises nothing: ``PullResult.paused`` says why, and nothing was
    committed. An error holds no secret.
    """
    with ErrorsWithoutSecrets(context.redactor.redact_text):
        return _collect(context, name, window)


def _collect(context: Context, name: str, window: Window) -> PullResult:
    source, pull = context.loaded.sources[name], new_pull(context, name, window)
    try:
        pages, session = _fetch_pages(context, source, pull)
    except QuotaError as error:
        return PullResult(name, window, Outcome(), 0, (), context.redactor.redact_text(str(error)))
    with context.table_lock:
        return _commit_pages(context, source, pull, pages, session)


def _fetch_pages(context: Context, source: Source, pull: Pull) -> tuple[list[RawPage], Session]:
    """All pages of the pull, without secrets, and the session that fetched them.

    After a temporary fault the responses so far are kept, for the next pull to go on from.
    """
    keeps = context.loaded.plan.sources[source.name].keep_raw
    with context.table_lock:
        oldest = pull.started_at - KEPT_FOR
        kept = read_responses(context.root, source.name, pull.settings_hash, oldest) if keeps else []
        known_validators = validators(context.tables, source.name, pull.settings_hash)
    state: SessionContext = {
        "validators": known_validators,
        "saved_responses": {response["key"]: SavedResponse(**response) for response in kept},
        "budgets": context.budgets,
        "at": pull.started_at,
        "witness": context.witness,
        "redactor": context.redactor,
    }
    if context.deadline is not None:
        state["deadline"] = context.deadline
    session, pages = Session(context.resolve, state, **context.retry_policy), list[RawPage]()
    try:
        for page in source.fetch(pull.window, pull.started_at, session):
            if context.deadline is not None:
                context.deadline.require(source.name)
            pages.append(page)
    except RetryableError:
        with context.table_lock:
            if keeps:
                clean = [response_without_secrets(kept, session.redactor) for kept in session.lasting.values()]
                keep_responses(context.root, source.name, pull.settings_hash, clean)
        raise
    except KmiError:  # a kept response may be the cause
        delete_responses(context.root, source.name)
        raise
    if kept:
        delete_responses(context.root, source.name)
    fetched_at = {id(response.body): response.at for response in session.lasting.values()}
    dated = [replace(page, fetched_at=fetched_at.get(id(page.content), page.fetched_at)) for page in pages]
    return [page_without_secrets(page, session.redactor) for page in dated], session


def _commit_pages(context: Context, source: Source, pull: Pull, pages: list[RawPage], session: Session) -> PullResult:
    if context.loaded.plan.sources[source.name].keep_raw:
        land(context.root, pull.pull_id, pages)
    found = parsed_without_secrets(source.parse(pages), session.redactor)
    pull, parsed = keep_days_over(source, pull, found, session.clock_ahead)
    waiting, retrieved_at = set_aside(context, source, parsed), _retrieved_at(pages, pull.started_at)
    parsed = waiting.parsed
    new_validators = tuple((p.url, p.etag, p.last_modified) for p in pages if p.etag or p.last_modified)
    pages.clear()  # frees their memory before the longest part
    checked, refused = check_rows(context, source, pull, parsed)
    results = check_results(parsed, checked)
    pull = replace(pull, refused=len(refused), checks=results, rows_hash=checked.rows_hash)
    if not (parsed.only_changes and len(refused) < LEAST_CHANGES):
        refuse_bad_pull(context, pull, refused, len(parsed.observations))
    now = context.clock()
    waiting.record(context, pull, now)
    items = waiting.entities | frozenset(checked.good["entity"]) if source.keyed_by_entity else frozenset()
    record_refusals(context.tables, refused, source.name, PullScope(parsed.replaces, items), now)
    rows = checked.good.assign(
        source=source.name,
        retrieved_at=retrieved_at,
        pull_id=pull.pull_id,
        month=_months(checked.good["start"]),
    )
    pull = replace(
        pull,
        covered=parsed.covered,
        validators=new_validators,
        access_expires_at=parsed.access_expires_at,
        unanswered=parsed.unanswered,
    )
    replacement = _replacement(source, waiting)
    release_memory(len(parsed.observations))
    rows, notes = rows[OBSERVATIONS.names], parsed.notes
    if parsed.never_falls:
        rows, kept = keep_fallen_days(context.tables, pull, rows, parsed.never_falls, parsed.replaces)
        notes += kept
    vanished = vanished_of(context, source, pull, parsed)
    rows = vanished.without_left_out(rows)
    outcome = commit(context.tables, pull, rows, vanished.applied_to(replacement), now, vanished.accept)
    waiting.finish(context, now)
    declared = [found for metric in source.metrics() for found in metric.breaks]
    record_breaks(context.tables, source.name, [*declared, *parsed.breaks], now)
    release_memory(len(parsed.observations))
    notes += tuple(vanished.notes)
    repeated = (f"{checked.repeated} identical rows count once",) if checked.repeated else ()
    return PullResult(source.name, pull.window, outcome, len(refused), notes + repeated + _echo_notes(session))


def _replacement(source: Source, waiting: ItemsAhead) -> Replacement:
    """What of the stored values the pull replaces."""
    parsed, whole = waiting.parsed, source.delivers_everything
    return Replacement(
        parsed.replaces, source.keyed_by_entity, parsed.adds_only, whole, canonical_name, waiting.entities
    )


def _echo_notes(session: Session) -> tuple[str, ...]:
    """A sentence for secrets that the service repeats."""
    names = ", ".join(sorted(reference or "an access token" for reference in session.repeated))
    found = f"the service repeats {names} in its response: it is hidden as *** in all that is kept"
    return (f"{found}; tell the provider, and choose a secret that is not an ordinary word",) if names else ()


def _months(days: pd.Series) -> pd.Series:
    """YYYY-MM of each day, formatted once per distinct day, as many rows share few days."""
    codes, distinct = pd.factorize(days)
    return pd.Series(pd.DatetimeIndex(distinct).strftime("%Y-%m").astype("str").take(codes), index=days.index)


def _retrieved_at(pages: list[RawPage], default: datetime) -> pd.Timestamp:
    return pd.Timestamp(max((page.fetched_at for page in pages), default=default))
