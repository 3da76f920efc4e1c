"""The two gates before the tables: can a row be read, and does it pass the checks."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from flows.steps.context import Context
from sources.contract import ParseResult, Source
from warehouse.check_results import CheckResult
from warehouse.check_rules import MetricDeclaration
from warehouse.checks import CheckedRows, check
from warehouse.errors import PullRefusedError
from warehouse.passed_rows import results_if_passed, rows_hash
from warehouse.pulls import Pull, record_failure
from warehouse.refusals import PullScope, record_refusals, released_ids, with_refused_ids

LEAST_ROWS = 20
"""Of fewer rows, the share is taken as if there were this many, until half of them are refused."""
REFUSED_COLUMNS = (
    "refused_id", "source", "pull_id", "metric", "entity", "start", "end", "value", "raw_value", "reason", "origin",
    "action", "gate",
)  # fmt: skip


def check_rows(context: Context, source: Source, pull: Pull, parsed: ParseResult) -> tuple[CheckedRows, pd.DataFrame]:
    """The good rows, with those that a person released, and the rows that either gate refused."""
    units = {metric.name: metric.unit for metric in source.metrics()}
    rows = parsed.observations.assign(unit=parsed.observations["metric"].map(units))
    declared = [MetricDeclaration(metric.name, metric.unit, metric.minimum) for metric in source.metrics()]
    checked = _check_unless_known(context, source, pull, rows, declared)
    by_parse = with_refused_ids(parsed.refused, source.name).assign(gate="parse", value=float("nan"))
    failing = checked.refused.assign(raw_value=checked.refused["value"].astype(str))
    by_check = with_refused_ids(failing, source.name).assign(gate="check")
    is_released = by_check["refused_id"].isin(released_ids(context.tables, source.name))
    if is_released.any():
        released = by_check.loc[is_released, checked.good.columns]
        released = released.assign(flags=released["flags"].map(lambda flags: tuple(sorted({*flags, "released"}))))
        checked = replace(checked, good=pd.concat([checked.good, released], ignore_index=True))
    refused = pd.concat([by_parse, by_check[~is_released]], ignore_index=True).assign(pull_id=pull.pull_id)
    return checked, refused[list(REFUSED_COLUMNS)]


def _check_unless_known(
    context: Context, source: Source, pull: Pull, rows: pd.DataFrame, declared: Sequence[MetricDeclaration]
) -> CheckedRows:
    """Check the rows, unless an earlier pull brought the same ones and all of them passed."""
    latest = context.clock().astimezone(source.place.zone).date()
    of_rows = rows_hash(rows, declared)
    known = results_if_passed(context.tables, source.name, of_rows, pull.started_at)
    if known is None:
        checked = check(rows, declared, latest=latest)
        passed = checked.refused.empty and not checked.repeated
        return replace(checked, rows_hash=of_rows if passed else "")
    nothing = check(rows.iloc[:0], declared, latest=latest)
    return replace(nothing, good=rows.reset_index(drop=True), results=known, rows_hash=of_rows)


def check_results(parsed: ParseResult, checked: CheckedRows) -> tuple[CheckResult, ...]:
    """How many rows each check looked at and refused, reading first; empty if there was no row."""
    unreadable = len(parsed.refused) if parsed.rows_refused is None else parsed.rows_refused
    read = len(parsed.observations) if parsed.rows_read is None else parsed.rows_read
    total = read + unreadable
    return (CheckResult("it can be read", "", total, unreadable), *checked.results) if total else ()


def refuse_bad_pull(context: Context, pull: Pull, refused: pd.DataFrame, observations: int) -> None:
    """Raise ``PullRefusedError`` if more than ``max_refused_share`` of the rows were refused.

    Rows that cannot be read are compared with the rows read, and failed observations with the observations. In a small
    table a few faults are let pass: see ``LEAST_ROWS``. The pull is then recorded as failed, and its refused rows are
    listed.
    """
    limit = context.loaded.plan.sources[pull.source].max_refused_share
    unread = (pull.checks[0].failed, pull.checks[0].rows) if pull.checks else (0, 0)
    shares = (unread, (int((refused["gate"] == "check").sum()), observations))
    bad = [(count, total) for count, total in shares if _is_too_much(count, total, limit)]
    if not bad:
        return
    count, total = bad[0]
    now = context.clock()
    record_refusals(context.tables, refused, pull.source, PullScope(), now)
    counts = f"{count} of {total} rows were refused, more than {limit:.0%}"
    error = PullRefusedError(
        f"{counts}; the old data stand (pull {pull.pull_id})",
        where=pull.source,
        do="see 'kmi refused', correct the file, or raise max_refused_share",
    )
    record_failure(context.tables, pull, str(error), now)
    raise error


def _is_too_much(count: int, total: int, limit: float) -> bool:
    return count > limit * total and (count > limit * LEAST_ROWS or 2 * count >= total)
