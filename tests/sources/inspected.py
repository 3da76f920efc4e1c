"""Inspects a small table or file from its text, for the tests."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sources.inspection.inspect_files import inspect_bytes
from sources.inspection.inspection import Inspection
from sources.inspection.reconcile import MetricTotals

NOW = datetime(2026, 10, 11, 6, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")


def look(content: str | bytes, name: str = "visits.csv", zone: ZoneInfo = LONDON, **answers: str) -> Inspection:
    """The inspection of a file of this content; ``answers`` by the name of the question."""
    body = content.encode() if isinstance(content, str) else content
    return inspect_bytes(f"data/{name}", body, name, answers, zone, NOW)


def asked(inspection: Inspection) -> list[str]:
    """The names of the open questions."""
    return [question.name for question in inspection.questions]


def only_metric(inspection: Inspection) -> MetricTotals:
    """The totals of the one metric of a proposal that is ready."""
    assert inspection.state == "ready", (inspection.problem, asked(inspection))
    assert inspection.reconciliation is not None
    (metric,) = inspection.reconciliation.metrics
    assert metric.agrees
    return metric


def month_rows(values: str, first: int = 1) -> str:
    """Rows of 2026-01, 2026-02 and so on with these values, parted by blanks."""
    return "".join(f"2026-{month:02d},{value}\n" for month, value in enumerate(values.split(), first))
