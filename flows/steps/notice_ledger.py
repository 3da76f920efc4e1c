"""The ledger of notices: which fact was sent to whom, when and why, and what people acknowledged or snoozed."""

import hashlib
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from flows.steps.context import Context
from transforms.alerts.notices import SILENT, NoticeCandidate
from warehouse.errors import KmiError
from warehouse.root import table_rows
from warehouse.schema import NOTICES

Row = dict[str, Any]


def read_notices(context: Context) -> tuple[Row, ...]:
    """The rows of the ledger that later decisions depend on: all except the silent ones."""
    return tuple(table_rows(context.tables.read(NOTICES, f"outcome <> '{SILENT}'")))


def record_notices(context: Context, rows: Iterable[Row]) -> None:
    context.tables.append(NOTICES, pa.Table.from_pylist(list(rows), schema=NOTICES.arrow))


def next_number(context: Context) -> int:
    """The number of the next message: one more than the highest on the ledger."""
    numbers = context.tables.read(NOTICES, f"outcome <> '{SILENT}'", ["number"])["number"].to_pylist()
    return max(numbers, default=0) + 1


def fact_columns(fact: NoticeCandidate) -> Row:
    """The columns of the ledger that identify and describe the fact."""
    return {
        "notice_id": notice_id(fact),
        "kind": fact.kind,
        "subject": fact.subject,
        "state": fact.state,
        "since": fact.since,
        "through": fact.reported_through,
    }


def notice_id(fact: NoticeCandidate) -> str:
    """Eight hexadecimal digits, the same for all of a fact's duration; empty if undated."""
    if fact.since is None:
        return ""
    return hashlib.sha256(f"{fact.kind}\x1f{fact.subject}\x1f{fact.since}".encode()).hexdigest()[:8]


def error_text(error: KmiError) -> str:
    """The error and what to do, without its place, which would repeat the recipient."""
    return "; ".join(part for part in (error.what, error.do) if part)
